"""Closings by hand, and when a calendar changes next."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from telephony.routing.calendars import DAY_MINUTES, Calendar, Hours, openness

LOOK_AHEAD_DAYS = 370


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """A calendar closed by hand."""

    calendar: str
    until: datetime | None
    """None until it is opened again by hand."""
    reason: str = ""
    by: str = ""
    at: datetime


def in_force(closing: Closing, now: datetime) -> bool:
    """Tell whether the closing holds at this moment."""
    return closing.until is None or now < closing.until


def next_change(calendar: Calendar, now: datetime) -> datetime | None:
    """Return when the calendar's hours next make it something else, apart from closings; None within a year never."""
    state = openness(calendar, now)
    minutes = _minutes(calendar)
    today = now.astimezone(calendar.zone).date()
    for days in range(LOOK_AHEAD_DAYS):
        for moment in _moments(calendar, today + timedelta(days=days), minutes):
            if moment > now and openness(calendar, moment) is not state:
                return moment
    return None


def _minutes(calendar: Calendar) -> list[int]:
    every = [*calendar.weekly.values(), *calendar.exceptions.values()]
    return sorted({0, *_ends(hours for day in every for hours in day)})


def _ends(hours: Iterable[Hours]) -> Iterator[int]:
    for each in hours:
        yield each.opens % DAY_MINUTES
        yield each.closes % DAY_MINUTES


def _moments(calendar: Calendar, day: date, minutes: Iterable[int]) -> Iterator[datetime]:
    for minute in minutes:
        yield datetime.combine(day, time(minute // 60, minute % 60), calendar.zone).astimezone(UTC)
