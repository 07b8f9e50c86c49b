"""The way of an inbound caller, from the first prompt to the timeline."""

from telephony.calls.commands import Ask, Hold
from telephony.calls.events import Keys, RingOutcome
from telephony.calls.model import CustomerId, Disposition
from telephony.customers.record import Customer
from telephony.ivr.flow import Flow
from telephony.routing.agents import AgentState
from telephony.routing.queues import Queue
from tests.fakes.flows import flows
from tests.fakes.house import ANNA, IVAN, MARIA, NOON, SALES, House, open_house
from tests.waiting import until

ELENA = Customer(id=CustomerId("7"), name="Elena", personal_agent=IVAN)
FLOWS: dict[str, Flow] = flows()


def steps(house: House) -> list[tuple[str, str, str]]:
    return [(step.kind, step.event, step.value) for step in house.timeline.steps]


async def test_a_caller_presses_one_and_reaches_the_longest_idle_agent() -> None:
    async with open_house(FLOWS) as house:
        house.ready(MARIA, IVAN)
        caller = await house.calls()
        await caller.presses("1")
        await caller.hears()
        assert caller.is_rung_through == MARIA
        leg = await caller.phone_rings()
        await caller.agent_answers(leg)
        assert house.state(MARIA) is AgentState.ON_CALL
        house.clock.passes(42)
        await caller.agent_hangs_up(leg)
        assert house.state(MARIA) is AgentState.WRAP_UP
        assert caller.ended_by_us
        await caller.hangs_up()
        entry = house.timeline.entries[caller.id]
        assert (entry.queue, entry.agents, entry.record.disposition) == ("sales", (MARIA,), Disposition.ANSWERED)
        assert ("menu", "keys", "1") in steps(house)


async def test_the_first_caller_keeps_the_place_when_an_agent_does_not_answer() -> None:
    async with open_house(FLOWS) as house:
        house.ready(MARIA)
        first = await house.calls("first")
        await first.presses("1")
        await first.hears()
        leg = await first.phone_rings()
        house.clock.passes(1)
        second = await house.calls("second")
        await second.presses("1")
        await second.hears()
        house.floor.wish(MARIA, AgentState.AWAY)
        await first.is_not_answered(leg)
        assert (house.floor.place(first.id), house.floor.place(second.id)) == (1, 2)
        house.ready(IVAN)
        await house.settles()
        assert first.is_rung_through == IVAN
        assert isinstance(second.line.last, Hold)


async def test_a_waiting_caller_is_woken_at_once_when_an_agent_becomes_free() -> None:
    async with open_house(FLOWS) as house:
        house.floor.wish(MARIA, AgentState.AWAY)
        caller = await house.calls()
        await caller.presses("1")
        await caller.hears()
        assert isinstance(caller.line.last, Hold)
        house.ready(MARIA)
        await house.settles()
        assert house.carrier.woken == ["c1-leg0"]
        assert caller.is_rung_through == MARIA


async def test_a_lost_wake_up_costs_one_slice_of_music_and_no_more() -> None:
    async with open_house(FLOWS) as house:
        house.floor.wish(MARIA, AgentState.AWAY)
        caller = await house.calls()
        await caller.presses("1")
        await caller.hears()
        house.carrier.down = True
        house.ready(MARIA)
        await house.settles()
        assert isinstance(caller.line.last, Hold)
        await caller.holds_to_the_end()
        assert caller.is_rung_through == MARIA


async def test_a_caller_who_presses_nothing_reaches_a_person() -> None:
    async with open_house(FLOWS) as house:
        house.ready(MARIA)
        caller = await house.calls()
        await caller.says_nothing()
        await caller.says_nothing()
        await caller.hears()
        assert caller.is_rung_through == MARIA


