"""A caller's line asks us again and again, twice and late, and each batch is answered once all the same."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from telephony.calls.commands import Answer, Ask, Command, HandOver, HangUp, Hold, Record, Ring, Say
from telephony.calls.events import (
    CommandFailed,
    HoldEnd,
    HoldEnded,
    Keys,
    LineEvent,
    LineLost,
    NoInput,
    Recorded,
    RingEnded,
    RingOutcome,
    Said,
)
from telephony.calls.model import AgentId
from telephony.carriers.twilio.twiml import EMPTY
from tests.fakes.virtual_time import NOON, play
from tests.unit.carriers.twilio.house import LEG, Call, form, prompts, settle

RING = Ring(agent=AgentId("maria"), endpoint="tel:+359888300400")
HELLO = Say(prompts=prompts("hello"))
BYE = Say(prompts=prompts("bye"))
MENU = Ask(prompts=prompts("menu"), max_digits=2)

Story = Callable[[Call], Awaitable[None]]


def on(story: Story, **settings: object) -> Call:
    async def run() -> Call:
        call = Call(**settings)
        await story(call)
        return call

    return play(run())


def after(command: Command, why: str = "", **more: str) -> LineEvent:
    """Return the line's answer to a batch with this command when a request of this form follows it."""

    async def story(call: Call) -> None:
        call.perform(1, command)
        await call.begins()
        await call.asks(1, why, **more)

    return on(story).taker.answers[0]


@pytest.mark.parametrize(
    ("command", "why", "more", "event"),
    [
        (HELLO, "", {}, Said(turn=1)),
        (Answer(), "", {}, Said(turn=1)),
        (MENU, "", {"Digits": "42"}, Keys(turn=1, digits="42")),
        (MENU, "", {"Digits": "421"}, Keys(turn=1, digits="42")),
        (MENU, "", {"Digits": ""}, NoInput(turn=1)),
        (MENU, "silence", {}, NoInput(turn=1)),
        (MENU, "", {"Digits": "1" * 1000}, NoInput(turn=1)),
        (MENU, "", {"Digits": "nonsense"}, NoInput(turn=1)),
        (Ask(prompts=(), max_digits=4, terminator="#"), "", {"Digits": "12#"}, Keys(turn=1, digits="12")),
        (Ask(prompts=(), max_digits=4, terminator="#"), "", {"Digits": "#"}, NoInput(turn=1)),
        (Ask(prompts=()), "", {"Digits": "#"}, Keys(turn=1, digits="#")),
        (Record(name="m"), "", {"RecordingDuration": "7"}, Recorded(turn=1, name="m", seconds=7.0)),
        (Record(name="m"), "", {"RecordingDuration": "x"}, Recorded(turn=1, name="m", seconds=0.0)),
        (Record(name="m"), "silence", {}, Recorded(turn=1, name="m", seconds=0.0)),
        (Hold(for_s=9), "", {"Digits": "*"}, HoldEnded(turn=1, reason=HoldEnd.KEY, key="*")),
        (Hold(for_s=9), "", {}, HoldEnded(turn=1, reason=HoldEnd.ELAPSED)),
        (Hold(for_s=9), "silence", {}, HoldEnded(turn=1, reason=HoldEnd.ELAPSED)),
        (RING, "", {"DialCallStatus": "completed"}, RingEnded(turn=1, outcome=RingOutcome.ANSWERED)),
        (RING, "", {"DialCallStatus": "busy"}, RingEnded(turn=1, outcome=RingOutcome.BUSY)),
        (RING, "", {"DialCallStatus": "no-answer"}, RingEnded(turn=1, outcome=RingOutcome.NO_ANSWER)),
        (RING, "", {"DialCallStatus": "canceled"}, RingEnded(turn=1, outcome=RingOutcome.BUSY)),
        (RING, "", {"DialCallStatus": "failed"}, RingEnded(turn=1, outcome=RingOutcome.UNAVAILABLE)),
        (RING, "", {}, CommandFailed(turn=1, reason="Dial ended with no status")),
    ],
)
def test_what_follows_a_batch_is_its_answer(command: Command, why: str, more: dict[str, str], event: LineEvent) -> None:
    assert after(command, why, **more) == event


def test_the_answer_to_a_request_is_the_next_batch() -> None:
    async def story(call: Call) -> None:
        call.perform(1, HELLO)
        assert "/hello.wav" in await call.begins()
        asked = asyncio.create_task(call.asks(1))
        await settle()
        assert call.taker.answers == [Said(turn=1)]
        call.perform(2, MENU)
        assert "/menu.wav" in await asked

    on(story)


