from datetime import date

import pytest

from telephony.settings.hours import Span, read_days, read_exceptions, read_hours, read_week


def spans(*pairs: tuple[int, int]) -> tuple[Span, ...]:
    return tuple(Span(opens=opens, closes=closes) for opens, closes in pairs)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("09:00-18:00", spans((540, 1080))),
        ("13:30-18:00, 09:00-12:30", spans((540, 750), (810, 1080))),
        ("22:00-06:00", spans((1320, 1800))),
        ("00:00-24:00", spans((0, 1440))),
        ("24h", spans((0, 1440))),
        ("closed", ()),
    ],
)
def test_hours_are_read_as_people_write_them(text: str, meant: tuple[Span, ...]) -> None:
    assert read_hours(text) == meant


@pytest.mark.parametrize(
    "text", ["", "9-18", "09:00", "09:00-09:00", "25:00-26:00", "24:30-25:00", "09:00-12:00;", "open"]
)
def test_hours_that_cannot_be_meant_are_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(ValueError, match="must be"):
        read_hours(text)


def test_overlapping_hours_are_refused() -> None:
    with pytest.raises(ValueError, match="overlap"):
        read_hours("09:00-13:00, 12:00-18:00")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("mon", (0,)),
        ("mon-fri", (0, 1, 2, 3, 4)),
        ("sat,sun", (5, 6)),
        ("fri-mon", (4, 5, 6, 0)),
        ("Mon - Tue", (0, 1)),
    ],
)
def test_days_are_read_as_people_write_them(text: str, meant: tuple[int, ...]) -> None:
    assert read_days(text) == meant


@pytest.mark.parametrize("text", ["", "monday", "mon-tue-wed", "mon-"])
def test_days_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be days"):
        read_days(text)


def test_a_day_not_named_is_closed_and_one_named_twice_is_a_fault() -> None:
    week = read_week({"mon-fri": "09:00-18:00"})
    assert week[0] == spans((540, 1080))
    assert week[6] == ()
    with pytest.raises(ValueError, match="wed is named twice"):
        read_week({"mon-fri": "09:00-18:00", "wed": "closed"})


def test_single_days_have_their_own_hours() -> None:
    assert read_exceptions({"2026-12-24": "closed"}) == {date(2026, 12, 24): ()}
    with pytest.raises(ValueError, match=r"must be a date such as 2026-12-24, is '24\.12\.2026'"):
        read_exceptions({"24.12.2026": "closed"})
