"""Says a value as a row of pieces."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import assert_never

from telephony.ivr.spoken.bulgarian import BULGARIAN
from telephony.ivr.spoken.english import ENGLISH
from telephony.ivr.spoken.kinds import CURRENCIES, LANGUAGES, Kind
from telephony.ivr.spoken.russian import RUSSIAN
from telephony.ivr.spoken.tongue import CENTURIES, MINUS, Noun, Tongue
from telephony.ivr.spoken.values import Amount, SpokenError, read_amount, read_date, read_digits, read_time

_TONGUES: Mapping[str, Tongue] = MappingProxyType({"en": ENGLISH, "ru": RUSSIAN, "bg": BULGARIAN})
_KEYS = MappingProxyType({"*": "_star", "#": "_hash", "+": "_plus"} | {str(digit): f"_n{digit}" for digit in range(10)})
_NEARBY = MappingProxyType({-1: "_yesterday", 0: "_today", 1: "_tomorrow"})


def say_value(
    kind: Kind, value: object, language: str, *, currency: str = "EUR", today: date | None = None
) -> tuple[str, ...]:
    """Return the ids of the pieces that say this value, in the order they are played; at least one.

    - number: whole or decimal, as a number or text, to two decimals, -999,999,999.99 to 999,999,999.99
    - digits: up to 64 of 0-9, `*`, `#` and `+`, one by one; spaces are passed over
    - date: a date or ISO 8601 text, years 1800 to 2199. With `today`, dates of its year are said without the year,
      and its own day and the days beside it as today, tomorrow and yesterday
    - time: a time, `14:30` or ISO 8601 text, to the minute, as it stands: no time zone is applied
    - money: like a number, with the names of the currency

    Every other value raises SpokenError, whose text says what is wrong and never repeats the value.
    """
    tongue = _tongue(language)
    match kind:
        case Kind.NUMBER:
            return _number(tongue, read_amount(value))
        case Kind.DIGITS:
            return tuple(_KEYS[sign] for sign in read_digits(value))
        case Kind.DATE:
            return _date(tongue, read_date(value), today)
        case Kind.TIME:
            return tuple(tongue.clock(*read_time(value)))
        case Kind.MONEY:
            return _money(tongue, read_amount(value), _known(currency))
        case _:
            assert_never(kind)


def piece_texts(kinds: Iterable[Kind], language: str, *, currencies: Iterable[str] = ()) -> Mapping[str, str]:
    """Return every piece that values of these kinds can need, with the text a speech engine speaks for it.

    An id begins with `_` and has the same text in whatever set it is. Raises SpokenError for an unknown language or
    currency.
    """
    tongue = _tongue(language)
    texts: dict[str, str] = {}
    for kind in kinds:
        texts |= tongue.texts[kind]
    for currency in currencies:
        texts |= tongue.currencies[_known(currency)].texts(currency.lower())
    return MappingProxyType(texts)


def in_words(kind: Kind, value: object, language: str, *, currency: str = "EUR", today: date | None = None) -> str:
    """Return the value as a caller hears it, for transcripts; raises SpokenError as `say_value` does."""
    said = say_value(kind, value, language, currency=currency, today=today)
    texts = piece_texts((kind,), language, currencies=(currency,) if kind == Kind.MONEY else ())
    return " ".join(texts[piece] for piece in said)


def _number(tongue: Tongue, amount: Amount) -> tuple[str, ...]:
    sign = (MINUS,) if amount.negative else ()
    if amount.hundredths:
        return (*sign, *tongue.decimal(amount.whole, amount.hundredths))
    return (*sign, *tongue.cardinal(amount.whole, tongue.counted))


def _money(tongue: Tongue, amount: Amount, currency: str) -> tuple[str, ...]:
    names, name = tongue.currencies[currency], currency.lower()
    said = [MINUS] if amount.negative else []
    if amount.whole or not amount.hundredths:
        said += _counted(tongue, amount.whole, names.major, name)
    if amount.whole and amount.hundredths:
        said += tongue.between_coins
    if amount.hundredths:
        said += _counted(tongue, amount.hundredths, names.minor, f"{name}_minor")
    return tuple(said)


def _counted(tongue: Tongue, number: int, noun: Noun, name: str) -> list[str]:
    return [*tongue.cardinal(number, noun.gender), f"_{name}_{tongue.form(number)}"]


def _date(tongue: Tongue, day: date, today: date | None) -> tuple[str, ...]:
    century, year = divmod(day.year, 100)
    if century not in CENTURIES:
        raise SpokenError(f"only years {CENTURIES[0]}00 to {CENTURIES[-1]}99 can be said")
    if isinstance(today, datetime):
        today = today.date()
    if today and (nearby := _NEARBY.get((day - today).days)):
        return (nearby,)
    said = (f"_day{day.day}", f"_month{day.month}")
    if today and today.year == day.year:
        return said
    whole = f"_year{day.year}"
    if whole in tongue.texts[Kind.DATE]:
        return (*said, whole)
    return (*said, f"_century{century}", f"_year{year}")


def _tongue(language: str) -> Tongue:
    if tongue := _TONGUES.get(language):
        return tongue
    raise SpokenError(f"values can be said only in {', '.join(sorted(LANGUAGES))}: choose one of these languages")


def _known(currency: str) -> str:
    if currency in CURRENCIES:
        return currency
    raise SpokenError(f"the currency must be one of {', '.join(sorted(CURRENCIES))}")