def test_a_batch_that_comes_while_another_is_performed_waits_for_it() -> None:
    async def story(call: Call) -> None:
        call.perform(1, HELLO)
        call.perform(2, BYE)
        assert "/hello.wav" in await call.begins()
        assert "/bye.wav" in await call.asks(1)

    on(story)


def test_the_same_request_again_gets_the_same_document_and_tells_nothing_again() -> None:
    async def story(call: Call) -> None:
        call.perform(1, HELLO)
        call.perform(2, MENU)
        first = await call.begins()
        second = await call.asks(1)
        assert await call.asks(1) == second
        assert await call.begins() == first
        assert call.taker.answers == [Said(turn=1)]
        call.perform(3, BYE)
        third = await call.asks(2, Digits="1")
        assert await call.asks(2, Digits="2") == third
        assert await call.asks(1) == second
        assert call.taker.answers == [Said(turn=1), Keys(turn=2, digits="1")]

    on(story)


def test_two_requests_for_one_turn_at_once_are_one_event_and_one_document() -> None:
    async def story(call: Call) -> None:
        call.perform(1, MENU)
        await call.begins()
        both = [asyncio.create_task(call.asks(1, Digits="1")) for _ in range(2)]
        await settle()
        call.perform(2, BYE)
        first, second = await asyncio.gather(*both)
        assert first == second
        assert "/bye.wav" in first
        assert call.taker.answers == [Keys(turn=1, digits="1")]

    on(story)


def test_a_request_for_a_turn_that_is_no_longer_kept_gets_the_present_document() -> None:
    async def story(call: Call) -> None:
        for turn in range(1, 8):
            call.perform(turn, HELLO if turn < 7 else BYE)
        await call.begins()
        for turn in range(1, 7):
            await call.asks(turn)
        assert "/bye.wav" in await call.asks(1)
        assert "/bye.wav" in await call.asks(99)
        assert "/bye.wav" in await call.asks(-1)
        assert len(call.taker.answers) == 6

    on(story)


# --- nothing to say yet ---


def test_while_nothing_comes_the_caller_is_asked_back_within_the_limit_and_told_so_once() -> None:
    async def story(call: Call) -> None:
        loop = asyncio.get_running_loop()
        heard, began = [await call.begins()], loop.time()
        for _ in range(6):
            await asyncio.sleep(1)
            asked = loop.time()
            heard.append(await call.asks(0, "wait"))
            assert loop.time() - asked < 1.0
        assert all("turn=0&amp;why=wait" in each for each in heard)
        assert [each for each in heard if "Pause" not in each] == [each for each in heard if "one_moment" in each]
        assert sum("one_moment" in each for each in heard) == 1
        assert loop.time() - began > 3
        call.perform(1, HELLO)
        assert "/hello.wav" in await call.asks(0, "wait")
        assert call.taker.answers == []

    on(story)


def test_where_the_moment_is_not_rendered_the_wait_is_silent() -> None:
    async def story(call: Call) -> None:
        call.sounds.missing.add("one_moment")
        heard = [await call.begins()] + [await call.asks(0, "wait") for _ in range(9)]
        assert all("Pause" in each for each in heard)

    on(story)


def test_a_document_that_came_late_is_kept_for_the_turn_that_asked_for_it() -> None:
    async def story(call: Call) -> None:
        call.perform(1, MENU)
        await call.begins()
        assert "why=wait" in await call.asks(1, Digits="1")
        call.perform(2, BYE)
        assert "/bye.wav" in await call.asks(1, "wait")
        assert "/bye.wav" in await call.asks(1, Digits="1")
        assert call.taker.answers == [Keys(turn=1, digits="1")]

    on(story)


# --- the end ---


def test_who_hangs_up_while_we_think_is_answered_at_once_and_lost_once() -> None:
    async def story(call: Call) -> None:
        call.perform(1, MENU)
        await call.begins()
        asked = asyncio.create_task(call.asks(1, Digits="1"))
        await settle()
        call.line.finish()
        assert await asked == EMPTY
        assert asyncio.get_running_loop().time() == 0
        call.line.finish()
        call.perform(2, BYE)
        assert await call.asks(1, Digits="1") == EMPTY

    call = on(story)
    assert call.taker.names() == ["Keys", "LineLost"]
    assert call.taker.legs() == ["CallFinished"]


