"""The same store on a real PostgreSQL, started for these tests."""

import asyncio
import os
import shutil
import socket
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from telephony.calls.model import CallId, CustomerId
from telephony.calls.numbers import read_caller
from telephony.customers.match import MatchOutcome
from telephony.errors import StoreUnavailableError
from telephony.ports import CallFilter, Due
from telephony.store.closings import StoredClosings
from telephony.store.costs import StoredCosts
from telephony.store.customers import StoredCustomers
from telephony.store.database import Database
from telephony.store.demo import load_demo
from telephony.store.dues import StoredDues
from telephony.store.entries import step_write
from telephony.store.erase import erase_customer, export_customer
from telephony.store.faults import StoreRefusedError
from telephony.store.marks import StoredMarks
from telephony.store.migrate import connected, upgrade
from telephony.store.pins import WRONG_LIMIT, StoredPins, set_pin
from telephony.store.promises import PromiseState, StoredPromises
from telephony.store.sessions import StoredSessions
from telephony.store.tables import METADATA
from telephony.store.timeline import StoredTimeline
from telephony.store.unfinished import StoredUnfinished
from telephony.store.users import StoredUsers
from telephony.store.writer import Writer
from telephony.store.writes import Kind, Write
from tests.unit.store import test_costs_of_both as costs_of_both
from tests.unit.store.calls import GEORGI, MARIA, NOON, Noon, bare_entry, entry, keep, step
from tests.unit.store.test_closings import FLOOD
from tests.unit.store.test_costs_and_dues import BILLED, BY_TABLE, CALL, costing
from tests.unit.store.test_customers import COMPANY, secrets_of
from tests.unit.store.test_promises import PROMISE

pytestmark = pytest.mark.integration


