"""Tells when the company is open."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays as public_holidays

DAY_MINUTES = 24 * 60
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """One stretch, in minutes of its day; the end is left out, and is over 1440 when it lies after midnight."""

    opens: int
    closes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Opening hours by the clock on the company's wall.

    `weekly` has the hours of Monday (0) to Sunday (6); a day without is closed.
    """

    name: str
    zone: ZoneInfo
    weekly: Mapping[int, tuple[Hours, ...]]
    holidays: str | None = None
    """Country whose public holidays close the company, ISO 3166 alpha-2, e.g. `BG`."""
    exceptions: Mapping[date, tuple[Hours, ...]] = field(default_factory=dict)
    """Single days that differ, public holidays included; no hours means closed."""


class Openness(StrEnum):
    """What a calendar is at a moment."""

    OPEN = "open"
    CLOSED = "closed"
    HOLIDAY = "holiday"
    """Closed for the whole day, by a public holiday or an exception."""
    EMERGENCY = "emergency"
    """Closed by hand, whatever the hours say."""


def openness(calendar: Calendar, now: datetime) -> Openness:
    """Return what the calendar is at this moment (any timezone-aware time), apart from closings by hand."""
    if is_open(calendar, now):
        return Openness.OPEN
    day = now.astimezone(calendar.zone).date()
    usual = calendar.weekly.get(day.weekday(), ())
    return Openness.HOLIDAY if usual and not _hours(calendar, day) else Openness.CLOSED


def is_open(calendar: Calendar, now: datetime) -> bool:
    """Tell whether the calendar is open at this moment (any timezone-aware time)."""
    local = now.astimezone(calendar.zone)
    minute = local.hour * 60 + local.minute
    today, yesterday = local.date(), local.date() - timedelta(days=1)
    return any(each.opens <= minute < each.closes for each in _hours(calendar, today)) or any(
        minute + DAY_MINUTES < each.closes for each in _hours(calendar, yesterday)
    )


@dataclass(slots=True)
class Calendars:
    """All calendars of the company. Hours are whole minutes, so the answer is worked out once a minute."""

    by_name: Mapping[str, Calendar]
    closed: Mapping[str, datetime | None] = field(default_factory=dict)
    """Calendars closed by hand, until a moment or (None) until they are opened again."""
    _minute: datetime | None = None
    _hours: dict[str, Openness] = field(default_factory=dict)

    def now(self, now: datetime) -> Mapping[str, Openness]:
        """Return what every calendar is at this moment."""
        if self._minute is None or not self._minute <= now < self._minute + _MINUTE:
            self._minute = now.replace(second=0, microsecond=0)
            self._hours = {name: openness(calendar, self._minute) for name, calendar in self.by_name.items()}
        if not self.closed:
            return self._hours
        shut = {name for name, until in self.closed.items() if until is None or now < until}
        return self._hours | dict.fromkeys(shut & self._hours.keys(), Openness.EMERGENCY) if shut else self._hours


def _hours(calendar: Calendar, day: date) -> tuple[Hours, ...]:
    if day in calendar.exceptions:
        return calendar.exceptions[day]
    if calendar.holidays and day in _holidays_of(calendar.holidays, day.year):
        return ()
    return calendar.weekly.get(day.weekday(), ())


@lru_cache(maxsize=64)
def _holidays_of(country: str, year: int) -> frozenset[date]:
    return frozenset(public_holidays.country_holidays(country, years=year))
