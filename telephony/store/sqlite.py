"""SQLite: one thread with one connection for reading, another for writing.

A whole piece of work crosses to its thread once. aiosqlite would cross for every driver call (cursor, execute, fetch,
close), which costs several times the look-up itself.
"""

import sqlite3
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from telephony.store.faults import fault_of
from telephony.store.lane import Lane

T = TypeVar("T")


class SqliteFile:
    """One database file. Every method raises TimeoutError after `limit_s`."""

    def __init__(self, url: URL, *, limit_s: float, busy_s: float) -> None:
        self._limit_s = limit_s
        self._reader = _Connected(url, "ringside-db-read", busy_s, writes=False)
        self._writer = _Connected(url, "ringside-db-write", busy_s, writes=True)

    async def open(self) -> None:
        """Open both connections; the writer first, for only it may create the file."""
        await self._writer.run(lambda _: None, self._limit_s)
        await self._reader.run(lambda _: None, self._limit_s)

    async def close(self) -> None:
        """Close both connections after the work in hand."""
        await self._reader.close(self._limit_s)
        await self._writer.close(self._limit_s)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Return what `work` reads."""
        return await self._reader.run(work, self._limit_s)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Return what `work` gives, done in one transaction."""
        return await self._writer.run(work, self._limit_s)


class _Connected:
    """A thread with its connection."""

    def __init__(self, url: URL, name: str, busy_s: float, *, writes: bool) -> None:
        self._engine = sqlite_engine(url, busy_s=busy_s, writes=writes)
        self._place = str(url.database)
        self._writes = writes
        self._lane = Lane(name)
        self._connection: Connection | None = None

    async def run(self, work: Callable[[Connection], T], limit_s: float) -> T:
        return await self._lane.run(lambda: self._perform(work), limit_s)

    async def close(self, limit_s: float) -> None:
        await self._lane.run(self._disconnect, limit_s)
        self._lane.close()

    def _perform(self, work: Callable[[Connection], T]) -> T:
        try:
            if self._connection is None:
                self._connection = self._engine.connect()
            if not self._writes:
                return work(self._connection)
            with self._connection.begin():
                return work(self._connection)
        except sqlite3.Error as error:
            self._disconnect()
            raise fault_of(DBAPIError("", None, error), self._place) from error
        except SQLAlchemyError as error:
            self._disconnect()  # a connection that has failed once may know an older file or schema
            raise fault_of(error, self._place) from error

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def sqlite_engine(url: URL, *, busy_s: float, writes: bool) -> Engine:
    """Return an engine whose connections keep to our rules; a reader sees each statement's newest state."""
    engine = create_engine(
        url.set(drivername="sqlite+pysqlite"),
        poolclass=NullPool,
        hide_parameters=True,  # errors go to the log, people's data does not
        isolation_level=None if writes else "AUTOCOMMIT",
        connect_args={"check_same_thread": False, "timeout": busy_s},
    )

    def prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we begin transactions ourselves, DDL included
        cursor = connection.cursor()
        # NORMAL: a power cut may cost the last moments, a killed process nothing; no fsync in a call's way.
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.execute("PRAGMA foreign_keys = ON")
        if not writes:
            # No mmap: among a million customers its page faults made one look-up in a hundred take 5 ms instead of 2.
            cursor.execute("PRAGMA query_only = ON")
        cursor.close()

    event.listen(engine, "connect", prepare)
    if writes:
        # The write lock is taken at the start: a transaction that reads first could not wait for it later.
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine
