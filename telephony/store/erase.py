"""Gives a customer's data away or forgets it, as the law allows the customer to ask (GDPR, articles 15 and 17)."""

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, text

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
_DUES = text("SELECT kind, id, detail FROM dues")
_FORGET_DUE = text("UPDATE dues SET detail = :detail, erased = 1 WHERE kind = :kind AND id = :id")
_NUMBERS = text(
    "SELECT value AS number FROM identities WHERE customer_id = :id AND value LIKE '+%'"
    " UNION SELECT CASE WHEN direction = 'outbound' THEN called ELSE caller END FROM entries WHERE customer_id = :id"
)
_SHORTEST_NUMBER = 6
"""Digits; what is shorter could be a part of anything."""
_MASK = text(
    "UPDATE entries SET customer_id = NULL, caller = :caller, called = :called, legs = '[]', recordings = '[]',"
    " summary = '', note = '' WHERE id = :id"
)
IS_ERASED = (
    "EXISTS (SELECT 1 FROM entries WHERE entries.id = :call_id AND entries.customer_id IS NULL"
    " AND entries.legs = '[]' AND entries.caller LIKE '***%' AND entries.called LIKE '***%')"
)
"""SQL that tells whether the entry of `:call_id` was erased: nothing else masks both numbers and leaves no leg."""


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
    kept: dict[str, list[dict[str, object]]] = {
        name: [dict(row) for row in connection.execute(query, {"id": customer_id}).mappings()]
        for name, query in _TABLES.items()
    }
    kept["dues"] = [{"kind": due.kind, "detail": due.detail} for due in _about(connection, customer_id).dues]
    return json.dumps(kept, ensure_ascii=False, indent=2) if kept["customer"] else None


def _erase(connection: Connection, customer_id: CustomerId) -> Erased | None:
    if connection.execute(_TABLES["customer"], {"id": customer_id}).first() is None:
        return None
    calls = connection.execute(_THEIR_CALLS, {"id": customer_id}).all()
    recordings: Sequence[str] = [name for call in calls for name in json.loads(call.recordings)]
    _erase_dues(connection, _about(connection, customer_id))
    for statement in _FORGET:
        connection.execute(statement, {"id": customer_id})
    for call in calls:
        connection.execute(_MASK, {"id": call.id, "caller": mask(call.caller), "called": mask(call.called)})
    return Erased(entries=len(calls), recordings=tuple(recordings))


@dataclass(frozen=True, slots=True, kw_only=True)
class _About:
    """What is still to be done with providers about a customer, and the customer's numbers."""

    numbers: re.Pattern[str] | None
    dues: Sequence[Row[Any]]


def _about(connection: Connection, customer_id: CustomerId) -> _About:
    wanted = {"id": customer_id}
    found = {row.number for row in connection.execute(_NUMBERS, wanted) if _digits(row.number) >= _SHORTEST_NUMBER}
    numbers = _any_of(found)
    theirs = _any_of({row.id for row in connection.execute(_THEIR_CALLS, wanted)})
    about = [each for each in (numbers, theirs) if each is not None]
    dues = [
        due
        for due in (connection.execute(_DUES).all() if about else ())
        if any(each.search(text) for each in about for text in (due.id, due.detail))
    ]
    return _About(numbers=numbers, dues=dues)


def _erase_dues(connection: Connection, about: _About) -> None:
    """Leave of what is due only what is needed to forget the customer at the provider, too; its owner sees to that."""
    for due in about.dues:
        detail = about.numbers.sub(lambda found: mask(found[0]), due.detail) if about.numbers else due.detail
        connection.execute(_FORGET_DUE, {"kind": due.kind, "id": due.id, "detail": detail})


def _any_of(words: Collection[str]) -> re.Pattern[str] | None:
    """Return a pattern for any of these, not within a longer one; None for none."""
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)") if words else None


def _digits(number: str) -> int:
    return sum(each.isdigit() for each in number)
