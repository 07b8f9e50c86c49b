"""What we ask of Twilio is what Twilio's own document describes: Prism stands between us and the provider."""

import json
import re
import socket
from collections.abc import Awaitable, Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest

from telephony.carriers.twilio.http_session import Pace
from telephony.carriers.twilio.placed import Placed
from telephony.carriers.twilio.refusals import OVER, RefusedError
from telephony.carriers.twilio.rest import Placement, Rest
from telephony.carriers.twilio.settings import TwilioSettings
from telephony.errors import OutcomeUnknownError
from tests.fakes.twilio import FakeTwilio, FarPhone, Misbehaviour
from tests.fakes.twilio import Pace as NetworkPace
from tests.integration.prism import prism_before
from tests.integration.twilio_document import ACCOUNT_PATH, CUT, cut_of, document, mended, unknown_fields
from tests.unit.carriers.twilio.bad_provider import (
    ACCOUNT,
    BASIC,
    CALL,
    RECORDING,
    TOKEN,
    Answer,
    BadProvider,
    call,
    calls,
    fault,
    says,
    sends,
)

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
PACE = Pace(connect_s=5.0, request_s=20.0, pauses_s=())
PLACEMENT = Placement(
    to="+359888100200",
    from_="+35929000000",
    url="https://pbx.example.com/twilio/voice?attempt=7",
    status_callback="https://pbx.example.com/twilio/status",
    fallback_url="https://pbx.example.com/twilio/fallback",
    detect_machine=True,
)
RINGING = Placement(
    to="sip:101@pbx.example.com;transport=tls?X-Ringside-Call=CA1",
    from_="+359888100300",
    url="https://pbx.example.com/twilio/agent?call=CA1&ring=2-a1b2",
    status_callback="https://pbx.example.com/twilio/leg?call=CA1&ring=2-a1b2&own=1",
    call_token="%7B%22parentCallInfoToken%22%3A%22ey%22%7D",
)
TOLD_OF_RECORDING = {"sid": RECORDING, "call_sid": CALL, "status": "completed", "duration": "4", "channels": 1}
NEXT_PAGE = f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json?PageSize=100&Page=1&PageToken=PAx"

Ask = Callable[[Rest], Awaitable[object]]


