"""What holds for every value in every language."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.ivr.spoken import CURRENCIES, LANGUAGES, Kind, SpokenError, in_words, piece_texts, say_value

languages = st.sampled_from(sorted(LANGUAGES))
currencies = st.sampled_from(sorted(CURRENCIES))
amounts = st.one_of(
    st.integers(-999_999_999, 999_999_999),
    st.decimals("-999999999.99", "999999999.99", places=2),
    st.floats(-999_999_999, 999_999_999),
    st.integers(0, 2_000),
)
days = st.dates(date(1800, 1, 1), date(2199, 12, 31))
_PIECES = {
    (kind, language, currency): piece_texts([kind], language, currencies=[currency] if kind is Kind.MONEY else [])
    for kind in Kind
    for language in LANGUAGES
    for currency in CURRENCIES
}


def pieces(kind: Kind, language: str, currency: str = "EUR") -> Mapping[str, str]:
    return _PIECES[kind, language, currency]


@given(value=amounts, language=languages)
def test_every_number_has_its_pieces(value: object, language: str) -> None:
    said = say_value(Kind.NUMBER, value, language)
    assert said
    assert set(said) <= set(pieces(Kind.NUMBER, language))


@given(value=amounts, language=languages, currency=currencies)
def test_every_sum_has_its_pieces(value: object, language: str, currency: str) -> None:
    said = say_value(Kind.MONEY, value, language, currency=currency)
    assert set(said) <= set(pieces(Kind.MONEY, language, currency))
    assert said[-1].startswith(f"_{currency.lower()}_")


@given(value=st.text("0123456789*#+", min_size=1, max_size=64), language=languages)
def test_every_digit_is_one_piece(value: str, language: str) -> None:
    said = say_value(Kind.DIGITS, value, language)
    assert len(said) == len(value)
    assert set(said) <= set(pieces(Kind.DIGITS, language))


@given(value=days, language=languages, away=st.none() | st.integers(-400, 400))
def test_every_date_has_its_pieces(value: date, language: str, away: int | None) -> None:
    today = None if away is None else value + timedelta(days=away)
    assert set(say_value(Kind.DATE, value, language, today=today)) <= set(pieces(Kind.DATE, language))


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_minute_of_the_day_has_its_pieces_and_its_own_words(language: str) -> None:
    minutes = [f"{hour:02}:{minute:02}" for hour in range(24) for minute in range(60)]
    assert all(set(say_value(Kind.TIME, minute, language)) <= set(pieces(Kind.TIME, language)) for minute in minutes)
    assert len({say_value(Kind.TIME, minute, language) for minute in minutes}) == len(minutes)


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_no_piece_is_rendered_in_vain(language: str) -> None:
    spoken: Mapping[Kind, Sequence[object]] = {
        Kind.NUMBER: [Decimal(number) / 100 for number in range(-1, 10_000)]
        + [number * by for number in range(1000) for by in (1, 1000, 1_000_000)]
        + [1_000_005, 1_000_100],
        Kind.DIGITS: ["0123456789*#+"],
        Kind.DATE: [date(2000, 1, 1) + timedelta(days=day) for day in range(366)]
        + [date(year, 1, 1) for year in range(1800, 2200)],
        Kind.TIME: [f"{hour}:{minute:02}" for hour in range(24) for minute in range(60)],
    }
    today = date(2000, 12, 20)
    for kind, values in spoken.items():
        used = {piece for value in values for piece in say_value(kind, value, language)}
        if kind is Kind.DATE:
            used |= {piece for value in values for piece in say_value(kind, value, language, today=today)}
        assert used == set(pieces(kind, language))


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_a_piece_has_one_text_whatever_it_is_asked_for(language: str) -> None:
    everything = piece_texts(Kind, language, currencies=CURRENCIES)
    for kind in Kind:
        for currency in CURRENCIES:
            assert pieces(kind, language, currency).items() <= everything.items()
    assert all(re.fullmatch(r"_[a-z][a-z0-9_]*", piece) for piece in everything)
    assert all(text == text.strip() and text for text in everything.values())


@given(one=st.integers(-999_999_999, 999_999_999), other=st.integers(-999_999_999, 999_999_999), language=languages)
def test_two_numbers_are_never_said_alike(one: int, other: int, language: str) -> None:
    same = in_words(Kind.NUMBER, one, language) == in_words(Kind.NUMBER, other, language)
    assert same == (one == other)


hostile = st.one_of(
    st.none(),
    st.booleans(),
    st.text(),
    st.text("0123456789.,:-+TZ eE_", max_size=50),
    st.integers(),
    st.floats(),
    st.decimals(),
    st.binary(),
    st.dates(),
    st.times(),
    st.datetimes(),
    st.lists(st.integers()),
    st.just("9" * 1_000_000),
    st.just(10**50_000),
    st.just(Decimal("sNaN")),
    st.just(Decimal("1E+999999")),
    st.just(Decimal("1E-999999")),
)


@given(kind=st.sampled_from(Kind), value=hostile, language=st.sampled_from(["en", "ru", "bg", "", "xx"]))
def test_whatever_comes_is_said_or_refused(kind: Kind, value: object, language: str) -> None:
    try:
        said = say_value(kind, value, language)
    except SpokenError:
        return
    assert said
    assert set(said) <= set(pieces(kind, language))
