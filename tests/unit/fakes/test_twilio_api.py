"""The REST API, asked by Twilio's own client."""

import asyncio
import base64
import io
import wave
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from tests.fakes.twilio import FakeTwilio, FarPhone, Misbehaviour
from tests.integration.twilio_document import document
from tests.unit.fakes.customer import NUMBER, Customer

MARIA = "+359888000111"
MUSIC = "<Play loop='0'>/music.wav</Play>"


def login(account_sid: str, token: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{account_sid}:{token}".encode()).decode()}


class Api:
    """The REST API by plain HTTP."""

    def __init__(self, twilio: FakeTwilio, session: aiohttp.ClientSession) -> None:
        self.twilio = twilio
        self.session = session
        self.login = login(twilio.account_sid, twilio.auth_token)

    def at(self, path: str) -> str:
        return f"{self.twilio.url}/2010-04-01/Accounts/{self.twilio.account_sid}/{path}"

    async def post(self, path: str, *fields: tuple[str, str]) -> tuple[int, dict[str, Any]]:
        async with self.session.post(self.at(path), data=aiohttp.FormData(fields), headers=self.login) as answer:
            return answer.status, await answer.json()

    async def get(self, path: str, **query: str) -> tuple[int, dict[str, Any]]:
        async with self.session.get(self.at(path), params=query, headers=self.login) as answer:
            return answer.status, await answer.json()

    async def call(self, url: str, *more: tuple[str, str], to: str = MARIA) -> dict[str, Any]:
        status, call = await self.post("Calls.json", ("To", to), ("From", NUMBER), ("Url", url), *more)
        assert status == 201, call
        return call


@pytest.fixture
async def api(twilio: FakeTwilio) -> AsyncIterator[Api]:
    async with aiohttp.ClientSession() as session:
        yield Api(twilio, session)


async def test_a_call_is_made_rings_and_fetches_its_document(api: Api, twilio: FakeTwilio, customer: Customer) -> None:
    twilio.phones[MARIA] = FarPhone(talks_s=None)
    customer.documents |= {"/hello": "<Say>hello Maria</Say>", "/progress": ""}
    events = [("StatusCallbackEvent", event) for event in ("initiated", "ringing", "answered", "completed")]
    made = await api.call(f"{customer.url}/hello", ("StatusCallback", f"{customer.url}/progress"), *events)
    assert (made["status"], made["direction"]) == ("queued", "outbound-api")
    assert (made["start_time"], made["price"]) == (None, None)
    maria = twilio.caller(str(made["sid"]))
    told = await twilio.told(maria.sid, number=4)
    assert [one.fields["CallStatus"] for one in told] == ["initiated", "ringing", "in-progress", "completed"]
    assert maria.sounds == ["hello Maria"]
    _, shown = await api.get(f"Calls/{maria.sid}.json")
    assert (shown["status"], shown["to"], shown["from"]) == ("completed", MARIA, NUMBER)
    assert int(str(shown["duration"])) >= 1


async def test_events_in_a_bad_form_are_taken_and_nobody_is_told(
    api: Api, twilio: FakeTwilio, customer: Customer
) -> None:
    twilio.phones[MARIA] = FarPhone()
    customer.documents["/hello"] = "<Hangup/>"
    events = ("StatusCallbackEvent", "initiated ringing")
    made = await api.call(f"{customer.url}/hello", ("StatusCallback", f"{customer.url}/progress"), events)
    await twilio.caller(str(made["sid"])).until_over()
    assert [fault.code for fault in twilio.faults] == [21626]
    assert not twilio.callbacks_of(str(made["sid"]))


async def test_what_cannot_be_called_is_refused_by_its_number(api: Api, customer: Customer) -> None:
    url = ("Url", f"{customer.url}/hello")
    refusals = {
        21211: (("To", "12345"), ("From", NUMBER), url),
        21201: (("From", NUMBER), url),
        21213: (("To", MARIA), url),
        21210: (("To", MARIA), ("From", "+359888777777"), url),
        21205: (("To", MARIA), ("From", NUMBER)),
    }
    for code, fields in refusals.items():
        status, problem = await api.post("Calls.json", *fields)
        assert (status, problem["code"]) == (400, code)
        assert problem["more_info"] == f"https://www.twilio.com/docs/errors/{code}"


async def test_a_wrong_token_and_an_unknown_call_are_refused(api: Api) -> None:
    status, problem = await api.get(f"Calls/CA{'0' * 32}.json")
    assert (status, problem["code"], problem["status"]) == (404, 20404, 404)
    api.login = login(api.twilio.account_sid, "wrong")
    status, problem = await api.get("Calls.json")
    assert (status, problem["code"]) == (401, 20003)


async def test_a_live_call_is_redirected_at_once(api: Api, twilio: FakeTwilio, customer: Customer) -> None:
    customer.documents |= {"/voice": MUSIC, "/next": "<Say>your turn</Say>"}
    caller = await twilio.incoming(to=NUMBER)
    await caller.hears("music")
    status, shown = await api.post(f"Calls/{caller.sid}.json", ("Url", f"{customer.url}/next?why=woken"))
    assert (status, shown["status"]) == (200, "in-progress")
    await caller.until_over()
    assert caller.heard[0].interrupted
    assert caller.sounds[-1] == "your turn"
    assert customer.fields("/next")[0]["CallSid"] == caller.sid


async def test_a_dial_that_is_redirected_asks_its_action_first_and_ignores_the_answer(
    api: Api, twilio: FakeTwilio, customer: Customer
) -> None:
    customer.documents |= {
        "/voice": f"<Dial action='/dialled'>{MARIA}</Dial>",
        "/dialled": "<Say>never heard</Say>",
        "/next": "<Say>moved</Say>",
    }
    twilio.phones[MARIA] = FarPhone(talks_s=None)
    caller = await twilio.incoming(to=NUMBER)
    await (maria := await twilio.called(MARIA)).until(lambda: maria.call.is_ready)
    await caller.until(lambda: maria.status == "in-progress")
    await api.post(f"Calls/{caller.sid}.json", ("Url", f"{customer.url}/next"))
    await caller.until_over()
    assert caller.sounds == ["moved"]
    assert [path for path, _, _ in customer.asked if path in ("/dialled", "/next")] == ["/dialled", "/next"]
    assert customer.fields("/dialled")[0]["DialCallStatus"] == "completed"


async def test_a_call_is_ended_over_the_api_and_then_cannot_be_redirected(
    api: Api, twilio: FakeTwilio, customer: Customer
) -> None:
    customer.documents["/voice"] = MUSIC
    caller = await twilio.incoming(to=NUMBER)
    await caller.hears("music")
    await api.post(f"Calls/{caller.sid}.json", ("Status", "completed"))
    await caller.until_over()
    assert caller.status == "completed"
    status, problem = await api.post(f"Calls/{caller.sid}.json", ("Url", f"{customer.url}/next"))
    assert (status, problem["code"]) == (400, 21220)


async def test_a_ringing_call_is_canceled_over_the_api(api: Api, twilio: FakeTwilio, customer: Customer) -> None:
    twilio.phones[MARIA] = FarPhone(answers_after_s=None)
    made = await api.call(f"{customer.url}/hello")
    maria = twilio.caller(str(made["sid"]))
    await maria.until(lambda: maria.status == "ringing")
    await api.post(f"Calls/{maria.sid}.json", ("Status", "canceled"))
    await maria.until_over()
    assert maria.status == "canceled"


async def test_calls_are_listed_newest_first_by_filter_and_page(
    api: Api, twilio: FakeTwilio, customer: Customer
) -> None:
    customer.documents["/voice"] = "<Hangup/>"
    for number in (1, 2, 3):
        await (await twilio.incoming(to=NUMBER, from_=f"+35988800000{number}")).until_over()
    _, first = await api.get("Calls.json", PageSize="2", To=NUMBER)
    assert [call["from"] for call in first["calls"]] == ["+359888000003", "+359888000002"]
    async with api.session.get(f"{twilio.url}{first['next_page_uri']}", headers=api.login) as answer:
        second = await answer.json()
    assert [call["from"] for call in second["calls"]] == ["+359888000001"]
    assert second["next_page_uri"] is None
    now = datetime.now(UTC)
    for query, found in (
        ({"StartTime>": (now - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")}, 3),
        ({"StartTime<": (now - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")}, 0),
        ({"Status": "busy"}, 0),
        ({"From": "+359888000002"}, 1),
    ):
        _, listed = await api.get("Calls.json", **query)
        assert len(listed["calls"]) == found, query


async def test_a_new_call_may_not_be_listed_yet(api: Api, twilio: FakeTwilio, customer: Customer) -> None:
    twilio.phones[MARIA] = FarPhone(answers_after_s=None)
    twilio.pace.listed_after_s = 1000.0
    await api.call(f"{customer.url}/hello")
    _, listed = await api.get("Calls.json", To=MARIA)
    assert listed["calls"] == []


async def test_the_price_is_known_some_time_after_the_end(api: Api, twilio: FakeTwilio, customer: Customer) -> None:
    customer.documents["/voice"] = "<Say>hello</Say>"
    twilio.pace.price_after_s = 1000.0
    caller = await twilio.incoming(to=NUMBER)
    await caller.until_over()
    _, shown = await api.get(f"Calls/{caller.sid}.json")
    assert shown["price"] is None
    twilio.pace.price_after_s = 0.0
    _, shown = await api.get(f"Calls/{caller.sid}.json")
    assert (shown["price"], shown["price_unit"]) == ("-0.00850", "USD")


async def test_a_machine_is_told_of_before_the_document_or_beside_it(
    api: Api, twilio: FakeTwilio, customer: Customer
) -> None:
    twilio.phones[MARIA] = FarPhone(answered_by="machine_start", talks_s=None)
    customer.documents |= {"/hello": "<Pause length='6'/>", "/amd": ""}
    made = await api.call(f"{customer.url}/hello", ("MachineDetection", "DetectMessageEnd"))
    await twilio.caller(str(made["sid"])).until_over()
    assert customer.fields("/hello")[0]["AnsweredBy"] == "machine_end_beep"
    aside = (("AsyncAmd", "true"), ("AsyncAmdStatusCallback", f"{customer.url}/amd"))
    made = await api.call(f"{customer.url}/hello", ("MachineDetection", "Enable"), *aside)
    await twilio.caller(str(made["sid"])).until_over()
    await twilio.until(lambda: bool(customer.fields("/amd")), "the machine")
    assert "AnsweredBy" not in customer.fields("/hello")[1]
    assert customer.fields("/amd")[0]["AnsweredBy"] == "machine_start"


async def test_a_recording_is_fetched_as_a_wav_and_deleted(api: Api, twilio: FakeTwilio, customer: Customer) -> None:
    customer.documents |= {"/voice": "<Record action='/done'/>", "/done": "<Hangup/>"}
    caller = await twilio.incoming(to=NUMBER)
    await caller.speaks(3)
    recording = await twilio.recorded()
    _, shown = await api.get(f"Recordings/{recording.sid}.json")
    assert (shown["status"], shown["call_sid"], shown["channels"]) == ("completed", caller.sid, 1)
    async with api.session.get(api.at(f"Recordings/{recording.sid}.wav"), headers=api.login) as answer:
        with wave.open(io.BytesIO(await answer.read())) as sound:
            assert sound.getnframes() / 8000 == pytest.approx(recording.seconds, abs=0.01)
    async with api.session.delete(api.at(f"Recordings/{recording.sid}.json"), headers=api.login) as answer:
        assert answer.status == 204
    status, problem = await api.get(f"Recordings/{recording.sid}.json")
    assert (status, problem["code"]) == (404, 20404)


async def test_the_recordings_of_a_call_are_listed_the_newest_first_with_the_fields_of_the_document(
    api: Api, twilio: FakeTwilio, customer: Customer
) -> None:
    customer.documents |= {"/voice": "<Record action='/more'/>", "/more": "<Record action='/done'/>", "/done": ""}
    caller, other = await twilio.incoming(to=NUMBER), await twilio.incoming(to=NUMBER)
    for each in (other, caller, caller):
        await each.speaks(3)
    await twilio.recorded(number=3)
    _, listed = await api.get(f"Calls/{caller.sid}/Recordings.json")
    theirs = [one.sid for one in twilio.network.recordings.values() if one.call_sid == caller.sid]
    assert [one["sid"] for one in listed["recordings"]] == theirs[::-1]
    schema = document()["components"]["schemas"]["api.v2010.account.call.call_recording"]
    assert {frozenset(one) for one in listed["recordings"]} == {frozenset(schema["properties"])}
    assert (await api.get(f"Calls/CA{'0' * 32}/Recordings.json"))[0] == 404


async def test_a_long_recording_is_streamed_and_can_break_off(api: Api, twilio: FakeTwilio, customer: Customer) -> None:
    customer.documents |= {"/voice": "<Record action='/done'/>", "/done": "<Hangup/>"}
    caller = await twilio.incoming(to=NUMBER)
    await caller.speaks(1)
    recording = await twilio.recorded()
    recording.seconds = 600.0
    for times, suffix in ((0, ".wav"), (1, "")):
        twilio.misbehaves(Misbehaviour.CUT_OFF, times=times)
        async with api.session.get(api.at(f"Recordings/{recording.sid}{suffix}"), headers=api.login) as answer:
            if times:
                with pytest.raises(aiohttp.ClientError):
                    await answer.read()
            else:
                assert len(await answer.read()) == 44 + 600 * 16000


async def test_the_api_answers_as_badly_as_wanted(api: Api, twilio: FakeTwilio) -> None:
    twilio.misbehaves(Misbehaviour.SERVER_ERROR)
    assert (await api.get("Calls.json"))[0] == 500
    twilio.misbehaves(Misbehaviour.TOO_MANY, retry_after_s=7)
    async with api.session.get(api.at("Calls.json"), headers=api.login) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (429, "7")
        assert (await answer.json())["code"] == 20429
    twilio.misbehaves(Misbehaviour.HTML)
    async with api.session.get(api.at("Calls.json"), headers=api.login) as answer:
        assert (answer.status, answer.content_type) == (502, "text/html")
    twilio.misbehaves(Misbehaviour.CUT_OFF)
    with pytest.raises(aiohttp.ClientError):
        await api.get("Calls.json")
    twilio.misbehaves(Misbehaviour.NEVER)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await api.get("Calls.json")
    twilio.misbehaves(Misbehaviour.LATE, late_real_s=0.02)
    assert (await api.get("Calls.json"))[0] == 200


async def test_a_call_whose_answer_is_lost_is_made_all_the_same(
    api: Api, twilio: FakeTwilio, customer: Customer
) -> None:
    twilio.phones[MARIA] = FarPhone(answers_after_s=None)
    twilio.misbehaves(Misbehaviour.DONE_BUT_LOST, method="POST", path="Calls.json")
    with pytest.raises(aiohttp.ClientError):
        await api.call(f"{customer.url}/hello")
    await twilio.called(MARIA)
    _, listed = await api.get("Calls.json", To=MARIA)
    assert len(listed["calls"]) == 1
    assert [one.method for one in twilio.api_requests] == ["POST", "GET"]
