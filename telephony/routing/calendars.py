"""Tells when the company is open."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays as public_holidays

DAY_MINUTES = 24 * 60


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
    _minute: datetime | None = None
    _open: frozenset[str] = frozenset()

    def open_now(self, now: datetime) -> frozenset[str]:
        """Return the names of the calendars that are open at this moment."""
        minute = now.replace(second=0, microsecond=0)
        if minute != self._minute:
            self._open = frozenset(name for name, calendar in self.by_name.items() if is_open(calendar, minute))
            self._minute = minute
        return self._open


def _hours(calendar: Calendar, day: date) -> tuple[Hours, ...]:
    if day in calendar.exceptions:
        return calendar.exceptions[day]
    if calendar.holidays and day in _holidays_of(calendar.holidays, day.year):
        return ()
    return calendar.weekly.get(day.weekday(), ())


@lru_cache(maxsize=64)
def _holidays_of(country: str, year: int) -> frozenset[date]:
    return frozenset(public_holidays.country_holidays(country, years=year))
