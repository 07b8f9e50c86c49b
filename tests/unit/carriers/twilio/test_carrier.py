"""The carrier wakes, hangs up and looks up over REST, and is honest when that fails."""

import asyncio
from pathlib import Path

import pytest

from telephony.calls.commands import Command, Hold, Ring
from telephony.calls.events import CarrierUp, HoldEnd, HoldEnded
from telephony.calls.model import AgentId, CallId, LegId
from telephony.carriers.twilio.refusals import RefusedError
from telephony.errors import CarrierRefusedError, CarrierUnavailableError, OutcomeUnknownError
from telephony.ports import Carrier
from tests.unit.carriers.twilio.cloud import Cloud, cloud
from tests.unit.carriers.twilio.house import CALL, LEG, PUBLIC
from tests.waiting import until

CALLER = LegId(CALL)
GONE = RefusedError("there is no such thing", status=404, code=20404)
HELD: dict[int, tuple[Command, ...]] = {
    1: (Hold(for_s=20),),
    2: (Ring(agent=AgentId("maria"), endpoint="client:maria"),),
}


def as_port(twilio: Cloud) -> Carrier:
    return twilio.carrier


async def test_it_is_up_as_soon_as_it_is_entered(tmp_path: Path) -> None:
    async with cloud(tmp_path) as twilio:
        await until(lambda: twilio.taker.told)
        first = twilio.taker.told[0]
        assert isinstance(first, CarrierUp)
        assert first.live_calls == frozenset()
        assert as_port(twilio).name == "twilio"
        assert twilio.carrier.health.connected
        await twilio.sends("voice")
        assert twilio.carrier.health.live_lines == 1


async def test_a_held_caller_is_woken_by_a_redirect(tmp_path: Path) -> None:
    async with cloud(tmp_path) as twilio:
        twilio.taker.script = HELD
        await twilio.sends("voice")
        await as_port(twilio).wake(CALLER)
        assert twilio.calls.asked == [("redirect", CALL, f"{PUBLIC}/twilio/voice/next?turn=1&why=woken")]
        assert "<Enqueue" in await twilio.sends("voice/next?turn=1&why=woken")
        assert twilio.taker.answers == [HoldEnded(turn=1, reason=HoldEnd.WOKEN)]
        await as_port(twilio).wake(CALLER)
        await as_port(twilio).wake(LegId("nobody"))
        assert len(twilio.calls.asked) == 1


async def test_a_waker_who_is_stopped_does_not_stop_the_redirect(tmp_path: Path) -> None:
    async with cloud(tmp_path) as twilio:
        twilio.taker.script = HELD
        await twilio.sends("voice")
        going_on = asyncio.Event()

        async def slow(call_sid: str, url: str) -> None:
            await going_on.wait()
            raise CarrierUnavailableError("no way")

        twilio.calls.redirect = slow  # type: ignore[method-assign]
        waker = asyncio.create_task(twilio.carrier.wake(CALLER))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert "why=wait" in await twilio.sends("voice/next?turn=1")
        waker.cancel()
        assert "why=wait" in await twilio.sends("voice/next?turn=1&why=wait")
        going_on.set()
        await asyncio.sleep(0)
        assert "<Enqueue" in await twilio.sends("voice/next?turn=1&why=wait")


@pytest.mark.parametrize("error", [CarrierUnavailableError, CarrierRefusedError, OutcomeUnknownError])
async def test_what_the_cloud_does_not_do_is_told(tmp_path: Path, error: type[Exception]) -> None:
    async with cloud(tmp_path) as twilio:
        twilio.taker.script = HELD
        await twilio.sends("voice")
        twilio.calls.fails = error("why")
        with pytest.raises(error):
            await as_port(twilio).wake(CALLER)
        with pytest.raises(error):
            await as_port(twilio).hang_up(CALLER)


async def test_health_tells_whether_the_cloud_could_be_reached_last(tmp_path: Path) -> None:
    async with cloud(tmp_path) as twilio:
        await twilio.sends("voice")
        twilio.calls.fails = CarrierUnavailableError("refused")
        with pytest.raises(CarrierUnavailableError):
            await twilio.carrier.hang_up(CALLER)
        assert not twilio.carrier.health.connected
        twilio.calls.fails = None
        await twilio.carrier.hang_up(CALLER)
        assert twilio.carrier.health.connected


