"""English values, as a British speaker says them."""

from datetime import date, datetime, time
from decimal import Decimal

import pytest

from telephony.ivr.spoken import Kind, in_words, say_value


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "zero"),
        (21, "twenty-one"),
        (100, "one hundred"),
        (125, "one hundred and twenty-five"),
        (1005, "one thousand and five"),
        (1125, "one thousand one hundred and twenty-five"),
        (110_000, "one hundred and ten thousand"),
        (2_000_040, "two million and forty"),
        (-7, "minus seven"),
        (12.5, "twelve point five"),
        ("12.05", "twelve point zero five"),
        ("12,50", "twelve point five"),
        (" 3 ", "three"),
        (Decimal("0.25"), "zero point two five"),
        (0.1 + 0.2, "zero point three"),
        ("-0.001", "zero"),
        ("999000000.99", "nine hundred and ninety-nine million point nine nine"),
    ],
)
def test_numbers(value: object, words: str) -> None:
    assert in_words(Kind.NUMBER, value, "en") == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("007", "zero zero seven"),
        ("+359 88", "plus three five nine eight eight"),
        ("*12#", "star one two hash"),
        (112, "one one two"),
    ],
)
def test_digits_are_said_one_by_one(value: object, words: str) -> None:
    assert in_words(Kind.DIGITS, value, "en") == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (date(2026, 3, 21), "the twenty-first of March twenty twenty-six"),
        ("1905-12-01", "the first of December nineteen oh five"),
        ("1900-01-12", "the twelfth of January nineteen hundred"),
        ("2000-02-29", "the twenty-ninth of February two thousand"),
        ("2009-10-31", "the thirty-first of October two thousand and nine"),
        (datetime(2010, 5, 3, 23, 59), "the third of May twenty ten"),  # noqa: DTZ001 what it says is its own day
        ("2010-05-03T23:59:00+02:00", "the third of May twenty ten"),
    ],
)
def test_dates(value: object, words: str) -> None:
    assert in_words(Kind.DATE, value, "en") == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("2026-01-01", "today"),
        ("2026-01-02", "tomorrow"),
        ("2025-12-31", "yesterday"),
        ("2026-01-03", "the third of January"),
        ("2025-12-30", "the thirtieth of December twenty twenty-five"),
    ],
)
def test_a_date_near_today_is_said_as_people_say_it(value: str, words: str) -> None:
    assert in_words(Kind.DATE, value, "en", today=date(2026, 1, 1)) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("14:30", "two thirty p.m."),
        ("9:05", "nine oh five a.m."),
        (time(8), "eight a.m."),
        ("00:00", "midnight"),
        ("00:10", "twelve ten a.m."),
        ("12:00", "noon"),
        ("12:01:59", "twelve oh one p.m."),
        ("2026-12-31T23:59:00Z", "eleven fifty-nine p.m."),
    ],
)
def test_times(value: object, words: str) -> None:
    assert in_words(Kind.TIME, value, "en") == words


@pytest.mark.parametrize(
    ("value", "currency", "words"),
    [
        (1, "EUR", "one euro"),
        ("2.50", "EUR", "two euros and fifty cents"),
        (0, "EUR", "zero euros"),
        ("0.01", "USD", "one cent"),
        (Decimal("1.01"), "GBP", "one pound and one penny"),
        ("-21.02", "GBP", "minus twenty-one pounds and two pence"),
        (1_000_000, "BGN", "one million leva"),
        (5.1, "RUB", "five roubles and ten kopecks"),
        ("1.999", "EUR", "two euros"),
    ],
)
def test_money(value: object, currency: str, words: str) -> None:
    assert in_words(Kind.MONEY, value, "en", currency=currency) == words


def test_pieces_come_in_the_order_they_are_played() -> None:
    assert say_value(Kind.MONEY, "121.5", "en") == (
        "_n100",
        "_and",
        "_n21",
        "_eur_many",
        "_and",
        "_n50",
        "_eur_minor_many",
    )
