"""A supervisor moves a waiting caller into another line or to one agent: with context and place, to no dead end."""

import pytest

from telephony.calls.commands import Hold
from telephony.calls.events import LineLost, RingOutcome
from telephony.calls.model import AgentId, CallId
from telephony.errors import CarrierUnavailableError
from telephony.journey.moves import Asker, MoveRefusedError, Refusal
from telephony.journey.onward import WAITS_FOR_ONE_S
from telephony.journey.sent import ToAgent, ToQueue
from telephony.routing.agents import AgentState
from telephony.routing.reach import PhoneKind, Reach
from tests.fakes.askers import OLGA, as_agent
from tests.fakes.house import ANNA, IVAN, MARIA, SALES, SUPPORT, Caller, House

TO_SUPPORT = ToQueue(queue=SUPPORT)

pytestmark = pytest.mark.usefixtures("last_legs_end_at_once")


@pytest.fixture
def house(house: House) -> House:
    house.has_two_lines()
    return house


@pytest.fixture
async def caller(house: House) -> Caller:
    return await waits(house)


async def waits(house: House, call_id: str = "c1") -> Caller:
    """Have a caller wait for sales, for 10 s by now."""
    caller = await house.in_line(call_id)
    assert isinstance(caller.line.last, Hold)
    house.clock.passes(10)
    return caller


async def moved(house: House, caller: Caller, to: ToQueue | ToAgent, by: Asker = OLGA) -> None:
    await house.moves.move(by, caller.id, to)
    await house.settles()


async def test_who_is_moved_into_another_line_keeps_answers_record_journal_and_the_time_waited(
    house: House, caller: Caller
) -> None:
    await moved(house, caller, TO_SUPPORT)
    assert isinstance(caller.line.last, Hold)
    assert house.floor.line[caller.id].queue == SUPPORT
    joined_at = house.floor.line[caller.id].joined_at
    assert (house.clock.now() - joined_at).total_seconds() == 10
    house.ready(ANNA)
    await house.settles()
    assert caller.is_rung_through == ANNA
    leg = await caller.phone_rings()
    card = house.screens.calls(ANNA)[-1]
    assert str(card["why"]).startswith("moved here by Olga; ")
    assert (card["queue"], card["waited_s"]) == ("support", 11.0)
    assert card["answers"]
    await caller.agent_answers(leg)
    house.clock.passes(20)
    await caller.agent_hangs_up(leg)
    assert caller.ended_by_us
    await caller.hangs_up()
    entry = house.timeline.entries[caller.id]
    assert (entry.queue, entry.agents) == ("support", (ANNA,))
    assert [(step.event, step.value, step.label) for step in entry.path if step.kind == "move"] == [
        ("to_queue", "support", "by Olga")
    ]
    assert "moved to support" in entry.summary


async def test_who_is_moved_stands_before_those_who_came_to_that_line_later(house: House) -> None:
    first = await waits(house, "c1")
    second = await waits(house, "c2")
    await moved(house, second, TO_SUPPORT)
    await moved(house, first, TO_SUPPORT)
    assert [house.floor.place(each.id) for each in (first, second)] == [1, 2]
    house.ready(ANNA)
    await house.settles()
    assert (first.is_rung_through, second.is_rung_through) == (ANNA, None)


async def test_who_is_moved_to_an_agent_waits_for_that_one_only(house: House, caller: Caller) -> None:
    await moved(house, caller, ToAgent(agent=ANNA))
    house.ready(MARIA)
    await house.settles()
    assert isinstance(caller.line.last, Hold)
    house.ready(ANNA)
    await house.settles()
    assert caller.is_rung_through == ANNA


async def test_who_waited_for_an_agent_in_vain_waits_for_all_again_in_the_old_place(
    house: House, caller: Caller
) -> None:
    later = await waits(house, "c2")
    await moved(house, caller, ToAgent(agent=ANNA))
    since = house.clock.now()
    while (house.clock.now() - since).total_seconds() <= WAITS_FOR_ONE_S:
        await caller.holds_to_the_end()
    assert house.floor.line[caller.id].only is None
    house.ready(MARIA)
    await house.settles()
    assert (caller.is_rung_through, later.is_rung_through) == (MARIA, None)


async def test_when_the_agent_goes_home_the_caller_waits_for_all_again(house: House, caller: Caller) -> None:
    await moved(house, caller, ToAgent(agent=ANNA))
    house.floor.wish(ANNA, AgentState.OFFLINE)
    await caller.holds_to_the_end()
    assert (house.floor.line[caller.id].queue, house.floor.line[caller.id].only) == (SALES, None)


