"""What calls cost is kept with them, and what is owed to providers outlives a restart."""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from telephony.calls.costs import Cost, CostSource
from telephony.calls.model import CallId
from telephony.ports import HELD, Due
from telephony.store.costs import StoredCosts
from telephony.store.database import Database
from telephony.store.demo import load_demo
from telephony.store.dues import StoredDues
from telephony.store.erase import erase_customer, export_customer
from telephony.store.timeline import StoredTimeline
from telephony.store.unfinished import StoredUnfinished
from telephony.store.writer import Writer
from telephony.timeline.entry import CallEntry
from tests.unit.store.calls import GEORGI, NOON, Noon, bare_entry, entry, keep, step
from tests.unit.store.test_customers import COMPANY, secrets_of

CALL = CallId("1700.1")
BY_TABLE = Cost(amount=Decimal("0.30"), currency="EUR", source=CostSource.TARIFF)
BILLED = Cost(amount=Decimal("0.0225"), currency="USD", source=CostSource.PROVIDER)


def costing(entry: CallEntry, cost: Cost | None) -> CallEntry:
    return replace(entry, record=replace(entry.record, cost=cost))


async def cost_of(timeline: StoredTimeline) -> Cost | None:
    read = await timeline.call(CALL)
    assert read is not None
    return read.record.cost


@pytest.fixture
def timeline(database: Database, writer: Writer) -> StoredTimeline:
    return StoredTimeline(database, writer, Noon())


@pytest.fixture
def costs(database: Database, writer: Writer) -> StoredCosts:
    return StoredCosts(database, writer)


async def test_an_entry_keeps_what_the_table_says(timeline: StoredTimeline, writer: Writer) -> None:
    keep(timeline, costing(entry(), BY_TABLE))
    await writer.settle()
    assert await timeline.call(CALL) == costing(entry(), BY_TABLE)


async def test_the_providers_word_replaces_the_tables_and_stays(
    timeline: StoredTimeline, writer: Writer, costs: StoredCosts
) -> None:
    keep(timeline, costing(entry(), BY_TABLE))
    assert await costs.put(CALL, BILLED)
    assert await cost_of(timeline) == BILLED
    assert await costs.put(CALL, BY_TABLE)
    keep(timeline, costing(entry(), BY_TABLE))
    keep(timeline, bare_entry())
    await writer.settle()
    assert await cost_of(timeline) == BILLED
    assert await costs.put(CALL, replace(BILLED, amount=Decimal("0.03")))
    assert await cost_of(timeline) == replace(BILLED, amount=Decimal("0.03"))


async def test_a_call_that_is_not_there_yet_has_no_place_for_its_cost(costs: StoredCosts) -> None:
    assert not await costs.put(CALL, BILLED)


async def test_what_is_owed_is_kept_by_kind_the_oldest_first(database: Database) -> None:
    dues = StoredDues(database, Noon())
    late = Due(kind="price", id="b", detail="", since=NOON + timedelta(seconds=1))
    early = Due(kind="price", id="a", detail="{}", since=NOON)
    await dues.keep(late, early, replace(early, kind="recording"))
    await dues.keep()
    assert await dues.all("price") == [early, late]
    assert await dues.get("recording", "a") == replace(early, kind="recording")
    await dues.keep(replace(late, detail="new", since=NOON + timedelta(days=1)))
    assert await dues.get("price", "b") == replace(late, detail="new")
    await dues.settle("price", "a", "b", "not there")
    await dues.settle("price")
    assert await dues.all("price") == []
    assert await dues.get("price", "a") is None
    assert len(await dues.all("recording")) == 1


# --- several servers on one database ---


async def test_what_one_server_does_no_other_does(database: Database) -> None:
    clock = Noon()
    one, other = StoredDues(database, clock), StoredDues(database, clock)
    first, second = (Due(kind="recording", id=each, detail="", since=NOON) for each in "ab")
    await one.keep(first, held=True)
    await other.keep(second)
    assert await other.hold("recording", "a") == []
    assert await one.hold("recording") == [first, second]
    assert await other.hold("recording") == []
    await one.keep(replace(first, detail="new"), held=True)
    await other.keep(replace(second, detail="of another"), held=True)
    assert [due.id for due in await one.hold("recording", "a", "b")] == ["a", "b"]
    assert await other.hold("price") == []