async def test_with_nobody_at_work_the_caller_leaves_a_message() -> None:
    async with open_house(FLOWS) as house:
        caller = await house.calls()
        await caller.presses("1")
        await caller.leaves_message()
        await caller.hears()
        assert caller.ended_by_us
        await caller.hangs_up()
        assert house.timeline.entries[caller.id].record.disposition is Disposition.VOICEMAIL


async def test_who_waits_too_long_goes_where_the_flow_says() -> None:
    async with open_house(FLOWS, queue=Queue(name=SALES, announce_every_s=15)) as house:
        house.floor.wish(MARIA, AgentState.AWAY)
        caller = await house.calls()
        await caller.presses("1")
        await caller.hears()
        for _ in range(8):
            await caller.holds_to_the_end()
        await caller.leaves_message()
        assert "all_busy" in caller.line.texts()


async def test_a_waiting_caller_who_hangs_up_leaves_the_line_and_frees_the_agent() -> None:
    async with open_house(FLOWS) as house:
        house.ready(MARIA)
        caller = await house.calls()
        await caller.presses("1")
        await caller.hears()
        leg = await caller.phone_rings()
        await house.ended(caller.id, leg, "PJSIP/101")
        await caller.hangs_up()
        assert house.floor.line == {}
        assert house.state(MARIA) is AgentState.READY
        assert [gone["reason"] for gone in house.screens.gone(MARIA)] == ["caller_hung_up"]
        assert house.timeline.entries[caller.id].record.disposition is Disposition.ABANDONED
        assert house.switchboard.calls == {}


async def test_a_call_is_never_given_to_two_agents() -> None:
    async with open_house(FLOWS) as house:
        house.ready(MARIA, IVAN, ANNA)
        caller = await house.calls()
        await caller.presses("1")
        await caller.hears()
        ringing = [agent for agent in (MARIA, IVAN, ANNA) if house.state(agent) is AgentState.RINGING]
        assert ringing == [caller.is_rung_through]


async def test_two_callers_never_get_the_same_agent() -> None:
    async with open_house(FLOWS) as house:
        house.ready(MARIA, IVAN)
        callers = [await house.calls(f"c{n}") for n in range(2)]
        for caller in callers:
            await caller.presses("1")
            await caller.hears()
        assert {caller.is_rung_through for caller in callers} == {MARIA, IVAN}


async def test_an_agent_who_declines_is_not_rung_again_at_once() -> None:
    async with open_house(FLOWS) as house:
        house.ready(MARIA)
        caller = await house.calls()
        await caller.presses("1")
        await caller.hears()
        leg = await caller.phone_rings()
        await caller.is_not_answered(leg, RingOutcome.BUSY)
        assert isinstance(caller.line.last, Hold)
        assert house.state(MARIA) is AgentState.READY
        house.clock.passes(11)
        house.floor.tick()
        await house.settles()
        assert caller.is_rung_through == MARIA


async def test_a_dead_phone_is_not_rung_in_a_loop() -> None:
    async with open_house(FLOWS) as house:
        house.ready(MARIA)
        caller = await house.calls()
        await caller.presses("1")
        await caller.hears()
        await caller.is_not_answered(await caller.phone_rings(), RingOutcome.UNAVAILABLE)
        rings = sum(1 for kind, event, _ in steps(house) if (kind, event) == ("agent", "rung"))
        assert rings == 1


async def test_the_personal_agent_is_rung_first_and_the_line_takes_over() -> None:
    async with open_house(FLOWS) as house:
        house.customers.knows("+359888123456", ELENA)
        house.ready(MARIA, IVAN)
        caller = await house.calls()
        await caller.presses("3")
        await caller.hears()
        assert caller.is_rung_through == IVAN
        await caller.is_not_answered(await caller.phone_rings())
        await caller.hears()
        assert caller.is_rung_through == MARIA


async def test_an_unknown_flow_hands_the_caller_to_the_fallback() -> None:
    async with open_house(FLOWS) as house:
        caller = await house.calls(flow="nobody-wrote-this")
        assert caller.handed_over


