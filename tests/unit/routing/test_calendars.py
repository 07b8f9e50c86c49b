"""When the company is open."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from telephony.routing.calendars import Calendar, Calendars, Hours, Openness, is_open

SOFIA = ZoneInfo("Europe/Sofia")
DAY = (Hours(opens=9 * 60, closes=18 * 60),)
OFFICE = Calendar(
    name="office",
    zone=SOFIA,
    weekly=dict.fromkeys(range(5), DAY),
    holidays="BG",
    exceptions={date(2026, 3, 3): (Hours(opens=10 * 60, closes=12 * 60),), date(2026, 3, 5): ()},
)


def sofia(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=SOFIA)


def test_hours_are_the_companys_own_whatever_the_clock_speaks() -> None:
    assert is_open(OFFICE, datetime(2026, 3, 2, 7, 0, tzinfo=UTC))  # 09:00 in Sofia
    assert not is_open(OFFICE, datetime(2026, 3, 2, 6, 59, tzinfo=UTC))


def test_closing_time_is_closed() -> None:
    assert is_open(OFFICE, sofia(2, 17, 59))
    assert not is_open(OFFICE, sofia(2, 18))


def test_weekends_are_closed() -> None:
    assert not is_open(OFFICE, sofia(7, 12))


def test_a_public_holiday_closes_and_an_exception_opens_it() -> None:
    assert is_open(OFFICE, sofia(3, 11))  # Liberation Day, opened by the exception
    assert not is_open(OFFICE, sofia(3, 13))
    assert not is_open(OFFICE, datetime(2026, 12, 24, 12, tzinfo=SOFIA))


def test_an_exception_closes_an_ordinary_day() -> None:
    assert not is_open(OFFICE, sofia(5, 12))


def test_hours_follow_the_clock_change() -> None:
    assert is_open(OFFICE, datetime(2026, 3, 30, 6, 0, tzinfo=UTC))  # summer time since the 29th: 09:00 again
    assert not is_open(OFFICE, datetime(2026, 3, 30, 15, 0, tzinfo=UTC))


def test_hours_may_go_over_midnight() -> None:
    night = Calendar(name="night", zone=SOFIA, weekly={4: (Hours(opens=22 * 60, closes=30 * 60),)})
    assert is_open(night, sofia(6, 23, 59))
    assert is_open(night, sofia(7, 5, 59))
    assert not is_open(night, sofia(7, 6))


def test_the_open_calendars_are_named() -> None:
    shut = Calendar(name="shut", zone=SOFIA, weekly={})
    calendars = Calendars({"office": OFFICE, "shut": shut})
    assert calendars.now(sofia(2, 12)) == {"office": Openness.OPEN, "shut": Openness.CLOSED}
    assert calendars.now(sofia(2, 18)) == {"office": Openness.CLOSED, "shut": Openness.CLOSED}
