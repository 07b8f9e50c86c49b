"""What waiting callers are told of their place and of the time to come: whole sentences, rendered ahead."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from telephony.ivr.spoken.bulgarian import BULGARIAN
from telephony.ivr.spoken.english import ENGLISH
from telephony.ivr.spoken.kinds import Kind
from telephony.ivr.spoken.russian import RUSSIAN
from telephony.ivr.spoken.tongue import Form, Gender, Noun, Tongue

MOST_PLACES = 20
ABOUT_MINUTES = (*range(1, 11), 15, 20, 25, 30)
OVER_MINUTES = 30


def place_piece(place: int) -> str:
    """Return the id of the sentence that tells a place, 1 to 20."""
    return f"_place{place}"


def wait_piece(rough: str, minutes: int) -> str:
    """Return the id of the sentence that tells a waiting time: `under` 1, `about` some or `over` 30 minutes."""
    return f"_wait_{rough}{minutes}"


def waiting_texts(language: str) -> Mapping[str, str]:
    """Return every such sentence by its id; none for a language in which they cannot be said."""
    return _TEXTS.get(language, MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sentences:
    """The sentences of a language; `{number}` and `{minutes}` agree with each other."""

    next_in_line: str
    place: str
    under_a_minute: str
    a_minute: str
    minutes: str
    over: str
    minute: Noun


_ENGLISH = _Sentences(
    next_in_line="You are next in line.",
    place="You are number {number} in line.",
    under_a_minute="Your call should be answered in less than a minute.",
    a_minute="Your call should be answered in about one minute.",
    minutes="Your call should be answered in about {number} {minutes}.",
    over="You may have to wait for more than thirty minutes.",
    minute=Noun(
        gender=Gender.NEUTER,
        forms=MappingProxyType({Form.ONE: "minute", Form.MANY: "minutes"}),
    ),
)

# After «через» stands the accusative, which for these numbers differs only in the word for one minute.
_RUSSIAN = _Sentences(
    next_in_line="Ваш звонок следующий в очереди.",
    place="Ваш номер в очереди: {number}.",
    under_a_minute="Вам ответят меньше чем через минуту.",
    a_minute="Вам ответят примерно через минуту.",
    minutes="Вам ответят примерно через {number} {minutes}.",
    over="Возможно, придётся ждать больше тридцати минут.",
    minute=Noun(
        gender=Gender.FEMININE,
        forms=MappingProxyType({Form.ONE: "минуту", Form.FEW: "минуты", Form.MANY: "минут"}),
    ),
)

_BULGARIAN = _Sentences(
    next_in_line="Вашето обаждане е следващото на опашката.",
    place="Вие сте номер {number} на опашката.",
    under_a_minute="Ще ви отговорим след по-малко от минута.",
    a_minute="Ще ви отговорим след около една минута.",
    minutes="Ще ви отговорим след около {number} {minutes}.",
    over="Може да се наложи да чакате повече от тридесет минути.",
    minute=Noun(
        gender=Gender.FEMININE,
        forms=MappingProxyType({Form.ONE: "минута", Form.MANY: "минути"}),
    ),
)


def _texts(tongue: Tongue, said: _Sentences) -> Mapping[str, str]:
    texts = {
        place_piece(1): said.next_in_line,
        wait_piece("under", 1): said.under_a_minute,
        wait_piece("about", 1): said.a_minute,
        wait_piece("over", OVER_MINUTES): said.over,
    }
    for place in range(2, MOST_PLACES + 1):
        texts[place_piece(place)] = said.place.format(number=_in_words(tongue, place, tongue.counted))
    for minutes in ABOUT_MINUTES[1:]:
        number, noun = _in_words(tongue, minutes, said.minute.gender), said.minute.forms[tongue.form(minutes)]
        texts[wait_piece("about", minutes)] = said.minutes.format(number=number, minutes=noun)
    return MappingProxyType(texts)


def _in_words(tongue: Tongue, number: int, counted: Gender) -> str:
    pieces = tongue.texts[Kind.NUMBER]
    return " ".join(pieces[piece] for piece in tongue.cardinal(number, counted))


_TEXTS = MappingProxyType(
    {"en": _texts(ENGLISH, _ENGLISH), "ru": _texts(RUSSIAN, _RUSSIAN), "bg": _texts(BULGARIAN, _BULGARIAN)}
)
