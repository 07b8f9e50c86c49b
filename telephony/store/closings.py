"""Calendars that were closed by hand."""

from collections.abc import Sequence

from sqlalchemy import text

from telephony.routing.closings import Closing
from telephony.store.database import Database
from telephony.store.times import from_us, from_us_or_none, to_us, to_us_or_none

_ALL = text("SELECT * FROM calendar_closings ORDER BY calendar")
_CLOSE = text(
    "INSERT INTO calendar_closings (calendar, until, reason, closed_by, closed_at)"
    " VALUES (:calendar, :until, :reason, :by, :at) ON CONFLICT (calendar) DO UPDATE SET until = excluded.until,"
    " reason = excluded.reason, closed_by = excluded.closed_by, closed_at = excluded.closed_at"
)
_OPEN = text("DELETE FROM calendar_closings WHERE calendar = :calendar")


class StoredClosings:
    """Closings that outlive a restart. Every method raises StoreUnavailableError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> Sequence[Closing]:
        """Give every closing, also those whose time is over."""
        rows = await self._database.read(lambda connection: connection.execute(_ALL).all())
        return [
            Closing(
                calendar=row.calendar,
                until=from_us_or_none(row.until),
                reason=row.reason,
                by=row.closed_by,
                at=from_us(row.closed_at),
            )
            for row in rows
        ]

    async def close(self, closing: Closing) -> None:
        """Keep a closing, instead of an earlier one of the same calendar."""
        row = {
            "calendar": closing.calendar,
            "until": to_us_or_none(closing.until),
            "reason": closing.reason,
            "by": closing.by,
            "at": to_us(closing.at),
        }
        await self._database.write(lambda connection: connection.execute(_CLOSE, row).close())

    async def open(self, calendar: str) -> bool:
        """Forget a closing; False when there was none."""
        return await self._database.write(
            lambda connection: connection.execute(_OPEN, {"calendar": calendar}).rowcount > 0
        )
