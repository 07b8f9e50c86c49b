"""What flows ask of others, as the server really puts it together: the database, the settings, the demo company."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from telephony import app
from telephony.calls.model import CallId, QueueName
from telephony.calls.numbers import read_caller
from telephony.ivr.expressions import ValueType
from telephony.journey.tasks import Tasks
from telephony.ports import CallbackPromise
from telephony.routing.calendars import Calendars, Openness
from telephony.routing.closings import Closing
from telephony.settings import Configuration, load_settings
from telephony.store.closings import StoredClosings
from telephony.store.customers import StoredCustomers
from telephony.store.database import Database
from telephony.store.demo import Credentials, load_demo
from telephony.store.migrate import upgrade
from telephony.store.promises import StoredPromises
from tests.waiting import until

PROJECT = Path(__file__).parents[3]
TAKEN_WITHIN_S = 2.0
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
async def configured(tmp_path: Path) -> Configuration:
    made = load_settings(PROJECT / "config/ringside.toml", {"RINGSIDE__SERVER__DATA_DIR": str(tmp_path)})
    await upgrade(made.database_url)
    return made


@pytest.fixture
async def database(configured: Configuration) -> AsyncIterator[Database]:
    async with Database(configured.database_url) as opened:
        yield opened


async def turns(calendars: Calendars, wanted: Openness) -> None:
    await until(lambda: calendars.now(datetime.now(UTC))["office"] is wanted, TAKEN_WITHIN_S)


async def test_a_calendar_closed_by_another_program_is_taken_within_two_seconds_and_survives_a_restart(
    configured: Configuration, database: Database
) -> None:
    tasks, closings = Tasks(), StoredClosings(database)
    calendars = await app.open_calendars(configured, database, tasks)
    usual = calendars.now(datetime.now(UTC))["office"]
    await closings.close(Closing(calendar="office", until=None, at=NOW))
    await turns(calendars, Openness.EMERGENCY)
    restarted = await app.open_calendars(configured, database, tasks)
    assert restarted.now(datetime.now(UTC))["office"] is Openness.EMERGENCY
    await closings.open("office")
    await turns(calendars, usual)
    await tasks.close(1.0)


async def test_the_demo_companys_callers_are_known_by_pin_told_of_their_order_and_promised_a_callback(
    configured: Configuration, database: Database
) -> None:
    company, secrets = PROJECT / "config/demo/company.json", Credentials(password_hash="x", sip_password=None)
    await load_demo(database, company, now=NOW, credentials=lambda _login: secrets)
    customers, read_number = StoredCustomers(database, app.SystemClock()), partial(read_caller, region="BG")
    async with AsyncExitStack() as stack:
        errands = await app.open_errands(stack, configured, database, customers, read_number)
        georgi = await errands.pins.verify("10001001", "4071")
        assert georgi is not None
        assert georgi.customer.id == "c-1001"
        order = await errands.lookups.ask("orders", {"order": "20817"}, [("status", ValueType.TEXT)])
        assert order == {"status": "sent"}
        promise = CallbackPromise(
            call_id=CallId("1700.1"),
            queue=QueueName("sales"),
            number="+359888100001",
            language="bg",
            customer_id=georgi.customer.id,
            at=NOW,
        )
        await errands.promises.keep(promise)
        assert [kept.promise for kept in await StoredPromises(database).listed()] == [promise]
