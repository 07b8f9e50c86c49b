"""Reads values as they come from authors, callers and other systems.

Errors never repeat the value: it may be secret.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from typing import NoReturn

MOST = 999_999_999
"""The greatest whole number that can be said, either side of zero."""

LONGEST_DIGITS = 64
_LONGEST_TEXT = 40  # the longest ISO time has 32 signs
_CENT = Decimal("0.01")

# A comma is a decimal comma only before one or two digits: 1,000 is a thousand to one author and one to another.
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{1,20}|,[0-9]{1,2})?")
_DIGITS = re.compile(r"[0-9*#+ ]+")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.+\-Z]+)?")
_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::[0-9]{2}(?:\.[0-9]{1,9})?)?")


class SpokenError(ValueError):
    """A value cannot be said; the text tells what is wrong with it, without repeating it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """A number to two decimals; zero is never negative."""

    negative: bool
    whole: int
    hundredths: int


def read_amount(value: object) -> Amount:
    """Return the number, rounded to hundredths, a half away from zero."""
    if isinstance(value, int) and not isinstance(value, bool):
        _within(abs(value) <= MOST)
        return Amount(negative=value < 0, whole=abs(int(value)), hundredths=0)
    exact = _decimal(value)
    _within(abs(exact) < MOST + 1)
    hundred_fold = int(exact.quantize(_CENT, rounding=ROUND_HALF_UP).scaleb(2))
    whole, hundredths = divmod(abs(hundred_fold), 100)
    _within(whole <= MOST)
    return Amount(negative=hundred_fold < 0, whole=whole, hundredths=hundredths)


def read_digits(value: object) -> str:
    """Return digits and the signs `*`, `#` and `+`, without the spaces between them."""
    if isinstance(value, int) and not isinstance(value, bool):
        if value < 0:
            raise SpokenError("digits have no minus sign: say it as a number")
        if value >= 10**LONGEST_DIGITS:
            _too_many_digits()
        return str(int(value))
    if not isinstance(value, str):
        raise SpokenError(f"digits must be a text or a whole number, not {_type_of(value)}")
    if len(value) > 2 * LONGEST_DIGITS:
        _too_many_digits()
    said = value.replace(" ", "")
    if not said or not _DIGITS.fullmatch(said):
        raise SpokenError("digits may hold 0 to 9, *, #, + and spaces, and at least one of them that is not a space")
    if len(said) > LONGEST_DIGITS:
        _too_many_digits()
    return said


def read_date(value: object) -> date:
    """Return the day of a date, of a time with a date, or of an ISO 8601 text."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = _text(value, "a date")
    if not _DAY.fullmatch(text):
        raise SpokenError("this is not a date: write it as 2026-12-31")
    return _moment(text).date()


def read_time(value: object) -> tuple[int, int]:
    """Return the hour and minute of a time, as they stand: no time zone is applied."""
    if isinstance(value, (datetime, time)):
        return value.hour, value.minute
    text = _text(value, "a time")
    if clock := _CLOCK.fullmatch(text):
        hour, minute = int(clock[1]), int(clock[2])
        if hour > 23 or minute > 59:
            raise SpokenError("there is no such time: write 00:00 to 23:59")
        return hour, minute
    if not _DAY.fullmatch(text) or ":" not in text:
        raise SpokenError("this is not a time: write it as 14:30 or as 2026-12-31T14:30")
    moment = _moment(text)
    return moment.hour, moment.minute


def _decimal(value: object) -> Decimal:
    if isinstance(value, Decimal):
        exact = value
    elif isinstance(value, float):
        exact = Decimal(repr(float(value)))  # as it is printed: 0.1 is one tenth
    else:
        text = _text(value, "a number")
        if not _NUMBER.fullmatch(text):
            raise SpokenError("this is not a number: write digits, with a point before the decimals, such as 12.50")
        exact = Decimal(text.replace(",", "."))
    if not exact.is_finite():
        raise SpokenError("this is not a number that can be said: it is infinite or no number at all")
    return exact


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise SpokenError("there is no such date or time in the calendar") from None


def _text(value: object, what: str) -> str:
    if not isinstance(value, str):
        raise SpokenError(f"{what} is wanted, not {_type_of(value)}")
    if len(value) > _LONGEST_TEXT:
        raise SpokenError(f"{what} of more than {_LONGEST_TEXT} signs cannot be said")
    return value.strip()


def _type_of(value: object) -> str:
    return "nothing" if value is None else f"a value of type {type(value).__name__}"


def _within(held: bool) -> None:
    if not held:
        raise SpokenError(f"the number is too large to be said: {-MOST} to {MOST} are allowed")


def _too_many_digits() -> NoReturn:
    raise SpokenError(f"more than {LONGEST_DIGITS} digits cannot be said")
