"""Calls that we place: each is placed at most once, whatever becomes of the question, and told of under our own id."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from telephony.calls.commands import Ask, HangUp, Hold, Say
from telephony.calls.events import AnsweredBy, HoldEnd, HoldEnded, LegAnswered, LegDialed, LegEnded
from telephony.calls.model import Direction, LegId
from telephony.carriers.twilio.http_session import Pace
from telephony.carriers.twilio.placing import KIND
from telephony.errors import CarrierRefusedError, CarrierUnavailableError, OutcomeUnknownError
from telephony.ports import Dial, DialOutcome, Due
from tests.fakes.dues import FakeDues
from tests.fakes.twilio import FarPhone, Misbehaviour
from tests.unit.carriers.asterisk.house import until
from tests.unit.carriers.twilio.house import PUBLIC, prompts
from tests.unit.carriers.twilio.whole import OURS, House, house

GEORGI = "+359888100200"
LEG = LegId("attempt-1")
DIAL = Dial(leg_id=LEG, endpoint=f"tel:{GEORGI}", caller_id="", flow="info", limit_s=20)
HELLO = Say(prompts=prompts("hello"))
MENU = Ask(prompts=prompts("menu"), first_digit_s=60)
PATIENT = Pace(connect_s=5.0, request_s=5.0, pauses_s=(0.01,), list_lag_s=0.1, look_again_s=0.02)
HASTY = replace(PATIENT, request_s=0.3)
"""For what is never answered; on a busy machine it may give up what would have been answered, too."""
TALKED = ["LegDialed", "LegRinging", "LegAnswered", "LegEnded", "CallFinished"]
DONE = (Misbehaviour.DONE_BUT_LOST, Misbehaviour.DONE_BUT_SILENT, Misbehaviour.CUT_OFF)
NOT_DONE = (
    Misbehaviour.SERVER_ERROR,
    Misbehaviour.UNAVAILABLE,
    Misbehaviour.HTML,
    Misbehaviour.HTML_200,
    Misbehaviour.NEVER,
    Misbehaviour.REFUSED,
)


class WallClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


def pace_for(how: Misbehaviour) -> Pace:
    return HASTY if how in (Misbehaviour.NEVER, Misbehaviour.DONE_BUT_SILENT) else PATIENT


@asynccontextmanager
async def calling(
    tmp_path: Path, dues: FakeDues | None = None, *, pace: Pace = PATIENT, **settings: object
) -> AsyncIterator[House]:
    given = {"caller_id": OURS, **settings}
    async with house(tmp_path, clock=WallClock(), pace=pace, dues=dues or FakeDues(), **given) as at:  # type: ignore[arg-type]
        at.twilio.phones[GEORGI] = FarPhone(rings_after_s=1, answers_after_s=2)
        yield at


def created(at: House) -> int:
    """Return how many calls the cloud was made to place."""
    return len(at.twilio.calls(direction="outbound-api"))


def asked(at: House) -> int:
    """Return how often a call was asked for."""
    return sum(each.method == "POST" and each.path.endswith("/Calls.json") for each in at.twilio.api_requests)


def ended(at: House) -> LegEnded:
    return next(event for event in at.taker.told if isinstance(event, LegEnded))


async def over(at: House) -> None:
    await until(lambda: "CallFinished" in at.taker.legs())
    assert list(at.twilio.faults) == []


async def test_who_is_called_and_answers_is_served_by_the_flow(tmp_path: Path) -> None:
    async with calling(tmp_path) as at:
        at.taker.script = {1: (HELLO, MENU), 2: (HangUp(),)}
        assert await at.carrier.dial(DIAL) is DialOutcome.PLACED
        assert await at.carrier.was_placed(LEG)
        called = await at.twilio.called(GEORGI)
        await called.answers("5")
        await over(at)
        assert at.taker.legs() == TALKED
        assert {event.leg_id for event in at.taker.told if isinstance(event, LegDialed | LegEnded)} == {LEG}
        offered, _ = at.taker.offers[0]
        assert (offered.flow, offered.leg_id, offered.call_id) == ("info", LEG, called.sid)
        assert (offered.direction, offered.theirs, offered.ours) == (Direction.OUTBOUND, GEORGI, OURS)
        assert offered.answered_by is None
        assert at.taker.names() == ["Keys", "LineLost"]
        assert ended(at).cause == 16
        assert (created(at), asked(at)) == (1, 1)


async def test_the_cloud_is_asked_for_all_that_a_call_needs(tmp_path: Path) -> None:
    async with calling(tmp_path) as at:
        await at.carrier.dial(replace(DIAL, detect_machine=True))
        request = next(each for each in at.twilio.api_requests if each.method == "POST")
        assert (request.get("To"), request.get("From"), request.get("Timeout")) == (GEORGI, OURS, "20")
        assert request.get("Url") == f"{PUBLIC}/twilio/voice?flow=info&attempt=attempt-1"
        assert request.get("FallbackUrl") == f"{PUBLIC}/twilio/fallback?flow=info&attempt=attempt-1"
        assert request.get("StatusCallback") == f"{PUBLIC}/twilio/status?attempt=attempt-1"
        assert request.all("StatusCallbackEvent") == ["initiated", "ringing", "answered", "completed"]
        assert request.get("MachineDetection") == "Enable"


@pytest.mark.parametrize(
    ("phone", "cause", "rings"),
    [
        (FarPhone(busy=True), 17, False),
        (FarPhone(declines_after_s=1), 17, True),
        (FarPhone(answers_after_s=None), 19, True),
        (FarPhone(unreachable=True), 20, False),
        (FarPhone(fails_after_ringing=True), 20, True),
    ],
)
async def test_who_is_not_reached_is_told_with_the_cause(
    tmp_path: Path, phone: FarPhone, cause: int, *, rings: bool
) -> None:
    async with calling(tmp_path) as at:
        at.twilio.phones[GEORGI] = phone
        await at.carrier.dial(replace(DIAL, limit_s=5))
        await over(at)
        assert at.taker.legs() == ["LegDialed", *(["LegRinging"] if rings else []), "LegEnded", "CallFinished"]
        assert ended(at).cause == cause
        assert at.taker.offers == []
        assert await at.carrier.was_placed(LEG)
        assert created(at) == 1


@pytest.mark.parametrize(
    ("answers", "who"),
    [
        ("human", AnsweredBy.HUMAN),
        ("machine_start", AnsweredBy.MACHINE),
        ("fax", AnsweredBy.MACHINE),
        ("unknown", AnsweredBy.UNKNOWN),
    ],
)
async def test_it_is_told_whether_a_person_or_a_machine_answered(tmp_path: Path, answers: str, who: AnsweredBy) -> None:
    async with calling(tmp_path) as at:
        at.taker.script = {1: (HangUp(),)}
        at.twilio.phones[GEORGI] = FarPhone(answered_by=answers)
        await at.carrier.dial(replace(DIAL, detect_machine=True))
        await over(at)
        assert at.taker.offers[0][0].answered_by is who


async def test_a_call_is_taken_back_before_it_is_answered(tmp_path: Path) -> None:
    async with calling(tmp_path) as at:
        at.twilio.phones[GEORGI] = FarPhone(rings_after_s=1, answers_after_s=None)
        await at.carrier.dial(replace(DIAL, limit_s=600))
        await until(lambda: "LegRinging" in at.taker.legs())
        await at.carrier.hang_up(LEG)
        await over(at)
        assert at.taker.legs() == ["LegDialed", "LegRinging", "LegEnded", "CallFinished"]
        with pytest.raises(CarrierRefusedError):
            await at.carrier.hang_up(LEG)


async def test_who_is_called_may_be_held_woken_and_hung_up_by_our_own_id(tmp_path: Path) -> None:
    async with calling(tmp_path) as at:
        at.taker.script = {1: (Hold(for_s=100),), 2: (Hold(for_s=100),)}
        await at.carrier.dial(DIAL)
        called = await at.twilio.called(GEORGI)
        await called.hears("music")
        await at.carrier.wake(LEG)
        await until(lambda: at.taker.answers)
        assert at.taker.answers == [HoldEnded(turn=1, reason=HoldEnd.WOKEN)]
        assert at.carrier.has(LEG)
        await at.carrier.hang_up(LEG)
        await over(at)


@pytest.mark.parametrize(
    "dial",
    [
        replace(DIAL, endpoint="tel:5"),
        replace(DIAL, endpoint="SIP/strangers"),
        replace(DIAL, caller_id="Ringside"),
        replace(DIAL, flow="in fo"),
        replace(DIAL, leg_id=LegId("a&b")),
        replace(DIAL, caller_id="+35929999999"),
    ],
)
async def test_what_cannot_be_dialled_is_refused_and_may_be_dialled_rightly(tmp_path: Path, dial: Dial) -> None:
    dues = FakeDues()
    async with calling(tmp_path, dues) as at:
        with pytest.raises(CarrierRefusedError):
            await at.carrier.dial(dial)
        assert (created(at), dues.ids(KIND)) == (0, [])
        assert not await at.carrier.was_placed(dial.leg_id)
        await at.carrier.dial(DIAL)
        assert created(at) == 1


async def test_nothing_was_sent_when_the_cloud_cannot_be_reached(tmp_path: Path) -> None:
    async with calling(tmp_path, api_base_url="http://127.0.0.1:9") as at:
        with pytest.raises(CarrierUnavailableError):
            await at.carrier.dial(DIAL)
        assert not await at.carrier.was_placed(LEG)
        with pytest.raises(CarrierUnavailableError):
            await at.carrier.dial(DIAL)


async def test_nothing_is_sent_that_could_not_be_remembered(tmp_path: Path) -> None:
    dues = FakeDues()
    async with calling(tmp_path, dues) as at:
        dues.away = True
        with pytest.raises(OutcomeUnknownError):
            await at.carrier.was_placed(LEG)
        with pytest.raises((CarrierUnavailableError, OutcomeUnknownError)):
            await at.carrier.dial(DIAL)
        dues.away = False
        assert asked(at) == 0
        assert not await at.carrier.was_placed(LEG)
        await at.carrier.dial(DIAL)


async def test_too_many_requests_is_a_refusal_and_nobody_was_called(tmp_path: Path) -> None:
    async with calling(tmp_path) as at:
        at.twilio.misbehaves(Misbehaviour.TOO_MANY, method="POST")
        with pytest.raises(CarrierRefusedError, match="too many requests"):
            await at.carrier.dial(DIAL)
        assert not await at.carrier.was_placed(LEG)
        await at.carrier.dial(DIAL)
        assert created(at) == 1


async def test_an_account_at_its_limit_is_asked_for_no_more(tmp_path: Path) -> None:
    async with calling(tmp_path, account_limit=1) as at:
        at.twilio.phones[GEORGI] = FarPhone(answers_after_s=None)
        await at.carrier.dial(DIAL)
        with pytest.raises(CarrierUnavailableError, match="account_limit"):
            await at.carrier.dial(replace(DIAL, leg_id=LegId("attempt-2")))
        assert asked(at) == 1


async def test_callers_who_are_here_count_against_the_accounts_limit(tmp_path: Path) -> None:
    async with calling(tmp_path, account_limit=1) as at:
        caller = await at.called({1: (HELLO, MENU)})
        await caller.is_asked()
        with pytest.raises(CarrierUnavailableError, match="account_limit"):
            await at.carrier.dial(DIAL)
        caller.hangs_up()
        await over(at)
        await at.carrier.dial(DIAL)


async def test_one_attempt_is_dialled_once(tmp_path: Path) -> None:
    async with calling(tmp_path) as at:
        await at.carrier.dial(DIAL)
        with pytest.raises(CarrierRefusedError, match="dialled already"):
            await at.carrier.dial(DIAL)
        assert asked(at) == 1


# --- answers that are lost ---


@pytest.mark.parametrize("how", DONE)
async def test_a_call_whose_answer_was_lost_tells_of_itself(tmp_path: Path, how: Misbehaviour) -> None:
    async with calling(tmp_path, pace=pace_for(how)) as at:
        at.taker.script = {1: (HangUp(),)}
        at.twilio.misbehaves(how, method="POST")
        try:
            await at.carrier.dial(DIAL)
        except OutcomeUnknownError:
            await until(lambda: "LegDialed" in at.taker.legs())
        assert await at.carrier.was_placed(LEG)
        with pytest.raises(CarrierRefusedError):
            await at.carrier.dial(DIAL)
        await over(at)
        assert at.taker.legs() == TALKED
        assert (created(at), asked(at)) == (1, 1)


@pytest.mark.parametrize("how", DONE)
async def test_a_call_that_does_not_tell_of_itself_is_found_in_the_list(tmp_path: Path, how: Misbehaviour) -> None:
    async with calling(tmp_path, pace=pace_for(how)) as at:
        at.twilio.callbacks.lost("*")
        at.twilio.phones[GEORGI] = FarPhone(answers_after_s=None)
        at.twilio.misbehaves(how, method="POST")
        with pytest.raises(OutcomeUnknownError):
            await at.carrier.dial(replace(DIAL, limit_s=600))
        assert at.taker.legs() == []
        assert await at.carrier.was_placed(LEG)
        assert at.taker.legs() == ["LegDialed"]
        await at.carrier.hang_up(LEG)
        assert (created(at), asked(at)) == (1, 1)


async def test_a_list_that_lags_is_looked_at_again(tmp_path: Path) -> None:
    async with calling(tmp_path, pace=replace(HASTY, list_lag_s=5.0)) as at:
        at.twilio.pace.listed_after_s = 0.4 / at.twilio.pace.scale
        at.twilio.callbacks.lost("*")
        at.twilio.phones[GEORGI] = FarPhone(answers_after_s=None)
        at.twilio.misbehaves(Misbehaviour.DONE_BUT_SILENT, method="POST")
        with pytest.raises(OutcomeUnknownError):
            await at.carrier.dial(replace(DIAL, limit_s=600))
        assert await at.carrier.was_placed(LEG)
        assert created(at) == 1


@pytest.mark.parametrize("how", NOT_DONE)
async def test_a_call_that_was_never_placed_is_told_so_and_may_be_dialled_anew(
    tmp_path: Path, how: Misbehaviour
) -> None:
    async with calling(tmp_path, pace=pace_for(how)) as at:
        at.twilio.misbehaves(how, method="POST")
        with pytest.raises(OutcomeUnknownError):
            await at.carrier.dial(DIAL)
        with pytest.raises(CarrierRefusedError, match="dialled already"):
            await at.carrier.dial(DIAL)
        assert not await at.carrier.was_placed(LEG)
        assert (created(at), asked(at)) == (0, 1)
        await at.carrier.dial(DIAL)
        assert created(at) == 1


async def test_as_long_as_the_list_cannot_be_had_it_is_not_guessed(tmp_path: Path) -> None:
    async with calling(tmp_path, pace=HASTY) as at:
        at.twilio.misbehaves(Misbehaviour.NEVER, method="POST")
        at.twilio.misbehaves(Misbehaviour.HTML, method="GET", times=None)
        with pytest.raises(OutcomeUnknownError):
            await at.carrier.dial(DIAL)
        for _ in range(2):
            with pytest.raises(OutcomeUnknownError):
                await at.carrier.was_placed(LEG)
        at.twilio.behaves()
        assert not await at.carrier.was_placed(LEG)
        assert (created(at), asked(at)) == (0, 1)


async def test_of_two_attempts_to_one_number_the_list_does_not_tell_which_it_shows(tmp_path: Path) -> None:
    other = replace(DIAL, leg_id=LegId("attempt-2"))
    async with calling(tmp_path) as at:
        at.twilio.callbacks.lost("*")
        at.twilio.phones[GEORGI] = FarPhone(answers_after_s=None)
        at.twilio.misbehaves(Misbehaviour.DONE_BUT_LOST, method="POST")
        at.twilio.misbehaves(Misbehaviour.REFUSED, method="POST")
        for dial in (DIAL, other):
            with pytest.raises(OutcomeUnknownError):
                await at.carrier.dial(replace(dial, limit_s=600))
        for dial in (DIAL, other):
            with pytest.raises(OutcomeUnknownError, match="same number"):
                await at.carrier.was_placed(dial.leg_id)


async def test_the_call_of_an_earlier_attempt_is_not_taken_for_this_one(tmp_path: Path) -> None:
    async with calling(tmp_path) as at:
        await at.carrier.dial(DIAL)
        at.twilio.misbehaves(Misbehaviour.REFUSED, method="POST")
        later = replace(DIAL, leg_id=LegId("attempt-2"))
        with pytest.raises(OutcomeUnknownError):
            await at.carrier.dial(later)
        assert not await at.carrier.was_placed(later.leg_id)
        assert await at.carrier.was_placed(LEG)


# --- callbacks that come badly ---


@pytest.mark.parametrize("how", ["twice", "late", "swapped"])
@pytest.mark.parametrize("event", ["initiated", "ringing", "answered"])
async def test_callbacks_in_any_order_tell_the_same_story(tmp_path: Path, how: str, event: str) -> None:
    async with calling(tmp_path) as at:
        at.taker.script = {1: (HELLO, HangUp())}
        match how:
            case "twice":
                at.twilio.callbacks.twice(event)
            case "late":
                at.twilio.callbacks.late(event, 1.5)
            case _:
                at.twilio.callbacks.swapped(event)
        await at.carrier.dial(DIAL)
        await over(at)
        assert [each for each in at.taker.legs() if each != "LegRinging"] == [
            each for each in TALKED if each != "LegRinging"
        ]


async def test_an_end_that_nothing_tells_of_is_looked_up(tmp_path: Path) -> None:
    async with calling(tmp_path, unheard_limit_s=0.0) as at:
        at.twilio.callbacks.lost("completed")
        at.twilio.phones[GEORGI] = FarPhone(busy=True)
        await at.carrier.dial(DIAL)
        called = await at.twilio.called(GEORGI)
        await called.until_over()
        await at.carrier.look_up_silent()
        assert at.taker.legs() == ["LegDialed", "LegEnded", "CallFinished"]
        assert ended(at).cause == 17


async def test_a_talk_of_which_only_the_end_is_told_was_answered_all_the_same(tmp_path: Path) -> None:
    async with calling(tmp_path) as at:
        for event in ("initiated", "ringing", "answered"):
            at.twilio.callbacks.lost(event)
        at.taker.script = {1: (HangUp(),)}
        await at.carrier.dial(DIAL)
        await over(at)
        assert at.taker.legs() == ["LegDialed", "LegAnswered", "LegEnded", "CallFinished"]
        assert sum(isinstance(event, LegAnswered) for event in at.taker.told) == 1


# --- restarts ---


async def test_after_a_restart_it_is_known_what_was_placed_and_what_became_of_the_unknown(tmp_path: Path) -> None:
    dues, other = FakeDues(), replace(DIAL, leg_id=LegId("attempt-2"), endpoint="tel:+359888100201")
    never = replace(DIAL, leg_id=LegId("attempt-3"), endpoint="tel:+359888100202")
    async with calling(tmp_path, dues) as at:
        at.twilio.callbacks.lost("*")
        for number in (GEORGI, "+359888100201"):
            at.twilio.phones[number] = FarPhone(answers_after_s=None)
        await at.carrier.dial(replace(DIAL, limit_s=600))
        at.twilio.misbehaves(Misbehaviour.DONE_BUT_LOST, method="POST")
        with pytest.raises(OutcomeUnknownError):
            await at.carrier.dial(replace(other, limit_s=600))
        at.twilio.misbehaves(Misbehaviour.REFUSED, method="POST")
        with pytest.raises(OutcomeUnknownError):
            await at.carrier.dial(never)
        await until(lambda: sorted(dues.ids(KIND)) == ["attempt-1", "attempt-2", "attempt-3"])
        anew = await at.restarted()
        assert await anew.was_placed(LEG)
        assert await anew.was_placed(other.leg_id)
        with pytest.raises(CarrierRefusedError):
            await anew.dial(DIAL)
        assert not await anew.was_placed(LegId("attempt-9"))
        assert created(at) == 2


async def test_attempts_from_long_ago_are_forgotten_when_we_start(tmp_path: Path) -> None:
    dues, now = FakeDues(), WallClock().now()
    detail = json.dumps({"endpoint": DIAL.endpoint, "to": GEORGI, "from": OURS, "sid": ""})
    for days in (1, 6, 8, 30):
        await dues.keep(Due(kind=KIND, id=f"{days}-days", detail=detail, since=now - timedelta(days=days)))
    async with calling(tmp_path, dues):
        await until(lambda: dues.ids(KIND) == ["1-days", "6-days"])


async def test_after_a_restart_who_was_called_goes_on_in_their_own_flow(tmp_path: Path) -> None:
    async with calling(tmp_path) as at:
        at.taker.script = {1: (HELLO, MENU)}
        await at.carrier.dial(DIAL)
        called = await at.twilio.called(GEORGI)
        await called.is_asked()
        at.taker.script = {1: (HangUp(),)}
        await at.restarted()
        await called.presses("5")
        await asyncio.wait_for(called.over.wait(), 5)
        offered = at.taker.offers[1][0]
        assert (offered.flow, offered.leg_id, offered.direction) == ("info", LEG, Direction.OUTBOUND)
        assert offered.theirs == GEORGI


async def test_of_a_customer_who_is_forgotten_it_is_not_told_whether_they_were_called(tmp_path: Path) -> None:
    dues = FakeDues()
    async with calling(tmp_path, dues, pace=HASTY) as at:
        at.twilio.misbehaves(Misbehaviour.NEVER, method="POST", path="/Calls.json")
        with pytest.raises(OutcomeUnknownError):
            await at.carrier.dial(DIAL)
        carrier = await at.restarted()
        dues.erase(KIND, LEG)
        with pytest.raises(OutcomeUnknownError, match="forgotten"):
            await carrier.was_placed(LEG)
        with pytest.raises(OutcomeUnknownError, match="forgotten"):
            await carrier.dial(DIAL)
