"""Callers who hang up anywhere, carriers that go away, calls nobody here saw."""

import asyncio
from datetime import timedelta

import pytest

from telephony.calls.commands import Ask, Hold, Record, Ring, Say
from telephony.calls.events import CarrierDown, CarrierUp, LineLost
from telephony.calls.model import CallId, Disposition
from telephony.journey import switchboard
from telephony.routing.agents import AgentState
from tests.fakes.cel import FakeArchive, a_short_call
from tests.fakes.flows import flows
from tests.fakes.house import IVAN, MARIA, NOON, Caller, HandLine, House, open_house

FLOWS = flows()


async def at_say(house: House) -> Caller:
    caller = await house.calls()
    await house.settles()
    return caller


async def at_menu(house: House) -> Caller:
    caller = await at_say(house)
    await caller.hears()
    return caller


async def at_message(house: House) -> Caller:
    caller = await at_menu(house)
    await caller.presses("2")
    await caller.hears()
    return caller


async def at_hold(house: House) -> Caller:
    house.floor.wish(MARIA, AgentState.AWAY)
    caller = await at_menu(house)
    await caller.presses("1")
    await caller.hears()
    return caller


async def at_ring(house: House) -> Caller:
    house.ready(MARIA)
    caller = await at_menu(house)
    await caller.presses("1")
    await caller.hears()
    return caller


@pytest.mark.parametrize(
    ("reach", "doing"),
    [(at_menu, Ask), (at_message, Record), (at_hold, Hold), (at_ring, Ring)],
    ids=["menu", "message", "hold", "ring"],
)
async def test_a_caller_may_hang_up_anywhere(reach: object, doing: type) -> None:
    async with open_house(FLOWS) as house:
        caller = await reach(house)  # type: ignore[operator]
        assert isinstance(caller.line.last, doing)
        await caller.hangs_up()
        assert house.switchboard.calls == {}
        assert house.floor.line == {}
        assert house.switchboard.failures == 0
        assert house.timeline.entries[caller.id].record.disposition is Disposition.ABANDONED
        assert house.timeline.steps[-1].event in {"hung_up", "left", "rung", "unavailable"}
        assert {house.state(agent) for agent in (MARIA, IVAN)} <= {
            AgentState.READY,
            AgentState.AWAY,
            AgentState.OFFLINE,
        }


async def test_a_caller_may_hang_up_before_the_first_word() -> None:
    async with open_house(FLOWS) as house:
        caller = await at_say(house)
        assert caller.line.batches
        assert not isinstance(caller.line.last, Say) or caller.line.open
        await caller.hangs_up()
        assert house.switchboard.calls == {}


async def test_calls_that_asterisk_carried_while_we_were_away_are_in_the_timeline_once() -> None:
    async with open_house(FLOWS) as house:
        house.books.archive = FakeArchive(a_short_call("1700.1") + a_short_call("1700.2"))
        house.timeline.put("cel", "0")
        up = CarrierUp(live_calls=frozenset(), down_since=None, at=house.clock.now())
        house.switchboard.tell(up)
        await house.settles()
        assert set(house.timeline.entries) == {"1700.1", "1700.2"}
        before = dict(house.timeline.entries)
        house.switchboard.tell(up)
        await house.settles()
        assert house.timeline.entries == before


async def test_at_the_first_start_ever_old_calls_are_left_alone() -> None:
    async with open_house(FLOWS) as house:
        house.books.archive = FakeArchive(a_short_call("1700.1"))
        house.switchboard.tell(CarrierUp(live_calls=frozenset(), down_since=None, at=house.clock.now()))
        await house.settles()
        assert house.timeline.entries == {}
        assert house.timeline.marks["cel"] == "5"


async def test_a_call_whose_end_nobody_wrote_is_closed_when_asterisk_is_back() -> None:
    async with open_house(FLOWS) as house:
        for row in a_short_call("1700.1", whole=False):
            house.switchboard.tell(row)
        house.switchboard.tell(CarrierDown(at=NOON + timedelta(seconds=30)))
        house.clock.passes(60)
        house.switchboard.tell(
            CarrierUp(live_calls=frozenset(), down_since=NOON + timedelta(seconds=30), at=house.clock.now())
        )
        await house.settles()
        record = house.timeline.entries[CallId("1700.1")].record
        assert record.ended_at is not None
        assert record.ended_at <= NOON + timedelta(seconds=30)


