"""What a flow is: the nodes an author can write, as values that never change."""

from collections.abc import Mapping
from dataclasses import dataclass

from telephony.calls.model import AgentId, QueueName
from telephony.ivr.conditions import Condition, Vocabulary

PERSONAL = AgentId("personal")
"""Stands in an agent node for the customer's own agent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What happens without a usable answer: the question is asked again, at most `tries` times in all, then `to`."""

    tries: int
    say: tuple[str, ...]
    """Text ids said before the question is asked again."""
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """What all nodes have. `at` is where it stands in its file, as `file:line:column`."""

    name: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Play(Node):
    """Says texts. With `barge_in` a key skips them and answers the question that follows."""

    say: tuple[str, ...]
    barge_in: bool
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What one key of a menu does; `label` is the answer in words."""

    label: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question(Node):
    """What all nodes have that wait for keys."""

    say: tuple[str, ...]
    no_input: Limit
    no_match: Limit
    first_key_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu(Question):
    """Asks for one key."""

    keys: Mapping[str, Choice]
    save_as: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Collect(Question):
    """Asks for `min_digits` to `max_digits` digits; `terminator`, `next_key_s` of pause or the last digit ends them."""

    min_digits: int
    max_digits: int
    terminator: str
    next_key_s: float
    save_as: str
    sensitive: bool
    """The answer is never noted, logged or shown."""
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseLanguage(Question):
    """Asks which language; `say` is said in every language of `choose`, in that order."""

    choose: Mapping[str, str]
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetLanguage(Node):
    """Goes on in another language."""

    language: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One way out of a branch."""

    condition: Condition
    label: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch(Node):
    """Takes the first case whose condition holds, else `otherwise`."""

    cases: tuple[Case, ...]
    otherwise: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue(Node):
    """Waits in a line for a person; `otherwise` when nobody takes it, `then` (None ends the call) after the talk."""

    queue: QueueName
    say: tuple[str, ...]
    wait_s: int
    music: str
    record: bool
    otherwise: str
    then: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RingAgent(Node):
    """Rings one person, by name or `PERSONAL`; `otherwise` when there is none or no answer, `then` as in `Queue`."""

    agent: AgentId
    say: tuple[str, ...]
    ring_s: int
    record: bool
    otherwise: str
    then: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Voicemail(Node):
    """Takes a message for a queue's people."""

    mailbox: QueueName
    say: tuple[str, ...]
    max_s: int
    silence_s: int
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hangup(Node):
    """Says texts and ends the call."""

    say: tuple[str, ...]


AnyQuestion = Menu | Collect | ChooseLanguage
AnyNode = Play | AnyQuestion | SetLanguage | Branch | Queue | RingAgent | Voicemail | Hangup


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """One flow, checked: every name in it exists. `version` changes whenever the file does."""

    name: str
    version: str
    about: str
    languages: tuple[str, ...]
    """The first is spoken to callers of whom nothing is known."""
    start: str
    nodes: Mapping[str, AnyNode]
    vocabulary: Vocabulary


def kind_of(node: AnyNode) -> str:
    """Return the node's type as authors write it, e.g. `menu`."""
    return _KINDS[type(node)]


_KINDS: dict[type, str] = {
    Play: "play",
    Menu: "menu",
    Collect: "collect",
    ChooseLanguage: "language",
    SetLanguage: "language",
    Branch: "branch",
    Queue: "queue",
    RingAgent: "agent",
    Voicemail: "voicemail",
    Hangup: "hangup",
}


def ways_on(node: AnyNode) -> tuple[str, ...]:
    """Return every node that can come next, in the order they are written."""
    match node:
        case Menu():
            return (*(choice.to for choice in node.keys.values()), node.no_input.to, node.no_match.to)
        case Collect() | ChooseLanguage():
            return (node.to, node.no_input.to, node.no_match.to)
        case Branch():
            return (*(case.to for case in node.cases), node.otherwise)
        case Queue() | RingAgent():
            return (node.otherwise,) if node.then is None else (node.otherwise, node.then)
        case Hangup():
            return ()
        case Play() | SetLanguage() | Voicemail():
            return (node.to,)


def texts_of(node: AnyNode) -> tuple[str, ...]:
    """Return the ids of every text the node can say."""
    match node:
        case Menu() | Collect() | ChooseLanguage():
            return (*node.say, *node.no_input.say, *node.no_match.say)
        case Branch() | SetLanguage():
            return ()
        case Play() | Queue() | RingAgent() | Voicemail() | Hangup():
            return node.say
