"""Measures the look-up of a caller among a million customers, beside one bare SQLite look-up.

`python -m bench.lookup`: measures the look-up one by one, and 50 a second while calls are being written. Uses the
database of `make bench`, and makes it when it is not there.
"""

import asyncio
import random
import sqlite3
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from bench.customers import ensure
from bench.places import CUSTOMERS, DATABASE, number_of
from telephony.calls.model import CallId
from telephony.calls.numbers import read_caller
from telephony.store.customers import StoredCustomers
from telephony.store.database import Database
from telephony.store.entries import step_write
from telephony.store.writer import Writer
from telephony.timeline.entry import PathStep


class RealClock:
    """The time of this machine."""

    def now(self) -> datetime:
        """Return the time now."""
        return datetime.now(UTC)


async def timed(work: Callable[[], Awaitable[object]], times: int, pause_s: float = 0.0) -> list[float]:
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        await work()
        taken.append((time.perf_counter() - begun) * 1000)
        if pause_s:
            await asyncio.sleep(pause_s)
    return sorted(taken)


def told(what: str, taken: list[float], cpu_s: float) -> str:
    p50, p99 = statistics.median(taken), taken[int(len(taken) * 0.99)]
    return f"{what:44} p50 {p50:6.3f} ms   p99 {p99:6.3f} ms   CPU {cpu_s / len(taken) * 1000:6.3f} ms"


async def measure(file: Path, customers: int) -> None:
    bare = sqlite3.connect(file)

    async def bare_lookup() -> None:
        number = number_of(random.randrange(customers))
        bare.execute(
            "SELECT c.* FROM identities i JOIN customers c ON c.id = i.customer_id"
            " WHERE channel = 'phone' AND value = ?",
            (number,),
        ).fetchone()

    async with Database(f"sqlite:///{file}") as database, Writer(database, file.parent) as writer:
        stored = StoredCustomers(database, RealClock())

        async def lookup() -> None:
            match, record = await stored.identify(read_caller(number_of(random.randrange(customers)), region="BG"))
            assert record is not None
            assert len(match.candidates) == 1

        async def write_steps() -> None:
            for call in range(10_000_000):
                for seq in range(35):
                    writer.add(step_write(step(f"{file.stem}-{time.time_ns()}-{call}", seq)))
                await asyncio.sleep(0.02)

        for what, work, pause_s in (
            ("one bare SQLite look-up", bare_lookup, 0.0),
            ("the look-up, one after another", lookup, 0.0),
            ("the look-up, 50 a second", lookup, 0.02),
        ):
            await timed(work, 200)
            cpu = time.process_time()
            print(told(what, await timed(work, 2000 if not pause_s else 500, pause_s), time.process_time() - cpu))
        writing = asyncio.create_task(write_steps(), name="bench-writes")
        print(told("the same while 250 calls/s are written", await timed(lookup, 500, 0.02), 0.0))
        writing.cancel()
    bare.close()


def step(call: str, seq: int) -> PathStep:
    now = datetime.now(UTC)
    return PathStep(
        call_id=CallId(call), seq=seq, at=now, flow="main", node="menu", kind="menu", event="keys", value="1"
    )


def main() -> None:
    ensure(DATABASE)
    print(f"{CUSTOMERS:,} customers, {DATABASE.stat().st_size / 2**20:,.0f} MiB")
    asyncio.run(measure(DATABASE, CUSTOMERS))


if __name__ == "__main__":
    main()
