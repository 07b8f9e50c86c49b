"""What agents see, and when."""

import asyncio

import pytest

from telephony.calls.events import PhoneChanged, PhoneState
from telephony.calls.model import AgentId, CallId, CustomerId
from telephony.customers.record import Customer
from telephony.journey.desk import DeskRefusal
from telephony.routing.agents import AgentState
from tests.fakes.cel import a_short_call
from tests.fakes.flows import flows
from tests.fakes.house import IVAN, MARIA, SALES, House, open_house
from tests.waiting import until

ELENA = Customer(id=CustomerId("7"), name="Elena Ivanova")
OTHER = Customer(id=CustomerId("8"), name="Peter Ivanov")
FLOWS = flows()


def last(house: House, agent: AgentId) -> dict[str, object]:
    return house.screens.calls(agent)[-1]


async def test_the_record_pops_while_the_phone_rings_with_the_ivr_answers() -> None:
    async with open_house(FLOWS) as house:
        house.customers.knows("+359888123456", ELENA)
        house.ready(MARIA)
        caller = await house.calls()
        await caller.presses("1")
        await caller.hears()
        assert house.screens.calls(MARIA) == []  # nothing rings yet
        await caller.phone_rings()
        card = last(house, MARIA)
        assert card["phase"] == "ringing"
        assert card["queue"] == "sales"
        assert card["record"]["customer"]["name"] == "Elena Ivanova"  # type: ignore[index]
        assert card["answers"] == [{"node": "menu", "label": "sales", "value": "1"}]
        assert card["why"] == "the only free agent of sales"
        assert house.customers.asked == 1


async def test_a_late_record_follows_as_a_patch_of_the_same_pop() -> None:
    async with open_house(FLOWS) as house:
        house.customers.knows("+359888123456", ELENA)
        house.customers.slow = asyncio.Event()
        await house.dials("direct", "leg", "PJSIP/101", caller="0888123456")
        await house.rings("direct", "leg", "PJSIP/101", caller="0888123456")
        await until(lambda: house.screens.calls(MARIA))
        early = dict(last(house, MARIA))
        house.customers.slow.set()
        await house.settles()
        late = last(house, MARIA)
        assert (early["record_state"], early["record"]) == ("loading", None)
        assert late["record_state"] == "ready"
        assert late["pop_id"] == early["pop_id"]
        assert (early["revision"], late["revision"]) == (1, 2)


async def test_two_customers_on_one_number_are_both_shown() -> None:
    async with open_house(FLOWS) as house:
        house.customers.knows("+359888123456", ELENA, OTHER)
        await house.rings("direct", "leg", "PJSIP/101", caller="+359888123456")
        names = [each["name"] for each in last(house, MARIA)["match"]["candidates"]]  # type: ignore[index]
        assert names == ["Elena Ivanova", "Peter Ivanov"]


async def test_a_broken_source_is_said_to_be_unavailable_not_shown_as_a_stranger() -> None:
    async with open_house(FLOWS) as house:
        house.customers.broken = True
        await house.rings("direct", "leg", "PJSIP/101", caller="+359888123456")
        assert last(house, MARIA)["record_state"] == "unavailable"


async def test_it_is_said_who_answered_even_when_the_phones_stop_ringing_first() -> None:
    async with open_house(FLOWS) as house:
        house.ready(MARIA, IVAN)
        await house.rings("group", "leg1", "PJSIP/101", caller="+359888123456")
        await house.rings("group", "leg2", "PJSIP/102", caller="+359888123456")
        await house.ended("group", "leg1", "PJSIP/101", cause=26)
        await house.answered("group", "leg2", "PJSIP/102")
        assert [(gone["reason"], gone["by"]) for gone in house.screens.gone(MARIA)] == [("answered_elsewhere", "Ivan")]


async def test_a_phone_that_stopped_ringing_is_taken_off_the_screen_though_nobody_says_who_answered() -> None:
    async with open_house(FLOWS) as house:
        house.ready(MARIA)
        await house.rings("group", "leg1", "PJSIP/101", caller="+359888123456")
        await house.ended("group", "leg1", "PJSIP/101", cause=26)
        await until(lambda: house.screens.gone(MARIA))
        assert [(gone["reason"], gone["by"]) for gone in house.screens.gone(MARIA)] == [("answered_elsewhere", "")]


async def test_when_somebody_else_answers_the_pop_is_revoked_and_says_who() -> None:
    async with open_house(FLOWS) as house:
        house.ready(MARIA, IVAN)
        await house.rings("group", "leg1", "PJSIP/101", caller="+359888123456")
        await house.rings("group", "leg2", "PJSIP/102", caller="+359888123456")
        await house.answered("group", "leg2", "PJSIP/102")
        await house.ended("group", "leg1", "PJSIP/101", cause=26)
        assert [(gone["reason"], gone["by"]) for gone in house.screens.gone(MARIA)] == [("answered_elsewhere", "Ivan")]
        assert last(house, IVAN)["phase"] == "talking"
        assert house.state(MARIA) is AgentState.READY


