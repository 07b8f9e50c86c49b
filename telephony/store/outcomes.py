"""Counts what became of callers, in the words of their flows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from telephony.store.database import Database
from telephony.store.times import to_us

_OUTCOMES = text(
    "SELECT outcome, count(*) AS calls FROM entries WHERE channel = 'phone' AND direction = 'inbound'"
    " AND at >= :since AND at < :until GROUP BY outcome ORDER BY calls DESC, outcome"
)
_MILESTONES = text(
    "SELECT s.value AS milestone, count(DISTINCT s.call_id) AS calls FROM entries e"
    " JOIN steps s ON s.call_id = e.id AND s.event = 'milestone' WHERE e.channel = 'phone' AND e.direction = 'inbound'"
    " AND e.at >= :since AND e.at < :until GROUP BY s.value ORDER BY calls DESC, s.value"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many calls have a name; '' is for calls whose flow gave them none."""

    name: str
    calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """Inbound calls of a time, each with one outcome and any number of milestones; the most frequent come first."""

    outcomes: Sequence[Count]
    milestones: Sequence[Count]

    @property
    def calls(self) -> int:
        """All calls of the time."""
        return sum(each.calls for each in self.outcomes)


class StoredOutcomes:
    """Reads outcomes. Raises StoreUnavailableError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def between(self, since: datetime, until: datetime) -> Outcomes:
        """Count the inbound calls that began from `since` on and before `until`."""
        return await self._database.read(lambda connection: _counted(connection, since, until))


def _counted(connection: Connection, since: datetime, until: datetime) -> Outcomes:
    time = {"since": to_us(since), "until": to_us(until)}
    return Outcomes(
        outcomes=[Count(name=row.outcome, calls=row.calls) for row in connection.execute(_OUTCOMES, time)],
        milestones=[Count(name=row.milestone, calls=row.calls) for row in connection.execute(_MILESTONES, time)],
    )