async def test_how_swift_the_cloud_is_comes_of_single_requests_and_of_nothing_before_the_first(tmp_path: Path) -> None:
    async with cloud(tmp_path) as twilio:
        await twilio.sends("voice")
        await until(lambda: twilio.carrier.health.connected)
        twilio.calls.fails = CarrierRefusedError("not found")
        with pytest.raises(CarrierRefusedError):
            await twilio.carrier.finished(CallId(CALL))
        assert (twilio.carrier.health.answers_in_s, twilio.carrier.health.asked_at) == (None, None)
        twilio.calls.fails = None
        await twilio.carrier.hang_up(CALLER)
        assert twilio.carrier.health.answers_in_s is not None


async def test_callers_and_their_agents_phones_are_hung_up(tmp_path: Path) -> None:
    async with cloud(tmp_path) as twilio:
        await twilio.sends("voice")
        await twilio.sends(f"leg?call={CALL}&ring=1-a1b2&endpoint=client%3Amaria", CallSid=LEG, CallStatus="ringing")
        await as_port(twilio).hang_up(LegId(LEG))
        await as_port(twilio).hang_up(CALLER)
        assert twilio.calls.asked == [("hang_up", LEG), ("hang_up", CALL)]
        assert await as_port(twilio).was_placed(LegId(LEG))
        await twilio.sends("status", CallStatus="completed")
        assert not await as_port(twilio).was_placed(LegId(LEG))
        with pytest.raises(CarrierRefusedError):
            await as_port(twilio).hang_up(CALLER)


async def test_a_caller_whose_end_was_never_told_is_looked_up(tmp_path: Path) -> None:
    async with cloud(tmp_path, unheard_limit_s=0.0) as twilio:
        await twilio.sends("voice")
        await twilio.carrier.look_up_silent()
        assert twilio.taker.answers == []
        twilio.calls.status = "completed"
        await twilio.carrier.look_up_silent()
        await twilio.sends("status", CallStatus="completed")
        assert twilio.taker.names() == ["LineLost"]
        assert twilio.taker.legs() == ["CallFinished"]
        assert twilio.calls.asked == [("status_of", CALL)] * 2


async def test_a_caller_who_cannot_be_looked_up_is_not_given_up(tmp_path: Path) -> None:
    async with cloud(tmp_path, unheard_limit_s=0.0) as twilio:
        await twilio.sends("voice")
        for error in (CarrierUnavailableError("x"), CarrierRefusedError("x"), OutcomeUnknownError("x")):
            twilio.calls.fails = error
            await twilio.carrier.look_up_silent()
        assert twilio.taker.answers == []


async def test_a_caller_who_was_heard_of_lately_is_not_looked_up(tmp_path: Path) -> None:
    async with cloud(tmp_path) as twilio:
        await twilio.sends("voice")
        await twilio.carrier.look_up_silent()
        assert twilio.calls.asked == []


async def test_when_we_go_nobody_is_said_to_have_hung_up_and_callers_are_asked_to_come_again(tmp_path: Path) -> None:
    async with cloud(tmp_path) as twilio:
        await twilio.sends("voice")
        await twilio.carrier.__aexit__(None, None, None)
        assert twilio.taker.names() == []
        again = await twilio.sends("voice?flow=main")
        assert f'<Redirect method="POST">{PUBLIC}/twilio/voice?flow=main</Redirect>' in again
        assert "<Pause" in again


async def test_a_silent_caller_whom_the_cloud_does_not_know_any_more_is_gone(tmp_path: Path) -> None:
    async with cloud(tmp_path, unheard_limit_s=0.0) as twilio:
        twilio.taker.script = HELD
        await twilio.sends("voice")
        for fault, lines in ((RefusedError("too often", status=429, code=20429), 1), (GONE, 0)):
            twilio.calls.fails = fault
            await twilio.carrier.look_up_silent()
            assert twilio.carrier.health.live_lines == lines
        assert twilio.taker.names() == ["LineLost"]
