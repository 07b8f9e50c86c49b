"""Who is called is told of under our own id, reached or not, and is served by the flow."""

from dataclasses import replace
from pathlib import Path

import pytest

from telephony.calls.commands import HangUp, Hold
from telephony.calls.events import AnsweredBy, HoldEnd, HoldEnded, LegDialed, LegEnded
from telephony.calls.model import Direction
from telephony.errors import CarrierRefusedError
from telephony.ports import DialOutcome
from tests.fakes.twilio import FarPhone
from tests.unit.carriers.twilio.dialling import (
    DIAL,
    GEORGI,
    HELLO,
    LEG,
    MENU,
    TALKED,
    asked,
    calling,
    created,
    ended,
    over,
)
from tests.unit.carriers.twilio.house import PUBLIC
from tests.unit.carriers.twilio.whole import OURS
from tests.waiting import until


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
