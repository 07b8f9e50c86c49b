"""What a flow asks of others while a caller is on the line: sources, PINs, promises, hours, the line itself."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from telephony.calls.commands import Hold, Record
from telephony.calls.events import RingOutcome
from telephony.calls.model import CallId, CustomerId
from telephony.customers.record import Customer, CustomerRecord
from telephony.errors import StoreUnavailableError
from telephony.ivr.facts import CalendarState, QueueFacts
from telephony.ivr.flow import Flow
from telephony.ivr.nodes.people import External
from telephony.journey.closings import ClosedByHand
from telephony.journey.inbound import Inbound
from telephony.journey.queue_facts import LiveQueues
from telephony.routing.agents import AgentState
from telephony.routing.calendars import Calendar, Calendars, Hours, Openness
from telephony.routing.closings import Closing
from tests.fakes.flows import flows
from tests.fakes.house import IVAN, MARIA, NOON, SALES, House, open_house
from tests.waiting import until

SHOP: dict[str, Flow] = flows("""
flow: main
languages: [en]
start: menu
no_keys: sales_line
nodes:
  menu:
    type: menu
    say: menu
    keys:
      1: {label: order, to: number}
      2: {label: account, to: who}
      3: {label: callback, to: callback}
      4: {label: abroad, to: abroad}
      5: {label: message, to: message}
  number: {type: collect, say: enter_order, save_as: order, min_digits: 1, max_digits: 8, to: order}
  order:
    type: lookup
    source: orders
    with: {order: answers.order}
    gives: {status: text}
    limit_s: 0.2
    to: told
    not_found: unknown
    otherwise: sales_line
  told: {type: play, say: told, to: bye}
  unknown: {type: play, say: unknown, to: bye}
  who:
    type: identify
    number: {say: enter_number}
    pin: {say: enter_pin}
    to: told
    otherwise: sales_line
  callback: {type: callback, queue: sales, to: bye, otherwise: sales_line}
  abroad: {type: external, number: "+359888000222", ring_s: 20, otherwise: message}
  sales_line: {type: queue, queue: sales, otherwise: message}
  message: {type: voicemail, mailbox: sales, to: bye}
  bye: {type: hangup, say: goodbye}
