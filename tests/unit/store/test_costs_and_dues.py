"""What calls cost is kept with them, and what is owed to providers outlives a restart."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from telephony.calls.costs import Cost, CostSource
from telephony.calls.model import CallId
from telephony.ports import Due
from telephony.store.costs import StoredCosts
from telephony.store.database import Database
from telephony.store.dues import StoredDues
from telephony.store.timeline import StoredTimeline
from telephony.store.writer import Writer
from telephony.timeline.entry import CallEntry
from tests.unit.store.calls import NOON, Noon, bare_entry, entry, keep

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
    dues = StoredDues(database)
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
