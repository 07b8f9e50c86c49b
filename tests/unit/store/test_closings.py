"""Calendars closed by hand outlive the server."""

from dataclasses import replace
from datetime import timedelta

from telephony.routing.closings import Closing
from telephony.store.closings import StoredClosings
from telephony.store.database import Database
from tests.unit.store.calls import NOON

FLOOD = Closing(calendar="office", until=None, reason="Flood", by="maria", at=NOON)


async def test_a_calendar_is_closed_once_and_opened_again(database: Database) -> None:
    closings = StoredClosings(database)
    await closings.close(FLOOD)
    assert await closings.all() == [FLOOD]
    longer = replace(FLOOD, until=NOON + timedelta(days=3))
    await closings.close(longer)
    assert await StoredClosings(database).all() == [longer]
    assert await closings.open("office")
    assert not await closings.open("office")
    assert await closings.all() == []
