"""Makes the company of the bench: a million customers with their histories, a thousand agents who are logged in."""

import asyncio
import hashlib
import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from bench.places import AGENTS, CUSTOMERS, FIRST_EXTENSION, agent_name, number_of, token_of
from telephony.store.migrate import upgrade

CONTACTS = 3
FIRST_US = 1_767_225_600_000_000
FOR_EVER_US = 4_102_444_800_000_000


def ensure(file: Path, customers: int = CUSTOMERS) -> float:
    """Make the database unless it is there; return the seconds that took. What earlier runs wrote is removed."""
    began = time.monotonic()
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        making = file.with_name("making.db")
        for left in file.parent.glob("making.db*"):
            left.unlink()
        asyncio.run(upgrade(f"sqlite:///{making}"))
        fill(making, customers)
        making.rename(file)
    asyncio.run(upgrade(f"sqlite:///{file}"))
    with closing(sqlite3.connect(file)) as connection, connection:
        _forget_calls(connection)
        _staff(connection)
    return time.monotonic() - began


def fill(file: Path, customers: int) -> None:
    """Write the customers into empty tables; indexes are made afterwards, which takes a quarter of the time."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -400000")
        indexes = connection.execute("SELECT name, sql FROM sqlite_master WHERE name LIKE 'ix_%'").fetchall()
        for name, _ in indexes:
            connection.execute(f"DROP INDEX {name}")
        with connection:
            _write(connection, customers)
        for _, sql in indexes:
            connection.execute(sql)
        connection.execute("ANALYZE")
        connection.execute("PRAGMA journal_mode = WAL")


def _write(connection: sqlite3.Connection, customers: int) -> None:
    facts = json.dumps({"tier": "gold", "balance": 12.5})
    connection.executemany(
        "INSERT INTO customers (id, name, language, facts) VALUES (?, ?, 'en', ?)",
        ((_id(i), f"Customer {i}", facts) for i in range(customers)),
    )
    connection.executemany(
        "INSERT INTO identities (customer_id, channel, value, label, position) VALUES (?, ?, ?, ?, ?)",
        (row for i in range(customers) for row in _identities(i)),
    )
    connection.executemany(
        "INSERT INTO entries (id, customer_id, channel, direction, at, summary) VALUES (?, ?, ?, 'inbound', ?, ?)",
        (
            (f"e-{i:07d}-{n}", _id(i), ("phone", "email", "chat")[n], FIRST_US + n, "Asked about an order")
            for i in range(customers)
            for n in range(CONTACTS)
        ),
    )


def _identities(i: int) -> Iterator[tuple[str, str, str, str, int]]:
    # In the order of the table's key
    yield _id(i), "email", f"customer{i}@mail.example", "", 1
    yield _id(i), "phone", number_of(i), "mobile", 0


def _id(i: int) -> str:
    return f"c-{i:07d}"


def _forget_calls(connection: sqlite3.Connection) -> None:
    for table, column in (("entries", "id"), ("entry_agents", "entry_id")):
        connection.execute(f"DELETE FROM {table} WHERE {column} NOT BETWEEN 'e-' AND 'e.'")
    for table in ("steps", "notes", "carrier_marks"):
        connection.execute(f"DELETE FROM {table}")


def _staff(connection: sqlite3.Connection) -> None:
    """Write the agents and their sessions."""
    connection.execute("DELETE FROM users")
    names = [(agent_name(i), f"Agent {FIRST_EXTENSION + i}", str(FIRST_EXTENSION + i)) for i in range(AGENTS)]
    connection.executemany(
        "INSERT INTO users (login, name, role, password_hash, agent_id, extension, endpoint, queues)"
        " VALUES (?, ?, 'agent', '', ?, ?, ?, '[\"support\"]')",
        ((login, name, login, extension, f"PJSIP/{extension}") for login, name, extension in names),
    )
    connection.executemany(
        "INSERT OR REPLACE INTO sessions (token_hash, login, until) VALUES (?, ?, ?)",
        ((hashlib.sha256(token_of(i).encode()).hexdigest(), agent_name(i), FOR_EVER_US) for i in range(AGENTS)),
    )
