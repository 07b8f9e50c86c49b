"""An agent transfers the caller they talk with: to a line, a colleague, a number outside; and back when it fails."""

import pytest

from telephony.calls.commands import Hold
from telephony.calls.events import RingOutcome
from telephony.calls.model import AgentId, CallId, CustomerId, LegId
from telephony.customers.record import Customer
from telephony.errors import CarrierRefusedError, OutcomeUnknownError
from telephony.journey import switchboard
from telephony.journey.moves import Asker, MoveRefusedError, Refusal
from telephony.journey.sent import Destination, ToAgent, ToNumber, ToQueue
from telephony.routing.agents import Agent, AgentState
from telephony.routing.queues import Queue
from tests.fakes.flows import flows
from tests.fakes.house import ANNA, IVAN, MARIA, SALES, SUPPORT, Caller, FakeCarrier, House, open_house

FLOWS = flows()
OUTSIDE = "+359888000111"
OLGA = Asker(name="Olga", agent=None, supervises=True)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(switchboard, "LAST_LEG_LIMIT_S", 0.0)


def as_agent(agent: AgentId) -> Asker:
    return Asker(name=agent.title(), agent=agent, supervises=False)


async def talks_with_maria(house: House, call_id: str = "c1") -> Caller:
    """Have a caller of the line talk with Maria, for 20 s by now, after 10 s of waiting."""
    house.floor.wish(MARIA, AgentState.AWAY)
    caller = await house.calls(call_id)
    await caller.presses("1")
    await caller.hears()
    house.clock.passes(10)
    house.ready(MARIA)
    await house.settles()
    leg = await caller.phone_rings()
    await caller.agent_answers(leg)
    house.clock.passes(20)
    return caller


async def transferred(house: House, caller: Caller, to: Destination, by: Asker | None = None) -> None:
    """Have the call transferred: the network ends the agent's leg when it is asked to."""
    await house.moves.transfer(by or as_agent(MARIA), caller.id, to)
    await caller.agent_hangs_up(house.carrier.hung_up[-1])


async def rings_and_answers(house: House, caller: Caller, talk_s: float = 30) -> None:
    leg = await caller.phone_rings()
    await caller.agent_answers(leg)
    house.clock.passes(talk_s)
    await caller.agent_hangs_up(leg)


async def test_the_caller_goes_to_the_colleague_who_sees_the_same_record_and_answers_and_who_transferred() -> None:
    async with open_house(FLOWS) as house:
        caller = await talks_with_maria(house)
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


async def test_the_caller_goes_into_the_line_by_the_time_they_have_waited_without_the_talk() -> None:
    async with open_house(FLOWS) as house:
        caller = await talks_with_maria(house)
        second = await house.calls("c2")
        await second.presses("1")
        await second.hears()
        house.clock.passes(5)
        third = await house.calls("c3")
        await third.presses("1")
        await third.hears()
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
async def test_who_is_not_taken_comes_back_to_the_agent_who_transferred(outcome: RingOutcome) -> None:
    async with open_house(FLOWS) as house:
        caller = await talks_with_maria(house)
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


async def test_who_is_not_taken_back_either_waits_in_the_line_they_came_by_and_then_goes_the_flows_way() -> None:
    async with open_house(FLOWS) as house:
        caller = await talks_with_maria(house)
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


async def test_an_agent_who_is_away_after_the_talk_is_not_rung_again() -> None:
    async with open_house(FLOWS) as house:
        caller = await talks_with_maria(house)
        house.ready(IVAN)
        house.floor.wish(MARIA, AgentState.AWAY)
        await transferred(house, caller, ToAgent(agent=IVAN))
        house.floor.wish(IVAN, AgentState.AWAY)
        await caller.is_not_answered(await caller.phone_rings())
        assert caller.is_rung_through is None
        assert caller.id in house.floor.line