async def test_an_overlay_call_pops_is_followed_and_leaves_a_card_for_the_note() -> None:
    async with open_house(FLOWS) as house:
        house.ready(MARIA)
        await house.rings("direct", "leg", "PJSIP/101", caller="+359888123456")
        assert (last(house, MARIA)["kind"], house.state(MARIA)) == ("direct", AgentState.RINGING)
        await house.answered("direct", "leg", "PJSIP/101")
        assert house.state(MARIA) is AgentState.ON_CALL
        await house.ended("direct", "leg", "PJSIP/101")
        assert last(house, MARIA)["phase"] == "wrap_up"
        house.desk.wrap_up(MARIA, CallId("direct"), "Wants a blue one.", done=True)
        assert house.timeline.notes == [("direct", MARIA, "Wants a blue one.")]
        assert house.desk.snapshot(MARIA)["calls"] == []


async def test_a_call_that_was_followed_in_the_companys_queue_is_entered_with_it() -> None:
    async with open_house(FLOWS) as house:
        house.ready(MARIA)
        rows = a_short_call("1700.1", queue="700")
        for row in rows[:2]:
            house.switchboard.tell(row)
        await house.rings("1700.1", "leg", "PJSIP/101", caller="+359888123456")
        await house.ended("1700.1", "leg", "PJSIP/101", cause=0)
        for row in rows[2:]:
            house.switchboard.tell(row)
        await house.settles()
        entry = house.timeline.entries[CallId("1700.1")]
        assert (entry.queue, entry.wait_s) == ("700", 1.0)


async def test_an_outgoing_call_pops_the_customer_who_is_called() -> None:
    async with open_house(FLOWS) as house:
        house.customers.knows("+359888123456", ELENA)
        house.ready(MARIA)
        await house.dials("out", "leg", "PJSIP/trunk", caller="101", called="0888123456", origin="PJSIP/101")
        card = last(house, MARIA)
        assert (card["kind"], card["direction"]) == ("outgoing", "outbound")
        assert card["record"]["customer"]["name"] == "Elena Ivanova"  # type: ignore[index]
        assert house.state(MARIA) is AgentState.ON_CALL


async def test_an_internal_call_says_so() -> None:
    async with open_house(FLOWS) as house:
        await house.rings("int", "leg", "PJSIP/102", caller="101", origin="PJSIP/101")
        assert last(house, IVAN)["kind"] == "internal"


async def test_a_caller_who_gives_up_takes_the_pop_along() -> None:
    async with open_house(FLOWS) as house:
        await house.rings("direct", "leg", "PJSIP/101", caller="+359888123456")
        await house.ended("direct", "leg", "PJSIP/101", cause=0)
        assert [gone["reason"] for gone in house.screens.gone(MARIA)] == ["caller_hung_up"]


async def test_a_reload_shows_the_current_state_again() -> None:
    async with open_house(FLOWS) as house:
        house.ready(MARIA)
        caller = await house.calls()
        await caller.presses("1")
        await caller.hears()
        leg = await caller.phone_rings()
        await caller.agent_answers(leg)
        shown = house.desk.snapshot(MARIA)
        assert shown["state"]["value"] == "on_call"  # type: ignore[index]
        assert [card["phase"] for card in shown["calls"]] == ["talking"]  # type: ignore[attr-defined]


async def test_an_agent_whose_page_is_gone_is_not_offered_calls_until_it_is_back() -> None:
    async with open_house(FLOWS) as house:
        house.ready(MARIA)
        house.desk.opened(MARIA)
        house.desk.closed(MARIA)
        assert house.state(MARIA) is AgentState.AWAY
        house.desk.opened(MARIA)
        assert house.state(MARIA) is AgentState.READY


async def test_a_phone_that_is_busy_outside_of_our_calls_gets_none() -> None:
    async with open_house(FLOWS) as house:
        house.ready(MARIA)
        house.switchboard.tell(PhoneChanged(endpoint="PJSIP/101", state=PhoneState.IN_USE, at=house.clock.now()))
        caller = await house.calls()
        await caller.presses("1")
        await caller.hears()
        assert caller.is_rung_through is None
        house.switchboard.tell(PhoneChanged(endpoint="PJSIP/101", state=PhoneState.IDLE, at=house.clock.now()))
        await house.settles()
        assert caller.is_rung_through == MARIA


async def test_declining_ends_the_agents_leg_and_refuses_what_does_not_ring() -> None:
    async with open_house(FLOWS) as house:
        house.ready(MARIA)
        caller = await house.calls()
        await caller.presses("1")
        await caller.hears()
        leg = await caller.phone_rings()
        await house.desk.decline(MARIA, caller.id)
        assert house.carrier.hung_up == [leg]
        await caller.is_not_answered(leg)
        with pytest.raises(DeskRefusal, match="nothing to decline"):
            await house.desk.decline(MARIA, caller.id)


async def test_everybody_hears_how_long_the_line_is() -> None:
    async with open_house(FLOWS) as house:
        house.floor.wish(MARIA, AgentState.AWAY)
        caller = await house.calls()
        await caller.presses("1")
        await caller.hears()
        house.clock.passes(7)
        assert house.desk.queues() == [{"name": SALES, "waiting": 1, "ready": 0, "longest_wait_s": 7}]
