"""The bad days of the database: nothing is lost, nothing is written twice, no call waits."""

import asyncio
import json
import logging
import sqlite3
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from telephony.calls.model import CallId
from telephony.errors import StoreUnavailableError
from telephony.store.database import Database
from telephony.store.entries import entry_writes, step_write
from telephony.store.timeline import StoredTimeline
from telephony.store.writer import Writer
from telephony.store.writes import Kind, Write
from tests.unit.store.calls import Noon, entry, step
from tests.waiting import until

CALL = CallId("1700.1")


def rows_of(file: Path, table: str) -> int:
    with sqlite3.connect(file) as connection:
        count = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    connection.close()
    return int(count)


@pytest.fixture
async def lock(file: Path, database: Database) -> AsyncIterator[sqlite3.Connection]:
    """Another program that holds the database for itself."""
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield other
    other.close()


async def test_what_is_added_while_another_program_locks_is_written_after(
    writer: Writer, file: Path, lock: sqlite3.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for seq in range(100):
        writer.add(step_write(step(seq)))
    await until(lambda: writer.counts.retries >= 2)
    writer.add(step_write(step(100)))
    lock.execute("ROLLBACK")
    await until(lambda: writer.counts.written == 101)
    assert rows_of(file, "steps") == 101
    assert not writer.behind
    assert [r.getMessage() for r in caplog.records if r.name.startswith("telephony")] == [
        "database takes nothing now; rows are kept and written later",
        "database takes rows again",
    ]


async def test_who_waits_for_what_was_written_is_told_that_it_is_not_there(
    writer: Writer, database: Database, lock: sqlite3.Connection
) -> None:
    writer.add(step_write(step(0)))
    with pytest.raises(StoreUnavailableError):
        await writer.settle(0.05)
    lock.execute("ROLLBACK")
    await writer.settle()
    assert await StoredTimeline(database, writer, Noon()).path(CALL) == (step(0),)


async def test_a_long_outage_goes_to_the_file_and_comes_back_in_order(
    database: Database, file: Path, lock: sqlite3.Connection, tmp_path: Path
) -> None:
    async with Writer(database, tmp_path, pace_s=0.001, memory_limit=10) as writer:
        for number in range(50):
            writer.add(Write(Kind.MARK, {"name": "cel", "position": str(number)}))
        await until(lambda: writer.counts.spilled == 50)
        assert writer.backlog == 0
        writer.add(Write(Kind.MARK, {"name": "cel", "position": "last"}))
        spill = tmp_path / "unwritten.jsonl"
        assert stat.S_IMODE(spill.stat().st_mode) == 0o600
        lock.execute("ROLLBACK")
        await until(lambda: not writer.behind and writer.backlog == 0)
        assert not spill.exists()
    row = await database.read(lambda connection: connection.execute(text("SELECT position FROM carrier_marks")).first())
    assert row == ("last",)


async def test_what_was_spilled_before_a_kill_is_written_after_the_restart(
    database: Database, file: Path, lock: sqlite3.Connection, tmp_path: Path
) -> None:
    killed = Writer(database, tmp_path, memory_limit=5)
    await killed.__aenter__()
    for seq in range(20):
        killed.add(step_write(step(seq)))
    await until(lambda: killed.counts.spilled == 20)
    assert killed._task is not None
    killed._task.cancel()  # what a kill leaves: no closing, no draining
    with pytest.raises(asyncio.CancelledError):
        await killed._task
    with (tmp_path / "unwritten.jsonl").open("a") as spill:
        spill.write('["step", {"call_id": "torn in the mid')
    lock.execute("ROLLBACK")

    async with Writer(database, tmp_path) as writer:
        await until(lambda: not writer.behind)
        assert writer.counts.written == 20
    assert rows_of(file, "steps") == 20
    assert "torn in the mid" in (tmp_path / "dead-letters.jsonl").read_text()


async def test_what_an_earlier_version_spilled_is_written_without_what_it_did_not_know(
    database: Database, tmp_path: Path
) -> None:
    write = next(entry_writes(entry()))
    row = {name: value for name, value in write.row.items() if not name.endswith("_beside")}
    (tmp_path / "unwritten.jsonl").write_text(json.dumps([write.kind, row]) + "\n")
    async with Writer(database, tmp_path) as writer:
        await writer.settle()
        assert writer.counts.refused == 0
        assert await StoredTimeline(database, writer, Noon()).has(CALL)


async def test_closing_writes_what_waits(database: Database, file: Path, tmp_path: Path) -> None:
    async with Writer(database, tmp_path) as writer:
        for seq in range(5000):
            writer.add(step_write(step(seq)))
    assert rows_of(file, "steps") == 5000


async def test_closing_in_an_outage_spills_what_waits(
    database: Database, lock: sqlite3.Connection, tmp_path: Path
) -> None:
    async with Writer(database, tmp_path, close_limit_s=0.1) as writer:
        for seq in range(3):
            writer.add(step_write(step(seq)))
    assert len((tmp_path / "unwritten.jsonl").read_text().splitlines()) == 3
    lock.execute("ROLLBACK")
    async with Writer(database, tmp_path) as next_writer:
        await next_writer.settle()
        assert len(await StoredTimeline(database, next_writer, Noon()).path(CALL)) == 3


async def test_a_full_disk_is_waited_out(writer: Writer, database: Database, file: Path) -> None:
    await database.write(lambda connection: connection.exec_driver_sql("PRAGMA max_page_count = 1").close())
    for seq in range(2000):
        writer.add(step_write(step(seq, value="x" * 200)))
    await until(lambda: writer.counts.retries >= 1)
    # The failed connection was closed; its limit went with it, as if somebody had made room.
    await until(lambda: writer.counts.written == 2000)
    assert rows_of(file, "steps") == 2000
    assert writer.counts.refused == writer.counts.lost == 0


async def test_a_poisoned_row_is_put_aside_and_the_others_go_on(
    writer: Writer, file: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for seq in range(50):
        writer.add(step_write(step(seq)))
        if seq == 25:
            writer.add(Write(Kind.STEP, {**step_write(step(1000)).row, "flow": None}))
    await writer.settle()
    assert rows_of(file, "steps") == 50
    assert writer.counts.refused == 1
    letter = json.loads((tmp_path / "dead-letters.jsonl").read_text())
    assert "NOT NULL" in letter["reason"]
    assert json.loads(letter["row"])[1]["seq"] == 1000
    assert "row refused by the database and put aside" in caplog.text


async def test_halves_of_characters_are_written_without_them(
    writer: Writer, database: Database, tmp_path: Path
) -> None:
    writer.add(step_write(step(0, value="bad \udcff\0 name")))
    await writer.settle()
    (read,) = await StoredTimeline(database, writer, Noon()).path(CALL)
    assert read.value == "bad ? name"
    assert not (tmp_path / "dead-letters.jsonl").exists()


async def test_when_neither_database_nor_disk_takes_rows_the_memory_keeps_them(
    database: Database, file: Path, lock: sqlite3.Connection, tmp_path: Path
) -> None:
    no_folder = tmp_path / "a file"
    no_folder.write_text("where the folder should be")
    async with Writer(database, no_folder, pace_s=0.001, memory_limit=5) as writer:
        for seq in range(99):
            writer.add(step_write(step(seq)))
        await until(lambda: writer.counts.retries >= 2)
        assert writer.backlog == 99
        writer.add(step_write(step(99)))
        writer.add(step_write(step(100)))  # more than twenty shares: the memory is bounded, and what is lost is counted
        assert writer.counts.lost == 1
        lock.execute("ROLLBACK")
        await until(lambda: writer.counts.written == 100)
    assert rows_of(file, "steps") == 100


async def test_rows_that_come_one_by_one_share_transactions(writer: Writer, file: Path) -> None:
    for number in range(200):
        call = entry(f"call-{number}")
        for write in (*map(step_write, call.path), *entry_writes(call)):
            writer.add(write)
        await asyncio.sleep(0)
    await writer.settle()
    assert rows_of(file, "entries") == 200
    assert rows_of(file, "entry_agents") == 200
    assert rows_of(file, "steps") == 400
