"""Values that cannot be said, and what is told about them."""

from datetime import date, time

import pytest

from telephony.ivr.spoken import Kind, SpokenError, piece_texts, say_value


@pytest.mark.parametrize(
    ("kind", "value", "told"),
    [
        (Kind.NUMBER, float("nan"), "infinite or no number"),
        (Kind.NUMBER, float("-inf"), "infinite or no number"),
        (Kind.NUMBER, 1_000_000_000, "too large"),
        (Kind.NUMBER, "999999999.999", "too large"),
        (Kind.NUMBER, 1e300, "too large"),
        (Kind.NUMBER, "1,000", "with a point before the decimals"),
        (Kind.NUMBER, "1e9", "with a point before the decimals"),
        (Kind.NUMBER, "٣", "with a point before the decimals"),
        (Kind.NUMBER, "", "with a point before the decimals"),
        (Kind.NUMBER, True, "not a value of type bool"),
        (Kind.MONEY, None, "not nothing"),
        (Kind.MONEY, "5 EUR", "with a point before the decimals"),
        (Kind.MONEY, "1" * 100, "more than 40 signs"),
        (Kind.DIGITS, "12a", "0 to 9"),
        (Kind.DIGITS, " ", "at least one"),
        (Kind.DIGITS, -5, "minus"),
        (Kind.DIGITS, 1.5, "not a value of type float"),
        (Kind.DIGITS, "1" * 65, "more than 64"),
        (Kind.DIGITS, 10**64, "more than 64"),
        (Kind.DATE, "31.12.2026", "write it as 2026-12-31"),
        (Kind.DATE, "2026-02-30", "no such date"),
        (Kind.DATE, date(1799, 12, 31), "years 1800 to 2199"),
        (Kind.DATE, date(9999, 12, 31), "years 1800 to 2199"),
        (Kind.DATE, time(12), "not a value of type time"),
        (Kind.TIME, "24:00", "00:00 to 23:59"),
        (Kind.TIME, "half past two", "write it as 14:30"),
        (Kind.TIME, "2026-12-31", "write it as 14:30"),
        (Kind.TIME, "2026-12-31T25:00", "no such date or time"),
        (Kind.TIME, date(2026, 1, 1), "not a value of type date"),
    ],
)
def test_a_refusal_says_what_is_wrong(kind: Kind, value: object, told: str) -> None:
    with pytest.raises(SpokenError, match=told):
        say_value(kind, value, "en")


def test_a_refusal_never_repeats_the_value() -> None:
    with pytest.raises(SpokenError) as refused:
        say_value(Kind.DIGITS, "4111 1111 1111 111x", "en")
    assert "4111" not in str(refused.value)


def test_an_unknown_language_or_currency_is_refused() -> None:
    with pytest.raises(SpokenError, match="bg, en, ru"):
        say_value(Kind.NUMBER, 1, "de")
    with pytest.raises(SpokenError, match="bg, en, ru"):
        piece_texts([Kind.NUMBER], "de")
    with pytest.raises(SpokenError, match="BGN, EUR"):
        say_value(Kind.MONEY, 1, "en", currency="XXX")
    with pytest.raises(SpokenError, match="BGN, EUR"):
        piece_texts([Kind.MONEY], "en", currencies=["eur"])


def test_the_currency_matters_to_money_alone() -> None:
    assert say_value(Kind.NUMBER, 1, "en", currency="XXX") == ("_n1",)
