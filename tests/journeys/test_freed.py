"""A call that is over is freed at once: what the garbage collector has to free keeps all other callers waiting."""

import gc
from collections.abc import Iterator

import pytest

from telephony.carriers.asterisk.agi_line import AgiLine
from telephony.carriers.twilio.line import TwilioLine
from telephony.journey.live_call import LiveCall
from tests.fakes.cloud_line import TALKS, CloudLine, Tell
from tests.fakes.flows import flows
from tests.fakes.house import MARIA, House, open_house
from tests.unit.carriers.asterisk.agi_call import called
from tests.waiting import until


@pytest.fixture(autouse=True)
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.freeze()  # what other tests have left is not among `gc.get_objects` then
    gc.disable()
    yield
    gc.enable()
    gc.unfreeze()


def left(*kinds: type) -> list[str]:
    return [type(each).__name__ for each in gc.get_objects() if isinstance(each, kinds)]


def test_a_call_in_the_cloud_leaves_nothing(tell: Tell) -> None:
    async def story(at: CloudLine) -> None:
        at.has_ready(MARIA, TALKS)
        caller = await at.in_line()
        assert sorted(left(LiveCall, TwilioLine)) == ["LiveCall", "TwilioLine"]
        await at.over(caller)
        assert left(LiveCall, TwilioLine) == []

    tell(story)


async def test_a_call_leaves_nothing() -> None:
    async with open_house(flows()) as house:
        await _is_served(house)
        assert left(LiveCall) == []


async def _is_served(house: House) -> None:
    house.ready(MARIA)
    caller = await house.calls()
    await caller.presses("1")
    await caller.hears()
    leg = await caller.phone_rings()
    await caller.agent_answers(leg)
    await caller.agent_hangs_up(leg)
    assert left(LiveCall) == ["LiveCall"]
    await caller.hangs_up()
    assert house.timeline.entries


async def test_a_line_at_asterisk_leaves_nothing() -> None:
    async with called() as call:
        del call.line
        call.taker.offers.clear()
        call.client.break_off()
        await until(lambda: not left(AgiLine))
