"""What is asked of the provider, and what its answers, good and bad, come to."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from telephony.carriers.twilio.http_client import LARGEST_ANSWER, at_base
from telephony.carriers.twilio.http_session import Pace
from telephony.carriers.twilio.placed import CannotTell, NotPlaced, Placed
from telephony.carriers.twilio.refusals import OVER, RefusedError
from telephony.carriers.twilio.rest import Placement, Rest
from telephony.carriers.twilio.rest_answers import CallStatus
from telephony.carriers.twilio.settings import TwilioSettings
from telephony.errors import CarrierError, CarrierUnavailableError, OutcomeUnknownError
from tests.unit.carriers.twilio.bad_provider import (
    ACCOUNT,
    CALL,
    RECORDING,
    TOKEN,
    Answer,
    BadProvider,
    call,
    calls,
    cut_off,
    fault,
    hangs_up,
    late,
    says,
    sends,
    silence,
)

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
QUICK = Pace(connect_s=0.3, request_s=0.3, pauses_s=(0.01, 0.01), retry_after_s=0.2, list_lag_s=0.04, look_again_s=0.02)
PLACEMENT = Placement(
    to="+359888100200",
    from_="+35929000000",
    url="https://pbx.example.com/twilio/voice?attempt=7",
    status_callback="https://pbx.example.com/twilio/status",
)
HTML = b"<html><body>Bad gateway</body></html>"
Ask = Callable[[Rest], Awaitable[object]]


class StandingClock:
    """Time moves on by a second with every look."""

    def __init__(self, a_look: timedelta = timedelta()) -> None:
        self.at = NOW
        self.a_look = a_look

    def now(self) -> datetime:
        self.at += self.a_look
        return self.at


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")


@asynccontextmanager
async def at(*answers: Answer, base: str = "", pace: Pace = QUICK) -> AsyncIterator[tuple[Rest, BadProvider]]:
    async with BadProvider(*answers) as provider:
        settings = TwilioSettings(
            account_sid=ACCOUNT, auth_token=TOKEN, api_base_url=provider.url + base, recordings_dir=Path()
        )
        async with Rest(settings, StandingClock(), pace) as rest:
            yield rest, provider


# --- what is asked ---


async def test_a_call_is_placed_with_every_callback_as_a_field_of_its_own() -> None:
    async with at(says(call(), 201)) as (rest, provider):
        assert await rest.place(replace(PLACEMENT, fallback_url="https://f.example.com/", detect_machine=True)) == CALL
    (asked,) = provider.asked
    assert (asked.method, asked.path) == ("POST", f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json")
    assert asked.authorised
    assert sorted(asked.form) == [
        ("FallbackMethod", "POST"),
        ("FallbackUrl", "https://f.example.com/"),
        ("From", "+35929000000"),
        ("MachineDetection", "Enable"),
        ("Method", "POST"),
        ("StatusCallback", "https://pbx.example.com/twilio/status"),
        ("StatusCallbackEvent", "answered"),
        ("StatusCallbackEvent", "completed"),
        ("StatusCallbackEvent", "initiated"),
        ("StatusCallbackEvent", "ringing"),
        ("StatusCallbackMethod", "POST"),
        ("Timeout", "30"),
        ("To", "+359888100200"),
        ("Url", "https://pbx.example.com/twilio/voice?attempt=7"),
    ]


async def test_a_live_call_is_sent_elsewhere_and_ended() -> None:
    async with at(says(call())) as (rest, provider):
        await rest.redirect(CALL, "https://pbx.example.com/twilio/voice/next?turn=3&why=woken")
        await rest.hang_up(CALL)
    assert [dict(asked.form) for asked in provider.asked] == [
        {"Url": "https://pbx.example.com/twilio/voice/next?turn=3&why=woken", "Method": "POST"},
        {"Status": "completed"},
    ]


async def test_a_call_that_has_ended_is_told_with_its_price() -> None:
    ended = call(
        status="completed",
        duration="15",
        price="-0.0085",
        start_time="Mon, 02 Mar 2026 09:59:00 +0000",
        end_time="Mon, 02 Mar 2026 10:00:30 +0000",
        answered_by="human",
    )
    async with at(says(ended)) as (rest, _):
        state = await rest.status_of(CALL)
    assert (state.status, state.duration_s, state.price, state.currency) == ("completed", 15, Decimal("-0.0085"), "USD")
    assert state.answered_at == NOW + timedelta(seconds=15)
    assert state.ended_at == NOW + timedelta(seconds=30)
    assert (state.answered_by, state.status.is_over) == ("human", True)


async def test_a_ringing_call_has_neither_answer_nor_price() -> None:
    ringing = call(status="ringing", start_time="Mon, 02 Mar 2026 10:00:00 +0000")
    async with at(says(ringing)) as (rest, _):
        state = await rest.status_of(CALL)
    assert (state.answered_at, state.ended_at, state.duration_s, state.price) == (None, None, None, None)


async def test_calls_are_found_page_by_page_and_exactly_by_when_they_were_made() -> None:
    early = call(sid="CA" + "3" * 32, status="completed", date_created="Mon, 02 Mar 2026 09:00:00 +0000")
    next_page = f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json?Page=1&PageToken=PAx"
    async with at(says(calls()), says(calls(early, next_page=next_page)), says(calls(call()))) as (rest, provider):
        found = await rest.find_placed("+359888100200", "+35929000000", NOW - timedelta(minutes=1), NOW)
    assert [(one.sid, one.status, one.created_at) for one in found] == [(CALL, CallStatus.QUEUED, NOW)]
    waiting, dialled, page_2 = provider.asked
    assert waiting.query["Status"] == "queued"
    assert dialled.query["StartTime>"] == "2026-03-01T00:00:00Z"
    assert (dialled.query["To"], dialled.query["From"]) == ("+359888100200", "+35929000000")
    assert page_2.query == {"Page": "1", "PageToken": "PAx"}


async def test_live_calls_are_those_that_wait_ring_and_talk() -> None:
    pages = [calls(), calls(call(status="ringing")), calls(call(status="in-progress"))]
    async with at(*map(says, pages)) as (rest, provider):
        (live,) = await rest.live_calls()
    assert live.status is CallStatus.IN_PROGRESS
    assert [asked.query["Status"] for asked in provider.asked] == ["queued", "ringing", "in-progress"]


async def test_a_recording_is_looked_up_and_deleted() -> None:
    told = {"sid": RECORDING, "call_sid": CALL, "status": "completed", "duration": "4", "channels": 1}
    async with at(says(told), sends(b"", 204)) as (rest, provider):
        state = await rest.recording(RECORDING)
        await rest.delete_recording(RECORDING)
    assert (state.status, state.seconds, state.channels) == ("completed", 4, 1)
    assert [asked.method for asked in provider.asked] == ["GET", "DELETE"]


async def test_another_cloud_is_asked_below_its_own_path() -> None:
    next_page = f"/api/laml/2010-04-01/Accounts/{ACCOUNT}/Calls.json?Page=1"
    async with at(says(calls()), says(calls(next_page=next_page)), says(calls()), base="/api/laml") as (rest, provider):
        await rest.find_placed("+359888100200", "+35929000000", NOW, NOW)
    assert {asked.path for asked in provider.asked} == {f"/api/laml/2010-04-01/Accounts/{ACCOUNT}/Calls.json"}


# --- answers that are none ---

GOOD_FOR_NOTHING = {
    "500": sends(HTML, 500),
    "503": sends(b"", 503),
    "HTML": sends(HTML),
    "cut off": cut_off(),
    "hangs up": hangs_up,
    "never": silence,
    "too late": late(1.0, says(call(), 201)),
    "not JSON": sends(b"{oops", 201, "application/json"),
    "a list": says([1, 2]),
    "no SID": says({"status": "queued"}, 201),
    "too large": sends(b'{"a": "' + b"x" * LARGEST_ANSWER + b'"}'),
}


@pytest.mark.parametrize("answer", GOOD_FOR_NOTHING.values(), ids=GOOD_FOR_NOTHING.keys())
async def test_a_call_whose_placing_has_no_usable_answer_is_unknown_and_was_sent_once(answer: Answer) -> None:
    async with at(answer) as (rest, provider):
        with pytest.raises(OutcomeUnknownError):
            await rest.place(PLACEMENT)
        assert [asked.method for asked in provider.asked] == ["POST"]


async def test_a_post_over_a_kept_connection_that_breaks_is_sent_once() -> None:
    async with at(says(call()), hangs_up) as (rest, provider):
        await rest.hang_up(CALL)
        with pytest.raises(OutcomeUnknownError):
            await rest.place(PLACEMENT)
        assert len(provider.asked) == 2


async def test_a_delete_over_a_kept_connection_that_breaks_is_sent_once() -> None:
    async with at(says(call()), hangs_up) as (rest, provider):
        await rest.hang_up(CALL)
        with pytest.raises(OutcomeUnknownError):
            await rest.delete_recording(RECORDING)
        assert len(provider.asked) == 2


@pytest.mark.parametrize("answer", [sends(HTML, 502), sends(HTML), cut_off(), hangs_up], ids=str)
async def test_a_question_is_asked_again_twice(answer: Answer) -> None:
    async with at(answer, answer, says(call())) as (rest, provider):
        assert (await rest.status_of(CALL)).sid == CALL
        assert len(provider.asked) == 3


async def test_a_question_nobody_answers_ends_within_its_limit() -> None:
    async with at(silence) as (rest, provider):
        with pytest.raises(OutcomeUnknownError, match="in time"):
            await rest.status_of(CALL)
        assert len(provider.asked) == 1


async def test_a_question_asked_too_often_waits_as_long_as_it_is_told() -> None:
    patient = replace(QUICK, request_s=3.0, retry_after_s=2.0)
    async with at(fault(429, 20429, headers={"Retry-After": "1"}), says(call()), pace=patient) as (rest, provider):
        assert (await rest.status_of(CALL)).sid == CALL
        assert len(provider.asked) == 2


async def test_nobody_waits_for_a_provider_who_wants_a_minute() -> None:
    async with at(fault(429, 20429, headers={"Retry-After": "60"})) as (rest, provider):
        with pytest.raises(RefusedError, match="less often"):
            await rest.status_of(CALL)
        assert len(provider.asked) == 1


async def test_an_answer_that_is_slow_but_in_time_is_an_answer() -> None:
    async with at(late(0.1, says(call(), 201))) as (rest, _):
        assert await rest.place(PLACEMENT) == CALL


# --- nothing was sent ---


@pytest.mark.parametrize("base", ["http://127.0.0.1:{free}", "http://provider.invalid", "http://"])
async def test_what_cannot_be_reached_was_not_sent(base: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = base.replace("{free}", str(taken.getsockname()[1]))
        settings = TwilioSettings(account_sid=ACCOUNT, auth_token=TOKEN, api_base_url=url)
        async with Rest(settings, StandingClock(), QUICK) as rest:
            with pytest.raises(CarrierUnavailableError):
                await rest.place(PLACEMENT)


async def test_a_provider_without_tls_where_tls_is_wanted_got_nothing() -> None:
    async with BadProvider(says(call())) as provider:
        url = provider.url.replace("http:", "https:")
        settings = TwilioSettings(account_sid=ACCOUNT, auth_token=TOKEN, api_base_url=url)
        async with Rest(settings, StandingClock(), QUICK) as rest:
            with pytest.raises(CarrierUnavailableError):
                await rest.place(PLACEMENT)
        assert provider.asked == []


async def test_a_provider_that_never_shakes_hands_got_nothing() -> None:
    over = asyncio.Event()

    async def never(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.close()

    async with await asyncio.start_server(never, "127.0.0.1", 0) as server:
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        settings = TwilioSettings(account_sid=ACCOUNT, auth_token=TOKEN, api_base_url=url)
        async with Rest(settings, StandingClock(), replace(QUICK, request_s=2.0)) as rest:
            with pytest.raises(CarrierUnavailableError, match="in time"):
                await rest.place(PLACEMENT)
        over.set()


async def test_a_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "")
    async with BadProvider(says(call())) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        settings = TwilioSettings(account_sid=ACCOUNT, auth_token=TOKEN, api_base_url="http://api.example.com")
        async with Rest(settings, StandingClock(), QUICK) as rest:
            await rest.hang_up(CALL)
        assert len(proxy.asked) == 1


# --- refusals ---


@pytest.mark.parametrize(
    ("status", "code", "advice"),
    [
        (401, 20003, "RINGSIDE_TWILIO_AUTH_TOKEN"),
        (400, 21211, "not a telephone number"),
        (400, 21212, "check caller_id"),
        (400, 21214, "cannot be reached"),
        (400, 21215, "geographic permissions"),
        (400, OVER, "not in progress any more"),
        (404, 20404, "no such thing"),
        (429, 20429, "less often"),
    ],
)
async def test_a_refusal_says_what_to_mend_and_is_not_sent_again(status: int, code: int, advice: str) -> None:
    async with at(fault(status, code, "The provider's words")) as (rest, provider):
        with pytest.raises(RefusedError, match=advice) as refused:
            await rest.place(PLACEMENT)
        assert len(provider.asked) == 1
    assert (refused.value.status, refused.value.code) == (status, code)
    assert "The provider's words" in str(refused.value)


@pytest.mark.parametrize("answer", [sends(HTML, 404), sends(b"", 301, headers={"Location": "http://127.0.0.1:1/"})])
async def test_what_is_no_api_of_a_provider_is_told_so_and_not_followed(answer: Answer) -> None:
    async with at(answer) as (rest, provider):
        with pytest.raises(RefusedError):
            await rest.status_of(CALL)
        assert len(provider.asked) == 1


async def test_a_refusal_in_a_list_is_a_refusal() -> None:
    async with at(fault(401, 20003)) as (rest, _):
        with pytest.raises(RefusedError, match="account SID and token do not fit"):
            await rest.live_calls()


# --- secrets ---


async def test_nothing_is_logged_and_no_error_holds_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    said: list[str] = []
    asks: list[Ask] = [lambda rest: rest.place(PLACEMENT), lambda rest: rest.live_calls()]
    for answer in (sends(HTML, 500), fault(401, 20003), cut_off(), says(call())):
        async with at(answer) as (rest, _):
            for ask in asks:
                try:
                    await ask(rest)
                except CarrierError as error:
                    said.append(f"{error!r} {error.__cause__!r}")
            said.append(repr(rest))
    assert TOKEN not in "".join(said) + caplog.text
    assert [record for record in caplog.records if record.name.startswith("twilio")] == []


def test_a_next_page_at_another_host_is_not_asked() -> None:
    assert (
        at_base("https://api.twilio.com/2010-04-01/x", "https://a.example/api") == "https://a.example/api/2010-04-01/x"
    )
    for uri in ("https://evil.example/2010-04-01/x", "https://api.twilio.com.evil.example/x"):
        with pytest.raises(OutcomeUnknownError):
            at_base(uri, "https://api.twilio.com")


# --- unknown, reconciled ---


async def test_a_call_that_was_placed_though_the_answer_was_lost_is_found() -> None:
    async with at(cut_off(), says(calls()), says(calls(call(status="ringing")))) as (rest, _):
        with pytest.raises(OutcomeUnknownError):
            await rest.place(PLACEMENT)
        assert await rest.reconcile(PLACEMENT, NOW, NOW) == Placed(sid=CALL)
        # The same call is not the answer to a second attempt
        assert isinstance(await rest.reconcile(PLACEMENT, NOW, NOW), CannotTell)


async def test_a_list_that_lags_is_read_until_it_shows_the_call() -> None:
    async with at(says(calls()), says(calls()), says(calls(call()))) as (rest, provider):
        assert await rest.reconcile(PLACEMENT, NOW, NOW) == Placed(sid=CALL)
        assert len(provider.asked) > 2


async def test_a_call_was_not_placed_only_after_the_list_cannot_lag_any_more() -> None:
    async with at(says(calls())) as (rest, provider):
        rest._clock = StandingClock(a_look=timedelta(seconds=0.015))
        assert await rest.reconcile(PLACEMENT, NOW, NOW) == NotPlaced()
        assert len(provider.asked) == 6


async def test_a_provider_that_cannot_be_asked_leaves_the_call_unknown(caplog: pytest.LogCaptureFixture) -> None:
    async with at(sends(HTML, 500)) as (rest, _):
        finding = await rest.reconcile(PLACEMENT, NOW, NOW)
    assert finding == CannotTell(why="the provider answered with status 500")
    assert "sent and not answered for" in caplog.text


async def test_another_attempts_call_is_not_ours() -> None:
    async with at(says(calls(call()))) as (rest, _):
        rest._clock = StandingClock(a_look=timedelta(seconds=1))
        assert await rest.reconcile(PLACEMENT, NOW, NOW, known=lambda: {CALL}) == NotPlaced()
