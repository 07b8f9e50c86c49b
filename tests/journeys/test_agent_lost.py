"""An agent's phone is gone in the middle of a talk: the caller is not let go, and waits where they waited."""

import pytest

from telephony.calls.commands import Hold
from telephony.calls.events import LineLost, RingOutcome
from telephony.journey.sent import ToAgent
from telephony.journey.waiting import CHANNEL_GONE
from telephony.routing.agents import AgentState
from tests.fakes.askers import OLGA, as_agent
from tests.fakes.house import ANNA, IVAN, MARIA, SALES, Caller, House
from tests.fakes.talks import marias_leg, talks_with_maria, transferred
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("last_legs_end_at_once")


@pytest.fixture
async def caller(house: House) -> Caller:
    return await talks_with_maria(house)


async def is_served(house: House, caller: Caller, talk_s: float = 40) -> None:
    leg = await caller.phone_rings()
    await caller.agent_answers(leg)
    house.clock.passes(talk_s)
    await caller.agent_hangs_up(leg)


async def test_the_next_agent_takes_the_caller_and_the_entry_tells_of_both(house: House, caller: Caller) -> None:
    house.ready(IVAN)
    await caller.agent_is_lost(marias_leg(house, caller))
    assert caller.is_rung_through == IVAN
    assert house.state(MARIA) is AgentState.WRAP_UP
    await is_served(house, caller)
    assert caller.ended_by_us
    await caller.hangs_up()
    entry = house.timeline.entries[caller.id]
    assert entry.agents == (MARIA, IVAN)
    told = "for sales, the line to Maria was lost, spoke 1 min 1 s with Maria, then Ivan"
    assert entry.summary.endswith(told)
    seen = [(step.event, step.value) for step in entry.path if step.kind == "agent"]
    assert seen == [
        ("rung", MARIA), ("answered", MARIA), ("lost", MARIA), ("rung", IVAN), ("answered", IVAN),
    ]  # fmt: skip


async def test_the_line_may_tell_of_the_end_before_the_phones_network_does(house: House, caller: Caller) -> None:
    house.ready(IVAN)
    leg, endpoint = marias_leg(house, caller), caller.ring.endpoint
    await caller.talk_ends(RingOutcome.ANSWERED)
    await house.ended(caller.id, leg, endpoint, cause=CHANNEL_GONE)
    await until(lambda: caller.is_rung_through == IVAN)


async def test_a_phone_of_whose_end_nothing_is_heard_has_hung_up(house: House, caller: Caller) -> None:
    house.ready(IVAN)
    await caller.talk_ends(RingOutcome.ANSWERED)
    await until(lambda: caller.ended_by_us)


async def test_a_caller_who_leaves_while_the_end_of_the_phone_is_awaited_is_gone(house: House, caller: Caller) -> None:
    house.ready(IVAN)
    leg, endpoint = marias_leg(house, caller), caller.ring.endpoint
    await caller.talk_ends(RingOutcome.ANSWERED)
    caller.line.answers(LineLost(at=house.clock.now()))
    await house.ended(caller.id, leg, endpoint, cause=CHANNEL_GONE)
    await caller.finishes()
    assert house.timeline.entries[caller.id].record.disposition == "answered"
    assert (house.switchboard.calls, house.floor.line, house.switchboard.failures) == ({}, {}, 0)


async def test_the_caller_waits_in_the_old_place_before_who_came_after(house: House, caller: Caller) -> None:
    second = await house.in_line("c2")
    await caller.agent_is_lost(marias_leg(house, caller))
    assert isinstance(caller.line.last, Hold)
    assert [house.floor.place(each) for each in (caller.id, second.id)] == [1, 2]


async def test_after_a_long_talk_the_caller_may_wait_as_long_as_anybody(house: House, caller: Caller) -> None:
    house.clock.passes(3600)
    await caller.agent_is_lost(marias_leg(house, caller))
    await caller.holds_to_the_end()
    assert isinstance(caller.line.last, Hold)


async def test_with_nobody_else_the_caller_gets_the_same_agent_after_the_wrap_up(house: House, caller: Caller) -> None:
    await caller.agent_is_lost(marias_leg(house, caller))
    assert isinstance(caller.line.last, Hold)
    house.clock.passes(31)
    house.floor.tick()
    await house.settles()
    assert caller.is_rung_through == MARIA


async def test_when_everybody_has_gone_home_the_caller_goes_where_the_flow_says(house: House, caller: Caller) -> None:
    await caller.agent_is_lost(marias_leg(house, caller))
    house.floor.wish(MARIA, AgentState.OFFLINE)
    await caller.holds_to_the_end()
    await caller.leaves_message()


async def test_a_caller_who_gives_up_then_has_talked(house: House, caller: Caller) -> None:
    await caller.agent_is_lost(marias_leg(house, caller))
    await caller.hangs_up()
    entry = house.timeline.entries[caller.id]
    assert entry.record.disposition == "answered"
    assert "the line to Maria was lost" in entry.summary
    assert house.floor.line == {}


async def test_a_colleague_who_was_lost_gives_the_caller_back_to_who_transferred(house: House, caller: Caller) -> None:
    house.ready(IVAN)
    await transferred(house, caller, ToAgent(agent=IVAN))
    leg = await caller.phone_rings()
    await caller.agent_answers(leg)
    await caller.agent_is_lost(leg)
    assert caller.is_rung_through == MARIA


async def test_who_was_moved_to_one_agent_waits_in_the_line_of_before_when_that_one_is_lost(house: House) -> None:
    house.floor.wish(MARIA, AgentState.AWAY)
    caller = await house.in_line()
    await house.moves.move(OLGA, caller.id, ToAgent(agent=MARIA))
    await caller.holds_to_the_end()
    house.ready(MARIA)
    await house.settles()
    leg = await caller.phone_rings()
    await caller.agent_answers(leg)
    await caller.agent_is_lost(leg)
    assert house.floor.line[caller.id].only is None
    assert house.floor.line[caller.id].queue == SALES


async def test_a_transfer_that_was_wanted_as_the_phone_was_lost_is_done(house: House, caller: Caller) -> None:
    for agent in (IVAN, ANNA):
        house.ready(agent)
        house.clock.passes(1)
    await house.moves.transfer(as_agent(MARIA), caller.id, ToAgent(agent=ANNA))
    await caller.agent_is_lost(marias_leg(house, caller))
    assert caller.is_rung_through == ANNA


async def test_a_transfer_that_was_wanted_long_before_is_not(house: House, caller: Caller) -> None:
    house.ready(ANNA)
    await house.moves.transfer(as_agent(MARIA), caller.id, ToAgent(agent=ANNA))
    house.floor.wish(ANNA, AgentState.AWAY)
    house.clock.passes(60)
    await caller.agent_is_lost(marias_leg(house, caller))
    assert isinstance(caller.line.last, Hold)
    assert house.floor.line[caller.id].only is None