async def test_an_agent_who_declines_a_caller_moved_to_them_is_not_rung_again_and_the_caller_waits_for_all(
    house: House, caller: Caller
) -> None:
    await moved(house, caller, ToAgent(agent=ANNA))
    house.ready(ANNA)
    await house.settles()
    await caller.is_not_answered(await caller.phone_rings(), RingOutcome.BUSY)
    assert isinstance(caller.line.last, Hold)
    assert (house.floor.line[caller.id].queue, house.floor.line[caller.id].only) == (SALES, None)


async def test_when_who_is_rung_is_taken_off_the_staff_the_line_goes_on_and_the_next_agent_is_rung(
    house: House, caller: Caller
) -> None:
    house.ready(MARIA)
    await house.settles()
    leg = await caller.phone_rings()
    others = [each.agent for each in house.floor.agents.values() if each.agent.id != MARIA]
    house.floor.staff(others)
    house.ready(IVAN)
    await caller.is_not_answered(leg)
    assert caller.is_rung_through == IVAN
    await caller.hangs_up()
    assert house.state(IVAN) is AgentState.READY


async def test_from_an_agent_the_caller_goes_back_into_the_line_they_were_moved_into_before(
    house: House, caller: Caller
) -> None:
    await moved(house, caller, TO_SUPPORT)
    await moved(house, caller, ToAgent(agent=MARIA))
    house.floor.wish(MARIA, AgentState.OFFLINE)
    await caller.holds_to_the_end()
    assert (house.floor.line[caller.id].queue, house.floor.line[caller.id].only) == (SUPPORT, None)


async def test_a_line_that_everybody_leaves_lets_the_caller_go_the_flows_way(house: House, caller: Caller) -> None:
    await moved(house, caller, TO_SUPPORT)
    house.floor.wish(ANNA, AgentState.OFFLINE)
    await caller.holds_to_the_end()
    await caller.leaves_message()


async def test_the_same_move_again_changes_nothing(house: House, caller: Caller) -> None:
    await house.moves.move(OLGA, caller.id, ToQueue(queue=SALES))
    assert house.carrier.woken == []
    await house.moves.move(OLGA, caller.id, TO_SUPPORT)
    await house.moves.move(OLGA, caller.id, TO_SUPPORT)
    await house.settles()
    await moved(house, caller, TO_SUPPORT)
    assert len([step for step in house.timeline.steps if step.kind == "move"]) == 1


async def test_while_an_agent_is_rung_for_the_caller_they_are_not_moved(house: House, caller: Caller) -> None:
    house.ready(MARIA)  # chosen at this very moment: the caller does not know it yet
    for _ in range(2):
        with pytest.raises(MoveRefusedError, match="rung for the caller") as refused:
            await house.moves.move(OLGA, caller.id, TO_SUPPORT)
        assert refused.value.kind is Refusal.NOT_NOW
        await house.settles()
    assert caller.is_rung_through == MARIA


async def test_nobody_is_chosen_in_the_old_line_once_the_caller_is_moved(house: House, caller: Caller) -> None:
    await house.moves.move(OLGA, caller.id, TO_SUPPORT)
    house.ready(MARIA)
    await house.settles()
    assert house.state(MARIA) is AgentState.READY
    assert isinstance(caller.line.last, Hold)
    assert house.floor.line[caller.id].queue == SUPPORT


async def test_a_caller_who_cannot_be_woken_is_moved_when_the_hold_ends(house: House, caller: Caller) -> None:
    house.carrier.down = True
    await moved(house, caller, TO_SUPPORT)
    await caller.holds_to_the_end()
    assert house.floor.line[caller.id].queue == SUPPORT


async def test_who_hangs_up_while_being_moved_is_gone(house: House, caller: Caller) -> None:
    house.carrier.down = True
    await house.moves.move(OLGA, caller.id, TO_SUPPORT)
    await caller.hangs_up()
    assert house.floor.line == {}
    with pytest.raises(MoveRefusedError) as refused:
        await house.moves.move(OLGA, caller.id, TO_SUPPORT)
    assert refused.value.kind is Refusal.UNKNOWN_CALL


