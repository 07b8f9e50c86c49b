"""The border of the database: its tables, its limits, and errors in our own words."""

import sqlite3
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text

from telephony.errors import RingsideError, SettingsError, StoreUnavailableError
from telephony.store.database import Database
from telephony.store.faults import StoreRefusedError
from telephony.store.migrate import connected, revision_sync, upgrade, upgrade_sync
from telephony.store.tables import METADATA


def insert(connection: Connection) -> None:
    connection.execute(text("INSERT INTO carrier_marks (name, position) VALUES ('a', 'b')"))


async def test_a_database_grows_from_nothing_and_may_be_upgraded_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    await upgrade(url)
    await upgrade(url)
    found, wanted = revision_sync(url)
    assert found == wanted
    with connected(url) as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_a_database_of_a_newer_version_is_refused(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(RingsideError, match="a newer Ringside made this database"):
        upgrade_sync(f"sqlite:///{file}")


@pytest.mark.parametrize("url", ["mysql://root@host/x", "sqlite://", "sqlite:///:memory:", "nonsense", ""])
def test_a_url_that_cannot_be_used_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="sqlite:///path"):
        Database(url)


async def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailableError, match="create its folder"):
        async with Database(f"sqlite:///{tmp_path}/none/x.db"):
            pass
    with pytest.raises(StoreUnavailableError, match="create its folder"):
        await upgrade(f"sqlite:///{tmp_path}/none/x.db")


async def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"something else entirely" * 100)
    with pytest.raises(StoreUnavailableError, match="is not a SQLite database"):
        async with Database(f"sqlite:///{tmp_path}/x.db"):
            pass


async def test_missing_tables_are_told(tmp_path: Path) -> None:
    async with Database(f"sqlite:///{tmp_path}/x.db") as database:
        with pytest.raises(StoreUnavailableError, match="run `ringside db upgrade`"):
            await database.read(lambda connection: connection.execute(text("SELECT * FROM entries")).all())


async def test_a_locked_database_is_told_and_can_still_be_read(database: Database, file: Path) -> None:
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailableError, match="is locked by another program"):
        await database.write(insert)
    assert await database.read(lambda c: c.execute(text("SELECT count(*) FROM carrier_marks")).scalar()) == 0
    other.close()
    await database.write(insert)


async def test_a_read_only_database_is_told(database: Database) -> None:
    with pytest.raises(StoreUnavailableError, match="is read-only"):
        await database.read(insert)


async def test_work_that_breaks_a_rule_is_refused_and_leaves_nothing(database: Database) -> None:
    def twice(connection: Connection) -> None:
        insert(connection)
        insert(connection)

    with pytest.raises(StoreRefusedError, match="UNIQUE"):
        await database.write(twice)
    await database.write(insert)


async def test_an_error_tells_no_data_of_people(database: Database) -> None:
    def put(connection: Connection) -> None:
        connection.execute(text("INSERT INTO carrier_marks VALUES (:number, NULL)"), {"number": "+359888100001"})

    with pytest.raises(StoreRefusedError, match="NOT NULL") as refused:
        await database.write(put)
    assert "888100001" not in str(refused.value)


async def test_a_database_that_does_not_answer_is_given_up(file: Path) -> None:
    release = threading.Event()
    async with Database(f"sqlite:///{file}", limit_s=0.5) as database:
        with pytest.raises(StoreUnavailableError, match=r"did not answer within 0\.5 s"):
            await database.read(lambda _: release.wait(5))
        release.set()


async def test_a_password_is_not_told() -> None:
    with pytest.raises(StoreUnavailableError, match="cannot be reached") as refused:
        async with Database("postgresql://ringside:topsecret@127.0.0.1:1/ringside"):
            pass
    assert "topsecret" not in str(refused.value)
