"""English as the British say it: one hundred and twenty-five."""

from collections.abc import Mapping
from types import MappingProxyType

from telephony.ivr.spoken.kinds import Kind
from telephony.ivr.spoken.tongue import (
    AND,
    CENTURIES,
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
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
)
_TENS = words("twenty thirty forty fifty sixty seventy eighty ninety")
_ORDINALS = words(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth"
)
_MONTHS = words("January February March April May June July August September October November December")
_TEN_WORDS = {ten * 10: word for ten, word in enumerate(_TENS, 2)}
_WORDS = dict(enumerate(_SMALL)) | _TEN_WORDS | compounds(_TEN_WORDS, "-", dict(enumerate(_SMALL[1:10], 1)))


def _cardinal(whole: int, counted: Gender) -> list[str]:
    del counted
    millions, thousands, rest = thousands_of(whole)
    said: list[str] = []
    if millions:
        said += [*_below_thousand(millions), "_million"]
    if thousands:
        said += [*_below_thousand(thousands), "_thousand"]
    if said and 0 < rest < 100:
        said.append(AND)
    if rest or not said:
        said += _below_thousand(rest)
    return said


def _below_thousand(number: int) -> list[str]:
    hundreds, rest = divmod(number, 100)
    if not hundreds:
        return [f"_n{rest}"]
    return [f"_n{hundreds}00", AND, f"_n{rest}"] if rest else [f"_n{hundreds}00"]


def _form(whole: int) -> Form:
    return Form.ONE if whole == 1 else Form.MANY


def _decimal(whole: int, hundredths: int) -> list[str]:
    digits = f"{hundredths:02}".rstrip("0")
    return [*_cardinal(whole, Gender.NEUTER), "_point", *(f"_n{digit}" for digit in digits)]


def _clock(hour: int, minute: int) -> list[str]:
    if minute == 0 and hour in {0, 12}:
        return ["_noon" if hour else "_midnight"]
    past = [f"_minute{minute}"] if minute else []
    return [f"_hour{hour % 12 or 12}", *past, "_pm" if hour >= 12 else "_am"]


def _days() -> dict[int, str]:
    ordinals = dict(enumerate(_ORDINALS, 1)) | {20: "twentieth", 30: "thirtieth"}
    ordinals |= compounds(_TEN_WORDS, "-", dict(enumerate(_ORDINALS[:9], 1)))
    return {day: f"the {ordinals[day]} of" for day in range(1, 32)}


def _years() -> dict[str, str]:
    tails = {year: f"oh {_WORDS[year]}" if year < 10 else _WORDS[year] for year in range(1, 100)}
    # Nobody says "twenty oh five" of a year that they have lived through.
    whole = {2000: "two thousand"} | {2000 + unit: f"two thousand and {_WORDS[unit]}" for unit in range(1, 10)}
    round_years = {century * 100: f"{_WORDS[century]} hundred" for century in CENTURIES}
    centuries = {century: _WORDS[century] for century in CENTURIES}
    return numbered("year", tails | round_years | whole) | numbered("century", centuries)


def _cardinals() -> dict[str, str]:
    hundreds = {hundred * 100: f"{_WORDS[hundred]} hundred" for hundred in range(1, 10)}
    signs = {MINUS: "minus", AND: "and", "_thousand": "thousand", "_million": "million"}
    return numbered("n", _WORDS | hundreds) | signs


def _hours() -> dict[str, str]:
    minutes = {minute: f"oh {_WORDS[minute]}" if minute < 10 else _WORDS[minute] for minute in range(1, 60)}
    signs = {"_am": "a.m.", "_pm": "p.m.", "_noon": "noon", "_midnight": "midnight"}
    return numbered("hour", {hour: _WORDS[hour] for hour in range(1, 13)}) | numbered("minute", minutes) | signs


def _texts() -> dict[Kind, Mapping[str, str]]:
    nearby = {"_today": "today", "_tomorrow": "tomorrow", "_yesterday": "yesterday"}
    keys = {"_star": "star", "_hash": "hash", "_plus": "plus"}
    return {
        Kind.NUMBER: _cardinals() | {"_point": "point"},
        Kind.DIGITS: numbered("n", {digit: _WORDS[digit] for digit in range(10)}) | keys,
        Kind.DATE: numbered("day", _days()) | numbered("month", dict(enumerate(_MONTHS, 1))) | _years() | nearby,
        Kind.TIME: _hours(),
        Kind.MONEY: _cardinals(),
    }


def _noun(one: str, many: str) -> Noun:
    return Noun(gender=Gender.NEUTER, forms=MappingProxyType({Form.ONE: one, Form.MANY: many}))


_CENT = _noun("cent", "cents")

ENGLISH = Tongue(
    cardinal=_cardinal,
    form=_form,
    decimal=_decimal,
    clock=_clock,
    counted=Gender.NEUTER,
    between_coins=(AND,),
    currencies=MappingProxyType(
        {
            "EUR": Currency(major=_noun("euro", "euros"), minor=_CENT),
            "BGN": Currency(major=_noun("lev", "leva"), minor=_noun("stotinka", "stotinki")),
            "USD": Currency(major=_noun("dollar", "dollars"), minor=_CENT),
            "GBP": Currency(major=_noun("pound", "pounds"), minor=_noun("penny", "pence")),
            "RUB": Currency(major=_noun("rouble", "roubles"), minor=_noun("kopeck", "kopecks")),
        }
    ),
    texts=MappingProxyType(_texts()),
)