async def test_a_note_written_before_the_call_came_back_is_still_on_the_card() -> None:
    async with open_house(FLOWS) as house:
        caller = await talks_with_maria(house)
        house.ready(IVAN)
        await transferred(house, caller, ToAgent(agent=IVAN))
        house.desk.wrap_up(MARIA, caller.id, "wants the invoice", done=False)
        await caller.is_not_answered(await caller.phone_rings())
        await caller.phone_rings()
        assert house.screens.calls(MARIA)[-1]["note"] == "wants the invoice"


async def test_the_second_agent_may_transfer_on_and_the_first_may_not() -> None:
    async with open_house(FLOWS) as house:
        caller = await talks_with_maria(house)
        house.ready(IVAN)
        await transferred(house, caller, ToAgent(agent=IVAN))
        await caller.agent_answers(await caller.phone_rings())
        house.ready(ANNA)
        with pytest.raises(MoveRefusedError) as refused:
            await house.moves.transfer(as_agent(MARIA), caller.id, ToAgent(agent=ANNA))
        assert refused.value.kind is Refusal.NOT_YOURS
        await transferred(house, caller, ToAgent(agent=ANNA), by=as_agent(IVAN))
        assert caller.is_rung_through == ANNA


async def test_a_number_outside_is_rung_where_flows_may_call_it() -> None:
    async with open_house(FLOWS) as house:
        caller = await talks_with_maria(house)
        with pytest.raises(MoveRefusedError, match="may not be called"):
            await house.moves.transfer(as_agent(MARIA), caller.id, ToNumber(number=OUTSIDE))
        house.waiting.outside = lambda number: f"PJSIP/{number}@trunk"
        await transferred(house, caller, ToNumber(number=OUTSIDE))
        assert caller.ring.endpoint == f"PJSIP/{OUTSIDE}@trunk"
        await caller.talk_ends(RingOutcome.ANSWERED)
        assert caller.ended_by_us


async def test_an_agent_the_flow_named_may_transfer_too_and_who_is_not_taken_goes_the_flows_way() -> None:
    async with open_house(FLOWS) as house:
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


async def test_who_was_sent_into_a_line_may_be_sent_into_it_again_by_who_talks_with_them_there() -> None:
    async with open_house(FLOWS) as house:
        caller = await talks_with_maria(house)
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


@pytest.mark.parametrize("agent", [IVAN, MARIA])
async def test_who_cannot_be_rung_now_is_refused_and_the_talk_goes_on(agent: AgentId) -> None:
    async with open_house(FLOWS) as house:
        caller = await talks_with_maria(house)
        with pytest.raises(MoveRefusedError) as refused:
            await house.moves.transfer(as_agent(MARIA), caller.id, ToAgent(agent=agent))
        assert refused.value.kind is Refusal.NOT_NOW
        assert house.carrier.hung_up == []
        assert house.state(MARIA) is AgentState.ON_CALL


async def test_a_leg_that_cannot_be_hung_up_leaves_the_talk_as_it_is() -> None:
    async with open_house(FLOWS) as house:
        caller = await talks_with_maria(house)
        house.ready(IVAN)
        house.carrier.refuses = CarrierRefusedError("no link")
        with pytest.raises(MoveRefusedError) as refused:
            await house.moves.transfer(as_agent(MARIA), caller.id, ToAgent(agent=IVAN))
        assert refused.value.kind is Refusal.UNAVAILABLE
        house.clock.passes(3)
        await caller.agent_hangs_up(house.switchboard.calls[caller.id].leg_at("PJSIP/101") or "")  # type: ignore[arg-type]
        assert caller.ended_by_us
        assert house.state(IVAN) is AgentState.READY


class TalkIsOver(FakeCarrier):
    """The talk ends by itself while it is asked to end it."""

    def __init__(self, caller: Caller) -> None:
        super().__init__()
        self.caller = caller

    async def hang_up(self, leg_id: LegId) -> None:
        await self.caller.agent_hangs_up(leg_id)
        raise CarrierRefusedError("no such channel")


