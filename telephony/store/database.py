"""The database: a place where pieces of work are done, with a limit on every wait and no driver's error let through."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Protocol, Self, TypeVar

from sqlalchemy import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError

from telephony.errors import SettingsError, StoreUnavailableError
from telephony.store.postgres import PostgresDatabase
from telephony.store.sqlite import SqliteFile

T = TypeVar("T")


class _Engine(Protocol):
    """Every method but `close` raises TimeoutError when it takes too long."""

    async def open(self) -> None: ...
    async def close(self) -> None: ...
    async def read(self, work: Callable[[Connection], T]) -> T: ...
    async def write(self, work: Callable[[Connection], T]) -> T: ...


class Database:
    """One SQLite file (`sqlite:///path`) or PostgreSQL database (`postgresql://user:password@host/name`).

    Work is a plain function of a SQLAlchemy Connection, done in one go out of the event loop's way. Every method raises
    StoreUnavailableError when the database is locked, full, read-only or away or does not answer within `limit_s`,
    and StoreRefusedError when it will never take the work. Tables are made by `migrate.upgrade`.
    """

    def __init__(self, url: str, *, limit_s: float = 5.0, busy_s: float = 2.0) -> None:
        parsed = parse_url(url)
        self._limit_s = limit_s
        self._place = parsed.render_as_string(hide_password=True)
        kind = SqliteFile if parsed.get_backend_name() == "sqlite" else PostgresDatabase
        self._engine: _Engine = kind(parsed, limit_s=limit_s, busy_s=busy_s)

    async def __aenter__(self) -> Self:
        try:
            await self._engine.open()
        except TimeoutError as error:
            await self._engine.close()
            raise self._late() from error
        except BaseException:
            await self._engine.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(TimeoutError):  # work that hangs in a driver must not hold up the end of the server
            async with asyncio.timeout(self._limit_s):
                await self._engine.close()

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Return what `work` reads; it must not write."""
        try:
            return await self._engine.read(work)
        except TimeoutError as error:
            raise self._late() from error

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Return what `work` gives; all it wrote is kept, or nothing of it when it raises.

        After StoreUnavailableError for want of time the work may still have been done: give only what may be repeated.
        """
        try:
            return await self._engine.write(work)
        except TimeoutError as error:
            raise self._late() from error

    def _late(self) -> StoreUnavailableError:
        return StoreUnavailableError(
            f"the database {self._place} did not answer within {self._limit_s:g} s: is it locked or overloaded?"
        )


def parse_url(url: str) -> URL:
    """Return the URL, or raise SettingsError telling what is allowed."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = None
    if parsed is None or parsed.get_backend_name() not in {"sqlite", "postgresql"}:
        raise SettingsError(["database url: must be sqlite:///path or postgresql://user:password@host/name"])
    if parsed.get_backend_name() == "sqlite" and parsed.database in {None, "", ":memory:"}:
        raise SettingsError(["database url: must name a file (sqlite:///path): one in memory loses everything"])
    return parsed
