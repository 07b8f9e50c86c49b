"""A calendar's year, worked out from few minutes, is the same as minute by minute."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telephony.ivr.check.hours import CalendarYear
from telephony.ivr.facts import CalendarState
from telephony.journey.calendar_year import year_of
from telephony.routing.calendars import Calendar, Hours, openness

SOFIA, LONDON, ADELAIDE, LORD_HOWE = map(
    ZoneInfo, ("Europe/Sofia", "Europe/London", "Australia/Adelaide", "Australia/Lord_Howe")
)
MINUTE = timedelta(minutes=1)
EVERY_DAY = range(7)


def state_at(year: CalendarYear, moment: datetime) -> CalendarState:
    (spell,) = [spell for spell in year.spells if spell.begins <= moment < spell.ends]
    return spell.state


def check_each_minute(calendar: Calendar, begins: datetime, days: int) -> None:
    year = year_of(calendar, begins, timedelta(days=days))
    spells = list(year.spells)
    assert spells[0].begins == begins
    assert spells[-1].ends == begins + timedelta(days=days)
    moment, place = begins, 0
    while moment < spells[-1].ends:
        place += moment >= spells[place].ends
        assert openness(calendar, moment).value == spells[place].state.value, moment
        moment += MINUTE
    assert all(a.ends == b.begins and a.state is not b.state for a, b in pairwise(spells))


def office(zone: ZoneInfo, **other: object) -> Calendar:
    weekly = {day: (Hours(opens=540, closes=1080),) for day in range(5)}
    weekly[5] = (Hours(opens=0, closes=1440),)
    weekly[6] = (Hours(opens=150, closes=180), Hours(opens=200, closes=230), Hours(opens=1200, closes=1620))
    return Calendar(name="office", zone=zone, **({"weekly": weekly} | other))  # type: ignore[arg-type]


@pytest.mark.parametrize("zone", [SOFIA, LONDON, ADELAIDE, LORD_HOWE], ids=str)
@pytest.mark.parametrize("begins", [datetime(2027, 3, 21, 22, 17, tzinfo=UTC), datetime(2026, 10, 18, tzinfo=UTC)])
def test_the_weeks_around_a_change_of_the_clock(zone: ZoneInfo, begins: datetime) -> None:
    check_each_minute(office(zone), begins, 16)


def test_holidays_and_single_days_count() -> None:
    exceptions = {date(2026, 12, 24): (Hours(opens=540, closes=720),), date(2026, 12, 28): ()}
    check_each_minute(office(SOFIA, holidays="BG", exceptions=exceptions), datetime(2026, 12, 20, tzinfo=UTC), 16)


HOURS = st.tuples(st.integers(0, 1439), st.integers(1, 1800)).map(
    lambda each: (Hours(opens=each[0], closes=min(each[0] + each[1], 2880)),)
)


@settings(max_examples=15, deadline=None)
@given(
    weekly=st.dictionaries(st.sampled_from(EVERY_DAY), HOURS, max_size=7),
    exceptions=st.dictionaries(st.dates(date(2027, 3, 26), date(2027, 3, 29)), HOURS | st.just(()), max_size=2),
    zone=st.sampled_from([SOFIA, LONDON, LORD_HOWE]),
)
def test_any_hours(
    weekly: dict[int, tuple[Hours, ...]], exceptions: dict[date, tuple[Hours, ...]], zone: ZoneInfo
) -> None:
    calendar = office(zone, weekly=weekly, exceptions=exceptions)
    check_each_minute(calendar, datetime(2027, 3, 26, 5, 3, tzinfo=UTC), 4)


def test_hours_within_what_the_clock_leaps_over_are_found() -> None:
    year = year_of(office(SOFIA, weekly={6: (Hours(opens=190, closes=230),)}), datetime(2026, 11, 22, tzinfo=UTC))
    assert year.swallowed == (datetime(2027, 3, 28, 3, 10),)  # noqa: DTZ001
    longer = office(SOFIA, weekly={6: (Hours(opens=190, closes=250),)})
    assert year_of(longer, datetime(2026, 11, 22, tzinfo=UTC)).swallowed == ()


def test_a_list_of_holidays_is_known_from_a_single_day() -> None:
    days = {date(2026, 12, day): () for day in (24, 25, 26)}
    begins = datetime(2026, 11, 22, tzinfo=UTC)
    assert year_of(office(SOFIA, exceptions=days), begins).listed_until == date(2026, 12, 26)
    assert year_of(office(SOFIA, exceptions=days, holidays="BG"), begins).listed_until is None
    assert year_of(office(SOFIA, exceptions={date(2026, 12, 24): ()}), begins).listed_until is None


def test_a_year_is_one_year_long() -> None:
    year = year_of(office(SOFIA, holidays="BG"), datetime(2026, 11, 22, 9, 15, 30, tzinfo=UTC))
    assert year.spells[-1].ends - year.spells[0].begins == timedelta(days=366)
    assert state_at(year, datetime(2027, 3, 3, 10, tzinfo=UTC)) is CalendarState.HOLIDAY
    assert state_at(year, datetime(2027, 3, 4, 10, tzinfo=UTC)) is CalendarState.OPEN
