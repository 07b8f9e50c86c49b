"""A call that was served leaves a journal that can be replayed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter

from telephony.calls.events import RingOutcome
from telephony.calls.model import AgentId, CustomerId
from telephony.customers.record import Customer
from telephony.ivr.facts import CustomerFacts, Facts, QueueFacts
from telephony.ivr.flow import Flow
from telephony.ivr.position import Step
from telephony.ivr.replay.calls import Run, replay, runs_of
from telephony.ivr.replay.facts_kept import FACTS, KIND
from telephony.journey.facts_noted import FactsNoted, FactsRead
from telephony.journey.inbound import Inbound
from telephony.journey.live_call import LiveCall
from tests.fakes.flows import flow
from tests.fakes.house import MARIA, SALES, House, open_house

WRITTEN = """
flow: main
languages: [en]
start: tier
no_keys: line
nodes:
  tier:
    type: branch
    when:
      - {if: customer.facts.tier == "vip", label: vip, to: line}
      - {if: queue.sales.agents_present == 0, label: nobody, to: message}
    else: menu
  menu: {type: menu, say: menu, keys: {1: {label: sales, to: line}, 2: {label: order, to: order}}}
  order:
    type: lookup
    source: orders
    with: {caller: call.caller}
    gives: {status: text, note: text}
    to: sent
    otherwise: line
  sent: {type: branch, when: [{if: lookup.order.status == "sent", label: sent, to: bye}], else: line}
  line: {type: queue, queue: sales, say: please_hold, otherwise: message}
  message: {type: voicemail, mailbox: sales, say: leave_message, to: bye}
  bye: {type: hangup, say: goodbye}
"""
VIP = Customer(id=CustomerId("c-1"), name="Elena", facts={"tier": "vip", "iban": "BG00SECRET"})


def main(source: str = WRITTEN) -> Flow:
    return flow(source)


@asynccontextmanager
async def serving(served: Flow) -> AsyncIterator[House]:
    """Open a house with this flow, in whose line somebody is there."""
    async with open_house({"main": served}) as house:
        assert isinstance(house.switchboard.way, Inbound)
        house.switchboard.way.queue_facts = {SALES: QueueFacts(agents_ready=1, agents_present=1)}
        yield house


async def test_a_served_call_replays_as_it_was() -> None:
    async with serving(main()) as house:
        house.ready(MARIA)
        caller = await house.calls()
        await caller.presses("1")
        await caller.hears()
        await caller.is_not_answered(await caller.phone_rings(), RingOutcome.BUSY)
        await caller.hangs_up()
        told = replay(main(), run_of(house))
        assert told.differs_at is None
        assert told.was_end == "queue sales"
        assert told.doubts == ()


async def test_a_served_call_is_replayed_in_a_flow_that_changed() -> None:
    async with serving(main()) as house:
        house.customers.knows("+359888123456", VIP)
        caller = await house.calls()
        await caller.hangs_up()
        changed = main(WRITTEN.replace('"vip", label: vip, to: line', '"vip", label: vip, to: message'))
        told = replay(changed, run_of(house))
        assert told.ends_elsewhere
        assert told.lines[0].value == "message"


async def test_only_the_facts_that_decide_are_kept_and_nobody_is_shown_them_as_answers() -> None:
    async with serving(main()) as house:
        house.customers.knows("+359888123456", VIP)
        house.ready(MARIA)
        caller = await house.calls()
        await caller.hears()
        leg = await caller.phone_rings()
        await house.ended(caller.id, leg, "PJSIP/101")
        await caller.hangs_up()
        kept = [step for step in house.timeline.steps if step.kind == KIND and step.event == FACTS]
        assert len(kept) == 1
        assert "SECRET" not in kept[0].value
        assert house.screens.calls(MARIA)[0]["answers"] == []
        assert "vip" not in house.timeline.entries[caller.id].summary


async def test_what_a_lookup_gave_is_kept_as_far_as_it_decides() -> None:
    async with serving(main()) as house:
        house.ready(MARIA)
        house.sources.answers["orders"] = {"status": "sent", "note": "ring twice"}
        caller = await house.calls()
        await caller.presses("2")
        await caller.hears()
        assert caller.ended_by_us
        await caller.hangs_up()
        assert not any("ring twice" in step.value for step in house.timeline.steps)
        told = replay(main(), run_of(house))
        assert told.differs_at is None
        assert told.doubts == ()


async def test_facts_are_kept_again_when_a_decision_sees_others() -> None:
    source = WRITTEN.replace("1: {label: sales, to: line}", "1: {label: sales, to: tier}")
    async with serving(main(source)) as house:
        house.ready(MARIA)
        caller = await house.calls()
        await caller.presses("1")
        house.customers.knows("+359888123456", VIP)
        call = house.switchboard.calls[caller.id]
        house.switchboard.phones.identify(call, call.number)  # type: ignore[arg-type]
        await house.settles()
        await caller.presses("1")
        await caller.hangs_up()
        kept = [step.label for step in house.timeline.steps if step.kind == KIND]
        assert kept == ["begun", "changed"]
        assert replay(main(source), run_of(house)).differs_at is None


async def test_keeping_the_facts_costs_a_call_next_to_nothing() -> None:
    async with serving(main()) as house:
        caller = await house.calls()
        call: LiveCall = house.switchboard.calls[caller.id]
        served = main()
        reads = FactsRead().of(served)
        facts = Facts(call_id=call.id, customer=CustomerFacts(personal_agent=AgentId("maria"), facts={"tier": "vip"}))
        begun = perf_counter()
        for _ in range(200):
            noted = FactsNoted(call=call, flow=served, reads=reads)
            noted.before(Step(position=None), facts)  # type: ignore[arg-type]
        assert (perf_counter() - begun) / 200 < 150e-6  # some 15 us on a quiet machine
        await caller.hangs_up()


def run_of(house: House) -> Run:
    return runs_of(house.timeline.steps)[-1]
