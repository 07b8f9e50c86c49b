"""What a flow is: nodes that never change, each with its ways on and what it says."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from telephony.ivr.expressions import Expression, Vocabulary
from telephony.ivr.spoken.kinds import Kind

if TYPE_CHECKING:
    from telephony.ivr.position import FlowEvent, Step
    from telephony.ivr.walk import Walk


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text of `prompts/<language>.yaml`."""

    text_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A value spoken from pieces. A sensitive one may be an answer that is else never said."""

    kind: Kind
    expression: Expression
    currency: str = ""
    sensitive: bool = False


Words = Text | Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What happens without a usable answer: the question is asked again, at most `tries` times in all, then `to`."""

    tries: int
    say: tuple[Words, ...]
    """Said before the question is asked again."""
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Digits:
    """What a question takes: `least` to `most` keys, ended by `terminator`, a pause of `next_key_s` or the last key."""

    least: int = 1
    most: int = 1
    terminator: str = ""
    next_key_s: float = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One thing the caller is asked."""

    say: tuple[Words, ...]
    no_input: Limit
    no_match: Limit
    first_key_s: float = 5.0
    takes: Digits = Digits()
    languages: tuple[str, ...] = ()
    """Said in each of these, in this order; in the caller's when empty."""
    sensitive: bool = False
    """The answer is never noted, logged or shown."""
    keys: frozenset[str] | None = None
    """The keys a one-key question knows; None when it takes numbers."""


class By(StrEnum):
    """What makes a call take a way on."""

    KEY = "key"
    SILENCE = "no_input"
    WRONG_KEY = "no_match"
    NEXT = "next"
    """Nothing: it is the only way."""
    RULE = "rule"
    """A condition, or the hours."""
    ANSWER = "answer"
    """What a record source, a check or the network said."""
    FAILED = "failed"
    MISSED = "missed"
    """Nobody took the call."""
    TALKED = "talked"
    """A person took the call, and has hung up."""
    MESSAGE = "message"
    """A message was recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way from a node to the next. `label` tells it from the node's other ways, e.g. the key."""

    by: By
    to: str
    label: str = ""


class Sink(StrEnum):
    """Where an expression's value goes."""

    CONDITION = "condition"
    PROMPT = "prompt"
    LOOKUP = "lookup"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """That a node reads an expression.

    `into` is the full name of the answer it makes; `cleared` tells that it may be sensitive.
    """

    expression: Expression
    sink: Sink
    what: str
    cleared: bool = False
    into: str = ""


LengthOf = Callable[[Words], float]
"""Gives how many seconds some words take, in the language that needs longest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node(ABC):
    """What all nodes have.

    `name` is unique in the flow; a node of a subflow is named `node/inner`. `at` is where it stands, as
    `file:line:column`. `scope` begins the full names of its flow's answers: '' in the flow itself, `node/` in a
    subflow.
    """

    kind: ClassVar[str]
    """The type as authors write it, e.g. `menu`."""
    meets_person: ClassVar[bool] = False
    """Whether the caller is with people here, or leaves them a message."""

    name: str
    at: str
    scope: str = ""
    milestone: str = ""
    """Noted in the journal when the caller comes here."""
    outcome: str = ""
    """What the call is counted as, once the caller has come here; the last one counts."""

    @property
    def is_end(self) -> bool:
        """Tell whether a call may end here, for the flow."""
        return False

    def ways(self) -> tuple[Way, ...]:
        """Return every way on, in the order they are written."""
        return ()

    def says(self) -> tuple[Words, ...]:
        """Return everything it can say."""
        return ()

    def reads(self) -> Iterator[Read]:
        """Give every expression it reads."""
        return _reads_of(self.says())

    def sensitive_answers(self) -> tuple[str, ...]:
        """Return the full names of answers given here that are never shown."""
        return ()

    def longest_s(self, length_of: LengthOf) -> float:
        """Return how many seconds a caller is here at most."""
        return sum(length_of(words) for words in self.says())

    @abstractmethod
    def visit(self, walk: "Walk") -> "str | Step":
        """Do what a call does that comes here; return the next node's name, or a step."""

    def hear(self, walk: "Walk", event: "FlowEvent") -> "Step":
        """Go on with what the caller, the line or a person did."""
        return walk.give_up()


def _reads_of(said: Sequence[Words]) -> Iterator[Read]:
    for words in said:
        if isinstance(words, Value):
            yield Read(
                expression=words.expression,
                sink=Sink.PROMPT,
                what=f"spoken as {words.kind}",
                cleared=words.sensitive,
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """One flow, checked: every name in it exists.

    `version` changes whenever its file, a flow it leads into or a text it says does.
    """

    name: str
    version: str
    about: str
    languages: tuple[str, ...]
    """The first is spoken to callers of whom nothing is known."""
    start: str
    nodes: Mapping[str, Node]
    vocabulary: Vocabulary
    person: str | None = None
    """The flow's `no_keys`: where callers go who can be told nothing, because a prompt is missing."""
    parts: tuple[str, ...] = ()
    """Other flows that this one leads into, sorted."""
    results: tuple[str, ...] = ()
    """The ways out of a flow that is made to be a part of others."""


def ways_on(node: Node) -> tuple[str, ...]:
    """Return every node that can come next."""
    return tuple(way.to for way in node.ways())


def texts_of(node: Node) -> tuple[str, ...]:
    """Return the ids of every text the node can say."""
    return tuple(words.text_id for words in node.says() if isinstance(words, Text))
