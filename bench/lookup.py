"""Measures the look-up of a caller among a million customers, beside one bare SQLite look-up.

`python bench/lookup.py [CUSTOMERS] [FILE]`: makes the database once (about a minute), then measures find + record one
by one and with 50 look-ups a second while calls are being written.
"""

import asyncio
import json
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from telephony.calls.model import CallId
from telephony.calls.numbers import read_caller
from telephony.store.customers import StoredCustomers
from telephony.store.database import Database
from telephony.store.entries import step_write
from telephony.store.migrate import upgrade
from telephony.store.writer import Writer
from telephony.timeline.entry import PathStep

CONTACTS = 3
FIRST_US = 1_767_225_600_000_000


class RealClock:
    """The time of this machine."""

    def now(self) -> datetime:
        """Return the time now."""
        return datetime.now(UTC)


def number_of(customer: int) -> str:
    return f"+35988{customer:07d}"


def fill(file: Path, customers: int) -> None:
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA synchronous = OFF")
    facts = json.dumps({"tier": "gold", "balance": 12.5})
    with connection:
        connection.executemany(
            "INSERT INTO customers (id, name, language, facts) VALUES (?, ?, 'bg', ?)",
            ((f"c-{i}", f"Customer {i}", facts) for i in range(customers)),
        )
        connection.executemany(
            "INSERT INTO identities (customer_id, channel, value, label, position) VALUES (?, ?, ?, ?, ?)",
            (row for i in range(customers) for row in identities(i)),
        )
        connection.executemany(
            "INSERT INTO entries (id, customer_id, channel, direction, at, summary) VALUES (?, ?, ?, 'inbound', ?, ?)",
            (
                (f"e-{i}-{n}", f"c-{i}", ("phone", "email", "chat")[n], FIRST_US + n, "Asked about an order")
                for i in range(customers)
                for n in range(CONTACTS)
            ),
        )
    connection.close()


def identities(i: int) -> Iterator[tuple[str, str, str, str, int]]:
    yield f"c-{i}", "phone", number_of(i), "mobile", 0
    yield f"c-{i}", "email", f"customer{i}@mail.example", "", 1


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
            match = await stored.find(read_caller(number_of(random.randrange(customers)), region="BG"))
            assert await stored.record(match.candidates[0].customer_id) is not None

        async def write_steps() -> None:
            for call in range(10_000_000):
                for seq in range(35):
                    writer.add(step_write(step(f"{file.stem}-{time.time_ns()}-{call}", seq)))
                await asyncio.sleep(0.02)

        for what, work, pause_s in (
            ("one bare SQLite look-up", bare_lookup, 0.0),
            ("find + record, one after another", lookup, 0.0),
            ("find + record, 50 a second", lookup, 0.02),
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
    customers = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    file = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(tempfile.mkdtemp()) / "lookup.db"
    if not file.exists():
        asyncio.run(upgrade(f"sqlite:///{file}"))
        fill(file, customers)
    print(f"{customers:,} customers, {file.stat().st_size / 2**20:,.0f} MiB")
    asyncio.run(measure(file, customers))


if __name__ == "__main__":
    main()