async def test_a_server_that_dies_holds_nothing_for_long_and_one_that_ends_nothing_at_all(database: Database) -> None:
    clock = Noon()
    one, other = StoredDues(database, clock), StoredDues(database, clock)
    due = Due(kind="recording", id="a", detail="", since=NOON)
    await one.keep(due, replace(due, kind="price"), held=True)
    clock.time += HELD / 2
    assert await one.hold("recording") == [due]
    clock.time += HELD - timedelta(seconds=1)
    assert await other.hold("recording") == []
    clock.time += timedelta(seconds=1)
    assert await other.hold("recording") == [due]
    assert await one.hold("recording") == []
    await other.let_go("recording")
    assert await one.hold("recording") == [due]


async def test_calls_that_began_and_have_no_entry_are_found(
    database: Database, timeline: StoredTimeline, writer: Writer
) -> None:
    keep(timeline, entry("CA1"))
    for number, seq in ((2, 0), (3, 1)):
        timeline.add(step(seq, f"CA{number}"))
    await writer.settle()
    found = await StoredUnfinished(database).begun_without_entry(NOON - timedelta(days=1), NOON + timedelta(days=1))
    assert [call_id for call_id, _ in found] == ["CA2"]
    assert await StoredUnfinished(database).begun_without_entry(NOON - timedelta(days=1), NOON) == []


# --- a customer who is forgotten ---

DIAL = Due(
    kind="twilio dial",
    id="attempt-1",
    detail='{"to": "+359888100001", "from": "+35921234567", "sid": "CA9"}',
    since=NOON,
)
RECORDING = Due(kind="twilio recording", id="RE1", detail='{"name": "calls/2026/03/02/1700.1-7"}', since=NOON)
OTHERS = Due(kind="twilio recording", id="RE2", detail='{"name": "calls/2026/03/02/1700.12-7"}', since=NOON)


async def test_a_customer_who_is_forgotten_is_forgotten_by_what_is_due(
    database: Database, timeline: StoredTimeline, writer: Writer
) -> None:
    await load_demo(database, COMPANY, now=NOON, credentials=secrets_of)
    keep(timeline, entry())
    await writer.settle()
    dues = StoredDues(database, Noon())
    await dues.keep(DIAL, RECORDING, OTHERS)
    assert "attempt" not in (await export_customer(database, GEORGI) or "")
    assert "+35921234567" in (await export_customer(database, GEORGI) or "")
    assert await erase_customer(database, GEORGI) is not None
    (dial,) = await dues.all("twilio dial")
    assert (json.loads(dial.detail), dial.erased) == ({"to": "***001", "from": "+35921234567", "sid": "CA9"}, True)
    assert [due.erased for due in await dues.all("twilio recording")] == [True, False]
    await dues.keep(DIAL)  # as a server does that has it in memory
    assert "+359888100001" not in str(await dues.all("twilio dial"))


async def test_what_is_owed_of_a_call_after_its_customer_was_forgotten_is_to_be_forgotten_too(
    database: Database, timeline: StoredTimeline, writer: Writer
) -> None:
    await load_demo(database, COMPANY, now=NOON, credentials=secrets_of)
    keep(timeline, entry())
    keep(timeline, replace(bare_entry("1700.12"), record=replace(bare_entry("1700.12").record, legs=(), caller="")))
    await writer.settle()
    dues = StoredDues(database, Noon())
    await dues.keep(replace(OTHERS, id="RE0"))
    assert await erase_customer(database, GEORGI) is not None
    theirs = replace(RECORDING, call_id=CALL)
    await dues.keep(theirs, replace(OTHERS, call_id=CallId("1700.12")), replace(OTHERS, id="RE3", call_id=CallId("x")))
    await dues.keep(theirs)
    erased = {due.id: due.erased for due in await dues.hold("twilio recording")}
    assert erased == {"RE0": False, "RE1": True, "RE2": False, "RE3": False}
