"""Bulgarian: three genders, and one „и“ before the last word of a number."""

from collections.abc import Mapping
from types import MappingProxyType

from telephony.ivr.spoken.kinds import Kind
from telephony.ivr.spoken.tongue import (
    AND,
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
    "нула едно две три четири пет шест седем осем девет десет единадесет дванадесет тринадесет четиринадесет "
    "петнадесет шестнадесет седемнадесет осемнадесет деветнадесет"
)
_TENS = words("двадесет тридесет четиридесет петдесет шестдесет седемдесет осемдесет деветдесет")
_HUNDREDS = words("сто двеста триста четиристотин петстотин шестстотин седемстотин осемстотин деветстотин")
_MASCULINE = {1: "един", 2: "два"}
_FEMININE = {1: "една"}  # две is both feminine and neuter
_ORDINAL_STEMS = {1: "първ", 2: "втор", 3: "трет", 4: "четвърт", 7: "седм", 8: "осм"}
_MONTHS = words("януари февруари март април май юни юли август септември октомври ноември декември")
_TEN_WORDS = {ten * 10: word for ten, word in enumerate(_TENS, 2)}
_WORDS = dict(enumerate(_SMALL)) | _TEN_WORDS | compounds(_TEN_WORDS, " и ", dict(enumerate(_SMALL[1:10], 1)))
_MASCULINE_WORDS = _MASCULINE | compounds(_TEN_WORDS, " и ", _MASCULINE)
_FEMININE_WORDS = _FEMININE | compounds(_TEN_WORDS, " и ", _FEMININE)
_GENDERED = {
    Gender.MASCULINE: {number: f"_nm{number}" for number in _MASCULINE_WORDS},
    Gender.FEMININE: {number: f"_nf{number}" for number in _FEMININE_WORDS},
    Gender.NEUTER: {},
}


def _ordinals(ending: str) -> dict[int, str]:
    """Return 1st to 99th, „първи“ or „първа“ by the ending."""
    small = {number: _ORDINAL_STEMS.get(number, _SMALL[number]) + ending for number in range(1, 20)}
    tens = {number: word + ending for number, word in _TEN_WORDS.items()}
    return small | tens | compounds(_TEN_WORDS, " и ", {unit: small[unit] for unit in range(1, 10)})


def _is_one_word(number: int) -> bool:
    """Whether a number below a thousand is one word, so that „и“ must come before it and not inside it."""
    return number <= 20 or number % 100 == 0 or (number < 100 and number % 10 == 0)


def _cardinal(whole: int, counted: Gender) -> list[str]:
    millions, thousands, rest = thousands_of(whole)
    said: list[str] = []
    if millions:
        said += [*_below_thousand(millions, Gender.MASCULINE), f"_million_{_form(millions)}"]
    if thousands:
        if said and not rest and _is_one_word(thousands):
            said.append(AND)
        said += _thousands(thousands)
    if said and rest and _is_one_word(rest):
        said.append(AND)
    if rest or not said:
        said += _below_thousand(rest, counted)
    return said


def _thousands(thousands: int) -> list[str]:
    if thousands == 1:
        return ["_thousand_one"]  # „хиляда“, never „една хиляда“
    return [*_below_thousand(thousands, Gender.FEMININE), "_thousand_many"]


def _below_thousand(number: int, counted: Gender) -> list[str]:
    hundreds, rest = divmod(number, 100)
    if hundreds and not rest:
        return [f"_n{hundreds}00"]
    piece = _GENDERED[counted].get(rest) or f"_n{rest}"
    if not hundreds:
        return [piece]
    return [f"_n{hundreds}00", AND, piece] if _is_one_word(rest) else [f"_n{hundreds}00", piece]


def _form(whole: int) -> Form:
    return Form.ONE if whole == 1 else Form.MANY  # „двадесет и един лева“, not „лев“