class FixedClock:
    def now(self) -> datetime:
        return NOW


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture(scope="module")
def upstream() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="module")
def prism(upstream: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with prism_before(f"http://127.0.0.1:{upstream}", tmp_path_factory.mktemp("prism")) as address:
        yield address


def rest_at(address: str) -> Rest:
    settings = TwilioSettings(account_sid=ACCOUNT, auth_token=TOKEN, api_base_url=address)
    return Rest(settings, FixedClock(), PACE)


# --- through Prism ---

REQUESTS: dict[str, tuple[Ask, list[Answer]]] = {
    "place": (lambda rest: rest.place(PLACEMENT), [says(call(), 201)]),
    "ring": (lambda rest: rest.place(RINGING), [says(call(), 201)]),
    "delete queue": (lambda rest: rest.drop_queue("QU" + "5" * 32), [sends(b"", 204)]),
    "redirect": (lambda rest: rest.redirect(CALL, "https://pbx.example.com/twilio/voice/next?turn=2"), [says(call())]),
    "hang up": (lambda rest: rest.hang_up(CALL), [says(call(status="completed"))]),
    "status": (lambda rest: rest.status_of(CALL), [says(call(status="ringing"))]),
    "find placed": (
        lambda rest: rest.find_placed("+359888100200", "+35929000000", NOW - timedelta(minutes=5), NOW),
        [says(calls(call())), says(calls(call(), next_page=NEXT_PAGE)), says(calls())],
    ),
    "live calls": (lambda rest: rest.live_calls(), [says(calls(call(status="in-progress")))] * 3),
    "account": (lambda rest: rest.account(), [says({"sid": ACCOUNT, "status": "active", "type": "Full"})]),
    "numbers": (lambda rest: rest.numbers(), [says({"incoming_phone_numbers": [], "next_page_uri": None})]),
    "recording": (lambda rest: rest.recording(RECORDING), [says(TOLD_OF_RECORDING)]),
    "recordings of a call": (
        lambda rest: rest.recordings_of(CALL),
        [says({"recordings": [TOLD_OF_RECORDING], "next_page_uri": None})],
    ),
    "delete recording": (lambda rest: rest.delete_recording(RECORDING), [sends(b"", 204)]),
}


@pytest.mark.parametrize(("ask", "answers"), REQUESTS.values(), ids=REQUESTS.keys())
async def test_every_request_of_ours_fits_the_document(
    prism: str, upstream: int, ask: Ask, answers: list[Answer]
) -> None:
    async with BadProvider(*answers, port=upstream) as provider, rest_at(prism) as rest:
        await ask(rest)
        assert len(provider.asked) == len(answers)
    for asked in provider.asked:
        assert asked.authorised
        names = [*asked.query, *(name for name, _ in asked.form)]
        assert unknown_fields(document(), asked.method, asked.path, names) == set()


TO_FROM = [("To", "+359888100200"), ("From", "+35929000000")]
WRONG = {
    "events in one field": [*TO_FROM, ("StatusCallbackEvent", "initiated ringing")],
    "an event that there is not": [*TO_FROM, ("StatusCallbackEvent", "answred")],
    "seconds that are no number": [*TO_FROM, ("Timeout", "soon")],
    "a method that there is not": [*TO_FROM, ("StatusCallbackMethod", "PUT")],
    "nobody to call": [("From", "+35929000000")],
}


@pytest.mark.parametrize("form", WRONG.values(), ids=WRONG.keys())
async def test_a_wrong_request_is_caught(prism: str, upstream: int, form: list[tuple[str, str]]) -> None:
    async with BadProvider(says(call(), 201), port=upstream) as provider, aiohttp.ClientSession() as session:
        url = f"{prism}/2010-04-01/Accounts/{ACCOUNT}/Calls.json"
        async with session.post(url, data=form, headers={"Authorization": BASIC}) as response:
            assert response.status == 422, await response.text()
        assert provider.asked == []


def test_a_misspelt_field_is_caught() -> None:
    path = f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json"
    sent = ("To", "StatusCallbackEvent", "StatusCallbackEvents", "StatusCallbackEvent[0]")
    assert unknown_fields(document(), "POST", path, sent) == {"StatusCallbackEvents", "StatusCallbackEvent[0]"}
    assert unknown_fields(document(), "GET", path, ("To", "StartTime>", "StartTimeAfter")) == {"StartTimeAfter"}


async def test_a_request_without_a_secret_is_caught(prism: str, upstream: int) -> None:
    async with BadProvider(says(call()), port=upstream) as provider, aiohttp.ClientSession() as session:
        async with session.get(f"{prism}/2010-04-01/Accounts/{ACCOUNT}/Calls/{CALL}.json") as response:
            assert response.status == 401
        assert provider.asked == []


async def test_a_wrong_sid_is_caught(prism: str, upstream: int) -> None:
    async with BadProvider(says(call()), port=upstream) as provider, rest_at(prism) as rest:
        with pytest.raises(RefusedError):
            await rest.status_of("CA-not-a-sid")
        assert provider.asked == []


WRONG_ANSWERS = {
    "a status that there is not": says(call(status="rining")),
    "a SID of another kind": says(call(sid=RECORDING)),
    "a price as a number": says(call(price=-0.5)),
    "a duration as a number": says(call(duration=15)),
    "an error of no known form": says({"error": "oops"}, 400),
}


@pytest.mark.parametrize("answer", WRONG_ANSWERS.values(), ids=WRONG_ANSWERS.keys())
async def test_a_wrong_fake_is_caught(prism: str, upstream: int, answer: Answer) -> None:
    async with BadProvider(answer, port=upstream), rest_at(prism) as rest:
        with pytest.raises(OutcomeUnknownError, match="status 500"):
            await rest.status_of(CALL)


async def test_a_refusal_in_twilios_form_comes_through(prism: str, upstream: int) -> None:
    async with BadProvider(fault(404, 20404), port=upstream), rest_at(prism) as rest:
        with pytest.raises(RefusedError) as refused:
            await rest.status_of(CALL)
        assert (refused.value.status, refused.value.code) == (404, 20404)


# --- the document ---


def test_the_cut_that_is_kept_says_what_the_document_says() -> None:
    assert cut_of(document()) == json.loads(CUT.read_text("utf-8"))


def test_the_cut_keeps_the_notice_its_licence_asks_for() -> None:
    notice = (CUT.parent / "LICENSE").read_text("utf-8")
    assert "Copyright (C) 2023, Twilio, Inc." in notice
    assert "Permission is hereby granted" in notice


def test_nothing_in_the_cut_refers_to_what_was_cut_away() -> None:
    kept = json.loads(CUT.read_text("utf-8"))
    referred = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(kept)))
    assert referred == set(kept["components"]["schemas"])


