"""What agents are doing, through everything that may happen to their calls: nobody is held for a call that is over."""

from collections.abc import Mapping

import pytest

from telephony.calls.events import (
    CallFinished,
    CarrierDown,
    CarrierUp,
    CommandFailed,
    LineLost,
    PhoneState,
    RingOutcome,
)
from telephony.calls.model import CallId
from telephony.journey import switchboard
from telephony.journey.desk import PAGE_CLOSED
from telephony.routing.agents import AgentState
from tests.fakes.flows import flows
from tests.fakes.house import IVAN, MARIA, Caller, House, open_house

FLOWS = flows()


async def in_line(house: House, call_id: str = "c1") -> Caller:
    caller = await house.calls(call_id)
    await caller.presses("1")
    await caller.hears()
    return caller


async def talking(house: House) -> tuple[Caller, str]:
    house.ready(MARIA)
    caller = await in_line(house)
    leg = await caller.phone_rings()
    await caller.agent_answers(leg)
    return caller, leg


async def loses_the_network(house: House) -> None:
    house.carrier.down = True
    house.switchboard.tell(CarrierDown(at=house.clock.now()))
    await house.settles()


async def test_a_caller_who_talks_waits_no_more_and_takes_no_second_agent() -> None:
    async with open_house(FLOWS) as house:
        await talking(house)
        house.ready(IVAN)
        await house.settles()
        assert house.floor.line == {}
        assert house.state(IVAN) is AgentState.READY


async def test_an_agent_chosen_in_the_moment_the_caller_hangs_up_is_free_at_once() -> None:
    async with open_house(FLOWS) as house:
        house.floor.wish(MARIA, AgentState.AWAY)
        caller = await in_line(house)
        house.switchboard.answer(caller.id, LineLost(at=house.clock.now()))
        house.ready(MARIA)
        assert house.state(MARIA) is AgentState.RINGING
        await house.settles()
        assert house.state(MARIA) is AgentState.READY


async def test_an_agent_chosen_in_the_moment_the_line_cannot_hold_is_free_at_once() -> None:
    async with open_house(FLOWS) as house:
        house.floor.wish(MARIA, AgentState.AWAY)
        caller = await in_line(house)
        for _ in range(2):
            caller.line.answers(CommandFailed(turn=caller.line.turn, reason="no music"))
            await house.settles()
        caller.line.answers(CommandFailed(turn=caller.line.turn, reason="no music"))
        house.ready(MARIA)
        await house.settles()
        assert house.state(MARIA) in {AgentState.READY, AgentState.RINGING}
        assert caller.is_rung_through == MARIA or house.state(MARIA) is AgentState.READY


async def test_with_the_network_unheard_an_agent_is_free_after_the_talk() -> None:
    async with open_house(FLOWS) as house:
        house.ready(MARIA)
        await loses_the_network(house)
        caller = await in_line(house)
        assert caller.is_rung_through == MARIA
        await caller.talk_ends(RingOutcome.ANSWERED)
        assert house.state(MARIA) is AgentState.WRAP_UP


async def test_with_the_network_lost_in_the_talk_an_agent_is_free_when_the_caller_has_hung_up() -> None:
    async with open_house(FLOWS) as house:
        caller, _ = await talking(house)
        await loses_the_network(house)
        caller.line.answers(LineLost(at=house.clock.now()))
        await house.settles()
        assert house.state(MARIA) is AgentState.WRAP_UP
        assert [card["phase"] for card in house.screens.calls(MARIA)][-1] == "wrap_up"


async def test_a_wrap_up_is_not_prolonged_by_the_second_news_of_the_same_end() -> None:
    async with open_house(FLOWS) as house:
        caller, leg = await talking(house)
        endpoint = caller.ring.endpoint
        await caller.talk_ends(RingOutcome.ANSWERED)
        until = house.floor.agents[MARIA].wrap_up_until
        house.clock.passes(3)
        await house.ended(caller.id, leg, endpoint)
        assert house.floor.agents[MARIA].wrap_up_until == until
        assert [card["phase"] for card in house.screens.calls(MARIA)][-1] == "wrap_up"