async def test_a_bug_in_one_call_hurts_that_call_only() -> None:
    async with open_house(FLOWS) as house:
        house.ready(MARIA)
        broken = await house.calls("broken")
        healthy = await house.calls("healthy")

        class Explodes(dict[str, Flow]):
            def get(self, *_: object) -> Flow:
                raise RuntimeError("a bug")

        house.flows = Explodes()
        third = await house.calls("third")
        assert third.handed_over
        assert house.switchboard.failures == 1
        await healthy.presses("1")
        await healthy.hears()
        assert healthy.is_rung_through == MARIA
        await broken.hears()
        assert isinstance(broken.line.last, Ask)


async def test_a_late_answer_to_an_earlier_question_is_ignored() -> None:
    async with open_house(FLOWS) as house:
        caller = await house.calls()
        await caller.hears()
        before = len(caller.line.batches)
        house.switchboard.answer(caller.id, Keys(turn=caller.line.turn - 1, digits="9"))
        await house.settles()
        assert len(caller.line.batches) == before


async def test_hostile_caller_ids_reach_the_flow_like_any_other() -> None:
    hostile = ["", "anonymous", "not a number", "9" * 200, "+359\r\nAction: Originate", "\udcff\ufffd", "sip:x@y"]
    async with open_house(FLOWS) as house:
        for number, raw in enumerate(hostile):
            caller = await house.calls(f"c{number}", caller=raw)
            await caller.hears()
            assert isinstance(caller.line.last, Ask)
            await caller.hangs_up()
            entry = house.timeline.entries[caller.id]
            assert entry.customer_id is None
            assert entry.record.started_at == NOON


async def test_the_entry_waits_for_a_database_that_is_away() -> None:
    async with open_house(FLOWS) as house:
        house.customers.broken = True
        caller = await house.calls()
        await caller.hears()
        await caller.hangs_up()
        assert caller.id not in house.timeline.entries
        house.customers.broken = False
        house.customers.knows("+359888123456", ELENA)
        await until(lambda: caller.id in house.timeline.entries)
        assert house.timeline.entries[caller.id].customer_id == ELENA.id


async def test_a_waiting_caller_is_told_that_we_are_still_there_as_often_as_the_queue_says() -> None:
    async with open_house(FLOWS, queue=Queue(name=SALES, announce_every_s=30)) as house:
        house.floor.wish(MARIA, AgentState.AWAY)
        caller = await house.calls()
        await caller.presses("1")
        await caller.hears()
        while caller.line.held:
            await caller.holds_to_the_end()
        assert caller.line.texts().count("all_busy") == 3  # after 30, 60 and 90 of the 120 seconds


async def test_the_entry_tells_the_call_in_one_line_with_the_agents_names() -> None:
    async with open_house(FLOWS) as house:
        house.ready(MARIA)
        caller = await house.calls()
        await caller.presses("1")
        await caller.hears()
        leg = await caller.phone_rings()
        await caller.agent_answers(leg)
        house.clock.passes(42)
        await caller.agent_hangs_up(leg)
        await caller.hangs_up()
        assert house.timeline.entries[caller.id].summary == "Called 1000, chose sales, spoke 42 s with Maria"


async def test_when_the_last_agent_goes_home_a_waiting_caller_goes_where_the_flow_says() -> None:
    async with open_house(FLOWS) as house:
        house.floor.wish(MARIA, AgentState.AWAY)
        caller = await house.calls()
        await caller.presses("1")
        await caller.hears()
        house.floor.wish(MARIA, AgentState.OFFLINE)
        await caller.holds_to_the_end()
        await caller.leaves_message()
        assert house.floor.line == {}


async def test_a_bug_in_the_record_source_costs_the_record_and_not_the_call() -> None:
    async with open_house(FLOWS) as house:
        house.customers.fault = RuntimeError("a bug")
        caller = await house.calls()
        await caller.presses("1")
        assert house.switchboard.failures == 0
        assert not caller.handed_over
