"""Russian: gender and case follow from the number."""

from collections.abc import Mapping
from types import MappingProxyType

from telephony.ivr.spoken.kinds import Kind
from telephony.ivr.spoken.tongue import (
    MINUS,
    Currency,
    Form,
    Gender,
    Noun,
    Tongue,
    compounds,
    numbered,
    thousands_of,
    words,
)

_SMALL = words(
    "ноль один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать четырнадцать "
    "пятнадцать шестнадцать семнадцать восемнадцать девятнадцать"
)
_TENS = words("двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто")
_HUNDREDS = words("сто двести триста четыреста пятьсот шестьсот семьсот восемьсот девятьсот")
_FEMININE = {1: "одна", 2: "две"}
_ORDINALS = words(
    "первого второго третьего четвёртого пятого шестого седьмого восьмого девятого десятого одиннадцатого "
    "двенадцатого тринадцатого четырнадцатого пятнадцатого шестнадцатого семнадцатого восемнадцатого девятнадцатого"
)
_ORDINAL_TENS = words(
    "двадцатого тридцатого сорокового пятидесятого шестидесятого семидесятого восьмидесятого девяностого"
)
_MONTHS = words("января февраля марта апреля мая июня июля августа сентября октября ноября декабря")
_TEN_WORDS = {ten * 10: word for ten, word in enumerate(_TENS, 2)}
_WORDS = dict(enumerate(_SMALL)) | _TEN_WORDS | compounds(_TEN_WORDS, " ", dict(enumerate(_SMALL[1:10], 1)))
_FEMININE_WORDS = _FEMININE | compounds(_TEN_WORDS, " ", _FEMININE)
_GENITIVE_ORDINALS = (
    dict(enumerate(_ORDINALS, 1))
    | {ten * 10: word for ten, word in enumerate(_ORDINAL_TENS, 2)}
    | compounds(_TEN_WORDS, " ", dict(enumerate(_ORDINALS[:9], 1)))
)


def _cardinal(whole: int, counted: Gender) -> list[str]:
    millions, thousands, rest = thousands_of(whole)
    said: list[str] = []
    if millions:
        said += [*_below_thousand(millions, Gender.MASCULINE), f"_million_{_form(millions)}"]
    if thousands:
        said += [*_below_thousand(thousands, Gender.FEMININE), f"_thousand_{_form(thousands)}"]
    if rest or not said:
        said += _below_thousand(rest, counted)
    return said


def _below_thousand(number: int, counted: Gender) -> list[str]:
    hundreds, rest = divmod(number, 100)
    said = [f"_n{hundreds}00"] if hundreds else []
    if rest or not hundreds:
        feminine = counted is Gender.FEMININE and rest in _FEMININE_WORDS
        said.append(f"_nf{rest}" if feminine else f"_n{rest}")
    return said


def _form(whole: int) -> Form:
    tail = whole % 100
    if 11 <= tail <= 14:
        return Form.MANY
    unit = tail % 10
    if unit == 1:
        return Form.ONE
    return Form.FEW if 2 <= unit <= 4 else Form.MANY


def _part_form(number: int) -> Form:
    """The form of an adjective used as a noun: одна сотая, but две сотых and пять сотых."""
    return Form.ONE if _form(number) is Form.ONE else Form.MANY


