"""Brings a database to this version's tables, from empty or from any earlier version."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from telephony.errors import RingsideError
from telephony.store.database import parse_url
from telephony.store.faults import fault_of
from telephony.store.sqlite import sqlite_engine

_LOCK = 0x52696E67  # "Ring": two servers that start together upgrade one after the other


async def upgrade(url: str, *, limit_s: float = 600.0) -> None:
    """Bring the database up to date; may be repeated.

    Raises StoreUnavailableError, and RingsideError when a newer Ringside made the database.
    """
    async with asyncio.timeout(limit_s):
        await asyncio.to_thread(upgrade_sync, url)


def upgrade_sync(url: str) -> None:
    """Bring the database up to date, as `upgrade` does."""
    with connected(url) as connection:
        try:
            command.upgrade(config_on(connection), "head")
        except CommandError as error:
            raise RingsideError(
                f"a newer Ringside made this database ({error}): install that version, or bring back an older copy"
            ) from error


def revision_sync(url: str) -> tuple[str | None, str | None]:
    """Return the database's version and the one this program wants; they are equal when nothing is to be done."""
    with connected(url) as connection:
        wanted = ScriptDirectory.from_config(config_on(connection)).get_current_head()
        return MigrationContext.configure(connection).get_current_revision(), wanted


def config_on(connection: Connection) -> Config:
    """Return Alembic's configuration for an open connection; there is no alembic.ini."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """Give a connection in one transaction that nobody else upgrades beside."""
    parsed = parse_url(url)
    sqlite = parsed.get_backend_name() == "sqlite"
    engine = (
        sqlite_engine(parsed, busy_s=30.0, writes=True)
        if sqlite
        else create_engine(parsed.set(drivername="postgresql+psycopg"), poolclass=NullPool, hide_parameters=True)
    )
    try:
        with engine.begin() as connection:
            if not sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            yield connection
    except SQLAlchemyError as error:
        raise fault_of(error, parsed.render_as_string(hide_password=True)) from error
    finally:
        engine.dispose()