async def test_a_call_that_still_lives_after_a_reconnect_is_left_alone() -> None:
    async with open_house(FLOWS) as house:
        for row in a_short_call("1700.1", whole=False):
            house.switchboard.tell(row)
        live = frozenset({CallId("1700.1")})
        house.switchboard.tell(CarrierUp(live_calls=live, down_since=NOON, at=house.clock.now()))
        await house.settles()
        assert house.timeline.entries == {}
        for row in a_short_call("1700.1"):
            house.switchboard.tell(row)
        await house.settles()
        assert set(house.timeline.entries) == {"1700.1"}


async def test_a_ghost_call_is_closed_after_a_restart_of_asterisk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(switchboard, "LAST_LEG_LIMIT_S", 0.0)
    async with open_house(FLOWS) as house:
        house.ready(MARIA)
        await house.rings("direct", "leg", "PJSIP/101", caller="+359888123456")
        await house.answered("direct", "leg", "PJSIP/101")
        house.switchboard.tell(CarrierDown(at=house.clock.now()))
        house.clock.passes(20)
        house.switchboard.tell(CarrierUp(live_calls=frozenset(), down_since=house.clock.now(), at=house.clock.now()))
        await house.settles()
        assert house.switchboard.calls == {}
        assert house.state(MARIA) is not AgentState.ON_CALL


async def test_the_mark_never_passes_a_call_that_is_not_written() -> None:
    async with open_house(FLOWS) as house:
        archive = FakeArchive([])
        house.books.archive = archive
        keeper = house.tasks.spawn(house.books.mark(), name="mark")
        await house.settles()
        for row in a_short_call("1700.1", whole=False):
            house.switchboard.tell(row)
            archive.rows.append(row)
        house.clock.passes(600)
        house.books.sample(await archive.end())
        house.books.put_mark()
        assert house.timeline.marks.get("cel", "0") == "0"
        keeper.cancel()


async def test_a_call_whose_phones_are_gone_leaves_us_though_nobody_says_it_is_finished(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As where Asterisk's CEL is switched off."""
    monkeypatch.setattr(switchboard, "FINISH_LIMIT_S", 0.0)
    async with open_house(FLOWS) as house:
        house.switchboard.tell(CarrierUp(live_calls=frozenset(), down_since=None, at=house.clock.now()))
        await house.rings("direct", "leg", "PJSIP/101", caller="+359888123456")
        await house.answered("direct", "leg", "PJSIP/101")
        house.clock.passes(20)
        await house.ended("direct", "leg", "PJSIP/101")
        assert house.switchboard.calls == {}
        assert house.timeline.entries[CallId("direct")].agents == (MARIA,)


async def again(house: House, caller: Caller) -> HandLine:
    """Let the same call come on a new line, as after a transfer to the company's own number."""
    line = HandLine(house, caller.id)
    house.switchboard.offer(house.offers[caller.id], line)
    await house.settles()
    return line


async def test_a_caller_who_comes_again_on_a_new_line_is_served_there_from_the_beginning() -> None:
    async with open_house(FLOWS) as house:
        caller = await at_menu(house)
        house.switchboard.answer(caller.id, LineLost(at=house.clock.now()))
        line = await again(house, caller)
        assert line.texts() == ["welcome", "menu"]
        assert [step.seq for step in house.timeline.steps] == list(range(len(house.timeline.steps)))


async def test_a_caller_who_comes_again_while_the_first_line_is_not_looked_at_is_served() -> None:
    async with open_house(FLOWS) as house:
        house.customers.slow = asyncio.Event()  # the first step waits a moment for the look-up
        caller = await house.calls()
        house.switchboard.answer(caller.id, LineLost(at=house.clock.now()))
        line = await again(house, caller)
        house.customers.slow.set()
        await house.settles()
        assert caller.line.texts() == ["welcome", "menu"]
        assert line.texts() == ["welcome", "menu"]


async def test_the_steps_of_a_call_that_was_handed_over_and_came_back_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(switchboard, "FINISH_LIMIT_S", 0.0)
    async with open_house(FLOWS) as house:
        house.switchboard.tell(CarrierUp(live_calls=frozenset(), down_since=None, at=house.clock.now()))
        for row in a_short_call("c1", whole=False):
            house.switchboard.tell(row)
        caller = await at_menu(house)
        house.switchboard.answer(caller.id, LineLost(at=house.clock.now()))
        await house.settles()
        assert house.switchboard.calls == {}
        line = await again(house, caller)
        assert line.texts() == ["welcome", "menu"]
        house.switchboard.answer(caller.id, LineLost(at=house.clock.now()))
        for row in a_short_call("c1"):
            house.switchboard.tell(row)
        await house.settles()
        steps = house.timeline.entries[caller.id].path
        assert [step.seq for step in steps] == list(range(len(steps)))
        assert [step.event for step in steps].count("hung_up") == 2
