"""What is still to be done with providers."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text

from telephony.ports import Due
from telephony.store.database import Database
from telephony.store.times import from_us, to_us

_KEEP = text(
    "INSERT INTO dues (kind, id, detail, since) VALUES (:kind, :id, :detail, :since)"
    " ON CONFLICT (kind, id) DO UPDATE SET detail = excluded.detail"
)
_ONE = text("SELECT * FROM dues WHERE kind = :kind AND id = :id")
_ALL = text("SELECT * FROM dues WHERE kind = :kind ORDER BY since, id")
_SETTLE = text("DELETE FROM dues WHERE kind = :kind AND id = :id")


class StoredDues:
    """The port Dues over our own database. Every method raises StoreUnavailableError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, *dues: Due) -> None:
        """Write them down; one that is there gets the new detail and stays as old as it is."""
        rows = [{"kind": due.kind, "id": due.id, "detail": due.detail, "since": to_us(due.since)} for due in dues]
        if rows:
            await self._database.write(lambda connection: connection.execute(_KEEP, rows).close())

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


def _due(row: Row[Any]) -> Due:
    return Due(kind=row.kind, id=row.id, detail=row.detail, since=from_us(row.since))
