"""Asterisk goes away from the cloud's caller in its line: they go on in the cloud, in their place; it is one entry."""

from dataclasses import replace

import pytest

from telephony.calls.commands import Hold
from telephony.calls.events import CallFinished, CallOffered, CarrierDown, CarrierUp, LineLost
from telephony.calls.model import CallId, LegId
from telephony.routing.agents import AgentState
from tests.fakes.flows import flows
from tests.fakes.house import MARIA, Caller, House, open_house

FLOWS = flows()
CLOUDS = CallId("CA" + "1" * 32)
PART = CallId("1700000000.1")

pytestmark = pytest.mark.usefixtures("last_legs_end_at_once")


async def taken_to_asterisk(house: House) -> Caller:
    """Have a caller of the cloud served on Asterisk's line."""
    house.switchboard.tell(CarrierUp(live_calls=frozenset(), down_since=None, at=house.clock.now()))
    person = Caller(house, PART)
    house.switchboard.offer(offer(house, PART, "asterisk", part_of=CLOUDS), person.line)
    await house.settles()
    return person


async def goes_on(house: House) -> Caller:
    """Have the cloud offer the caller anew."""
    person = Caller(house, CLOUDS)
    house.carrier.lines[LegId(f"{CLOUDS}-leg0")] = person.line
    house.offers[CLOUDS] = offered = offer(house, CLOUDS, "twilio")
    house.switchboard.offer(replace(offered, again=True), person.line)
    await house.settles()
    return person


def offer(house: House, call_id: CallId, carrier: str, part_of: CallId | None = None) -> CallOffered:
    return CallOffered(
        call_id=call_id, leg_id=LegId(f"{call_id}-leg0"), caller="+359888123456", caller_name="", called="1000",
        flow="", at=house.clock.now(), carrier=carrier, part_of=part_of,
    )  # fmt: skip


async def asterisk_goes(house: House, person: Caller) -> list[CallId]:
    """Return the calls that were to be brought back."""
    wanted: list[CallId] = []
    house.switchboard.bring_back = wanted.append
    person.line.answers(LineLost(at=house.clock.now()))
    await house.settles()
    house.switchboard.tell(CarrierDown(at=house.clock.now()))
    await house.settles()
    return wanted


async def test_a_waiting_caller_keeps_their_place_and_their_answers_and_is_one_entry() -> None:
    async with open_house(FLOWS) as house:
        house.floor.wish(MARIA, AgentState.AWAY)
        first = await taken_to_asterisk(house)
        await first.presses("1")
        await first.hears()
        assert isinstance(first.line.last, Hold)
        house.clock.passes(30)
        later = await house.calls("later", carrier="twilio")
        await later.presses("1")
        await later.hears()
        assert await asterisk_goes(house, first) == [CLOUDS]
        back = await goes_on(house)
        await back.hears()
        assert isinstance(back.line.last, Hold)
        house.ready(MARIA)
        await house.settles()
        assert (back.is_rung_through, later.is_rung_through) == (MARIA, None)
        leg = await back.phone_rings()
        await back.agent_answers(leg)
        house.clock.passes(20)
        await back.agent_hangs_up(leg)
        await back.hangs_up()
        assert set(house.timeline.entries) == {CLOUDS}
        entry = house.timeline.entries[CLOUDS]
        assert (entry.agents, entry.record.talk_s) == ((MARIA,), 20.0)
        assert [step.event for step in entry.path].count("moved") == 1
        assert "hung_up" not in [step.event for step in entry.path]
        assert [step.seq for step in entry.path] == list(range(len(entry.path)))


async def test_who_hangs_up_on_the_line_they_were_taken_to_has_hung_up() -> None:
    async with open_house(FLOWS) as house:
        person = await taken_to_asterisk(house)
        await person.hears()
        person.line.answers(LineLost(at=house.clock.now()))
        house.switchboard.tell(CallFinished(call_id=CLOUDS, at=house.clock.now()))
        await house.settles()
        assert [step.event for step in house.timeline.entries[CLOUDS].path][-1] == "hung_up"


async def test_a_caller_in_a_menu_is_asked_the_same_again() -> None:
    async with open_house(FLOWS) as house:
        first = await taken_to_asterisk(house)
        await first.hears()
        asked = first.line.last
        await asterisk_goes(house, first)
        back = await goes_on(house)
        await back.hears()
        assert back.line.last == asked


async def test_who_hung_up_while_asterisk_was_well_is_not_brought_back() -> None:
    async with open_house(FLOWS) as house:
        first = await taken_to_asterisk(house)
        await first.hears()
        wanted: list[CallId] = []
        house.switchboard.bring_back = wanted.append
        first.line.answers(LineLost(at=house.clock.now()))
        await house.settles()
        assert wanted == []


async def test_the_end_of_the_line_they_left_does_not_end_the_one_they_are_on() -> None:
    async with open_house(FLOWS) as house:
        first = await taken_to_asterisk(house)
        await first.hears()
        back = await goes_on(house)
        first.line.answers(LineLost(at=house.clock.now()))
        await back.hears()
        assert back.line.open is not None
        assert not house.switchboard.calls[CLOUDS].line_lost


async def test_a_mark_does_not_take_a_caller_from_their_line() -> None:
    async with open_house(FLOWS) as house:
        caller = await house.calls(CLOUDS, carrier="twilio")
        await taken_to_asterisk(house)
        assert set(house.switchboard.calls) == {CLOUDS, PART}
        assert caller.line.open is not None
