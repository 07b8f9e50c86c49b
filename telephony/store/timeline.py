"""The timeline and the journal: written behind the calls' back, read in order."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, TextClause, text

from telephony.calls.model import AgentId, CallId
from telephony.ports import CallFilter, Clock
from telephony.store.database import Database
from telephony.store.entries import entry_writes, step_write, to_entry, to_step
from telephony.store.times import to_us
from telephony.store.writer import Writer
from telephony.store.writes import Kind, Write
from telephony.timeline.entry import CallEntry, PathStep

_STEPS = text("SELECT * FROM steps WHERE call_id = :call_id ORDER BY seq")
_FINISHED = text("SELECT 1 FROM entries WHERE id = :call_id AND ended_at IS NOT NULL")
_ONE = text(
    "SELECT e.*, c.name AS customer_name, n.text AS said FROM entries e"
    " LEFT JOIN customers c ON c.id = e.customer_id LEFT JOIN notes n ON n.call_id = e.id"
    " WHERE e.id = :call_id AND e.channel = 'phone' ORDER BY n.at"
)
_LONGEST_LIST = 500


class StoredTimeline:
    """The ports Timeline, Journal and CallHistory over one database."""

    def __init__(self, database: Database, writer: Writer, clock: Clock) -> None:
        self._database = database
        self._writer = writer
        self._clock = clock

    def add(self, step: PathStep) -> None:
        """Keep one step; never blocks or raises."""
        self._writer.add(step_write(step))

    def put(self, entry: CallEntry) -> None:
        """Write an entry, or write it anew; what the new one does not know (customer, queue, note ...) is kept."""
        for write in entry_writes(entry):
            self._writer.add(write)

    def note(self, call_id: CallId, agent: AgentId, text: str) -> None:
        """Keep this agent's note on a call, instead of an earlier one of the same agent."""
        at = to_us(self._clock.now())
        self._writer.add(Write(Kind.NOTE, {"call_id": call_id, "agent": agent, "at": at, "text": text}))

    async def path(self, call_id: CallId) -> Sequence[PathStep]:
        """Give the steps of a call in order, those of this moment too. Raises StoreUnavailableError."""
        await self._writer.settle()
        return await self._database.read(lambda connection: _path(connection, call_id))

    async def has(self, call_id: CallId) -> bool:
        """Tell whether the call stands in the timeline as finished. Raises StoreUnavailableError."""
        await self._writer.settle()
        return await self._database.read(
            lambda connection: connection.execute(_FINISHED, {"call_id": call_id}).first() is not None
        )

    async def calls(self, wanted: CallFilter) -> Sequence[CallEntry]:
        """Give calls, newest first, at most 500; path steps are left out. Raises StoreUnavailableError."""
        return await self._database.read(lambda connection: _calls(connection, wanted))

    async def call(self, call_id: CallId) -> CallEntry | None:
        """Give one call whole, with its path. Raises StoreUnavailableError."""
        return await self._database.read(lambda connection: _call(connection, call_id))


def _path(connection: Connection, call_id: CallId) -> tuple[PathStep, ...]:
    return tuple(to_step(row) for row in connection.execute(_STEPS, {"call_id": call_id}))


def _call(connection: Connection, call_id: CallId) -> CallEntry | None:
    rows = connection.execute(_ONE, {"call_id": call_id}).all()
    return to_entry(rows[0], _said(rows), _path(connection, call_id)) if rows else None


def _calls(connection: Connection, wanted: CallFilter) -> tuple[CallEntry, ...]:
    found = connection.execute(
        _calls_query(wanted),
        {
            "customer_id": wanted.customer_id,
            "agent": wanted.agent,
            "before": to_us(wanted.before) if wanted.before else None,
            "most": max(0, min(wanted.limit, _LONGEST_LIST)),
        },
    )
    of_call: dict[str, list[Row[Any]]] = {}
    for row in found:
        of_call.setdefault(row.id, []).append(row)
    return tuple(to_entry(rows[0], _said(rows)) for rows in of_call.values())


def _calls_query(wanted: CallFilter) -> TextClause:
    conditions = ["e.channel = 'phone'"]
    if wanted.agent is not None:
        conditions.append("a.agent = :agent")
    if wanted.customer_id is not None:
        conditions.append("e.customer_id = :customer_id")
    if wanted.before is not None:
        conditions.append("e.at < :before" if wanted.agent is None else "a.at < :before")
    tables = "entries e" if wanted.agent is None else "entry_agents a JOIN entries e ON e.id = a.entry_id"
    newest = "e.at DESC, e.id" if wanted.agent is None else "a.at DESC, a.entry_id"
    listed = f"SELECT e.* FROM {tables} WHERE {' AND '.join(conditions)} ORDER BY {newest} LIMIT :most"  # noqa: S608
    return text(
        f"SELECT l.*, c.name AS customer_name, n.text AS said FROM ({listed}) l"  # noqa: S608
        " LEFT JOIN customers c ON c.id = l.customer_id LEFT JOIN notes n ON n.call_id = l.id"
        " ORDER BY l.at DESC, l.id, n.at"
    )


def _said(rows: Sequence[Row[Any]]) -> list[str]:
    return [row.said for row in rows if row.said]
