"""Whole calls with callers, sources and records that do what nobody expects: a person is always reached."""

import asyncio
from dataclasses import replace

import pytest

from telephony.calls.commands import Ask, Record
from telephony.calls.events import Keys, LineLost
from telephony.calls.model import CustomerId
from telephony.customers.record import Customer
from telephony.ivr.facts import FactValue
from telephony.ivr.flow import Flow
from tests.fakes.flows import flows
from tests.fakes.house import MARIA, Caller, House, open_house
from tests.journeys.test_errands import SHOP, inbound
from tests.waiting import PATIENCE_S

MOST_KEPT = 4_000
"""Characters of one line of a journal that no source and no record may exceed."""

VIP: dict[str, Flow] = flows("""
flow: main
languages: [en]
start: who
no_keys: sales_line
nodes:
  who:
    type: branch
    when: [{if: customer.facts.tier == "vip" || customer.facts.notes == "x", to: sales_line}]
    else: menu
  menu: {type: menu, say: menu, keys: {1: sales_line}}
  sales_line: {type: queue, queue: sales, otherwise: bye}
  bye: {type: hangup, say: goodbye}
""")


def longest_kept(house: House) -> int:
    return max(len(step.value) + len(step.label) for step in house.timeline.steps)


async def asks_for_an_order(house: House) -> Caller:
    caller = await house.calls()
    await caller.presses("1")
    await caller.presses("20817")
    await caller.hears()
    return caller


@pytest.mark.parametrize(
    "found",
    [
        {"status": "x" * 5_000_000},
        {"status": "half \ud800"},
        {"status": None},
        {"status": [1]},
        {},
        {"other": "x" * 5_000_000, "../../x": "y"},
        {str(number): number for number in range(50_000)},
    ],
    ids=["5 MB", "half a character", "nothing", "a list", "no field", "other fields", "50,000 fields"],
)
async def test_whatever_a_source_answers_the_call_goes_on(found: dict[str, FactValue]) -> None:
    async with open_house(SHOP) as house:
        house.sources.answers["orders"] = found
        caller = await asks_for_an_order(house)
        assert "told" in caller.line.texts()
        assert house.switchboard.failures == 0
        assert longest_kept(house) <= MOST_KEPT


async def test_a_caller_who_hangs_up_while_a_source_never_answers_is_let_go() -> None:
    asked, left = asyncio.Event(), asyncio.Event()

    class Never:
        async def ask(self, *_: object) -> None:
            asked.set()
            try:
                await asyncio.Event().wait()
            finally:
                left.set()

    async with open_house(SHOP) as house:
        way = inbound(house)
        way.errands = replace(way.errands, lookups=Never())
        caller = await asks_for_an_order(house)
        await asked.wait()
        caller.line.answers(LineLost(at=house.clock.now()))
        async with asyncio.timeout(PATIENCE_S):
            await left.wait()
        await caller.finishes()
        assert caller.id in house.timeline.entries


async def test_an_answer_of_500_digits_is_cut_to_what_was_asked_for() -> None:
    async with open_house(SHOP) as house:
        house.sources.answers["orders"] = {"status": "sent"}
        caller = await house.calls()
        await caller.presses("1")
        await caller.presses("1" * 500)
        await caller.hears()
        assert house.sources.asked == [("orders", {"order": "1" * 8})]
        assert longest_kept(house) <= MOST_KEPT


async def test_keys_of_an_earlier_question_that_come_late_change_nothing() -> None:
    async with open_house(SHOP) as house:
        caller = await house.calls()
        await caller.hears()
        late = caller.line.turn
        await caller.presses("1")
        await caller.hears()
        asked = caller.line.last
        assert isinstance(asked, Ask)
        for _ in range(100):
            house.switchboard.answer(caller.id, Keys(turn=late, digits="2"))
        await house.settles()
        assert caller.line.last is asked
        await caller.presses("20817")
        assert house.sources.asked == [("orders", {"order": "20817"})]


async def test_a_key_during_a_recording_loses_neither_the_call_nor_the_next() -> None:
    async with open_house(SHOP) as house:
        caller = await house.calls()
        await caller.presses("5")
        await caller.hears()
        assert isinstance(caller.line.last, Record)
        caller.line.answers(Keys(turn=caller.line.turn, digits="1"))
        await house.settles()
        await caller.hangs_up()
        assert house.switchboard.failures == 0
        second = await house.calls("c2")
        await second.hears()
        assert isinstance(second.line.last, Ask)


@pytest.mark.parametrize(
    "facts",
    [
        {"tier": "x" * 5_000_000, "notes": "y" * 5_000_000},
        {"tier": float("nan"), "notes": 2**70},
        {"tier": b"\xff", "notes": object()},
        {"tier": {"a": [1]}, "notes": "half \ud800"},
        {str(number): number for number in range(50_000)},
    ],
    ids=["10 MB", "no numbers", "no values", "nested", "50,000 facts"],
)
async def test_a_record_full_of_nonsense_costs_the_condition_and_not_the_call(facts: dict[str, FactValue]) -> None:
    async with open_house(VIP) as house:
        house.ready(MARIA)
        house.customers.knows("+359888123456", Customer(id=CustomerId("c-1"), name="\x1b[2J", facts=facts))
        caller = await house.calls()
        await caller.presses("1")
        await caller.hears()
        assert caller.is_rung_through == MARIA
        assert house.switchboard.failures == 0
        assert longest_kept(house) <= MOST_KEPT


@pytest.mark.parametrize(
    "number", ["", "anonymous", "'; DROP TABLE calls; --", "../../x", "\0", "9" * 5_000, "half \ud800"]
)
async def test_a_caller_of_any_number_is_served(number: str) -> None:
    async with open_house(SHOP) as house:
        caller = await house.calls(caller=number)
        await caller.presses("3")
        await caller.presses("1")
        await caller.hears()
        assert house.switchboard.failures == 0
        assert not caller.handed_over
