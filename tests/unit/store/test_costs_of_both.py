"""What a call over two carriers costs is the cloud's share and Asterisk's, whichever is known first."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text

from telephony.calls.costs import Cost, CostSource
from telephony.calls.ledger import Ledger
from telephony.calls.ledger_numbering import Numbering
from telephony.calls.model import CallId, CallRecord, Disposition, LedgerLeg, LegId, PartOf
from telephony.calls.numbers import read_caller
from telephony.calls.tariffs import BETWEEN, Rate, Tariff, Tariffs
from telephony.journey.books import Books
from telephony.store.costs import StoredCosts
from telephony.store.customers import StoredCustomers
from telephony.store.database import Database
from telephony.store.marks import StoredMarks
from telephony.store.migrate import config_on, connected, upgrade_sync
from telephony.store.tables import METADATA
from telephony.store.timeline import StoredTimeline
from telephony.store.writer import Writer
from telephony.timeline.entry import CallEntry
from telephony.web.api.models import call_of
from tests.unit.store.calls import NOON, Noon, record
from tests.waiting import until

CALL = CallId("CA" + "1" * 32)
CLOUD = Tariff(
    currency="EUR",
    incoming=Decimal("0.01"),
    rates=(Rate(prefix="sip:", a_minute=Decimal("0.004")), Rate(prefix="+359", a_minute=Decimal("0.05"))),
)
ASTERISK = Tariff(currency="EUR", rates=(Rate(prefix="+359", a_minute=Decimal("0.15")),))
BILLED = Cost(amount=Decimal("0.0225"), currency="EUR", source=CostSource.PROVIDER)
BY_BOTH_TABLES = ("0.178", "EUR", "tariff")
BILLED_AND_ASTERISKS = ("0.1725", "EUR", "tariff")
"""0.0225 and, for the telephone over the trunk, 0.15."""
Shown = tuple[str, ...]


def leg(leg_id: str, channel: str, number: str) -> LedgerLeg:
    return LedgerLeg(
        leg_id=LegId(leg_id), channel=channel, number=number, name="", started_at=NOON, answered_at=NOON,
        ended_at=NOON + timedelta(seconds=50), talk_s=50.0,
    )  # fmt: skip


def at_the_cloud(*legs: LedgerLeg) -> CallRecord:
    """Return the cloud's account of a call of 64.5 s."""
    caller = replace(leg(CALL, "", "+359888100001"), answered_at=None, talk_s=0.0)
    return replace(record(CALL), legs=(caller, *legs), disposition=Disposition.ABANDONED)


def at_asterisk(number: str = "+359888300400", part: str = "1700.1") -> CallRecord:
    """Return what Asterisk had of it: a telephone over its trunk, for 50 s."""
    legs = leg(part, f"PJSIP/cloud-{part}", "+359888100001"), leg(f"{part}9", f"PJSIP/trunk-{part}9", number)
    return replace(record(part), legs=legs, part_of=PartOf(call_id=CALL, leg_id=LegId(part)))


class CountingTimeline(StoredTimeline):
    puts = 0

    def put(self, entry: CallEntry) -> None:
        super().put(entry)
        self.puts += 1


class Company:
    """One server's books, and the bills of the cloud, over a database that outlives it."""

    def __init__(self, database: Database, writer: Writer, tariffs: Tariffs) -> None:
        self._writer = writer
        self._timeline = CountingTimeline(database, writer, Noon())
        self._costs = StoredCosts(database, writer)
        self.books = Books(
            ledger=Ledger(Numbering()),
            timeline=self._timeline,
            customers=StoredCustomers(database, Noon()),
            read_number=partial(read_caller, region="BG"),
            agent_at=lambda _endpoint: None,
            marks=StoredMarks(database, writer),
            clock=Noon(),
            cost_of=tariffs.cost_of,
            cost_beside=tariffs.cost_beside,
        )

    def heard(self, *parts: CallRecord) -> None:
        """Take what Asterisk's ledger tells while the call lives."""
        for part in parts:
            self.books.add_part(part)

    async def writes(self, written: CallRecord, carrier: str = "asterisk") -> None:
        before = self._timeline.puts
        self.books.write(written, carrier)
        await until(lambda: self._timeline.puts > before)
        await self._writer.settle()

    async def bills(self, cost: Cost = BILLED) -> bool:
        return await self._costs.put(CALL, cost)

    async def shows(self, call_id: CallId = CALL) -> Shown | None:
        """Return amount, currency and source, and amount and currency of what is beside."""
        entry = await self._timeline.call(call_id)
        assert entry is not None
        cost = call_of(entry, with_cost=True).cost
        if cost is None:
            return None
        beside = (cost.beside.amount, cost.beside.currency) if cost.beside else ()
        return (cost.amount, cost.currency, cost.source, *beside)