async def test_a_colleague_who_got_the_caller_by_a_transfer_is_free_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Maria consults Ivan, then joins the two: from then on Asterisk tells of Ivan's phone under the caller's call."""
    monkeypatch.setattr(switchboard, "FINISH_LIMIT_S", 0.0)
    async with open_house(FLOWS) as house:
        house.ready(MARIA, IVAN)
        await house.rings("1700.1", "marias", "PJSIP/101", caller="+359888123456")
        await house.answered("1700.1", "marias", "PJSIP/101")
        await house.rings("1700.9", "ivans", "PJSIP/102", caller="101", origin="PJSIP/101")
        await house.answered("1700.9", "ivans", "PJSIP/102")
        await house.ended("1700.1", "marias", "PJSIP/101")
        await house.ended("1700.1", "ivans", "PJSIP/102")
        house.switchboard.tell(CarrierUp(live_calls=frozenset({CallId("1700.1"), CallId("1700.9")}), down_since=None,
                                         at=house.clock.now()))  # fmt: skip
        await house.settles()
        assert house.state(IVAN) is AgentState.READY
        house.switchboard.tell(CallFinished(call_id=CallId("1700.1"), at=house.clock.now()))
        await house.settles()
        assert house.switchboard.calls == {}


async def test_a_page_that_was_away_during_the_talk_gives_the_agent_back_to_the_callers() -> None:
    async with open_house(FLOWS) as house:
        house.ready(MARIA)
        caller = await in_line(house)
        leg = await caller.phone_rings()
        house.desk.closed(MARIA)
        await caller.agent_answers(leg)
        house.desk.opened(MARIA)
        await caller.agent_hangs_up(leg)
        house.floor.wrapped_up(MARIA)
        assert house.state(MARIA) is AgentState.READY


async def test_an_agent_who_chose_to_be_away_is_not_made_ready_by_a_reload() -> None:
    async with open_house(FLOWS) as house:
        house.ready(MARIA)
        house.desk.closed(MARIA)
        await house.desk.set_state(MARIA, AgentState.AWAY)
        house.desk.opened(MARIA)
        assert house.state(MARIA) is AgentState.AWAY


async def restarted(marks: Mapping[str, str]) -> House:
    house = House(FLOWS)
    for name, value in marks.items():
        house.timeline.put(name, value)
    await house.desk.recall()
    return house


@pytest.mark.parametrize("choice", [AgentState.READY, AgentState.AWAY, AgentState.OFFLINE])
async def test_the_agents_choice_outlives_a_restart(choice: AgentState) -> None:
    async with open_house(FLOWS) as before:
        await before.desk.set_state(MARIA, choice)
        after = await restarted(before.timeline.marks)
        assert after.state(IVAN) is AgentState.OFFLINE
        assert after.state(MARIA) is not AgentState.READY  # nobody is rung before their page is there again
        after.desk.opened(MARIA)
        assert after.state(MARIA) is choice


async def test_after_a_restart_callers_wait_for_agents_whose_pages_are_not_back_yet() -> None:
    async with open_house(FLOWS) as house:
        house.timeline.put("choice:maria", "ready")
        await house.desk.recall()
        assert house.floor.agents[MARIA].reason == PAGE_CLOSED
        caller = await in_line(house)
        assert caller.line.held
        house.desk.opened(MARIA)
        await house.settles()
        assert caller.is_rung_through == MARIA


async def test_who_closed_the_page_and_went_home_is_not_waited_for() -> None:
    async with open_house(FLOWS) as house:
        house.ready(MARIA)
        house.desk.closed(MARIA)
        house.clock.passes(299)
        house.desk.tick()
        assert house.state(MARIA) is AgentState.AWAY
        caller = await in_line(house)
        assert caller.line.held
        house.clock.passes(1)
        house.desk.tick()
        assert house.state(MARIA) is AgentState.OFFLINE
        await caller.holds_to_the_end()
        assert not caller.line.held
        house.desk.opened(MARIA)
        assert house.state(MARIA) is AgentState.READY


async def test_an_agent_who_sends_the_caller_on_to_a_colleague_is_done_and_the_colleague_sees_who_comes() -> None:
    async with open_house(FLOWS) as house:
        house.ready(MARIA, IVAN)
        caller = await in_line(house)
        leg = await caller.phone_rings()
        await caller.agent_answers(leg)
        house.clock.passes(20)
        await house.ended(caller.id, leg, "PJSIP/101")
        caller.line.answers(LineLost(at=house.clock.now()))
        await house.rings(caller.id, "colleague", "PJSIP/102", caller="+359888123456")
        await house.answered(caller.id, "colleague", "PJSIP/102")
        assert (house.state(MARIA), house.state(IVAN)) == (AgentState.WRAP_UP, AgentState.ON_CALL)
        assert house.screens.calls(IVAN)[-1]["caller"]["number"] == "+359888123456"  # type: ignore[index]
        house.clock.passes(20)
        await house.ended(caller.id, "colleague", "PJSIP/102")
        await caller.finishes()
        assert house.switchboard.calls == {}
        assert house.timeline.entries[caller.id].agents == (MARIA, IVAN)


async def test_an_agent_who_asks_somebody_outside_in_between_still_has_the_callers_wrap_up() -> None:
    async with open_house(FLOWS) as house:
        caller, leg = await talking(house)
        await house.dials("c2", "outside", "PJSIP/trunk", called="+35929876543", origin="PJSIP/101")
        await house.answered("c2", "outside", "PJSIP/trunk")
        await house.ended("c2", "outside", "PJSIP/trunk")
        assert house.state(MARIA) is AgentState.ON_CALL
        await caller.agent_hangs_up(leg)
        assert house.state(MARIA) is AgentState.WRAP_UP


async def test_an_agent_whose_phone_left_the_network_is_not_rung_for_it_again() -> None:
    async with open_house(FLOWS) as house:
        house.ready(MARIA)
        caller = await in_line(house)
        house.floor.phone("PJSIP/101", PhoneState.UNREACHABLE)
        await caller.talk_ends(RingOutcome.UNAVAILABLE)
        house.clock.passes(60)
        house.desk.tick()
        await house.settles()
        assert (house.state(MARIA), caller.line.held) == (AgentState.READY, True)
        house.floor.phone("PJSIP/101", PhoneState.IDLE)
        await house.settles()
        assert caller.is_rung_through == MARIA
