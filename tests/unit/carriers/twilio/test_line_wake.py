"""A held caller is woken by a redirect, which may come early, late, twice or never; nothing that is begun is cut."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from telephony.calls.commands import Hold, Ring
from telephony.calls.events import HoldEnd, HoldEnded
from telephony.calls.model import AgentId
from telephony.errors import CarrierRefusedError, CarrierUnavailableError, OutcomeUnknownError
from tests.fakes.virtual_time import play
from tests.unit.carriers.twilio.house import PUBLIC, Call, prompts, settle

RING = Ring(agent=AgentId("maria"), endpoint="tel:+359888300400")
HOLD = Hold(for_s=20, prompts=prompts("please_hold"))
WOKEN = f"{PUBLIC}/twilio/voice/next?turn=1&why=woken"

Story = Callable[[Call], Awaitable[None]]


def held(story: Story) -> Call:
    """Play a story that begins with a caller who is held in turn 1."""

    async def run() -> Call:
        call = Call()
        call.perform(1, HOLD)
        await call.begins()
        await story(call)
        return call

    return play(run())


def ended(reason: HoldEnd, turn: int = 1, key: str = "") -> HoldEnded:
    return HoldEnded(turn=turn, reason=reason, key=key)


def test_a_held_caller_is_sent_on_and_hears_what_comes_next() -> None:
    async def story(call: Call) -> None:
        await call.line.wake(call.redirect)
        assert call.redirects == [WOKEN]
        assert call.taker.answers == []
        call.perform(2, RING)
        assert "<Dial" in await call.asks(1, "woken")
        assert call.taker.answers == [ended(HoldEnd.WOKEN)]

    held(story)


def test_who_is_not_held_is_not_woken() -> None:
    async def story(call: Call) -> None:
        call.perform(2, RING)
        await call.asks(1)
        await call.line.wake(call.redirect)
        call.line.finish()
        await call.line.wake(call.redirect)
        assert call.redirects == []

    held(story)


def test_a_hold_that_nobody_plays_yet_is_over_at_once() -> None:
    async def story(call: Call) -> None:
        await call.asks(1)
        call.perform(2, HOLD)
        await call.line.wake(call.redirect)
        assert call.redirects == []
        assert call.taker.answers[-1] == ended(HoldEnd.WOKEN, 2)
        call.perform(3, RING)
        assert "<Dial" in await call.asks(1, "wait")

    held(story)


def test_what_a_redirect_would_cut_is_not_begun_until_it_has_come() -> None:
    async def story(call: Call) -> None:
        await call.line.wake(call.redirect)
        call.perform(2, RING)
        for why in ("", "wait", "wait"):
            waits = await call.asks(1, why, Digits="5")
            assert "turn=1&amp;why=wait" in waits
            assert "Dial" not in waits
        assert call.taker.answers == [ended(HoldEnd.KEY, key="5")]
        assert "<Dial" in await call.asks(1, "woken")
        assert "<Dial" in await call.asks(1, "wait")
        assert len(call.taker.answers) == 1

    held(story)


def test_while_the_redirect_is_asked_for_nothing_is_begun_either() -> None:
    async def story(call: Call) -> None:
        asked: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        async def slow(_url: str) -> None:
            await asked

        waking = asyncio.create_task(call.line.wake(slow))
        await settle()
        call.perform(2, RING)
        await asyncio.sleep(60)
        assert "why=wait" in await call.asks(1)
        asked.set_result(None)
        await waking
        assert "<Dial" in await call.asks(1, "woken")

    held(story)


def test_the_redirected_request_may_come_before_its_answer() -> None:
    async def story(call: Call) -> None:
        call.perform(2, RING)

        async def quick(_url: str) -> None:
            assert "<Dial" in await call.asks(1, "woken")

        await call.line.wake(quick)
        assert call.taker.answers == [ended(HoldEnd.WOKEN)]
        call.perform(3, HOLD)
        assert "<Gather" in await call.asks(2, DialCallStatus="busy")

    held(story)


@pytest.mark.parametrize("error", [CarrierUnavailableError, CarrierRefusedError])
def test_when_the_redirect_is_not_done_the_hold_ends_the_normal_way(error: type[Exception]) -> None:
    async def story(call: Call) -> None:
        async def fails(_url: str) -> None:
            raise error

        with pytest.raises(error):
            await call.line.wake(fails)
        call.perform(2, RING)
        assert "<Dial" in await call.asks(1)
        assert call.taker.answers == [ended(HoldEnd.ELAPSED)]

    held(story)


@pytest.mark.parametrize("error", [OutcomeUnknownError, ZeroDivisionError, None])
def test_a_redirect_that_never_comes_is_waited_for_a_moment_only(error: type[Exception] | None) -> None:
    async def story(call: Call) -> None:
        async def unknown(_url: str) -> None:
            if error is not None:
                raise error

        try:
            await call.line.wake(unknown)
        except (OutcomeUnknownError, ZeroDivisionError):
            assert error is not None
        call.perform(2, RING)
        assert "why=wait" in await call.asks(1)
        await asyncio.sleep(2)
        assert "why=wait" in await call.asks(1, "wait")
        await asyncio.sleep(1)
        assert "<Dial" in await call.asks(1, "wait")

    held(story)


def test_one_redirect_is_not_followed_by_another_while_it_may_come() -> None:
    async def story(call: Call) -> None:
        await call.line.wake(call.redirect)
        await asyncio.sleep(1)
        await call.line.wake(call.redirect)
        assert len(call.redirects) == 1
        await asyncio.sleep(2)
        await call.line.wake(call.redirect)
        assert len(call.redirects) == 2

    held(story)


def test_a_redirect_that_comes_late_begins_what_it_has_cut_anew() -> None:
    async def story(call: Call) -> None:
        await call.line.wake(call.redirect)
        call.perform(2, RING)
        await asyncio.sleep(4)
        dialled = await call.asks(1)
        assert "<Dial" in dialled
        assert await call.asks(1, "woken") == dialled
        assert call.taker.answers == [ended(HoldEnd.ELAPSED)]

    held(story)


def test_a_redirect_that_comes_late_into_another_hold_wakes_it() -> None:
    async def story(call: Call) -> None:
        await call.line.wake(call.redirect)
        await asyncio.sleep(4)
        call.perform(2, HOLD)
        await call.asks(1)
        call.perform(3, RING)
        assert "<Dial" in await call.asks(1, "woken")
        assert call.taker.answers == [ended(HoldEnd.ELAPSED), ended(HoldEnd.WOKEN, 2)]

    held(story)


def test_music_goes_on_where_the_last_hold_ended() -> None:
    async def story(call: Call) -> None:
        await asyncio.sleep(20)
        call.perform(2, Hold(for_s=20))
        assert "/music/default/17/19" in await call.asks(1)
        await asyncio.sleep(5)
        call.perform(3, Hold(for_s=20))
        assert "/music/default/22/19" in await call.asks(2, Digits="1")

    held(story)
