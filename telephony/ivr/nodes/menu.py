"""`menu`: asks for one key."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from telephony.ivr.asking import Asking, Taken, asked_s, said_in
from telephony.ivr.expressions import ValueType
from telephony.ivr.flow import By, LengthOf, Question, Way, Words
from telephony.ivr.position import Seen
from telephony.ivr.reading import NAME
from telephony.ivr.surroundings import NodeReader
from telephony.ivr.walk import Walk
from telephony.ivr.yaml_tree import Mapping as Tree
from telephony.ivr.yaml_tree import Scalar


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What one key of a menu does; `label` is the answer in words."""

    label: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu(Asking):
    """Asks for one key."""

    kind: ClassVar[str] = "menu"

    asked: Question
    keys: Mapping[str, Choice]
    save_as: str | None

    def question(self, stage: int) -> Question:
        """Return its one question."""
        return self.asked

    def ways(self) -> tuple[Way, ...]:
        """Return the way of each key, and those of silence and wrong keys."""
        keys = (Way(by=By.KEY, to=choice.to, label=key) for key, choice in self.keys.items())
        return (*keys, *limits(self.asked))

    def says(self) -> tuple[Words, ...]:
        """Return the question and what comes before it is asked again."""
        return said_in(self.asked)

    def longest_s(self, length_of: LengthOf) -> float:
        """Return the time for every try."""
        return asked_s(self.asked, length_of)

    def take(self, walk: Walk, stage: int, answer: str) -> Taken:
        """Go the key's way."""
        choice = self.keys[answer]
        if self.save_as is not None:
            walk.give(f"{self.scope}answers.{self.save_as}", choice.label)
        walk.note(self.name, Seen.KEYS, value=answer, label=choice.label)
        return choice.to


def limits(question: Question) -> tuple[Way, ...]:
    """Return the ways out of a question that is not answered."""
    return (
        Way(by=By.SILENCE, to=question.no_input.to),
        Way(by=By.WRONG_KEY, to=question.no_match.to),
    )


def read(reader: NodeReader) -> Menu:
    """Read it."""
    keys = reader.keys("keys")
    choices = {key: _choice(key, reader.inner(keys)) for key in keys.names()} if keys else {}
    question = Question(
        say=reader.say(default=None),
        no_input=reader.no_input(),
        no_match=reader.no_match(),
        first_key_s=reader.first_key_s(),
        keys=frozenset(choices),
    )
    save_as = reader.fields.name_or_none("save_as")
    return Menu(**reader.common(), asked=question, keys=MappingProxyType(choices), save_as=save_as)


def _choice(key: str, keys: NodeReader) -> Choice:
    if isinstance(keys.fields.tree(key), Tree):
        inner = keys.fields.mapping(key)
        if inner is not None:
            to = keys.inner(inner).to()
            choice = Choice(label=inner.text("label", default=inner.text("to", default="")), to=to)
            inner.done()
            return choice
    return Choice(label=keys.fields.text(key), to=keys.to(key))


def gives(_name: str, tree: Tree) -> Mapping[str, ValueType]:
    """Return the answer it is saved as."""
    return saved(tree)


def saved(tree: Tree) -> Mapping[str, ValueType]:
    """Return the answer under `save_as`."""
    save_as = tree.items.get("save_as")
    if isinstance(save_as, Scalar) and NAME.fullmatch(save_as.value):
        return {f"answers.{save_as.value}": ValueType.TEXT}
    return {}
