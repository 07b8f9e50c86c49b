"""How long words take to say: measured where a prompt is rendered, else estimated from its letters."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from telephony.calls.commands import Prompt
from telephony.ivr.flow import LengthOf, Words
from telephony.ivr.flow import Text as TextWords
from telephony.ivr.spoken.kinds import Kind
from telephony.ivr.texts import Texts

RenderedLength = Callable[[Prompt], float | None]
"""Gives how many seconds a prompt's sound file plays; None when it is not rendered."""

CHARACTERS_A_SECOND = 14
"""How fast the voices speak at the usual speed, the pauses between sentences included."""

VALUE_S: Mapping[Kind, float] = MappingProxyType(
    {Kind.NUMBER: 8.0, Kind.DIGITS: 24.0, Kind.DATE: 6.0, Kind.TIME: 4.0, Kind.MONEY: 10.0}
)
"""The longest that is likely to be said: forty digits, hundreds of millions with two decimals."""


def not_measured(_prompt: Prompt) -> float | None:
    """Tell that no prompt is rendered."""
    return None


def lengths(texts: Texts | None, languages: tuple[str, ...], rendered: RenderedLength = not_measured) -> LengthOf:
    """Return how long words take in whichever of the languages needs longest."""
    known: dict[str, float] = {}

    def text_s(text_id: str, language: str) -> float:
        measured = rendered(Prompt(text_id=text_id, language=language))
        if measured is not None:
            return measured
        written = texts.by_language.get(language, {}).get(text_id, "") if texts else ""
        return len(written) / CHARACTERS_A_SECOND

    def length_of(words: Words) -> float:
        if not isinstance(words, TextWords):
            return VALUE_S[words.kind]
        if words.text_id not in known:
            known[words.text_id] = max((text_s(words.text_id, language) for language in languages), default=0.0)
        return known[words.text_id]

    return length_of


def in_words(seconds: float) -> str:
    """Return a time for a message, e.g. `3 min 20 s`."""
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    parts = [f"{hours} h" if hours else "", f"{minutes} min" if minutes else "", f"{rest} s" if rest else ""]
    return " ".join(filter(None, parts)) or "0 s"