def test_the_end_of_a_dial_may_be_the_end_of_the_call() -> None:
    async def story(call: Call) -> None:
        call.perform(1, RING)
        await call.begins()
        await call.asks(1, CallStatus="completed", DialCallStatus="completed", DialCallSid=LEG)
        call.line.finish()

    call = on(story)
    assert call.taker.answers == [LineLost(at=NOON)]
    assert call.taker.legs() == ["LegDialed", "LegAnswered", "LegEnded", "CallFinished"]


def test_a_message_is_kept_of_who_hangs_up_after_it() -> None:
    async def story(call: Call) -> None:
        call.perform(1, Record(name="m"))
        await call.begins()
        asked = asyncio.create_task(call.asks(1, Digits="hangup", RecordingDuration="4"))
        await settle()
        call.line.finish()
        await asked

    assert on(story).taker.answers == [Recorded(turn=1, name="m", seconds=4.0), LineLost(at=NOON)]


def test_a_message_is_kept_where_its_request_says_that_the_caller_is_gone() -> None:
    async def story(call: Call) -> None:
        call.perform(1, Record(name="m"))
        await call.begins()
        await call.asks(1, CallStatus="completed", Digits="hangup", RecordingDuration="4")
        call.line.finish()

    assert on(story).taker.names() == ["Recorded", "LineLost"]


def test_the_news_of_the_end_may_overtake_a_message() -> None:
    async def story(call: Call) -> None:
        call.perform(1, Record(name="m"))
        await call.begins()
        call.line.hang_up()
        call.line.hang_up()
        await asyncio.sleep(1)
        assert call.taker.answers == []
        await call.asks(1, Digits="hangup", RecordingDuration="4")
        assert call.taker.names() == ["Recorded", "LineLost"]

    assert on(story).taker.legs() == ["CallFinished"]


def test_a_message_that_nothing_tells_of_is_waited_for_a_moment_only() -> None:
    async def story(call: Call) -> None:
        call.perform(1, Record(name="m"))
        await call.begins()
        call.line.hang_up()
        await asyncio.sleep(3.1)
        assert await call.asks(1, Digits="hangup", RecordingDuration="4") == EMPTY

    assert on(story).taker.names() == ["LineLost"]


def test_who_is_handed_over_is_lost_to_us_and_the_call_goes_on() -> None:
    async def story(call: Call) -> None:
        call.perform(1, HandOver())
        first = await call.begins()
        assert "<Dial" in first
        assert call.taker.names() == ["LineLost"]
        assert call.taker.legs() == []
        assert await call.begins() == first
        assert "<Dial" in await call.asks(0, "woken")
        call.line.finish()

    call = on(story, fallback_number="+35924000009")
    assert call.taker.names() == ["LineLost"]
    assert call.taker.legs() == ["CallFinished"]


def test_who_is_hung_up_is_lost_when_the_cloud_says_so() -> None:
    async def story(call: Call) -> None:
        call.perform(1, HangUp())
        await call.begins()
        assert call.taker.answers == []
        call.line.finish()

    assert on(story).taker.names() == ["LineLost"]


# --- what cannot be performed ---


def test_what_is_not_rendered_fails_at_once_and_the_next_batch_is_heard_instead() -> None:
    async def story(call: Call) -> None:
        asked = asyncio.create_task(call.begins())
        await settle()
        call.perform(1, Ask(prompts=prompts("missing")))
        failed = call.taker.answers[0]
        assert isinstance(failed, CommandFailed)
        assert failed.speechless
        call.perform(2, BYE)
        assert "/bye.wav" in await asked

    on(story)


def test_what_cannot_be_rung_fails_and_names_the_remedy() -> None:
    async def story(call: Call) -> None:
        call.perform(1, Ring(agent=AgentId("m"), endpoint="PJSIP/101"))

    failed = on(story, sip_dial="").taker.answers[0]
    assert isinstance(failed, CommandFailed)
    assert "sip_dial" in failed.reason
    assert not failed.speechless


def test_a_caller_whose_last_words_are_missing_is_handed_over_all_the_same() -> None:
    async def story(call: Call) -> None:
        call.perform(1, Say(prompts=prompts("missing")), HandOver())
        assert "<Dial" in await call.begins()

    assert on(story, fallback_number="+35924000009").taker.names() == ["CommandFailed", "LineLost"]


# --- fetching failed ---


def test_what_could_not_be_fetched_is_given_again_but_once() -> None:
    async def story(call: Call) -> None:
        call.perform(1, MENU)
        first = await call.begins()
        assert await call.line.try_again(form()) == first
        assert await call.line.try_again(form()) is None
        call.perform(2, BYE)
        await call.asks(1, Digits="1")
        assert "/bye.wav" in (await call.line.try_again(form()) or "")

    on(story)
