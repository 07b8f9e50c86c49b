"""Callbacks owed to callers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, text

from telephony.calls.model import CallId, CustomerId, QueueName
from telephony.ports import CallbackPromise
from telephony.store.database import Database
from telephony.store.times import from_us, from_us_or_none, to_us

# The number given last counts; the place in the line is that of the first promise.
_KEEP = text(
    "INSERT INTO callback_promises (call_id, queue, number, language, customer_id, at, state)"
    " VALUES (:call_id, :queue, :number, :language, :customer_id, :at, 'owed')"
    " ON CONFLICT (call_id, queue) DO UPDATE SET number = excluded.number, language = excluded.language,"
    " customer_id = excluded.customer_id WHERE callback_promises.state = 'owed'"
)
_LISTED = "SELECT p.*, c.name AS customer_name FROM callback_promises p LEFT JOIN customers c ON c.id = p.customer_id"
_ONE = text(f"{_LISTED} WHERE p.id = :id")
_LIST = text(
    f"{_LISTED} WHERE (:queue = '' OR p.queue = :queue) AND (:everything = 1 OR p.state = 'owed')"
    " ORDER BY p.at, p.id LIMIT :most"
)
_SETTLE = text(
    "UPDATE callback_promises SET state = :state, done_at = :at, done_by = :by WHERE id = :id AND state = 'owed'"
)
LONGEST_LIST = 1000


class PromiseState(StrEnum):
    """What became of a promise."""

    OWED = "owed"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPromise:
    """A promise as it is kept. `done_at` and `done_by` tell who settled it, either way."""

    id: int
    promise: CallbackPromise
    state: PromiseState
    customer_name: str = ""
    done_at: datetime | None = None
    done_by: str = ""


class StoredPromises:
    """The port Promises over our own database. Every method raises StoreUnavailableError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, promise: CallbackPromise) -> None:
        """Write it down. The same call's second promise for a queue changes the number and not the place."""
        row = {
            "call_id": promise.call_id,
            "queue": promise.queue,
            "number": promise.number,
            "language": promise.language,
            "customer_id": promise.customer_id,
            "at": to_us(promise.at),
        }
        await self._database.write(lambda connection: connection.execute(_KEEP, row).close())

    async def listed(self, *, queue: str = "", everything: bool = False) -> Sequence[KeptPromise]:
        """Give those owed, the oldest first, or every one; at most 1000."""
        wanted = {"queue": queue, "everything": int(everything), "most": LONGEST_LIST}
        rows = await self._database.read(lambda connection: connection.execute(_LIST, wanted).all())
        return [_kept(row) for row in rows]

    async def settle(self, promise_id: int, state: PromiseState, *, by: str, at: datetime) -> KeptPromise | None:
        """Note what became of a promise and give it as it is then; one that was settled before stays as it was.

        None when there is no such promise.
        """

        def work(connection: Connection) -> Row[Any] | None:
            connection.execute(_SETTLE, {"id": promise_id, "state": state, "by": by, "at": to_us(at)})
            return connection.execute(_ONE, {"id": promise_id}).first()

        row = await self._database.write(work)
        return None if row is None else _kept(row)


def _kept(row: Row[Any]) -> KeptPromise:
    return KeptPromise(
        id=row.id,
        promise=CallbackPromise(
            call_id=CallId(row.call_id),
            queue=QueueName(row.queue),
            number=row.number,
            language=row.language,
            customer_id=CustomerId(row.customer_id) if row.customer_id else None,
            at=from_us(row.at),
        ),
        state=PromiseState(row.state),
        customer_name=row.customer_name or "",
        done_at=from_us_or_none(row.done_at),
        done_by=row.done_by or "",
    )