def _decimal(whole: int, hundredths: int) -> list[str]:
    part, name = (hundredths // 10, "tenth") if hundredths % 10 == 0 else (hundredths, "hundredth")
    return [
        *_cardinal(whole, Gender.FEMININE),
        f"_whole_{_part_form(whole)}",
        *_cardinal(part, Gender.FEMININE),
        f"_{name}_{_part_form(part)}",
    ]


def _clock(hour: int, minute: int) -> list[str]:
    return [f"_hour{hour}", f"_minute{minute}"] if minute else [f"_hour{hour}"]


def _noun(gender: Gender, one: str, few: str, many: str) -> Noun:
    return Noun(gender=gender, forms=MappingProxyType({Form.ONE: one, Form.FEW: few, Form.MANY: many}))


def _masculine(one: str, few: str, many: str) -> Noun:
    return _noun(Gender.MASCULINE, one, few, many)


def _feminine(one: str, few: str, many: str) -> Noun:
    return _noun(Gender.FEMININE, one, few, many)


def _cardinals() -> dict[str, str]:
    hundreds = {hundred * 100: text for hundred, text in enumerate(_HUNDREDS, 1)}
    return (
        {MINUS: "минус"}
        | numbered("n", _WORDS | hundreds)
        | numbered("nf", _FEMININE_WORDS)
        | _feminine("тысяча", "тысячи", "тысяч").texts("thousand")
        | _masculine("миллион", "миллиона", "миллионов").texts("million")
    )


def _parts() -> dict[str, str]:
    adjectives = {"whole": ("целая", "целых"), "tenth": ("десятая", "десятых"), "hundredth": ("сотая", "сотых")}
    return {
        f"_{name}_{form}": text
        for name, texts in adjectives.items()
        for form, text in zip((Form.ONE, Form.MANY), texts, strict=True)
    }


def _years() -> dict[str, str]:
    tails = {year: f"{_GENITIVE_ORDINALS[year]} года" for year in range(1, 100)}
    round_years = {
        1800: "тысяча восьмисотого года",
        1900: "тысяча девятисотого года",
        2000: "двухтысячного года",
        2100: "две тысячи сотого года",
    }
    centuries = {18: "тысяча восемьсот", 19: "тысяча девятьсот", 20: "две тысячи", 21: "две тысячи сто"}
    return numbered("year", tails | round_years) | numbered("century", centuries)


def _hours() -> dict[str, str]:
    hour_forms = _masculine("час", "часа", "часов").forms
    minute_forms = _feminine("минута", "минуты", "минут").forms
    hours = {hour: f"{_WORDS[hour]} {hour_forms[_form(hour)]}" for hour in range(24)}
    feminine = _WORDS | _FEMININE_WORDS
    minutes = {minute: f"{feminine[minute]} {minute_forms[_form(minute)]}" for minute in range(1, 60)}
    return numbered("hour", hours) | numbered("minute", minutes)


def _texts() -> dict[Kind, Mapping[str, str]]:
    days = {day: _GENITIVE_ORDINALS[day] for day in range(1, 32)}
    nearby = {"_today": "сегодня", "_tomorrow": "завтра", "_yesterday": "вчера"}
    keys = {"_star": "звёздочка", "_hash": "решётка", "_plus": "плюс"}
    return {
        Kind.NUMBER: _cardinals() | _parts(),
        Kind.DIGITS: numbered("n", {digit: _WORDS[digit] for digit in range(10)}) | keys,
        Kind.DATE: numbered("day", days) | numbered("month", dict(enumerate(_MONTHS, 1))) | _years() | nearby,
        Kind.TIME: _hours(),
        Kind.MONEY: _cardinals(),
    }


_CENT = _masculine("цент", "цента", "центов")

RUSSIAN = Tongue(
    cardinal=_cardinal,
    form=_form,
    decimal=_decimal,
    clock=_clock,
    counted=Gender.MASCULINE,
    between_coins=(),
    currencies=MappingProxyType(
        {
            "EUR": Currency(major=_masculine("евро", "евро", "евро"), minor=_CENT),
            "BGN": Currency(
                major=_masculine("лев", "лева", "левов"), minor=_feminine("стотинка", "стотинки", "стотинок")
            ),
            "USD": Currency(major=_masculine("доллар", "доллара", "долларов"), minor=_CENT),
            "GBP": Currency(major=_masculine("фунт", "фунта", "фунтов"), minor=_masculine("пенс", "пенса", "пенсов")),
            "RUB": Currency(
                major=_masculine("рубль", "рубля", "рублей"), minor=_feminine("копейка", "копейки", "копеек")
            ),
        }
    ),
    texts=MappingProxyType(_texts()),
)
