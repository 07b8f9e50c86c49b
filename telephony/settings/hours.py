"""Reads opening hours as people write them: days `mon-fri`, hours `09:00-12:30, 13:30-18:00`."""

import re
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SPAN = re.compile(r"^([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)$")
DAY_MINUTES = 24 * 60
HOW_HOURS = 'must be "09:00-18:00", several of them with commas, "24h" or "closed"'
HOW_DAYS = "must be days such as mon, mon-fri or sat,sun"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Open from one minute of the day to another, the end left out; the end of a span over midnight is over 1440."""

    opens: int
    closes: int


Week = tuple[tuple[Span, ...], ...]
"""Seven days from Monday, each with its spans in order; none is a closed day."""


def read_hours(text: str) -> tuple[Span, ...]:
    """Return the spans of a day, in order. Raises ValueError with what is allowed."""
    word = text.strip().lower()
    if word == "closed":
        return ()
    if word == "24h":
        return (Span(opens=0, closes=DAY_MINUTES),)
    spans = sorted((_read_span(part.strip()) for part in word.split(",")), key=lambda span: span.opens)
    for before, after in pairwise(spans):
        if after.opens < before.closes:
            raise ValueError(f"hours overlap in {text!r}")
    return tuple(spans)


def _read_span(text: str) -> Span:
    found = SPAN.match(text)
    if not found:
        raise ValueError(f"{HOW_HOURS}, is {text!r}")
    opens = int(found[1]) * 60 + int(found[2])
    closes = int(found[3]) * 60 + int(found[4])
    if max(opens, closes) > DAY_MINUTES or opens == closes:
        raise ValueError(f"{HOW_HOURS}, is {text!r}")
    return Span(opens=opens, closes=closes if closes > opens else closes + DAY_MINUTES)


def read_days(text: str) -> tuple[int, ...]:
    """Return the days meant, Monday is 0; `fri-mon` goes over the week's end. Raises ValueError."""
    days: list[int] = []
    for part in text.lower().split(","):
        ends = [end.strip() for end in part.split("-")]
        if len(ends) > 2 or any(end not in DAYS for end in ends):
            raise ValueError(f"{HOW_DAYS}, is {text!r}")
        first, last = DAYS.index(ends[0]), DAYS.index(ends[-1])
        days += [(first + step) % 7 for step in range((last - first) % 7 + 1)]
    return tuple(days)


def read_week(weekly: dict[str, str]) -> Week:
    """Return the hours of each day; a day not named is closed. Raises ValueError, also when a day is named twice."""
    week: list[tuple[Span, ...] | None] = [None] * 7
    for days, hours in weekly.items():
        spans = read_hours(hours)
        for day in read_days(days):
            if week[day] is not None:
                raise ValueError(f"{DAYS[day]} is named twice")
            week[day] = spans
    return tuple(spans or () for spans in week)


def read_exceptions(exceptions: dict[str, str]) -> dict[date, tuple[Span, ...]]:
    """Return the hours of single days. Raises ValueError with what is allowed."""
    return {_read_date(day): read_hours(hours) for day, hours in exceptions.items()}


def _read_date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"must be a date such as 2026-12-24, is {text!r}") from None


def check_week(weekly: dict[str, str]) -> dict[str, str]:
    """Return the same hours when they can be read."""
    read_week(weekly)
    return weekly


def check_exceptions(exceptions: dict[str, str]) -> dict[str, str]:
    """Return the same days when they can be read."""
    read_exceptions(exceptions)
    return exceptions


def check_holidays(country: str) -> str:
    """Return a country whose holidays are known, or ''."""
    if not country:
        return country
    from holidays.registry import EntityLoader  # noqa: PLC0415  # few settings name one

    # Not `list_supported_countries`: it loads the calendars of the whole world, which takes 0.2 s
    if country not in EntityLoader.get_country_codes(include_aliases=False):
        raise ValueError(f"must be a country in two capital letters such as BG, or empty, is {country!r}")
    return country