class CallerLeaves(TalkIsOver):
    """The caller hangs up while it is asked to end the talk."""

    async def hang_up(self, leg_id: LegId) -> None:
        await self.caller.house.ended(self.caller.id, leg_id, "PJSIP/101")
        await self.caller.hangs_up()
        raise CarrierRefusedError("no such channel")


async def test_an_agent_who_hangs_up_as_they_transfer_has_transferred() -> None:
    async with open_house(FLOWS) as house:
        caller = await talks_with_maria(house)
        house.ready(IVAN)
        house.moves.carrier = TalkIsOver(caller)
        await house.moves.transfer(as_agent(MARIA), caller.id, ToAgent(agent=IVAN))
        assert caller.is_rung_through == IVAN


async def test_that_the_talk_goes_on_is_not_said_of_a_caller_who_hung_up_meanwhile() -> None:
    async with open_house(FLOWS) as house:
        caller = await talks_with_maria(house)
        house.ready(IVAN)
        house.moves.carrier = CallerLeaves(caller)
        with pytest.raises(MoveRefusedError, match="no such live call"):
            await house.moves.transfer(as_agent(MARIA), caller.id, ToAgent(agent=IVAN))
        assert house.state(IVAN) is AgentState.READY


async def test_an_agent_who_talks_with_another_caller_by_now_transfers_only_that_one() -> None:
    async with open_house(FLOWS) as house:
        first = await talks_with_maria(house)
        await first.talk_ends(RingOutcome.ANSWERED)  # that her phone has ended is never heard
        house.floor.wrapped_up(MARIA)
        await talks_with_maria(house, "c2")
        house.ready(IVAN)
        with pytest.raises(MoveRefusedError) as refused:
            await house.moves.transfer(as_agent(MARIA), first.id, ToAgent(agent=IVAN))
        assert (refused.value.kind, house.carrier.hung_up) == (Refusal.NOT_YOURS, [])


async def test_the_timeline_tells_the_line_that_answered_and_no_ring_that_was_none() -> None:
    async with open_house(FLOWS) as house:
        house.queues[SUPPORT] = Queue(name=SUPPORT)
        serves = {MARIA: ("101", SALES), IVAN: ("102", SALES), ANNA: ("103", SUPPORT)}
        house.floor.staff(
            Agent(id=each, name=each.title(), extension=ext, endpoint=f"PJSIP/{ext}", queues=frozenset({queue}))
            for each, (ext, queue) in serves.items()
        )
        caller = await talks_with_maria(house)
        for each in (ANNA, MARIA, IVAN):
            house.floor.wish(each, AgentState.AWAY)
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


