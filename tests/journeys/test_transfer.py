"""An agent transfers the caller they talk with: to a line, a colleague, a number outside; and back when it fails."""

import pytest

from telephony.calls.commands import Hold
from telephony.calls.events import RingOutcome
from telephony.calls.model import CustomerId
from telephony.customers.record import Customer
from telephony.journey.moves import MoveRefusedError, Refusal
from telephony.journey.sent import ToAgent, ToNumber, ToQueue
from telephony.routing.agents import AgentState
from tests.fakes.askers import as_agent
from tests.fakes.house import ANNA, IVAN, MARIA, SALES, SUPPORT, Caller, House
from tests.fakes.talks import talks_with_maria, transferred

OUTSIDE = "+359888000111"

pytestmark = pytest.mark.usefixtures("last_legs_end_at_once")


@pytest.fixture
async def caller(house: House) -> Caller:
    return await talks_with_maria(house)


async def rings_and_answers(house: House, caller: Caller, talk_s: float = 30) -> None:
    leg = await caller.phone_rings()
    await caller.agent_answers(leg)
    house.clock.passes(talk_s)
    await caller.agent_hangs_up(leg)


async def test_the_caller_goes_to_the_colleague_who_sees_the_same_record_and_answers_and_who_transferred(
    house: House, caller: Caller
) -> None:
    house.ready(IVAN)
    await transferred(house, caller, ToAgent(agent=IVAN))
    assert caller.is_rung_through == IVAN
    assert house.state(MARIA) is AgentState.WRAP_UP
    leg = await caller.phone_rings()
    card, marias = house.screens.calls(IVAN)[-1], house.screens.calls(MARIA)[-1]
    assert card["why"] == "transferred by Maria; Ivan was asked for"
    assert (card["answers"], card["record"], card["match"]) == (
        marias["answers"],
        marias["record"],
        marias["match"],
    )
    assert card["answers"]
    await caller.agent_answers(leg)
    house.clock.passes(30)
    await caller.agent_hangs_up(leg)
    assert caller.ended_by_us
    await caller.hangs_up()
    entry = house.timeline.entries[caller.id]
    assert entry.agents == (MARIA, IVAN)
    assert entry.record.talk_s == 51  # 21 s with Maria
    assert [leg.channel for leg in entry.record.legs] == ["", "PJSIP/101", "PJSIP/102"]
    step = next(step for step in entry.path if step.kind == "transfer")
    assert (step.event, step.value, step.label) == ("to_agent", IVAN, "by Maria")
    assert "transferred to Ivan" in entry.summary


async def test_the_caller_goes_into_the_line_by_the_time_they_have_waited_without_the_talk(
    house: House, caller: Caller
) -> None:
    second = await house.in_line("c2")
    house.clock.passes(5)
    third = await house.in_line("c3")
    house.clock.passes(2)
    house.floor.wish(MARIA, AgentState.AWAY)
    await transferred(house, caller, ToQueue(queue=SALES))
    await caller.hears()
    assert isinstance(caller.line.last, Hold)
    # 10 s waited: before the one who came 7 s ago, and before the one who came 2 s ago
    assert [house.floor.place(each) for each in (caller.id, second.id, third.id)] == [1, 2, 3]
    house.ready(IVAN)
    await house.settles()
    assert caller.is_rung_through == IVAN
    await rings_and_answers(house, caller)
    await caller.hangs_up()
    assert house.timeline.entries[caller.id].agents == (MARIA, IVAN)


@pytest.mark.parametrize("outcome", [RingOutcome.NO_ANSWER, RingOutcome.BUSY, RingOutcome.UNAVAILABLE])
async def test_who_is_not_taken_comes_back_to_the_agent_who_transferred(
    house: House, caller: Caller, outcome: RingOutcome
) -> None:
    house.ready(IVAN)
    await transferred(house, caller, ToAgent(agent=IVAN))
    await caller.is_not_answered(await caller.phone_rings(), outcome)
    assert caller.is_rung_through == MARIA
    leg = await caller.phone_rings()
    assert "Maria transferred this call, and nobody took it" in str(house.screens.calls(MARIA)[-1]["why"])
    await caller.agent_answers(leg)
    assert house.state(MARIA) is AgentState.ON_CALL
    await caller.agent_hangs_up(leg)
    assert caller.ended_by_us


async def test_who_is_not_taken_back_either_waits_in_the_line_they_came_by_and_then_goes_the_flows_way(
    house: House, caller: Caller
) -> None:
    house.ready(IVAN)
    await transferred(house, caller, ToAgent(agent=IVAN))
    house.floor.wish(IVAN, AgentState.AWAY)
    await caller.is_not_answered(await caller.phone_rings())
    await caller.is_not_answered(await caller.phone_rings())
    house.floor.wish(MARIA, AgentState.AWAY)
    await caller.hears()
    assert isinstance(caller.line.last, Hold)
    assert house.floor.line[caller.id].queue == SALES
    for _ in range(12):
        if isinstance(caller.line.last, Hold):
            await caller.holds_to_the_end()
    await caller.leaves_message()


async def test_an_agent_who_is_away_after_the_talk_is_not_rung_again(house: House, caller: Caller) -> None:
    house.ready(IVAN)
    house.floor.wish(MARIA, AgentState.AWAY)
    await transferred(house, caller, ToAgent(agent=IVAN))
    house.floor.wish(IVAN, AgentState.AWAY)
    await caller.is_not_answered(await caller.phone_rings())
    assert caller.is_rung_through is None
    assert caller.id in house.floor.line


