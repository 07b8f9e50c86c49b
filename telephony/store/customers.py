"""Looks customers up and gives their record: the one thing a ringing phone waits for."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, TextualSelect, column, text

from telephony.calls.model import AgentId, Channel, CustomerId
from telephony.calls.numbers import CallerNumber
from telephony.customers.match import Match, Owner, decide
from telephony.customers.record import Customer, CustomerRecord, Identity, PastContact
from telephony.ports import Clock
from telephony.store.database import Database
from telephony.store.entries import all_notes
from telephony.store.one_trip import look_up
from telephony.store.times import from_us, from_us_or_none

RECENT_CONTACTS = 10
MOST_OWNERS = 20


def _query(columns: str, sql: str) -> TextualSelect:
    """Return a query whose columns are told, so that they need not be worked out anew in the way of every call."""
    return text(sql).columns(*(column(name) for name in columns.split()))


_OWNERS = _query(
    "id name channel label last_contact",
    "SELECT c.id, c.name, i.channel, i.label,"
    " (SELECT max(e.at) FROM entries e WHERE e.customer_id = c.id) AS last_contact"
    " FROM identities i JOIN customers c ON c.id = i.customer_id"
    " WHERE i.channel IN ('phone', 'sms', 'whatsapp', 'viber', 'telegram') AND i.value = :number"
    " ORDER BY last_contact DESC NULLS LAST LIMIT :most",
)
_CUSTOMER = _query(
    "id name language personal_agent note facts channel value",
    "SELECT c.id, c.name, c.language, c.personal_agent, c.note, c.facts, i.channel, i.value"
    " FROM customers c LEFT JOIN identities i ON i.customer_id = c.id WHERE c.id = :id"
    " ORDER BY i.position, i.channel, i.value",
)
_RECENT = _query(
    "id channel direction at disposition summary note said",
    "SELECT e.*, n.text AS said FROM"
    " (SELECT id, channel, direction, at, disposition, summary, note"
    " FROM entries WHERE customer_id = :id ORDER BY at DESC LIMIT :most) e"
    " LEFT JOIN notes n ON n.call_id = e.id ORDER BY e.at DESC, e.id, n.at",
)

_Found = tuple[Customer, tuple[PastContact, ...]]


class StoredCustomers:
    """The port RecordSource over our own database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def find(self, number: CallerNumber) -> Match:
        """Tell who has this number, under whichever channel it is kept. Raises StoreUnavailableError."""
        if number.e164 is None:
            return decide(number, ())
        return await self._database.read(lambda connection: _find(connection, number))

    async def record(self, customer_id: CustomerId) -> CustomerRecord | None:
        """Give the customer and the last ten contacts over all channels. Raises StoreUnavailableError."""
        return self._dated(await self._database.read(lambda connection: _record(connection, customer_id)))

    async def identify(self, number: CallerNumber) -> tuple[Match, CustomerRecord | None]:
        """Tell who has this number, with the first candidate's record. Raises StoreUnavailableError."""
        if number.e164 is None:
            return decide(number, ()), None
        match, found = await self._database.read(lambda connection: _identify(connection, number))
        return match, self._dated(found)

    def _dated(self, found: _Found | None) -> CustomerRecord | None:
        if found is None:
            return None
        customer, recent = found
        return CustomerRecord(customer=customer, recent=recent, as_of=self._clock.now())


def _identify(connection: Connection, number: CallerNumber) -> tuple[Match, _Found | None]:
    if connection.dialect.name == "sqlite":
        return _identify_in_one_trip(connection, number)
    match = _find(connection, number)
    return match, _record(connection, match.candidates[0].customer_id) if match.candidates else None


def _identify_in_one_trip(connection: Connection, number: CallerNumber) -> tuple[Match, _Found | None]:
    owners, customer, identities, entries, notes = look_up(
        connection, number.e164 or "", owners=MOST_OWNERS, entries=RECENT_CONTACTS
    )
    match = decide(number, [_owner(*owner) for owner in owners])
    if not match.candidates:
        return match, None
    if customer is None or customer[0] != match.candidates[0].customer_id:  # the rule prefers another owner's record
        return match, _record(connection, match.candidates[0].customer_id)
    said: dict[str, list[str]] = {}
    for entry, words in notes:
        said.setdefault(entry, []).append(words)
    recent = tuple(_past(*entry, said=said.get(entry[0], ())) for entry in entries)
    return match, (_customer(*customer, identities=identities), recent)


def _find(connection: Connection, number: CallerNumber) -> Match:
    rows = connection.execute(_OWNERS, {"number": number.e164, "most": MOST_OWNERS})
    return decide(
        number,
        [_owner(row.id, row.name, row.channel, row.label, row.last_contact) for row in rows],
    )


def _owner(customer_id: str, name: str, channel: str, label: str, last_contact: int | None) -> Owner:
    return Owner(
        customer_id=CustomerId(customer_id),
        name=name,
        channel=Channel(channel),
        label=label,
        last_contact=from_us_or_none(last_contact),
    )


def _record(connection: Connection, customer_id: CustomerId) -> _Found | None:
    rows = connection.execute(_CUSTOMER, {"id": customer_id}).all()
    if not rows:
        return None
    row = rows[0]
    identities = [(i.channel, i.value) for i in rows if i.channel]
    customer = _customer(row.id, row.name, row.language, row.personal_agent, row.note, row.facts, identities=identities)
    return customer, _recent(connection, customer_id)


def _customer(
    customer_id: str,
    name: str,
    language: str | None,
    personal_agent: str | None,
    note: str,
    facts: str,
    *,
    identities: Sequence[tuple[str, str]],
) -> Customer:
    return Customer(
        id=CustomerId(customer_id),
        name=name,
        language=language,
        personal_agent=AgentId(personal_agent) if personal_agent else None,
        note=note,
        identities=tuple(Identity(channel=Channel(channel), value=value) for channel, value in identities),
        facts=json.loads(facts),
    )


def _recent(connection: Connection, customer_id: CustomerId) -> tuple[PastContact, ...]:
    of_entry: dict[str, list[Row[Any]]] = {}
    for row in connection.execute(_RECENT, {"id": customer_id, "most": RECENT_CONTACTS}):
        of_entry.setdefault(row.id, []).append(row)
    return tuple(_contact(rows) for rows in of_entry.values())


def _contact(rows: list[Row[Any]]) -> PastContact:
    row, said = rows[0], [row.said for row in rows if row.said]
    return _past(row.id, row.channel, row.direction, row.at, row.disposition, row.summary, row.note, said=said)


def _past(
    entry_id: str,
    channel: str,
    direction: str,
    at: int,
    disposition: str,
    summary: str,
    note: str,
    *,
    said: Sequence[str],
) -> PastContact:
    return PastContact(
        entry_id=entry_id,
        channel=Channel(channel),
        direction=direction,
        at=from_us(at),
        summary=all_notes(note, said) or summary,
        outcome=disposition,
    )
