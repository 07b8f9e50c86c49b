"""What the cloud learns of Asterisk about a caller who was there before we were started."""

from datetime import timedelta

import pytest

from telephony.calls.events import CarrierUp
from telephony.calls.model import CallId
from telephony.journey.overflow import Overflow
from telephony.parts import AtAsterisk
from telephony.routing.overflow import OverflowRules
from telephony.timeline.entry import PathStep
from tests.fakes.flows import flows
from tests.fakes.house import NOON, House, open_house

CALL = CallId("CA" + "1" * 32)
LATER = timedelta(seconds=11)


def beside(house: House, running_for: timedelta = LATER) -> AtAsterisk:
    overflow = Overflow(OverflowRules(), house.clock)
    return AtAsterisk((), overflow, house.switchboard, house.clock.now() - running_for)


def was_in(house: House, *events: str) -> None:
    for seq, event in enumerate(events):
        house.timeline.add(
            PathStep(call_id=CALL, seq=seq, at=NOON, flow="main@1", node="menu", kind="menu", event=event)
        )


async def test_an_asterisk_that_is_well_has_served_whom_it_lets_go() -> None:
    async with open_house(flows()) as house:
        was_in(house, "entered")
        house.switchboard.tell(CarrierUp(live_calls=frozenset(), down_since=None, at=house.clock.now()))
        at = beside(house, running_for=timedelta())
        assert not at.is_down()
        assert await at.has_served(CALL) is True


async def test_just_after_our_start_it_is_not_known_yet_how_asterisk_does() -> None:
    async with open_house(flows()) as house:
        was_in(house, "entered")
        assert await beside(house, running_for=timedelta(seconds=9)).has_served(CALL) is None


@pytest.mark.parametrize(
    ("events", "served"), [((), False), (("entered", "keys"), False), (("entered", "ended"), True)]
)
async def test_an_asterisk_that_is_down_has_served_those_whose_flow_was_through(
    events: tuple[str, ...], *, served: bool
) -> None:
    async with open_house(flows()) as house:
        was_in(house, *events)
        at = beside(house)
        assert at.is_down()
        assert await at.has_served(CALL) is served