@asynccontextmanager
async def started(
    database: Database, writer: Writer, *, cloud: Tariff | None = CLOUD, asterisk: Tariff | None = ASTERISK
) -> AsyncIterator[Company]:
    tables = {name: table for name, table in (("twilio", cloud), ("asterisk", asterisk)) if table is not None}
    company = Company(database, writer, Tariffs(of=tables))
    keeping = asyncio.create_task(company.books.keep())
    try:
        yield company
    finally:
        keeping.cancel()
        await asyncio.wait({keeping})


async def test_the_providers_price_replaces_the_clouds_share_only(database: Database, writer: Writer) -> None:
    async with started(database, writer) as company:
        company.heard(at_asterisk())
        await company.writes(at_the_cloud(), BETWEEN)
        assert await company.shows() == BY_BOTH_TABLES
        for _ in range(2):
            assert await company.bills()
            assert await company.shows() == BILLED_AND_ASTERISKS


async def test_a_price_that_comes_before_the_entry_is_kept_when_it_is_told_again(
    database: Database, writer: Writer
) -> None:
    async with started(database, writer) as company:
        assert not await company.bills()
        company.heard(at_asterisk())
        await company.writes(at_the_cloud(), BETWEEN)
        assert await company.bills()
        assert await company.shows() == BILLED_AND_ASTERISKS


async def test_what_asterisk_had_counts_when_it_is_known_after_the_price_and_a_restart(
    database: Database, writer: Writer
) -> None:
    async with started(database, writer) as company:
        await company.writes(at_the_cloud(), "twilio")
        assert await company.bills()
        assert await company.shows() == ("0.0225", "EUR", "provider")
    for _ in range(2):
        async with started(database, writer) as company:
            await company.writes(at_asterisk())
            assert await company.shows() == BILLED_AND_ASTERISKS
            assert await company.bills()
            assert await company.shows() == BILLED_AND_ASTERISKS


async def test_each_part_counts_once_however_often_the_entry_is_written(database: Database, writer: Writer) -> None:
    async with started(database, writer) as company:
        company.heard(at_asterisk())
        await company.writes(at_the_cloud(), BETWEEN)
        assert await company.bills()
    async with started(database, writer) as company:
        await company.writes(at_asterisk(part="1700.2"))
        assert await company.shows() == ("0.3225", "EUR", "tariff")
        await company.writes(at_asterisk())
        assert await company.shows() == ("0.3225", "EUR", "tariff")


async def test_an_entry_that_knows_less_takes_nothing_away(database: Database, writer: Writer) -> None:
    async with started(database, writer) as company:
        company.heard(at_asterisk())
        await company.writes(at_the_cloud(), BETWEEN)
        assert await company.bills()
    async with started(database, writer, cloud=None, asterisk=None) as company:
        company.heard(at_asterisk())
        await company.writes(at_the_cloud(), BETWEEN)
        assert await company.shows() == BILLED_AND_ASTERISKS


async def test_what_asterisk_had_costs_alone_until_the_cloud_tells_where_the_cloud_has_no_table(
    database: Database, writer: Writer
) -> None:
    async with started(database, writer, cloud=None) as company:
        company.heard(at_asterisk())
        await company.writes(at_the_cloud(), BETWEEN)
        assert await company.shows() == ("0.15", "EUR", "tariff")
        assert await company.bills()
        assert await company.shows() == BILLED_AND_ASTERISKS


