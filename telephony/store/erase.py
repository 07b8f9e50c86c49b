"""Gives a customer's data away or forgets it, as the law allows the customer to ask (GDPR, articles 15 and 17)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from telephony.calls.model import CustomerId
from telephony.calls.numbers import mask
from telephony.store.database import Database

_TABLES = {
    "customer": text("SELECT * FROM customers WHERE id = :id"),
    "identities": text("SELECT channel, value, label FROM identities WHERE customer_id = :id ORDER BY position"),
    "entries": text("SELECT * FROM entries WHERE customer_id = :id ORDER BY at"),
    "notes": text("SELECT n.* FROM notes n JOIN entries e ON e.id = n.call_id WHERE e.customer_id = :id ORDER BY n.at"),
    "steps": text(
        "SELECT s.* FROM steps s JOIN entries e ON e.id = s.call_id WHERE e.customer_id = :id ORDER BY s.call_id, s.seq"
    ),
    "callbacks": text("SELECT * FROM callback_promises WHERE customer_id = :id ORDER BY at"),
    "number": text("SELECT number FROM customer_pins WHERE customer_id = :id"),
}
_THEIR_CALLS = text("SELECT id, caller, called, recordings FROM entries WHERE customer_id = :id")
_FORGET = [
    text("DELETE FROM notes WHERE call_id IN (SELECT id FROM entries WHERE customer_id = :id)"),
    text("DELETE FROM steps WHERE call_id IN (SELECT id FROM entries WHERE customer_id = :id)"),
    text("DELETE FROM callback_promises WHERE customer_id = :id"),
    text("DELETE FROM callback_promises WHERE call_id IN (SELECT id FROM entries WHERE customer_id = :id)"),
    text("DELETE FROM customers WHERE id = :id"),  # identities and the PIN go with it
]
_MASK = text(
    "UPDATE entries SET customer_id = NULL, caller = :caller, called = :called, legs = '[]', recordings = '[]',"
    " summary = '', note = '' WHERE id = :id"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What was forgotten; the recordings are files below the recordings folder that the caller must delete."""

    entries: int
    recordings: tuple[str, ...]


async def export_customer(database: Database, customer_id: CustomerId) -> str | None:
    """Return all that is kept of a customer as JSON text; None when there is no such customer."""
    return await database.read(lambda connection: _export(connection, customer_id))


async def erase_customer(database: Database, customer_id: CustomerId) -> Erased | None:
    """Forget a customer; that there were calls, when and how long, stays for the statistics. None: no such customer."""
    return await database.write(lambda connection: _erase(connection, customer_id))


def _export(connection: Connection, customer_id: CustomerId) -> str | None:
    kept = {
        name: [dict(row) for row in connection.execute(query, {"id": customer_id}).mappings()]
        for name, query in _TABLES.items()
    }
    return json.dumps(kept, ensure_ascii=False, indent=2) if kept["customer"] else None


def _erase(connection: Connection, customer_id: CustomerId) -> Erased | None:
    if connection.execute(_TABLES["customer"], {"id": customer_id}).first() is None:
        return None
    calls = connection.execute(_THEIR_CALLS, {"id": customer_id}).all()
    recordings: Sequence[str] = [name for call in calls for name in json.loads(call.recordings)]
    for statement in _FORGET:
        connection.execute(statement, {"id": customer_id})
    for call in calls:
        connection.execute(_MASK, {"id": call.id, "caller": mask(call.caller), "called": mask(call.called)})
    return Erased(entries=len(calls), recordings=tuple(recordings))
