"""Writes behind the calls' back, in groups: a call never waits for the database, and nothing is lost when it is away.

Rows gather in memory and go to the database in one transaction per group, at once when idle, else every 20 ms. While
the database cannot take them they are tried again with growing pauses, and go to a file (`spill`) when the memory's
share is full or the outage lasts; from there they come back first, in their order, after a restart too. A row that the
database will never take is put aside in `dead-letters.jsonl`, and the others go on.
"""

import asyncio
import json
import logging
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from telephony.errors import StoreUnavailableError
from telephony.store.database import Database
from telephony.store.spill import Spill, put_aside
from telephony.store.writes import Write, write_all

logger = logging.getLogger(__name__)

GROUP_LIMIT = 2000
FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 5.0
SPILL_AFTER_TRIES = 4
"""About a second and a half: from then on a killed process would lose more than a moment's rows."""
DROP_AFTER = 20
"""Shares of memory, after which rows that fit neither in memory nor on the disk are dropped and counted."""


@dataclass(slots=True)
class WriterCounts:
    """Rows so far: what the metrics tell."""

    added: int = 0
    written: int = 0
    retries: int = 0
    spilled: int = 0
    refused: int = 0
    lost: int = 0


class Writer:
    """The write-behind queue: an async context manager that owns one task. `add` is for the event loop's thread."""

    def __init__(
        self,
        database: Database,
        folder: Path,
        *,
        pace_s: float = 0.02,
        memory_limit: int = 10_000,
        close_limit_s: float = 5.0,
    ) -> None:
        self._database = database
        self._spill = Spill(folder / "unwritten.jsonl")
        self._dead_letters = folder / "dead-letters.jsonl"
        self._pace_s = pace_s
        self._memory_limit = memory_limit
        self._close_limit_s = close_limit_s
        self._pending: deque[Write] = deque()
        self._arrived = asyncio.Event()
        self._closing = asyncio.Event()
        self._queued = 0
        self._taken = 0
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []
        self._failed_tries = 0
        self._task: asyncio.Task[None] | None = None
        self.counts = WriterCounts()

    async def __aenter__(self) -> Self:
        if self._spill:
            self._arrived.set()
        self._task = asyncio.create_task(self._run(), name="store-writer")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._arrived.set()
        try:
            if self._task is not None:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._task, self._close_limit_s)
        finally:
            await self._keep_the_rest()

    @property
    def backlog(self) -> int:
        """Rows that wait in memory."""
        return len(self._pending)

    @property
    def behind(self) -> bool:
        """Whether the database is not taking rows now, or rows wait in the file."""
        return self._failed_tries > 0 or bool(self._spill)

    def add(self, write: Write) -> None:
        """Keep a row to be written; never blocks, never raises."""
        self.counts.added += 1
        if len(self._pending) >= self._memory_limit * DROP_AFTER:
            self._lose(1)
            return
        self._pending.append(write)
        self._queued += 1
        self._arrived.set()

    async def settle(self, limit_s: float = 2.0) -> None:
        """Return when all that was added so far is in the database. Raises StoreUnavailableError."""
        if self._taken == self._queued and not self._spill:
            return
        settled = asyncio.get_running_loop().create_future()
        self._waiting.append((self._queued, settled))
        try:
            async with asyncio.timeout(limit_s):
                await settled
        except TimeoutError as error:
            raise StoreUnavailableError("what was written last is not in the database yet") from error

    async def _run(self) -> None:
        while not self._closing.is_set():
            await self._arrived.wait()
            self._arrived.clear()
            await self._write_up_to(self._queued)
            await self._pause(self._pace_s)
        await self._write_up_to(self._queued)

    async def _write_up_to(self, place: int) -> None:
        """Write what waits now; what comes meanwhile gathers for the next group."""
        while self._spill or self._taken < place:
            try:
                await (self._write_spilled() if self._spill else self._write_pending())
            except (StoreUnavailableError, OSError) as error:
                await self._wait_out(error)
            else:
                self._tell_progress()

    async def _write_pending(self) -> None:
        group = [self._pending[i] for i in range(min(GROUP_LIMIT, len(self._pending)))]
        await self._write(group)
        self._forget(len(group))

    async def _write_spilled(self) -> None:
        group, place = await asyncio.to_thread(self._spill.head, GROUP_LIMIT)
        await self._write(group)
        while self._spill.torn:
            await self._put_aside("this line of the spill file cannot be read", self._spill.torn.pop())
        await asyncio.to_thread(self._spill.take, place)

    async def _write(self, group: Sequence[Write]) -> None:
        """Write a group; one that is refused is halved until the rows at fault stand alone."""
        if not group:
            return
        try:
            await self._database.write(lambda connection: write_all(connection, group))
        except StoreUnavailableError:
            raise
        except Exception as error:  # whatever a driver finds wrong with a row must not stop the others
            if len(group) > 1:
                await self._write(group[: len(group) // 2])
                await self._write(group[len(group) // 2 :])
            elif (cleaned := group[0].cleaned()) != group[0]:
                await self._write([cleaned])
            else:
                await self._put_aside(str(error), json.dumps([group[0].kind, group[0].row]))
        else:
            self.counts.written += len(group)

    async def _put_aside(self, reason: str, what: str) -> None:
        self.counts.refused += 1
        logger.error(
            "row refused by the database and put aside",
            extra={"action": "row_refused", "file": str(self._dead_letters), "reason": reason.partition("\n")[0][:200]},
        )
        try:
            await asyncio.to_thread(put_aside, self._dead_letters, reason, what)
        except OSError as error:
            self._lose(1)
            logger.error("dead letter not written", extra={"action": "dead_letter_lost", "reason": str(error)})

    async def _wait_out(self, error: StoreUnavailableError | OSError) -> None:
        if self._failed_tries == 0:
            logger.warning(
                "database takes nothing now; rows are kept and written later",
                extra={"action": "store_unavailable", "reason": str(error)},
            )
        self._failed_tries += 1
        self.counts.retries += 1
        if self._failed_tries >= SPILL_AFTER_TRIES or len(self._pending) > self._memory_limit:
            await self._spill_pending()
        await self._pause(min(FIRST_PAUSE_S * 2 ** (self._failed_tries - 1), LONGEST_PAUSE_S))

    async def _pause(self, pause_s: float) -> None:
        """Wait, but not when closing: then the limit of closing is the only pause."""
        with suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await self._closing.wait()
        if self._closing.is_set():
            await asyncio.sleep(min(pause_s, 0.05))

    def _tell_progress(self) -> None:
        if self._failed_tries:
            logger.info("database takes rows again", extra={"action": "store_back", "tries": self._failed_tries})
        self._failed_tries = 0
        if self._waiting and not self._spill:
            for place, settled in self._waiting:
                if place <= self._taken and not settled.done():
                    settled.set_result(None)
            self._waiting = [waiting for waiting in self._waiting if not waiting[1].done()]

    async def _spill_pending(self) -> None:
        rows = list(self._pending)
        if not rows:
            return
        try:
            await asyncio.to_thread(self._spill.append, rows)
        except OSError as error:
            logger.error(
                "unwritten rows could not be spilled; they stay in memory",
                extra={"action": "spill_failed", "rows": len(rows), "reason": str(error)},
            )
            return
        self.counts.spilled += len(rows)
        self._forget(len(rows))

    def _forget(self, rows: int) -> None:
        for _ in range(rows):
            self._pending.popleft()
        self._taken += rows

    async def _keep_the_rest(self) -> None:
        await self._spill_pending()
        if self._pending:
            self._lose(len(self._pending))

    def _lose(self, rows: int) -> None:
        if not self.counts.lost:
            logger.critical("rows lost: neither database nor disk takes them", extra={"action": "rows_lost"})
        self.counts.lost += rows