async def test_where_nobody_would_answer_the_caller_is_not_moved_to(house: House, caller: Caller) -> None:
    house.floor.wish(ANNA, AgentState.OFFLINE)
    refused: list[tuple[Refusal, str]] = []
    places = (TO_SUPPORT, ToAgent(agent=ANNA), ToQueue(queue="moon"), ToAgent(agent=AgentId("nobody")))  # type: ignore[arg-type]
    for place in places:
        with pytest.raises(MoveRefusedError) as fault:
            await house.moves.move(OLGA, caller.id, place)
        refused.append((fault.value.kind, fault.value.what_to_do))
    assert [kind for kind, _ in refused] == [Refusal.NOT_NOW] * 2 + [Refusal.UNKNOWN_PLACE] * 2
    assert refused[2][1] == "Choose one of: sales, support."
    assert house.floor.line[caller.id].queue == SALES


async def test_agents_move_only_callers_who_wait_for_them(house: House, caller: Caller) -> None:
    with pytest.raises(MoveRefusedError) as refused:
        await house.moves.move(as_agent(ANNA), caller.id, TO_SUPPORT)
    assert refused.value.kind is Refusal.NOT_YOURS
    await moved(house, caller, ToAgent(agent=ANNA))
    await moved(house, caller, ToQueue(queue=SALES), by=as_agent(ANNA))
    assert house.floor.line[caller.id].only is None


async def test_who_talks_is_not_moved_and_who_is_nowhere_is_unknown(house: House, caller: Caller) -> None:
    house.ready(MARIA)
    await house.settles()
    await caller.agent_answers(await caller.phone_rings())
    with pytest.raises(MoveRefusedError, match="does not wait"):
        await house.moves.move(OLGA, caller.id, TO_SUPPORT)
    with pytest.raises(MoveRefusedError, match="no such live call"):
        await house.moves.move(OLGA, CallId("c404"), TO_SUPPORT)


class Bridge:
    """Takes callers across, or does not."""

    def __init__(self) -> None:
        self.taken: list[tuple[CallId, str]] = []
        self.why_not = ""
        self.down = False

    def objection(self, call: object, to: str) -> str:
        return self.why_not

    async def cross(self, call: object, to: str) -> None:
        if self.down:
            raise CarrierUnavailableError("no link")
        self.taken.append((call.id, to))  # type: ignore[attr-defined]


async def test_a_caller_who_cannot_leave_their_carrier_stays_where_they_are(house: House, caller: Caller) -> None:
    with pytest.raises(MoveRefusedError, match="both must be enabled"):
        await house.moves.move(OLGA, caller.id, TO_SUPPORT, carrier="twilio")
    bridge = house.moves.crossing = Bridge()
    bridge.why_not = "they came by its own trunk"
    with pytest.raises(MoveRefusedError, match="by its own trunk"):
        await house.moves.move(OLGA, caller.id, TO_SUPPORT, carrier="twilio")
    assert house.floor.line[caller.id].queue == SALES


async def test_nobody_is_taken_to_a_carrier_from_which_nobody_can_be_rung(house: House) -> None:
    house.floor.reaches = {"twilio": Reach(cannot={PhoneKind.EXTENSION: "set carriers.twilio.sip_dial"})}
    caller = await waits(house)
    bridge = house.moves.crossing = Bridge()
    with pytest.raises(MoveRefusedError, match="can be rung from twilio"):
        await house.moves.move(OLGA, caller.id, None, carrier="twilio")
    assert bridge.taken == []
    assert house.floor.line[caller.id].queue == SALES


async def test_who_crosses_into_another_line_is_rung_through_to_nobody_of_the_old_one(
    house: House, caller: Caller
) -> None:
    bridge = house.moves.crossing = Bridge()
    for _ in range(2):  # the same again changes nothing
        await house.moves.move(OLGA, caller.id, TO_SUPPORT, carrier="twilio")
    assert bridge.taken == [(caller.id, "twilio")]
    house.ready(MARIA)
    caller.line.answers(LineLost(at=house.clock.now()))
    await house.settles()
    there = await house.calls(caller.id, carrier="twilio")
    assert isinstance(there.line.last, Hold)
    assert house.state(MARIA) is AgentState.READY
    assert house.floor.line[caller.id].queue == SUPPORT
    assert (house.clock.now() - house.floor.line[caller.id].joined_at).total_seconds() == 11


async def test_when_the_crossing_fails_the_move_into_the_line_is_done_all_the_same(
    house: House, caller: Caller
) -> None:
    bridge = house.moves.crossing = Bridge()
    bridge.down = True
    with pytest.raises(MoveRefusedError) as refused:
        await house.moves.move(OLGA, caller.id, TO_SUPPORT, carrier="twilio")
    assert refused.value.kind is Refusal.UNAVAILABLE
    await house.settles()
    assert house.floor.line[caller.id].queue == SUPPORT
    await house.moves.move(OLGA, caller.id, None, carrier="asterisk")  # where they are
    assert bridge.taken == []
