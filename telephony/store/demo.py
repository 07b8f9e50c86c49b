"""Loads a demo company, so that the first call has somebody to show."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from sqlalchemy import Connection, text

from telephony.calls.model import AgentId, CustomerId, QueueName
from telephony.customers.imported import ImportedCustomer, read_customer
from telephony.errors import RingsideError
from telephony.ports import Role, User
from telephony.routing.agents import Agent
from telephony.store.customers_import import put_customers
from telephony.store.database import Database
from telephony.store.pins import put_pin
from telephony.store.times import to_us
from telephony.store.users import put_user

_CONTACT = text(
    "INSERT INTO entries (id, customer_id, channel, direction, at, answered_at, ended_at, caller, called, disposition,"
    " queue, wait_s, talk_s, agents, summary)"
    " VALUES (:id, :customer_id, :channel, :direction, :at, :answered_at, :ended_at, :caller, :called, :disposition,"
    " :queue, :wait_s, :talk_s, :agents, :summary) ON CONFLICT DO NOTHING"
)
_CONTACT_AGENT = text(
    "INSERT INTO entry_agents (agent, at, entry_id) SELECT :agent, at, id FROM entries WHERE id = :entry_id"
    " ON CONFLICT DO NOTHING"
)

_HAS_PIN = text("SELECT 1 FROM customer_pins WHERE customer_id = :id OR number = :number")
_QUICK = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)
"""For PINs that stand in the file for everybody to read."""
_NOT_IMPORTED = frozenset({"history", "number", "pin"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A demo user's secrets, which are not in the file."""

    password_hash: str
    sip_password: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoReport:
    """What a demo company consists of."""

    company: str
    users: tuple[User, ...]
    customers: int
    contacts: int


async def load_demo(
    database: Database, path: Path, *, now: datetime, credentials: Callable[[str], Credentials]
) -> DemoReport:
    """Write the company of a file like `config/demo/company.json`; loaded again, it changes only the users' secrets.

    `credentials` gives the secrets for a login; a customer's `number` and `pin` stand in the file, for everybody to try
    them, and one who has a PIN keeps it. Histories lie before `now` as the file says. Raises RingsideError for a
    file that cannot be used.
    """
    try:
        told = json.loads(await asyncio.to_thread(path.read_text, encoding="utf-8"))
        users = tuple(_user(one, credentials(one["login"])) for one in told["users"])
        customers = [_customer(one, told["region"]) for one in told["customers"]]
        pins = _pins(told["customers"])
        contacts = [contact for one in told["customers"] for contact in _contacts(one, told["number"], now)]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RingsideError(f"{path}: not a demo company: {type(error).__name__}: {error}") from error
    await database.write(lambda connection: _load(connection, users, customers, contacts, pins))
    return DemoReport(company=told["company"], users=users, customers=len(customers), contacts=len(contacts))


def _load(
    connection: Connection,
    users: Sequence[User],
    customers: Sequence[ImportedCustomer],
    contacts: Sequence[dict[str, Any]],
    pins: Sequence[tuple[CustomerId, str, str]],
) -> None:
    for user in users:
        put_user(connection, user)
    put_customers(connection, customers)
    for customer_id, number, pin_hash in pins:
        if connection.execute(_HAS_PIN, {"id": customer_id, "number": number}).first() is None:
            put_pin(connection, customer_id, pin_hash, number)
    connection.execute(_CONTACT, contacts)
    talked = [{"agent": agent, "entry_id": c["id"]} for c in contacts for agent in json.loads(c["agents"])]
    if talked:
        connection.execute(_CONTACT_AGENT, talked)


def _user(told: dict[str, Any], secrets: Credentials) -> User:
    agent = None
    if "extension" in told:
        agent = Agent(
            id=AgentId(told["login"]),
            name=told["name"],
            extension=told["extension"],
            endpoint=f"PJSIP/{told['extension']}",
            queues=frozenset(QueueName(queue) for queue in told["queues"]),
        )
    return User(
        login=told["login"],
        name=told["name"],
        role=Role(told["role"]),
        password_hash=secrets.password_hash,
        agent=agent,
        sip_password=secrets.sip_password if agent else None,
    )


def _customer(told: dict[str, Any], region: str) -> ImportedCustomer:
    return read_customer({name: value for name, value in told.items() if name not in _NOT_IMPORTED}, region=region)


def _pins(told: Sequence[dict[str, Any]]) -> list[tuple[CustomerId, str, str]]:
    return [(CustomerId(one["id"]), one["number"], _QUICK.hash(one["pin"])) for one in told if "pin" in one]


def _contacts(told: dict[str, Any], number: str, now: datetime) -> list[dict[str, Any]]:
    return [_contact(told["id"], index, line, number, now) for index, line in enumerate(told.get("history", ()))]


def _contact(customer: str, index: int, line: dict[str, Any], number: str, now: datetime) -> dict[str, Any]:
    begun = now - timedelta(days=line["days_ago"], minutes=13 * index + 7)
    talk_s, wait_s = float(line.get("talk_s", 0)), float(line.get("wait_s", 0))
    answered = begun + timedelta(seconds=wait_s) if talk_s else None
    ended = begun + timedelta(seconds=wait_s + talk_s)
    inbound = line["direction"] == "inbound"
    address = line.get("address", "")
    return {
        "id": f"demo-{customer}-{index}",
        "customer_id": customer,
        "channel": line["channel"],
        "direction": line["direction"],
        "at": to_us(begun),
        "answered_at": to_us(answered) if answered else None,
        "ended_at": to_us(ended),
        "caller": address if inbound else number,
        "called": number if inbound else address,
        "disposition": line.get("outcome", ""),
        "queue": line.get("queue", ""),
        "wait_s": wait_s,
        "talk_s": talk_s,
        "agents": json.dumps(line.get("agents", [])),
        "summary": line["summary"],
    }
