"""Works out a calendar's coming year, minute by minute, from the few minutes at which something can change."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from telephony.ivr.check.hours import CalendarYear, Spell
from telephony.ivr.facts import CalendarState
from telephony.routing.calendars import DAY_MINUTES, Calendar, Hours, openness

YEAR = timedelta(days=366)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)

FEWEST_HOLIDAYS = 3
"""Days closed by hand from which they are a list of holidays, and not the day of a move."""


def year_of(calendar: Calendar, begins: datetime, length: timedelta = YEAR) -> CalendarYear:
    """Return the calendar from a moment on (any timezone-aware time; its seconds are left out)."""
    begins = begins.astimezone(UTC).replace(second=0, microsecond=0)
    leaps = tuple(_leaps(calendar, begins, begins + length))
    return CalendarYear(
        zone=calendar.zone,
        spells=_spells(calendar, begins, begins + length, leaps),
        listed_until=_listed_until(calendar),
        swallowed=tuple(_swallowed(calendar, leaps)),
    )


def _spells(calendar: Calendar, begins: datetime, ends: datetime, leaps: Iterable[datetime]) -> tuple[Spell, ...]:
    changes = {moment for moment in (*_turns(calendar, begins, ends), *leaps) if begins < moment < ends}
    spells: list[Spell] = []
    since, state = begins, openness(calendar, begins)
    for moment in sorted(changes):
        after = openness(calendar, moment)
        if after is not state:
            spells.append(Spell(begins=since, ends=moment, state=CalendarState(state.value)))
            since, state = moment, after
    return (*spells, Spell(begins=since, ends=ends, state=CalendarState(state.value)))


def _days(calendar: Calendar, begins: datetime, ends: datetime) -> Iterable[date]:
    """Give every day of the time, and one more on either side: hours may go on after midnight."""
    first, last = (moment.astimezone(calendar.zone).date() for moment in (begins - DAY, ends + DAY))
    return (first + DAY * number for number in range((last - first).days + 1))


def _turns(calendar: Calendar, begins: datetime, ends: datetime) -> Iterable[datetime]:
    """Give every moment at which hours or a day begin or end, by either of the times that a clock may show twice."""
    for day in _days(calendar, begins, ends):
        minutes = {0, *(minute for hours in _hours(calendar, day) for minute in (hours.opens, hours.closes))}
        for minute in minutes:
            wall = datetime.combine(day, time()) + minute * MINUTE
            for fold in (0, 1):
                yield wall.replace(tzinfo=calendar.zone, fold=fold).astimezone(UTC)


def _hours(calendar: Calendar, day: date) -> tuple[Hours, ...]:
    """Return hours that the day may have; on a public holiday it has none of them."""
    return calendar.exceptions.get(day, calendar.weekly.get(day.weekday(), ()))


# --- changes of the clock --------------------------------------------------------------------------------------------


def _leaps(calendar: Calendar, begins: datetime, ends: datetime) -> Iterable[datetime]:
    """Give every moment at which the clock on the wall leaps."""
    for number in range((ends - begins).days + 1):
        early, late = begins + DAY * number, begins + DAY * (number + 1)
        if _offset(calendar, early) == _offset(calendar, late):
            continue
        while late - early > MINUTE:
            middle = early + (late - early) // MINUTE // 2 * MINUTE
            early, late = (middle, late) if _offset(calendar, middle) == _offset(calendar, early) else (early, middle)
        yield late


def _offset(calendar: Calendar, moment: datetime) -> timedelta:
    return moment.astimezone(calendar.zone).utcoffset() or timedelta()


def _swallowed(calendar: Calendar, leaps: Iterable[datetime]) -> Iterable[datetime]:
    """Give when hours would begin that lie wholly within what the clock leaps over."""
    for leap in leaps:
        after = leap.astimezone(calendar.zone).replace(tzinfo=None)
        before = after - (_offset(calendar, leap) - _offset(calendar, leap - MINUTE))
        midnight = datetime.combine(after.date(), time())
        for hours in _hours(calendar, after.date()):
            opens, closes = (midnight + minute * MINUTE for minute in (hours.opens, min(hours.closes, DAY_MINUTES)))
            if before <= opens < closes <= after:
                yield opens


def _listed_until(calendar: Calendar) -> date | None:
    closed = [day for day, hours in calendar.exceptions.items() if not hours]
    return max(calendar.exceptions) if not calendar.holidays and len(closed) >= FEWEST_HOLIDAYS else None
