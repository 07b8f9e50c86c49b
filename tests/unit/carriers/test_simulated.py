"""The carrier without network does what a real one does, in virtual time."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from telephony.calls.commands import Answer, Ask, Batch, Command, HangUp, Hold, Prompt, Record, Ring, Say
from telephony.calls.events import (
    CallFinished,
    CallOffered,
    CarrierEvent,
    CarrierUp,
    HoldEnd,
    HoldEnded,
    Keys,
    LegAnswered,
    LegDialed,
    LegEnded,
    LegRinging,
    LineEvent,
    LineLost,
    NoInput,
    PhoneChanged,
    PhoneState,
    Recorded,
    RingEnded,
    RingOutcome,
    Said,
)
from telephony.calls.model import AgentId, CallId, LegId
from telephony.carriers.simulated import SILENCE, Caller, SimulatedCarrier, SimulatedLine, Telephone
from telephony.errors import CarrierRefusedError
from telephony.ports import Dial, Line
from tests.fakes.virtual_time import NOON, LoopClock, play

HELLO = (Prompt(text_id="hello", language="en"),)
RING = Ring(agent=AgentId("maria"), endpoint="PJSIP/101", limit_s=20)


class Taker:
    """Remembers what the carrier tells."""

    def __init__(self) -> None:
        self.offered: list[CallOffered] = []
        self.told: list[CarrierEvent] = []
        self.answers: list[LineEvent] = []

    def offer(self, offered: CallOffered, line: Line) -> None:
        self.offered.append(offered)

    def answer(self, call_id: CallId, event: LineEvent) -> None:
        self.answers.append(event)

    def tell(self, event: CarrierEvent) -> None:
        self.told.append(event)

    def legs(self) -> list[str]:
        return [type(event).__name__ for event in self.told if not isinstance(event, PhoneChanged)]


Story = Callable[[SimulatedCarrier, Taker], Awaitable[None]]


def on(story: Story, *telephones: Telephone) -> Taker:
    taker = Taker()

    async def run() -> None:
        await story(SimulatedCarrier(taker, LoopClock(), telephones), taker)

    play(run())
    return taker


def perform(line: SimulatedLine, turn: int, *commands: Command) -> None:
    line.perform(Batch(turn=turn, language="en", commands=commands))


def test_a_caller_is_offered_and_answers_questions_in_turn() -> None:
    async def story(carrier: SimulatedCarrier, taker: Taker) -> None:
        line = carrier.call(Caller(number="+359888", keys=("1", SILENCE)))
        perform(line, 1, Answer(), Ask(prompts=HELLO))
        perform(line, 2, Ask(prompts=HELLO))
        perform(line, 3, Say(prompts=HELLO))
        perform(line, 4, Record(name="message"))
        await asyncio.sleep(60)
        assert line.heard == ["hello"] * 3

    taker = on(story)
    assert taker.offered[0].caller == "+359888"
    assert taker.answers == [
        Keys(turn=1, digits="1"),
        NoInput(turn=2),
        Said(turn=3),
        Recorded(turn=4, name="message", seconds=4.0),
    ]


def test_an_agent_is_rung_answers_and_hangs_up() -> None:
    async def story(carrier: SimulatedCarrier, taker: Taker) -> None:
        perform(carrier.call(Caller()), 1, RING)
        await asyncio.sleep(60)

    taker = on(story, Telephone(endpoint="PJSIP/101", answers_after_s=3, talks_s=10))
    assert taker.legs() == ["LegDialed", "LegRinging", "LegAnswered", "LegEnded"]
    assert taker.answers == [RingEnded(turn=1, outcome=RingOutcome.ANSWERED)]
    states = [event.state for event in taker.told if isinstance(event, PhoneChanged)]
    assert states == [PhoneState.RINGING, PhoneState.IN_USE, PhoneState.IDLE]
    answered, ended = (each for each in taker.told if isinstance(each, LegAnswered | LegEnded))
    assert (answered.at - NOON, ended.at - answered.at) == (timedelta(seconds=3), timedelta(seconds=10))


@pytest.mark.parametrize(
    ("telephone", "outcome"),
    [
        (Telephone(endpoint="PJSIP/101", answers_after_s=None), RingOutcome.NO_ANSWER),
        (Telephone(endpoint="PJSIP/101", declines=True), RingOutcome.BUSY),
        (Telephone(endpoint="PJSIP/101", reachable=False), RingOutcome.UNAVAILABLE),
        (Telephone(endpoint="PJSIP/999"), RingOutcome.UNAVAILABLE),
    ],
)
def test_a_phone_that_is_not_answered_says_why(telephone: Telephone, outcome: RingOutcome) -> None:
    async def story(carrier: SimulatedCarrier, taker: Taker) -> None:
        perform(carrier.call(Caller()), 1, RING)
        await asyncio.sleep(60)

    taker = on(story, telephone)
    assert taker.answers == [RingEnded(turn=1, outcome=outcome)]
    assert taker.legs()[-1] == "LegEnded"


def test_a_caller_who_hangs_up_ends_everything() -> None:
    async def story(carrier: SimulatedCarrier, taker: Taker) -> None:
        line = carrier.call(Caller(hangs_up_after_s=1))
        perform(line, 1, RING)
        await asyncio.sleep(60)
        perform(line, 2, Say(prompts=HELLO))
        assert carrier.lines == {}

    taker = on(story, Telephone(endpoint="PJSIP/101"))
    assert [type(event) for event in taker.answers] == [LineLost]
    assert taker.legs() == ["LegDialed", "LegRinging", "LegEnded", "CallFinished"]


def test_a_held_caller_is_woken_at_once_and_otherwise_after_the_time() -> None:
    async def story(carrier: SimulatedCarrier, taker: Taker) -> None:
        line = carrier.call(Caller())
        perform(line, 1, Hold(for_s=20))
        await asyncio.sleep(1)
        await carrier.wake(line.leg_id)
        await carrier.wake(line.leg_id)
        perform(line, 2, Hold(for_s=20))
        await asyncio.sleep(60)
        await carrier.wake(LegId("nobody"))

    assert on(story).answers == [
        HoldEnded(turn=1, reason=HoldEnd.WOKEN),
        HoldEnded(turn=2, reason=HoldEnd.ELAPSED),
    ]


def test_an_agents_leg_can_be_ended_while_it_rings_and_while_they_talk() -> None:
    async def story(carrier: SimulatedCarrier, taker: Taker) -> None:
        line = carrier.call(Caller())
        for turn, after_s in ((1, 0.5), (2, 5)):
            perform(line, turn, RING)
            await asyncio.sleep(after_s)
            assert line.talk is not None
            assert await carrier.was_placed(line.talk.leg_id)
            await carrier.hang_up(line.talk.leg_id)

    answers = on(story, Telephone(endpoint="PJSIP/101")).answers
    assert answers == [
        RingEnded(turn=1, outcome=RingOutcome.BUSY),
        RingEnded(turn=2, outcome=RingOutcome.ANSWERED),
    ]


def test_a_hang_up_of_ours_comes_after_what_is_said() -> None:
    async def story(carrier: SimulatedCarrier, taker: Taker) -> None:
        perform(carrier.call(Caller()), 1, Say(prompts=HELLO), HangUp())
        await asyncio.sleep(60)

    (lost,) = on(story).answers
    assert isinstance(lost, LineLost)
    assert lost.at - NOON == timedelta(seconds=1.5)


def test_opening_tells_the_phones_and_closing_ends_every_call() -> None:
    async def story(carrier: SimulatedCarrier, taker: Taker) -> None:
        carrier.open()
        carrier.call(Caller())
        carrier.close()
        with pytest.raises(CarrierRefusedError, match="put up an Asterisk"):
            await carrier.dial(Dial(leg_id=LegId("x"), endpoint="PJSIP/1", caller_id="", flow="main"))

    told = on(story, Telephone(endpoint="PJSIP/101")).told
    assert [type(event) for event in told] == [CarrierUp, PhoneChanged, CallFinished]
    assert not any(isinstance(event, LegDialed | LegRinging) for event in told)
