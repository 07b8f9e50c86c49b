"""Calls that have begun and have no entry."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text

from telephony.calls.model import CallId
from telephony.store.database import Database
from telephony.store.times import from_us, to_us

_WITHOUT_ENTRY = text(
    "SELECT s.call_id, s.at FROM steps s WHERE s.seq = 0 AND s.at >= :since AND s.at < :until"
    " AND NOT EXISTS (SELECT 1 FROM entries e WHERE e.id = s.call_id) ORDER BY s.at LIMIT 1000"
)


class StoredUnfinished:
    """The port Unfinished. Raises StoreUnavailableError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begun_without_entry(self, since: datetime, until: datetime) -> Sequence[tuple[CallId, datetime]]:
        """Give the calls that began in this time and are not in the timeline, and when."""
        wanted = {"since": to_us(since), "until": to_us(until)}
        rows = await self._database.read(lambda connection: connection.execute(_WITHOUT_ENTRY, wanted).all())
        return [(CallId(row.call_id), from_us(row.at)) for row in rows]