def _decimal(whole: int, hundredths: int) -> list[str]:
    part, name = (hundredths // 10, "tenth") if hundredths % 10 == 0 else (hundredths, "hundredth")
    return [
        *_cardinal(whole, Gender.NEUTER),
        "_whole",
        *_cardinal(part, Gender.FEMININE),
        f"_{name}_{_form(part)}",
    ]


def _clock(hour: int, minute: int) -> list[str]:
    return [f"_hour{hour}", f"_minute{minute}"] if minute else [f"_hour{hour}"]


def _noun(gender: Gender, one: str, many: str) -> Noun:
    return Noun(gender=gender, forms=MappingProxyType({Form.ONE: one, Form.MANY: many}))


def _masculine(one: str, many: str) -> Noun:
    return _noun(Gender.MASCULINE, one, many)


def _feminine(one: str, many: str) -> Noun:
    return _noun(Gender.FEMININE, one, many)


def _cardinals() -> dict[str, str]:
    hundreds = {hundred * 100: text for hundred, text in enumerate(_HUNDREDS, 1)}
    return (
        {MINUS: "минус", AND: "и"}
        | numbered("n", _WORDS | hundreds)
        | numbered("nm", _MASCULINE_WORDS)
        | numbered("nf", _FEMININE_WORDS)
        | _feminine("хиляда", "хиляди").texts("thousand")
        | _masculine("милион", "милиона").texts("million")
    )


def _parts() -> dict[str, str]:
    tenths = _feminine("десета", "десети").texts("tenth")
    return {"_whole": "цяло и"} | tenths | _feminine("стотна", "стотни").texts("hundredth")


def _years() -> dict[str, str]:
    ordinals = _ordinals("а")
    tails = {
        year: f"и {ordinals[year]} година" if _is_one_word(year) else f"{ordinals[year]} година"
        for year in range(1, 100)
    }
    round_years = {
        1800: "хиляда и осемстотна година",
        1900: "хиляда и деветстотна година",
        2000: "двехилядна година",
        2100: "две хиляди и стотна година",
    }
    centuries = {18: "хиляда осемстотин", 19: "хиляда деветстотин", 20: "две хиляди", 21: "две хиляди сто"}
    return numbered("year", tails | round_years) | numbered("century", centuries)


def _hours() -> dict[str, str]:
    hours = {hour: f"{(_WORDS | _MASCULINE_WORDS)[hour]} {'час' if hour == 1 else 'часа'}" for hour in range(24)}
    minutes = {
        minute: f"и {(_WORDS | _FEMININE_WORDS)[minute]} {'минута' if minute == 1 else 'минути'}"
        for minute in range(1, 60)
    }
    return numbered("hour", hours) | numbered("minute", minutes)


def _texts() -> dict[Kind, Mapping[str, str]]:
    ordinals = _ordinals("и")
    days = {day: ordinals[day] for day in range(1, 32)}
    nearby = {"_today": "днес", "_tomorrow": "утре", "_yesterday": "вчера"}
    keys = {"_star": "звезда", "_hash": "диез", "_plus": "плюс"}
    return {
        Kind.NUMBER: _cardinals() | _parts(),
        Kind.DIGITS: numbered("n", {digit: _WORDS[digit] for digit in range(10)}) | keys,
        Kind.DATE: numbered("day", days) | numbered("month", dict(enumerate(_MONTHS, 1))) | _years() | nearby,
        Kind.TIME: _hours(),
        Kind.MONEY: _cardinals(),
    }


_CENT = _masculine("цент", "цента")
_KOPECK = _feminine("копейка", "копейки")

BULGARIAN = Tongue(
    cardinal=_cardinal,
    form=_form,
    decimal=_decimal,
    clock=_clock,
    counted=Gender.NEUTER,
    between_coins=(AND,),
    currencies=MappingProxyType(
        {
            "EUR": Currency(major=_noun(Gender.NEUTER, "евро", "евро"), minor=_masculine("евроцент", "евроцента")),
            "BGN": Currency(major=_masculine("лев", "лева"), minor=_feminine("стотинка", "стотинки")),
            "USD": Currency(major=_masculine("долар", "долара"), minor=_CENT),
            "GBP": Currency(major=_feminine("лира", "лири"), minor=_masculine("пенс", "пенса")),
            "RUB": Currency(major=_feminine("рубла", "рубли"), minor=_KOPECK),
        }
    ),
    texts=MappingProxyType(_texts()),
)
