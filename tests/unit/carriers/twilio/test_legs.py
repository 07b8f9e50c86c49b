"""The steps of an agent's phone are told once and in order, however its callbacks come."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from telephony.calls.commands import Ring
from telephony.calls.events import LegAnswered, LegEnded, PhoneChanged
from telephony.calls.model import AgentId, CallId, LegId
from tests.fakes.virtual_time import NOON, play
from tests.unit.carriers.twilio.house import CALL, LEG, Call, form

PHONE = "tel:+359888300400"
DIALED, RINGING, ANSWERED, ENDED = "LegDialed", "LegRinging", "LegAnswered", "LegEnded"


def rung(statuses: Sequence[str], action: dict[str, str] | None = None, endpoint: str = PHONE) -> Call:
    """Ring a phone; its callbacks come in this order, then the end of the dial."""

    async def story() -> Call:
        call = Call()
        call.perform(1, Ring(agent=AgentId("maria"), endpoint=endpoint))
        await call.begins()
        for status in statuses:
            call.line.legs.note(form(CallSid=LEG, ParentCallSid=CALL, CallStatus=status), endpoint)
        if action is not None:
            await call.asks(1, DialCallSid=LEG, **action)
        return call

    return play(story())


def causes(call: Call) -> list[int]:
    return [event.cause for event in call.taker.told if isinstance(event, LegEnded)]


@pytest.mark.parametrize(
    ("statuses", "told"),
    [
        (["initiated", "ringing", "in-progress", "completed"], [DIALED, RINGING, ANSWERED, ENDED]),
        (["queued", "ringing", "answered", "completed"], [DIALED, RINGING, ANSWERED, ENDED]),
        (["in-progress", "ringing", "initiated", "completed"], [DIALED, ANSWERED, ENDED]),
        (["initiated", "initiated", "ringing", "ringing"], [DIALED, RINGING]),
        (["ringing", "completed", "in-progress", "ringing"], [DIALED, RINGING, ENDED]),
        (["failed", "initiated"], [DIALED, ENDED]),
        (["initiated", "made-up"], [DIALED]),
    ],
)
def test_no_callback_takes_a_phone_back(statuses: list[str], told: list[str]) -> None:
    assert rung(statuses).taker.legs() == told


@pytest.mark.parametrize(
    ("status", "cause"), [("completed", 16), ("busy", 17), ("no-answer", 19), ("failed", 20), ("canceled", 16)]
)
def test_an_end_has_its_cause(status: str, cause: int) -> None:
    assert causes(rung(["initiated", "ringing", status])) == [cause]


def test_a_phone_is_told_with_who_calls_it_and_as_the_floor_knows_it() -> None:
    dialed = rung(["initiated"]).taker.dialed()
    assert (dialed.call_id, dialed.leg_id, dialed.from_leg) == (CallId(CALL), LegId(LEG), LegId(CALL))
    assert (dialed.endpoint, dialed.caller, dialed.called) == (PHONE, "+359888100200", "+35924000000")


def test_the_end_of_the_dial_is_the_end_of_the_phone_also_when_it_comes_first() -> None:
    call = rung(["initiated", "ringing"], {"DialCallStatus": "no-answer"})

    async def told_again() -> None:
        call.line.legs.note(form(CallSid=LEG, CallStatus="no-answer"), PHONE)

    play(told_again())
    assert call.taker.legs() == [DIALED, RINGING, ENDED]
    assert causes(call) == [19]


def test_a_phone_none_of_whose_callbacks_came_is_told_by_the_end_of_the_dial() -> None:
    call = rung([], {"DialCallStatus": "completed", "DialCallDuration": "60"})
    assert call.taker.legs() == [DIALED, ANSWERED, ENDED]
    answered = next(event for event in call.taker.told if isinstance(event, LegAnswered))
    assert answered.at == NOON - timedelta(seconds=60)


def test_a_talk_whose_end_overtook_its_beginning_is_told_whole() -> None:
    async def story() -> Call:
        call = Call()
        for status, seconds in (("initiated", "0"), ("ringing", "0"), ("completed", "60"), ("in-progress", "0")):
            call.line.legs.note(form(CallSid=LEG, CallStatus=status, CallDuration=seconds), PHONE)
        return call

    call = play(story())
    assert call.taker.legs() == [DIALED, RINGING, ANSWERED, ENDED]
    answered = next(event for event in call.taker.told if isinstance(event, LegAnswered))
    assert answered.at == NOON - timedelta(seconds=60)


def test_a_phone_that_rang_and_then_is_reported_failed_rang_and_ended() -> None:
    call = rung(["initiated", "ringing", "failed"], {"DialCallStatus": "failed"})
    assert call.taker.legs() == [DIALED, RINGING, ENDED]
    assert causes(call) == [20]


def test_a_caller_who_hangs_up_takes_the_phone_along() -> None:
    call = rung(["initiated", "ringing"])

    async def hangs_up() -> None:
        call.line.finish()
        call.line.legs.note(form(CallSid=LEG, CallStatus="canceled"), PHONE)

    play(hangs_up())
    assert call.taker.legs() == [DIALED, RINGING, ENDED, "CallFinished"]


def test_what_the_phone_does_is_told_except_where_asterisk_tells_it() -> None:
    def states(call: Call) -> list[str]:
        return [event.state.value for event in call.taker.told if isinstance(event, PhoneChanged)]

    steps = ["initiated", "ringing", "in-progress", "completed"]
    assert states(rung(steps)) == ["ringing", "in_use", "idle"]
    assert states(rung(steps, endpoint="PJSIP/101")) == []


def test_a_call_with_very_many_phones_remembers_the_last_ones() -> None:
    async def story() -> Call:
        call = Call()
        for number in range(60):
            call.line.legs.note(form(CallSid=f"CA{number:032}", CallStatus="ringing"), PHONE)
        return call

    call = play(story())
    assert call.taker.legs().count(ENDED) == 10
    assert LegId(f"CA{59:032}") in call.line.legs
    assert LegId(f"CA{1:032}") not in call.line.legs
