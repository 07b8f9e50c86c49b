"""PostgreSQL through SQLAlchemy's asyncio engine and psycopg."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import URL, Connection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from telephony.store.faults import fault_of

T = TypeVar("T")


class PostgresDatabase:
    """One PostgreSQL database, by a pool of connections. Reading and writing raise TimeoutError after `limit_s`."""

    def __init__(self, url: URL, *, limit_s: float, busy_s: float) -> None:
        self._limit_s = limit_s
        busy_ms = int(busy_s * 1000)
        self._place = url.render_as_string(hide_password=True)
        self._engine = create_async_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_size=5,
            max_overflow=5,
            pool_timeout=busy_s,
            pool_pre_ping=True,
            hide_parameters=True,  # errors go to the log, people's data does not
            connect_args={
                "connect_timeout": max(2, int(busy_s)),
                "options": f"-c lock_timeout={busy_ms} -c statement_timeout={busy_ms * 5}",
            },
        )
        self._reading = self._engine.execution_options(isolation_level="AUTOCOMMIT")

    async def open(self) -> None:
        """Connect once, so that a wrong URL is told at the start."""
        await self.read(lambda _: None)

    async def close(self) -> None:
        """Close the pool."""
        await self._engine.dispose()

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Return what `work` reads."""
        try:
            async with asyncio.timeout(self._limit_s), self._reading.connect() as connection:
                return await connection.run_sync(work)
        except SQLAlchemyError as error:
            raise fault_of(error, self._place) from error

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Return what `work` gives, done in one transaction."""
        try:
            async with asyncio.timeout(self._limit_s), self._engine.begin() as connection:
                return await connection.run_sync(work)
        except SQLAlchemyError as error:
            raise fault_of(error, self._place) from error
