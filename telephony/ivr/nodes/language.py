"""`language`: asks which language, or changes it without asking."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from telephony.ivr.asking import Asking, Taken, asked_s, said_in
from telephony.ivr.flow import By, LengthOf, Node, Question, Way, Words
from telephony.ivr.nodes.menu import limits
from telephony.ivr.position import Seen, Step
from telephony.ivr.reading import allowed
from telephony.ivr.surroundings import NodeReader
from telephony.ivr.walk import Walk
from telephony.ivr.yaml_tree import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseLanguage(Asking):
    """Asks which language; the question is said in every language there is to choose, in that order."""

    kind: ClassVar[str] = "language"

    asked: Question
    choose: Mapping[str, str]
    to: str

    def question(self, stage: int) -> Question:
        """Return its one question."""
        return self.asked

    def ways(self) -> tuple[Way, ...]:
        """Return the way of each key, and those of silence and wrong keys."""
        return (*(Way(by=By.KEY, to=self.to, label=key) for key in self.choose), *limits(self.asked))

    def says(self) -> tuple[Words, ...]:
        """Return the question and what comes before it is asked again."""
        return said_in(self.asked)

    def longest_s(self, length_of: LengthOf) -> float:
        """Return the time for every try."""
        return asked_s(self.asked, length_of)

    def take(self, walk: Walk, stage: int, answer: str) -> Taken:
        """Go on in the language of the key."""
        walk.language = self.choose[answer]
        walk.note(self.name, Seen.KEYS, value=answer, label=walk.language)
        return self.to


@dataclass(frozen=True, slots=True, kw_only=True)
class SetLanguage(Node):
    """Goes on in another language."""

    kind: ClassVar[str] = "language"

    language: str
    to: str

    def ways(self) -> tuple[Way, ...]:
        """Return the one way on."""
        return (Way(by=By.NEXT, to=self.to),)

    def visit(self, walk: Walk) -> str | Step:
        """Change the language."""
        walk.language = self.language
        walk.note(self.name, Seen.CHOSE, value=self.language)
        return self.to


def read(reader: NodeReader) -> ChooseLanguage | SetLanguage:
    """Read it."""
    fields = reader.fields
    if fields.tree("choose") is None:
        language = fields.text("set")
        _check(language, fields.place_of("set"), reader)
        return SetLanguage(**reader.common(), language=language, to=reader.to())
    keys = reader.keys("choose")
    choose = {key: keys.text(key) for key in keys.names()} if keys else {}
    for key, language in choose.items():
        _check(language, keys.place_of(key) if keys else fields.place, reader)
    asked = Question(
        say=reader.say(default=None),
        no_input=reader.no_input(),
        no_match=reader.no_match(),
        first_key_s=reader.first_key_s(),
        languages=tuple(dict.fromkeys(choose.values())),
        keys=frozenset(choose),
    )
    return ChooseLanguage(**reader.common(), asked=asked, choose=MappingProxyType(choose), to=reader.to())


def _check(language: str, place: Place, reader: NodeReader) -> None:
    known = reader.around.languages
    if language and language not in known:
        text = f"'{language[:80]}' is no language of this flow; allowed are {allowed(known)}"
        reader.fields.faults.add(place, f"{reader.fields.what}: {text}")
