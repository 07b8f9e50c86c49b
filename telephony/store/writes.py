"""What can be written behind a call's back: plain rows, and the statements that take them, each safe to repeat."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, text

from telephony.store.tables import ENTRIES, STEPS

Value = str | int | float | None
Row = dict[str, Value]


class Kind(StrEnum):
    """The kinds of rows, in the order a group commits them: a mark last, when what it vouches for is there."""

    STEP = "step"
    ENTRY = "entry"
    ENTRY_AGENT = "entry_agent"
    NOTE = "note"
    MARK = "mark"


@dataclass(frozen=True, slots=True)
class Write:
    """One row to be written. Values are JSON's, so that it can wait in a file."""

    kind: Kind
    row: Row

    def cleaned(self) -> "Write":
        """Return the row without what no database takes as text: NUL and halves of characters."""
        return Write(
            self.kind,
            {
                name: value.replace("\0", "").encode(errors="replace").decode() if isinstance(value, str) else value
                for name, value in self.row.items()
            },
        )


MAY_LACK: dict[Kind, Row] = {Kind.ENTRY: {each.name: None for each in ENTRIES.columns if each.nullable}}
"""Columns that are empty in rows without them: an earlier version may have left such in a file."""
_COST = ("cost", "currency", "cost_source")
# Who sends the bill is believed before a table, whichever came later.
_COSTS_LESS_SURELY = (
    "excluded.cost IS NULL OR (entries.cost_source = 'provider' AND excluded.cost_source <> 'provider')"
)
_KNOWN_BETTER = {
    # What a later entry does not know (made from the ledger alone after an outage) does not wipe out what we knew.
    "customer_id": "coalesce(excluded.customer_id, entries.customer_id)",
    "queue": "CASE WHEN excluded.queue = '' THEN entries.queue ELSE excluded.queue END",
    "wait_s": "CASE WHEN excluded.queue = '' AND excluded.wait_s = 0 THEN entries.wait_s ELSE excluded.wait_s END",
    "agents": "CASE WHEN excluded.agents = '[]' THEN entries.agents ELSE excluded.agents END",
    "recordings": "CASE WHEN excluded.recordings = '[]' THEN entries.recordings ELSE excluded.recordings END",
    "outcome": "CASE WHEN excluded.outcome = '' THEN entries.outcome ELSE excluded.outcome END",
    "summary": "CASE WHEN excluded.summary = '' THEN entries.summary ELSE excluded.summary END",
    "note": "CASE WHEN excluded.note = '' THEN entries.note ELSE excluded.note END",
    **{name: f"coalesce(excluded.{name}, entries.{name})" for name in ("cost_beside", "currency_beside")},
    **{name: f"CASE WHEN {_COSTS_LESS_SURELY} THEN entries.{name} ELSE excluded.{name} END" for name in _COST},
}


def _insert(table: str, columns: Sequence[str], conflict: str) -> str:
    values = ", ".join(f":{name}" for name in columns)
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values}) {conflict}"  # noqa: S608  names are ours


_STATEMENTS = {
    Kind.STEP: _insert("steps", STEPS.columns.keys(), "ON CONFLICT (call_id, seq) DO NOTHING"),
    Kind.ENTRY: _insert(
        "entries",
        ENTRIES.columns.keys(),
        "ON CONFLICT (id) DO UPDATE SET "
        + ", ".join(f"{name} = {_KNOWN_BETTER.get(name, f'excluded.{name}')}" for name in ENTRIES.columns.keys()[1:])
        # An account from the middle of a call may come late; it does not replace that of the finished call.
        # What begins after its end is made of old news of it, told once more.
        + " WHERE entries.ended_at IS NULL OR (excluded.ended_at IS NOT NULL AND excluded.at <= entries.ended_at)",
    ),
    Kind.ENTRY_AGENT: _insert("entry_agents", ["agent", "at", "entry_id"], "ON CONFLICT DO NOTHING"),
    Kind.NOTE: _insert(
        "notes",
        ["call_id", "agent", "at", "text"],
        "ON CONFLICT (call_id, agent) DO UPDATE SET at = excluded.at, text = excluded.text"
        " WHERE excluded.at >= notes.at",
    ),
    Kind.MARK: _insert(
        "carrier_marks", ["name", "position"], "ON CONFLICT (name) DO UPDATE SET position = excluded.position"
    ),
}

_TEXTS = {kind: text(sql) for kind, sql in _STATEMENTS.items()}


def write_all(connection: Connection, writes: Sequence[Write]) -> None:
    """Write the rows, each kind in its order with one statement."""
    rows: dict[Kind, list[Row]] = {}
    for write in writes:
        rows.setdefault(write.kind, []).append(write.row)
    for kind, sql in _STATEMENTS.items():
        if kind not in rows:
            continue
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(sql, rows[kind])  # understands :name itself; half the time of a text()
        else:
            connection.execute(_TEXTS[kind], rows[kind])
