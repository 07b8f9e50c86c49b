"""What is still to be done with providers, each by one of the servers that share a database."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, TextClause, bindparam, text

from telephony.ports import HELD, Clock, Due
from telephony.store.database import Database
from telephony.store.erase import IS_ERASED
from telephony.store.times import from_us, to_us

_KEEP = text(
    "INSERT INTO dues (kind, id, detail, since, held_by, held_until, erased) VALUES"
    " (:kind, :id, :detail, :since, :held_by, :held_until, CASE WHEN " + IS_ERASED + " THEN 1 ELSE 0 END)"
    # What was said of somebody who is forgotten meanwhile is not written once more
    " ON CONFLICT (kind, id) DO UPDATE SET"
    " detail = CASE WHEN dues.erased = 1 THEN dues.detail ELSE excluded.detail END,"
    " erased = CASE WHEN excluded.erased = 1 THEN 1 ELSE dues.erased END"
)
_ONE = text("SELECT * FROM dues WHERE kind = :kind AND id = :id")
_ALL = text("SELECT * FROM dues WHERE kind = :kind ORDER BY since, id")
_SETTLE = text("DELETE FROM dues WHERE kind = :kind AND id = :id")
_LET_GO = text("UPDATE dues SET held_by = NULL, held_until = NULL WHERE kind = :kind AND held_by = :held_by")
_FREE = (
    "SELECT id FROM dues WHERE kind = :kind AND (held_by IS NULL OR held_by = :held_by OR held_until <= :now){of_these}"
)

_TAKE = "UPDATE dues SET held_by = :held_by, held_until = :held_until WHERE kind = :kind AND id IN ({free}) RETURNING *"


def _hold_query(*, of_these: bool, skip_locked: bool) -> TextClause:
    free = _FREE.format(of_these=" AND id IN :ids" if of_these else "")
    # Two servers that ask at the same time would wait for each other's rows, in whatever order: SQLite has one writer
    free += " FOR UPDATE SKIP LOCKED" if skip_locked else ""
    query = text(_TAKE.format(free=free))
    return query.bindparams(bindparam("ids", expanding=True)) if of_these else query


_HOLD = {
    (of_these, skip): _hold_query(of_these=of_these, skip_locked=skip)
    for of_these in (True, False)
    for skip in (True, False)
}


class StoredDues:
    """The port Dues over our own database, for one server. Every method raises StoreUnavailableError."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._name = uuid.uuid4().hex
        """Of this server, for as long as it runs: what it held before a restart was another's."""

    async def keep(self, *dues: Due, held: bool = False) -> None:
        """Write them down; one that is there gets the new detail and stays as old, and whose, it is.

        One about a call that is erased is erased, too.
        """
        whose = self._held() if held else {"held_by": None, "held_until": None}
        rows = [
            {
                "kind": due.kind,
                "id": due.id,
                "detail": due.detail,
                "since": to_us(due.since),
                "call_id": due.call_id,
                **whose,
            }
            for due in dues
        ]
        if rows:
            await self._database.write(lambda connection: connection.execute(_KEEP, rows).close())

    async def hold(self, kind: str, *due_ids: str) -> Sequence[Due]:
        """Take those of a kind, or of them only these, that no other server holds; the oldest first."""
        wanted = {"kind": kind, "now": to_us(self._clock.now()), **self._held()}
        if due_ids:
            wanted["ids"] = due_ids
        rows = await self._database.write(lambda connection: _hold(connection, wanted))
        return sorted((_due(row) for row in rows), key=lambda due: (due.since, due.id))

    async def let_go(self, kind: str) -> None:
        """Let others have what this server holds of a kind."""
        whose = {"kind": kind, "held_by": self._name}
        await self._database.write(lambda connection: connection.execute(_LET_GO, whose).close())

    async def get(self, kind: str, due_id: str) -> Due | None:
        """Give one; None when it is not there."""
        wanted = {"kind": kind, "id": due_id}
        row = await self._database.read(lambda connection: connection.execute(_ONE, wanted).first())
        return None if row is None else _due(row)

    async def all(self, kind: str) -> Sequence[Due]:
        """Give those of a kind, the oldest first."""
        rows = await self._database.read(lambda connection: connection.execute(_ALL, {"kind": kind}).all())
        return [_due(row) for row in rows]

    async def settle(self, kind: str, *due_ids: str) -> None:
        """Forget them."""
        done = [{"kind": kind, "id": due_id} for due_id in due_ids]
        if done:
            await self._database.write(lambda connection: connection.execute(_SETTLE, done).close())

    def _held(self) -> dict[str, object]:
        return {"held_by": self._name, "held_until": to_us(self._clock.now() + HELD)}


def _hold(connection: Connection, wanted: Mapping[str, object]) -> Sequence[Row[Any]]:
    query = _HOLD["ids" in wanted, connection.dialect.name == "postgresql"]
    return connection.execute(query, wanted).all()


def _due(row: Row[Any]) -> Due:
    return Due(kind=row.kind, id=row.id, detail=row.detail, since=from_us(row.since), erased=bool(row.erased))