async def test_the_log_of_a_transfer_shows_no_number_whole(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    async with open_house(FLOWS) as house:
        caller = await talks_with_maria(house)
        house.waiting.outside = lambda number: f"PJSIP/{number}@trunk"
        await transferred(house, caller, ToNumber(number=OUTSIDE))
        told = next(each for each in caplog.records if each.message == "caller transferred")
        assert told.__dict__["to"] == "***111"


async def test_a_hang_up_of_which_nothing_is_known_counts_when_the_talk_ends_at_once_and_not_later() -> None:
    for after_s, goes_on in ((1, True), (60, False)):
        async with open_house(FLOWS) as house:
            caller = await talks_with_maria(house)
            house.ready(IVAN)
            house.carrier.refuses = OutcomeUnknownError("no answer")
            with pytest.raises(MoveRefusedError) as refused:
                await house.moves.transfer(as_agent(MARIA), caller.id, ToAgent(agent=IVAN))
            assert refused.value.kind is Refusal.UNKNOWN_OUTCOME
            house.clock.passes(after_s)
            leg = house.switchboard.calls[caller.id].leg_at("PJSIP/101")
            assert leg is not None
            await caller.agent_hangs_up(leg)
            assert (caller.is_rung_through == IVAN) is goes_on


async def test_the_same_transfer_again_changes_nothing_and_another_is_refused() -> None:
    async with open_house(FLOWS) as house:
        caller = await talks_with_maria(house)
        house.ready(IVAN, ANNA)
        await house.moves.transfer(as_agent(MARIA), caller.id, ToAgent(agent=IVAN))
        await house.moves.transfer(as_agent(MARIA), caller.id, ToAgent(agent=IVAN))
        assert len(house.carrier.hung_up) == 1
        with pytest.raises(MoveRefusedError, match="being transferred already"):
            await house.moves.transfer(as_agent(MARIA), caller.id, ToAgent(agent=ANNA))
        await caller.agent_hangs_up(house.carrier.hung_up[-1])
        assert caller.is_rung_through == IVAN
        await house.moves.transfer(as_agent(MARIA), caller.id, ToAgent(agent=IVAN))
        assert len(house.carrier.hung_up) == 1


async def test_only_who_talks_with_the_caller_or_a_supervisor_transfers() -> None:
    async with open_house(FLOWS) as house:
        caller = await talks_with_maria(house)
        house.ready(IVAN)
        with pytest.raises(MoveRefusedError) as refused:
            await house.moves.transfer(as_agent(IVAN), caller.id, ToAgent(agent=IVAN))
        assert refused.value.kind is Refusal.NOT_YOURS
        await transferred(house, caller, ToAgent(agent=IVAN), by=OLGA)
        await caller.phone_rings()
        assert str(house.screens.calls(IVAN)[-1]["why"]).startswith("transferred by Olga")


async def test_a_caller_who_hung_up_is_not_transferred() -> None:
    async with open_house(FLOWS) as house:
        caller = await talks_with_maria(house)
        house.ready(IVAN)
        leg = house.switchboard.calls[caller.id].leg_at("PJSIP/101")
        assert leg is not None
        await house.ended(caller.id, leg, "PJSIP/101")
        await caller.hangs_up()
        with pytest.raises(MoveRefusedError) as refused:
            await house.moves.transfer(as_agent(MARIA), caller.id, ToAgent(agent=IVAN))
        assert refused.value.kind is Refusal.UNKNOWN_CALL


async def test_a_caller_who_hangs_up_as_they_are_transferred_frees_everybody() -> None:
    async with open_house(FLOWS) as house:
        caller = await talks_with_maria(house)
        house.ready(IVAN)
        await house.moves.transfer(as_agent(MARIA), caller.id, ToAgent(agent=IVAN))
        await house.ended(caller.id, house.carrier.hung_up[-1], "PJSIP/101")
        await caller.hangs_up()
        assert house.state(IVAN) is AgentState.READY
        assert house.timeline.entries[caller.id].agents == (MARIA,)


async def test_a_call_that_came_past_our_lines_is_transferred_on_the_phone() -> None:
    async with open_house(FLOWS) as house:
        house.ready(MARIA, IVAN)
        await house.rings("d1", "d1-leg", "PJSIP/101", caller="+359888123456")
        await house.answered("d1", "d1-leg", "PJSIP/101")
        with pytest.raises(MoveRefusedError, match="past Ringside's lines"):
            await house.moves.transfer(as_agent(MARIA), CallId("d1"), ToAgent(agent=IVAN))


async def test_places_tell_who_is_free_and_leave_out_who_talks() -> None:
    async with open_house(FLOWS) as house:
        caller = await talks_with_maria(house)
        house.ready(IVAN)
        places = house.moves.places(as_agent(MARIA), caller.id)
        assert [load.name for load in places.queues] == [SALES]
        assert [(each.name, each.free, each.state) for each in places.agents] == [
            ("Ivan", True, AgentState.READY),
            ("Anna", False, AgentState.OFFLINE),
        ]
        with pytest.raises(MoveRefusedError):
            house.moves.places(as_agent(ANNA), caller.id)