class Server:
    """A PostgreSQL of our own, which may be stopped."""

    def __init__(self, binaries: Path, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"postgresql://ringside@127.0.0.1:{self.port}/postgres"
        self._binaries, self._data = binaries, folder / "data"
        folder.chmod(0o777)
        self._run("initdb", "-D", str(self._data), "-U", "ringside", "-A", "trust", "-E", "UTF8", "--no-sync")

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -k '' -c fsync=off"
        self._run("pg_ctl", "-D", str(self._data), "-l", str(self._data / "log"), "-w", "-o", options, "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self._data), "-m", "immediate", "-w", "stop")

    def _run(self, program: str, *arguments: str) -> None:
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.getuid() == 0 else []
        command = [*as_user, str(self._binaries / program), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=60, cwd="/")


def binaries() -> Path | None:
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = shutil.which("pg_ctl")
    return installed[0] if installed else Path(found).parent if found else None


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    found = binaries()
    if found is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    folder = Path(subprocess.run(["mktemp", "-d"], check=True, capture_output=True, text=True).stdout.strip())
    server = Server(found, folder)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder)


@pytest.fixture
async def url(server: Server) -> str:
    with connected(server.url) as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    await upgrade(server.url)
    return server.url


async def test_migrations_and_tables_agree(url: str) -> None:
    await upgrade(url)
    with connected(url) as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


async def test_two_servers_that_start_together_upgrade_once(server: Server) -> None:
    with connected(server.url) as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    await asyncio.gather(upgrade(server.url), upgrade(server.url))


async def test_a_call_its_notes_and_its_path_are_kept(url: str, tmp_path: Path) -> None:
    async with Database(url) as database, Writer(database, tmp_path) as writer:
        timeline, marks = StoredTimeline(database, writer, Noon()), StoredMarks(database, writer)
        timeline.note(CallId("1700.1"), MARIA, "call back")
        keep(timeline, entry())
        keep(timeline, bare_entry())
        keep(timeline, entry(finished=False))
        marks.put("cel", "100")
        assert await timeline.has(CallId("1700.1"))
        assert await timeline.call(CallId("1700.1")) == entry(note="call back")
        assert await timeline.calls(CallFilter(agent=MARIA, customer_id=GEORGI)) == (
            replace(entry(note="call back"), path=()),
        )
        assert await marks.get("cel") == "100"


async def test_customers_users_and_sessions_are_kept(url: str) -> None:
    async with Database(url) as database:
        await load_demo(database, COMPANY, now=NOON, credentials=secrets_of)
        await load_demo(database, COMPANY, now=NOON, credentials=secrets_of)
        customers = StoredCustomers(database, Noon())
        shared = await customers.find(read_caller("+35924918055", region="BG"))
        assert (shared.outcome, [c.name for c in shared.candidates]) == (
            MatchOutcome.SEVERAL,
            ["Nikolay Kolev", "Desislava Koleva"],
        )
        record = await customers.record(GEORGI)
        assert record is not None
        assert len(record.recent) == 4
        users, sessions = StoredUsers(database), StoredSessions(database)
        assert [a.id for a in await users.agents()] == ["maria", "ivan", "anna"]
        await sessions.open("hash", "maria", NOON.replace(hour=13))
        assert await sessions.login_of("hash", NOON) == "maria"
        assert await users.set_password_hash("maria", "new")
        assert await sessions.login_of("hash", NOON) is None
        with pytest.raises(StoreRefusedError):
            await sessions.open("hash", "nobody", NOON)
        assert "Georgi" in (await export_customer(database, GEORGI) or "")
        assert await erase_customer(database, GEORGI) is not None
        assert await customers.record(GEORGI) is None


async def test_pins_promises_and_closings_are_kept(url: str) -> None:
    async with Database(url) as database:
        await load_demo(database, COMPANY, now=NOON, credentials=secrets_of)
        clock = Noon()
        pins = StoredPins(database, StoredCustomers(database, clock), clock)
        found = await pins.verify("10001001", "4071")
        assert found is not None
        assert found.customer.id == GEORGI
        for _ in range(WRONG_LIMIT):
            assert await pins.verify("10001001", "1704") is None
        assert await pins.verify("10001001", "4071") is None
        with pytest.raises(StoreRefusedError):
            await set_pin(database, CustomerId("c-1002"), "", "10001001")
        pins.close()
        promises, closings = StoredPromises(database), StoredClosings(database)
        await promises.keep(PROMISE)
        await promises.keep(PROMISE)
        (owed,) = await promises.listed(queue="sales")
        assert owed.promise == PROMISE
        done = await promises.settle(owed.id, PromiseState.DONE, by="maria", at=NOON)
        assert done is not None
        assert await promises.listed(everything=True) == [done]
        await closings.close(FLOOD)
        assert await closings.all() == [FLOOD]
        assert await closings.open("office")


async def test_costs_and_dues_are_kept(url: str, tmp_path: Path) -> None:
    async with Database(url) as database, Writer(database, tmp_path) as writer:
        timeline, costs = StoredTimeline(database, writer, Noon()), StoredCosts(database, writer)
        assert not await costs.put(CALL, BILLED)
        keep(timeline, costing(entry(), BY_TABLE))
        assert await costs.put(CALL, BILLED)
        assert await costs.put(CALL, BY_TABLE)
        keep(timeline, costing(entry(), BY_TABLE))
        await writer.settle(5)
        assert await timeline.call(CALL) == costing(entry(), BILLED)
        dues = StoredDues(database, Noon())
        owed = Due(kind="price", id="a", detail="", since=NOON)
        await dues.keep(owed, replace(owed, id="b"))
        await dues.keep(replace(owed, detail="new"))
        await dues.settle("price", "b")
        assert await dues.all("price") == [replace(owed, detail="new")]


@pytest.mark.parametrize(
    "story",
    [
        costs_of_both.test_the_providers_price_replaces_the_clouds_share_only,
        costs_of_both.test_a_price_that_comes_before_the_entry_is_kept_when_it_is_told_again,
        costs_of_both.test_what_asterisk_had_counts_when_it_is_known_after_the_price_and_a_restart,
        costs_of_both.test_an_entry_that_knows_less_takes_nothing_away,
        costs_of_both.test_different_currencies_are_told_beside_each_other_and_never_added,
        costs_of_both.test_a_call_in_the_cloud_alone_costs_what_the_provider_says,
        costs_of_both.test_a_call_at_asterisk_alone_costs_what_its_table_says,
    ],
    ids=lambda story: story.__name__,
)
async def test_what_two_carriers_charge_is_kept_apart(
    story: Callable[[Database, Writer], Awaitable[None]], url: str, tmp_path: Path
) -> None:
    async with Database(url) as database, Writer(database, tmp_path) as writer:
        await story(database, writer)


async def test_calls_of_before_cost_what_they_did(url: str, tmp_path: Path) -> None:
    await costs_of_both.costs_as_before(url, tmp_path)


async def test_of_servers_that_ask_at_the_same_time_one_gets_what_is_due(url: str, tmp_path: Path) -> None:
    async with Database(url) as database, Database(url) as second, Writer(database, tmp_path) as writer:
        one, other = StoredDues(database, Noon()), StoredDues(second, Noon())
        dues = [Due(kind="recording", id=f"RE{number}", detail="", since=NOON) for number in range(200)]
        await one.keep(*dues)
        for _ in range(5):
            found = await asyncio.gather(*(each.hold("recording") for each in (one, other, one, other)))
            mine, theirs = ({due.id for each in part for due in each} for part in (found[::2], found[1::2]))
            assert mine.isdisjoint(theirs)
            assert len(mine | theirs) == 200
        await one.let_go("recording")
        await other.let_go("recording")
        assert [due.id for due in await other.hold("recording", "RE1", "RE2")] == ["RE1", "RE2"]
        assert await one.hold("recording", "RE1") == []
        keep(StoredTimeline(database, writer, Noon()), entry())
        await writer.settle(5)
        await one.keep(Due(kind="recording", id="RE500", detail="1700.1-7", since=NOON))
        await load_demo(database, COMPANY, now=NOON, credentials=secrets_of)
        assert await erase_customer(database, GEORGI) is not None
        await one.keep(Due(kind="recording", id="RE501", detail="", since=NOON, call_id=CALL))
        assert [due.id for due in await one.all("recording") if due.erased] == ["RE500", "RE501"]
        unfinished = StoredUnfinished(database)
        timeline = StoredTimeline(database, writer, Noon())
        timeline.add(step(0, "CA2"))
        await writer.settle(5)
        assert [each for each, _ in await unfinished.begun_without_entry(NOON, NOON.replace(hour=13))] == ["CA2"]


async def test_a_poisoned_row_is_put_aside_and_a_nul_is_taken_out(url: str, tmp_path: Path) -> None:
    async with Database(url) as database, Writer(database, tmp_path) as writer:
        for seq in range(20):
            writer.add(step_write(step(seq, value="a\0b")))
        writer.add(Write(Kind.STEP, {**step_write(step(20)).row, "flow": None}))
        await writer.settle(5)
        path = await StoredTimeline(database, writer, Noon()).path(CallId("1700.1"))
        assert [read.value for read in path] == ["ab"] * 20
        assert writer.counts.refused == 1


async def test_what_is_added_while_postgresql_is_away_is_written_when_it_is_back(
    url: str, server: Server, tmp_path: Path
) -> None:
    async with Database(url) as database, Writer(database, tmp_path, memory_limit=10) as writer:
        writer.add(step_write(step(0)))
        await writer.settle(5)
        await asyncio.to_thread(server.stop)
        for seq in range(1, 50):
            writer.add(step_write(step(seq)))
        with pytest.raises(StoreUnavailableError):
            await writer.settle(0.3)
        with pytest.raises(StoreUnavailableError, match="cannot be reached"):
            await StoredUsers(database).get("maria")
        await asyncio.to_thread(server.start)
        await writer.settle(10)
        assert writer.counts.spilled > 0
        assert len(await StoredTimeline(database, writer, Noon()).path(CallId("1700.1"))) == 50