async def test_an_extension_that_the_cloud_called_is_asterisks_and_the_way_there_the_clouds(
    database: Database, writer: Writer
) -> None:
    phones = replace(ASTERISK, rates=(Rate(prefix="sip:", a_minute=Decimal("0.001")),))
    clouds_leg = leg("CA" + "2" * 32, "tel:+359888300400", "+359888300400")
    async with started(database, writer, asterisk=phones) as company:
        company.heard(at_asterisk("101"))
        await company.writes(at_the_cloud(clouds_leg), "twilio")
        assert await company.shows() == ("0.075", "EUR", "tariff")
        assert await company.bills()
        assert await company.shows() == ("0.0235", "EUR", "tariff")


async def test_different_currencies_are_told_beside_each_other_and_never_added(
    database: Database, writer: Writer
) -> None:
    dollars = replace(BILLED, currency="USD")
    async with started(database, writer) as company:
        company.heard(at_asterisk())
        await company.writes(at_the_cloud(), BETWEEN)
        assert await company.bills(dollars)
        assert await company.shows() == ("0.0225", "USD", "provider", "0.15", "EUR")
    async with started(database, writer) as company:
        await company.writes(at_asterisk())
        assert await company.shows() == ("0.0225", "USD", "provider", "0.15", "EUR")


async def test_two_tables_in_different_currencies_are_told_beside_each_other(
    database: Database, writer: Writer
) -> None:
    async with started(database, writer, cloud=replace(CLOUD, currency="USD")) as company:
        company.heard(at_asterisk())
        await company.writes(at_the_cloud(), BETWEEN)
        assert await company.shows() == ("0.028", "USD", "tariff", "0.15", "EUR")


async def test_a_call_in_the_cloud_alone_costs_what_the_provider_says(database: Database, writer: Writer) -> None:
    mobile = leg("CA" + "2" * 32, "tel:+359888300400", "+359888300400")
    async with started(database, writer) as company:
        await company.writes(at_the_cloud(mobile), "twilio")
        assert await company.shows() == ("0.07", "EUR", "tariff")
        assert await company.bills()
        assert await company.shows() == ("0.0225", "EUR", "provider")


async def test_a_call_at_asterisk_alone_costs_what_its_table_says(database: Database, writer: Writer) -> None:
    async with started(database, writer) as company:
        await company.writes(replace(at_asterisk(), part_of=None))
        assert await company.shows(CallId("1700.1")) == ("0.15", "EUR", "tariff")


def before_asterisks_share(connection: Connection) -> None:
    """Make a database of the tables of before, with one call in it."""
    command.downgrade(config_on(connection), "0007")
    legs = [
        {
            "leg_id": CALL, "channel": "", "number": "+359888100001", "name": "", "started_at": 0,
            "answered_at": None, "ended_at": 0, "talk_s": 0.0,
        }
    ]  # fmt: skip
    connection.execute(
        text(
            "INSERT INTO entries (id, channel, direction, at, ended_at, disposition, legs, cost, currency, cost_source)"
            " VALUES (:id, 'phone', 'inbound', 0, 0, 'answered', :legs, '0.178', 'EUR', 'tariff')"
        ),
        {"id": CALL, "legs": json.dumps(legs)},
    )


async def costs_as_before(url: str, folder: Path) -> None:
    with connected(url) as connection:
        before_asterisks_share(connection)
    upgrade_sync(url)
    with connected(url) as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    async with Database(url) as database, Writer(database, folder) as writer, started(database, writer) as company:
        assert await company.shows() == BY_BOTH_TABLES
        assert await company.bills()
        assert await company.shows() == ("0.0225", "EUR", "provider")


async def test_calls_of_before_cost_what_they_did_and_the_provider_may_still_tell(file: Path, tmp_path: Path) -> None:
    await costs_as_before(f"sqlite:///{file}", tmp_path)