""")


def steps(house: House) -> list[tuple[str, str, str]]:
    return [(step.kind, step.event, step.value) for step in house.timeline.steps]


def inbound(house: House) -> Inbound:
    way = house.switchboard.way
    assert isinstance(way, Inbound)
    return way


# --- sources ---


async def test_a_caller_is_told_what_the_source_knows() -> None:
    async with open_house(SHOP) as house:
        house.sources.answers["orders"] = {"status": "sent"}
        caller = await house.calls()
        await caller.presses("1")
        await caller.presses("20817")
        await caller.hears()
        assert house.sources.asked == [("orders", {"order": "20817"})]
        assert "told" in caller.line.texts()


async def test_an_order_that_is_not_there_is_no_failure() -> None:
    async with open_house(SHOP) as house:
        house.sources.answers["orders"] = None
        caller = await house.calls()
        await caller.presses("1")
        await caller.presses("1")
        await caller.hears()
        assert "unknown" in caller.line.texts()


async def test_a_source_that_fails_leads_to_a_person() -> None:
    async with open_house(SHOP) as house:
        house.ready(MARIA)
        caller = await house.calls()
        await caller.presses("1")
        await caller.presses("1")
        await caller.hears()
        assert caller.is_rung_through == MARIA
        assert ("lookup", "found", "failed") in steps(house)


async def test_a_source_that_never_answers_costs_the_limit_and_no_more() -> None:
    class Never:
        async def ask(self, *_: object) -> None:
            await asyncio.Event().wait()

    async with open_house(SHOP) as house:
        house.ready(MARIA)
        way = inbound(house)
        way.errands = replace(way.errands, lookups=Never())
        caller = await house.calls()
        await caller.presses("1")
        await caller.presses("1")
        await until(lambda: caller.is_rung_through == MARIA)
        assert [s.label for s in house.timeline.steps if s.kind == "lookup"][-1] == "no answer within 0.2 s"


async def test_a_bug_in_a_source_costs_the_answer_and_not_the_call() -> None:
    class Broken:
        async def ask(self, *_: object) -> None:
            raise RuntimeError("a bug")

    async with open_house(SHOP) as house:
        house.ready(MARIA)
        way = inbound(house)
        way.errands = replace(way.errands, lookups=Broken())
        caller = await house.calls()
        await caller.presses("1")
        await caller.presses("1")
        await caller.hears()
        assert caller.is_rung_through == MARIA
        assert house.switchboard.failures == 0


# --- PINs ---


async def test_who_gives_number_and_pin_is_known_from_then_on_and_neither_is_written_down() -> None:
    async with open_house(SHOP) as house:
        elena = Customer(id=CustomerId("c-1002"), name="Elena")
        house.sources.customers["10001002", "7391"] = CustomerRecord(customer=elena, as_of=NOON)
        caller = await house.calls(caller="anonymous")
        await caller.presses("2")
        await caller.presses("10001002")
        await caller.presses("7391")
        await caller.hears()
        assert "told" in caller.line.texts()
        await caller.hangs_up()
        assert house.timeline.entries[caller.id].customer_id == elena.id
        told = " ".join(f"{step.value} {step.label}" for step in house.timeline.steps)
        assert "10001002" not in told
        assert "7391" not in told


async def test_a_database_that_is_away_leads_to_a_person_and_not_to_another_try() -> None:
    async with open_house(SHOP) as house:
        house.ready(MARIA)
        house.sources.down = True
        caller = await house.calls()
        await caller.presses("2")
        await caller.presses("10001002")
        await caller.presses("7391")
        await caller.hears()
        assert caller.is_rung_through == MARIA


# --- promises ---


async def test_a_promise_is_written_down_before_the_caller_hears_it() -> None:
    async with open_house(SHOP) as house:
        caller = await house.calls()
        await caller.presses("3")
        await caller.presses("1")
        await caller.hears()
        (promise,) = house.sources.promised
        assert (promise.call_id, promise.queue, promise.number) == (CallId("c1"), SALES, "+359888123456")
        assert caller.line.texts()[-2:] == ["callback_promised", "goodbye"]


async def test_what_could_not_be_written_down_is_not_promised() -> None:
    async with open_house(SHOP) as house:
        house.ready(MARIA)
        house.sources.down = True
        caller = await house.calls()
        await caller.presses("3")
        await caller.presses("1")
        await caller.hears()
        assert "callback_promised" not in caller.line.texts()
        assert caller.is_rung_through == MARIA


# --- telephones outside ---


async def test_a_number_that_the_company_allows_is_rung_and_any_other_is_not() -> None:
    async with open_house(SHOP) as house:
        caller = await house.calls()
        await caller.presses("4")
        await caller.hears()
        assert isinstance(caller.line.last, Record)
        inbound(house).waiting.outside = lambda number: f"PJSIP/{number}@trunk"
        second = await house.calls("c2")
        await second.presses("4")
        await second.hears()
        assert second.ring.endpoint == "PJSIP/+359888000222@trunk"
        await second.talk_ends(RingOutcome.ANSWERED)
        await second.hears()
        assert second.ended_by_us


async def test_of_the_recordings_of_telephones_outside_those_of_talks_are_listed() -> None:
    abroad = SHOP["main"].nodes["abroad"]
    assert isinstance(abroad, External)
    nodes = {**SHOP["main"].nodes, "abroad": replace(abroad, record=True, otherwise="abroad", then="abroad")}
    async with open_house({"main": replace(SHOP["main"], nodes=nodes)}) as house:
        waiting = inbound(house).waiting
        waiting.outside = lambda number: f"PJSIP/{number}@trunk"
        waiting.recording_name = lambda call: f"c1-{len(call.path)}"
        caller = await house.calls("c1")
        await caller.presses("4")
        names = []
        for outcome in (RingOutcome.ANSWERED, RingOutcome.BUSY, RingOutcome.ANSWERED, RingOutcome.NO_ANSWER):
            names.append(caller.ring.record_as)
            await caller.talk_ends(outcome)
        await caller.hangs_up()
        await house.settles()
        listed = house.timeline.entries[CallId("c1")].recordings
        assert [file.rpartition("/")[2] for file in listed] == [f"{names[0]}.wav", f"{names[2]}.wav"]


# --- the line and the hours at this moment ---


async def test_a_flow_sees_the_line_as_it_is() -> None:
    async with open_house(SHOP) as house:
        queues = LiveQueues(house.floor, house.clock)
        assert queues[SALES] == QueueFacts()
        house.ready(MARIA)
        house.floor.wish(IVAN, AgentState.AWAY)
        assert queues[SALES] == QueueFacts(agents_ready=1, agents_present=1)
        house.floor.wish(MARIA, AgentState.AWAY)
        caller = await house.calls()
        await caller.says_nothing()
        await caller.says_nothing()
        await caller.says_nothing()
        await caller.hears()
        assert isinstance(caller.line.last, Hold)
        house.clock.passes(40)
        assert queues[SALES] == QueueFacts(waiting=1, longest_wait_s=40)
        assert queues.get("nobody's") is None  # type: ignore[call-overload]
        assert list(queues) == [SALES]


class Closings:
    def __init__(self) -> None:
        self.kept: list[Closing] = []
        self.away = False

    async def all(self) -> Sequence[Closing]:
        if self.away:
            raise StoreUnavailableError("locked")
        return list(self.kept)


async def test_a_calendar_closed_by_hand_is_closed_for_the_next_caller_until_it_is_opened() -> None:
    async with open_house(SHOP) as house:
        always = {day: (Hours(opens=0, closes=1440),) for day in range(7)}
        office = Calendar(name="office", zone=ZoneInfo("Europe/Sofia"), weekly=always)
        calendars, closings = Calendars({"office": office}), Closings()
        by_hand = ClosedByHand(calendars=calendars, read=closings.all, clock=house.clock)

        def now() -> Openness:
            return calendars.now(house.clock.now())["office"]

        await by_hand.look()
        assert now() is Openness.OPEN
        closings.kept = [Closing(calendar="office", until=None, at=NOON)]
        await by_hand.look()
        assert CalendarState(now()) is CalendarState.EMERGENCY
        closings.away = True
        await by_hand.look()
        assert now() is Openness.EMERGENCY
        closings.away = False
        closings.kept = [Closing(calendar="office", until=NOON + timedelta(hours=1), at=NOON)]
        await by_hand.look()
        assert now() is Openness.EMERGENCY
        house.clock.passes(3600)
        assert now() is Openness.OPEN
        closings.kept = []
        await by_hand.look()
        assert calendars.closed == {}


async def test_a_carrier_may_reach_telephones_outside_in_its_own_way() -> None:
    async with open_house(SHOP) as house:
        inbound(house).waiting.outside_on = {"asterisk": lambda number: f"tel:{number}"}
        caller = await house.calls()
        await caller.presses("4")
        await caller.hears()
        assert caller.ring.endpoint == "tel:+359888000222"
