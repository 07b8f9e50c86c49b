"""What a flow promises of people holds on the journey: who is rung, what is recorded, and when it is closed."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from telephony.calls.commands import Record
from telephony.calls.events import RingOutcome
from telephony.calls.model import CustomerId, Disposition
from telephony.customers.record import Customer
from telephony.ivr.flow import Flow
from telephony.ivr.loader import read_flow
from telephony.ivr.surroundings import Names
from telephony.ivr.texts import Texts
from telephony.ivr.yaml_tree import Faults
from telephony.journey.inbound import Inbound
from telephony.routing.agents import AgentState
from telephony.routing.calendars import Calendar, Calendars, Hours
from telephony.routing.queues import Queue
from tests.fakes.flows import AnyText
from tests.fakes.house import ANNA, IVAN, MARIA, SALES, House, open_house

SOURCE = """
flow: main
languages: [en]
start: may_we
no_keys: message
nodes:
  may_we: {type: consent, say: ask, to: menu}
  menu:
    type: menu
    say: menu
    keys: {1: own, 2: line, 3: door, 4: told}
  own: {type: agent, agent: personal, deputies: [maria, anna], record: true, otherwise: message, then: survey}
  line: {type: queue, queue: sales, otherwise: message}
  door: {type: hours, calendar: office, open: line, closed: message, emergency: closed_now}
  closed_now: {type: play, say: closed_now, to: message}
  told: {type: play, say: told, to: bye}
  survey: {type: survey, questions: [{name: service, say: rate}], to: bye}
  message: {type: voicemail, mailbox: sales, to: bye}
  bye: {type: hangup, say: goodbye}
"""
ELENA = Customer(id=CustomerId("7"), name="Elena", personal_agent=IVAN)
RECORDED = Queue(name=SALES, record=True)


@pytest.fixture
def flows() -> dict[str, Flow]:
    known = Names(queues=frozenset({"sales"}), calendars=frozenset({"office"}))
    flow = read_flow(SOURCE, "main.yaml", known, Texts(by_language={"en": AnyText()}), Faults())
    assert flow is not None
    return {"main": flow}


def way(house: House) -> Inbound:
    found = house.switchboard.way
    assert isinstance(found, Inbound)
    return found


async def test_deputies_are_rung_one_after_the_other_and_who_is_away_is_passed_over(flows: dict[str, Flow]) -> None:
    async with open_house(flows) as house:
        house.customers.knows("+359888123456", ELENA)
        house.ready(IVAN, ANNA)
        caller = await house.calls()
        await caller.presses("1")
        await caller.presses("1")
        await caller.hears()
        assert caller.is_rung_through == IVAN
        await caller.is_not_answered(await caller.phone_rings())
        await caller.hears()
        assert caller.is_rung_through == ANNA
        leg = await caller.phone_rings()
        await caller.agent_answers(leg)
        assert house.state(ANNA) is AgentState.ON_CALL
        house.clock.passes(42)
        await caller.agent_hangs_up(leg)
        await caller.hears()
        assert "rate" in caller.line.texts()
        await caller.hangs_up()
        assert house.timeline.entries[caller.id].agents == (ANNA,)
        rung = [step.value for step in house.timeline.steps if step.event == "rung"]
        assert rung == [IVAN, ANNA]


async def test_when_neither_the_agent_nor_a_deputy_is_free_the_flow_goes_on(flows: dict[str, Flow]) -> None:
    async with open_house(flows) as house:
        house.customers.knows("+359888123456", ELENA)
        caller = await house.calls()
        await caller.presses("1")
        await caller.presses("1")
        await caller.hears()
        assert isinstance(caller.line.last, Record)


@pytest.mark.parametrize(("key", "recorded"), [("1", True), ("2", False)])
@pytest.mark.parametrize("wanted", ["1", "2"], ids=["by an agent's node", "by the queue's own rule"])
async def test_nobody_is_recorded_who_said_no(flows: dict[str, Flow], key: str, recorded: bool, wanted: str) -> None:
    async with open_house(flows, queue=RECORDED) as house:
        house.customers.knows("+359888123456", ELENA)
        house.ready(IVAN)
        caller = await house.calls()
        await caller.presses(key)
        await caller.presses(wanted)
        await caller.hears()
        assert caller.is_rung_through == IVAN
        assert (caller.ring.record_as is not None) is recorded
        await caller.talk_ends(RingOutcome.ANSWERED)
        await caller.hangs_up()
        assert bool([step for step in house.timeline.steps if step.event == "recording"]) is recorded


async def test_a_closing_by_hand_meets_callers_who_are_in_the_flow_already(flows: dict[str, Flow]) -> None:
    async with open_house(flows) as house:
        always = {day: (Hours(opens=0, closes=1440),) for day in range(7)}
        office = Calendar(name="office", zone=ZoneInfo("Europe/Sofia"), weekly=always)
        calendars = way(house).calendars = Calendars({"office": office})
        house.ready(MARIA)
        caller = await house.calls()
        await caller.presses("1")
        calendars.closed = {"office": None}
        await caller.presses("3")
        await caller.hears()
        assert "closed_now" in caller.line.texts()
        assert isinstance(caller.line.last, Record)
        calendars.closed = {}
        later = await house.calls("later")
        await later.presses("1")
        await later.presses("3")
        await later.hears()
        assert later.is_rung_through == MARIA


async def test_the_outcome_of_who_got_what_they_wanted_stands_in_the_entry(flows: dict[str, Flow]) -> None:
    nodes = {**flows["main"].nodes}
    nodes["told"] = replace(nodes["told"], outcome="contained")
    async with open_house({"main": replace(flows["main"], nodes=nodes)}) as house:
        caller = await house.calls()
        await caller.presses("1")
        await caller.presses("4")
        await caller.hears()
        assert caller.ended_by_us
        await caller.hangs_up()
        entry = house.timeline.entries[caller.id]
        assert (entry.outcome, entry.record.disposition) == ("contained", Disposition.SELF_SERVED)
