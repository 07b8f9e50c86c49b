"""The journal, read: the paths of calls that were."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, text

from telephony.calls.model import CallId
from telephony.store.database import Database
from telephony.store.entries import to_step
from telephony.store.times import to_us
from telephony.timeline.entry import PathStep

PORTION = 500
"""Calls read at once: a day of a busy company does not fit into memory, nor into one query's time."""

_STEPS = text("SELECT * FROM steps WHERE call_id = :call_id ORDER BY seq")
_CALLS = text(
    "SELECT id, at FROM entries WHERE channel = 'phone' AND at < :until"
    " AND (at > :after OR (at = :after AND id > :after_id)) ORDER BY at, id LIMIT :most"
)
_STEPS_OF = text("SELECT * FROM steps WHERE call_id IN :calls ORDER BY call_id, seq").bindparams(
    bindparam("calls", expanding=True)
)

Portion = list[tuple[str, int, Sequence[PathStep]]]


class StoredPaths:
    """Reads the paths of calls. Every method raises StoreUnavailableError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def path(self, call_id: CallId) -> Sequence[PathStep]:
        """Give the steps of a call in order; none for one that is not there."""
        return await self._database.read(
            lambda connection: [to_step(row) for row in connection.execute(_STEPS, {"call_id": call_id})]
        )

    async def begun_between(self, since: datetime, until: datetime) -> AsyncIterator[Sequence[PathStep]]:
        """Give the path of every call that began from `since` on and before `until`, the oldest call first."""
        after, after_id = to_us(since), ""
        while True:
            portion = await self._portion(after=after, after_id=after_id, until=to_us(until))
            for _, _, path in portion:
                if path:
                    yield path
            if len(portion) < PORTION:
                return
            after_id, after, _ = portion[-1]

    async def _portion(self, *, after: int, after_id: str, until: int) -> Portion:
        wanted = {"after": after, "after_id": after_id, "until": until, "most": PORTION}
        return await self._database.read(lambda connection: _read(connection, wanted))


def _read(connection: Connection, wanted: Mapping[str, object]) -> Portion:
    """Return the id, the time and the path of each call, in order."""
    calls = connection.execute(_CALLS, wanted).all()
    paths: dict[str, list[PathStep]] = {}
    for row in connection.execute(_STEPS_OF, {"calls": [call.id for call in calls]}) if calls else ():
        paths.setdefault(row.call_id, []).append(to_step(row))
    return [(call.id, call.at, paths.get(call.id, ())) for call in calls]