def test_every_array_of_a_form_is_mended_and_the_document_itself_is_not_touched() -> None:
    written = document()
    before = deepcopy(written)
    forms = [
        operation["requestBody"]["content"]["application/x-www-form-urlencoded"]
        for item in mended(written)["paths"].values()
        for operation in item.values()
        if isinstance(operation, dict) and "requestBody" in operation
    ]
    arrays = {
        (name, str(form.get("encoding", {}).get(name)))
        for form in forms
        for name, field in form["schema"].get("properties", {}).items()
        if field.get("type") == "array"
    }
    assert written == before
    assert {name for name, _ in arrays} >= {"StatusCallbackEvent", "RecordingStatusCallbackEvent"}
    assert {encoding for _, encoding in arrays} == {"{'style': 'form', 'explode': True}"}


def test_a_call_can_be_refused_in_the_mended_document() -> None:
    responses = mended(document())["paths"][f"{ACCOUNT_PATH}/Calls.json"]["post"]["responses"]
    assert set(responses) == {"201", "4XX"}


# --- the fake Twilio behind Prism ---


async def test_a_call_whose_answer_was_lost_is_found_and_ended_and_the_fake_fits_the_document(tmp_path: Path) -> None:
    async with FakeTwilio(pace=NetworkPace(scale=1.0)) as twilio:
        twilio.owns("+35929000000", "https://pbx.example.com/twilio/voice")
        twilio.resolves("https://pbx.example.com", "http://127.0.0.1:1")
        twilio.phones["+359888100200"] = FarPhone(answers_after_s=None)
        settings = TwilioSettings(account_sid=twilio.account_sid, auth_token=twilio.auth_token, api_base_url=twilio.url)
        with prism_before(twilio.url, tmp_path) as prism:
            async with Rest(replace(settings, api_base_url=prism), SystemClock(), PACE) as rest:
                twilio.misbehaves(Misbehaviour.DONE_BUT_LOST, method="POST")
                sent_at = datetime.now(UTC)
                with pytest.raises(OutcomeUnknownError):
                    await rest.place(PLACEMENT)
                found = await rest.reconcile(PLACEMENT, sent_at, datetime.now(UTC))
                assert isinstance(found, Placed)
                assert [call.sid for call in await rest.live_calls()] == [found.sid]
                await rest.hang_up(found.sid)
                state = await rest.status_of(found.sid)
                assert state.status.is_over
                with pytest.raises(RefusedError) as refused:
                    await rest.redirect(found.sid, "https://pbx.example.com/twilio/voice/next?turn=2")
                assert refused.value.code == OVER
        assert len(twilio.calls(to="+359888100200")) == 1


async def test_a_call_that_waits_to_be_dialled_and_is_listed_late_is_found() -> None:
    async with FakeTwilio(pace=NetworkPace(scale=0.02, queued_s=600, listed_after_s=20)) as twilio:
        twilio.owns("+35929000000", "https://pbx.example.com/twilio/voice")
        twilio.resolves("https://pbx.example.com", "http://127.0.0.1:1")
        settings = TwilioSettings(account_sid=twilio.account_sid, auth_token=twilio.auth_token, api_base_url=twilio.url)
        async with Rest(settings, SystemClock(), replace(PACE, look_again_s=0.1)) as rest:
            twilio.misbehaves(Misbehaviour.DONE_BUT_LOST, method="POST")
            sent_at = datetime.now(UTC)
            with pytest.raises(OutcomeUnknownError):
                await rest.place(PLACEMENT)
            assert isinstance(await rest.reconcile(PLACEMENT, sent_at, datetime.now(UTC)), Placed)
        assert len(twilio.calls(to="+359888100200")) == 1