async def test_a_note_written_before_the_call_came_back_is_still_on_the_card(house: House, caller: Caller) -> None:
    house.ready(IVAN)
    await transferred(house, caller, ToAgent(agent=IVAN))
    house.desk.wrap_up(MARIA, caller.id, "wants the invoice", done=False)
    await caller.is_not_answered(await caller.phone_rings())
    await caller.phone_rings()
    assert house.screens.calls(MARIA)[-1]["note"] == "wants the invoice"


async def test_the_second_agent_may_transfer_on_and_the_first_may_not(house: House, caller: Caller) -> None:
    house.ready(IVAN)
    await transferred(house, caller, ToAgent(agent=IVAN))
    await caller.agent_answers(await caller.phone_rings())
    house.ready(ANNA)
    with pytest.raises(MoveRefusedError) as refused:
        await house.moves.transfer(as_agent(MARIA), caller.id, ToAgent(agent=ANNA))
    assert refused.value.kind is Refusal.NOT_YOURS
    await transferred(house, caller, ToAgent(agent=ANNA), by=as_agent(IVAN))
    assert caller.is_rung_through == ANNA


async def test_a_number_outside_is_rung_where_flows_may_call_it(house: House, caller: Caller) -> None:
    with pytest.raises(MoveRefusedError, match="may not be called"):
        await house.moves.transfer(as_agent(MARIA), caller.id, ToNumber(number=OUTSIDE))
    house.waiting.outside = lambda number: f"PJSIP/{number}@trunk"
    await transferred(house, caller, ToNumber(number=OUTSIDE))
    assert caller.ring.endpoint == f"PJSIP/{OUTSIDE}@trunk"
    await caller.talk_ends(RingOutcome.ANSWERED)
    assert caller.ended_by_us


async def test_an_agent_the_flow_named_may_transfer_too_and_who_is_not_taken_goes_the_flows_way(house: House) -> None:
    house.customers.knows("+359888123456", Customer(id=CustomerId("c-1"), name="Ann", personal_agent=MARIA))
    house.ready(MARIA, IVAN)
    caller = await house.calls()
    await caller.presses("3")
    await caller.hears()
    assert caller.is_rung_through == MARIA
    await caller.agent_answers(await caller.phone_rings())
    house.clock.passes(20)
    house.floor.wish(MARIA, AgentState.AWAY)
    await transferred(house, caller, ToAgent(agent=IVAN))
    assert caller.is_rung_through == IVAN
    house.floor.wish(IVAN, AgentState.AWAY)
    await caller.is_not_answered(await caller.phone_rings())
    await caller.hears()
    assert isinstance(caller.line.last, Hold)  # the flow's `otherwise`
    assert house.floor.line[caller.id].queue == SALES


async def test_who_was_sent_into_a_line_may_be_sent_into_it_again_by_who_talks_with_them_there(
    house: House, caller: Caller
) -> None:
    house.floor.wish(MARIA, AgentState.AWAY)
    house.ready(IVAN)
    await transferred(house, caller, ToQueue(queue=SALES))
    await caller.agent_answers(await caller.phone_rings())
    house.floor.wish(IVAN, AgentState.AWAY)
    await transferred(house, caller, ToQueue(queue=SALES), by=as_agent(IVAN))
    await caller.hears()
    house.ready(ANNA)
    await house.settles()
    assert caller.is_rung_through == ANNA


async def test_the_timeline_tells_the_line_that_answered_and_no_ring_that_was_none(house: House) -> None:
    house.has_two_lines()
    caller = await talks_with_maria(house)
    house.floor.wish(MARIA, AgentState.AWAY)
    await transferred(house, caller, ToQueue(queue=SUPPORT))
    house.floor.wish(ANNA, AgentState.OFFLINE)
    await caller.holds_to_the_end()
    house.ready(IVAN)
    await house.settles()
    await rings_and_answers(house, caller)
    await caller.hangs_up()
    entry = house.timeline.entries[caller.id]
    assert (entry.queue, entry.agents) == (SALES, (MARIA, IVAN))
    assert [(step.event, step.value) for step in entry.path if step.kind in {"transfer", "move"}] == [
        ("to_queue", SUPPORT),
        ("to_queue", SALES),
    ]


async def test_the_log_of_a_transfer_shows_no_number_whole(
    house: House, caller: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    house.waiting.outside = lambda number: f"PJSIP/{number}@trunk"
    await transferred(house, caller, ToNumber(number=OUTSIDE))
    told = next(each for each in caplog.records if each.message == "caller transferred")
    assert told.__dict__["to"] == "***111"


async def test_places_tell_who_is_free_and_leave_out_who_talks(house: House, caller: Caller) -> None:
    house.ready(IVAN)
    places = house.moves.places(as_agent(MARIA), caller.id)
    assert [load.name for load in places.queues] == [SALES]
    assert [(each.name, each.free, each.state) for each in places.agents] == [
        ("Ivan", True, AgentState.READY),
        ("Anna", False, AgentState.OFFLINE),
    ]
    with pytest.raises(MoveRefusedError):
        house.moves.places(as_agent(ANNA), caller.id)
