"""A walk as values: what is given, what is done, and what must be seen."""

from dataclasses import dataclass, field

from telephony.ivr.position import Answered
from telephony.ivr.walks.acts import Act
from telephony.ivr.walks.scene import Scene


@dataclass(frozen=True, slots=True, kw_only=True)
class EntersPin:
    """Types what is still asked of customer number and PIN, and the check says this."""

    outcome: Answered


@dataclass(frozen=True, slots=True, kw_only=True)
class Hears:
    """A text by its id, or some words of what is heard; one of them is ''."""

    text_id: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IsAt:
    """The call stands at a node, or has passed it since the last act."""

    node: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Passes:
    """The call has passed a milestone."""

    milestone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """Where the call is or has ended: `in queue sales`, `with agent maria`, `hung up`, `with outcome served` ..."""

    where: str


Expectation = Hears | IsAt | Passes | Ends
WalkStep = Act | EntersPin | Expectation


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """One way of one call through a flow."""

    name: str
    scene: Scene = field(default_factory=Scene)
    steps: tuple[WalkStep, ...] = ()
    places: tuple[str, ...] = ()
    """Where each step is written, as `file:line:column`; none for a walk that no file has."""
    at: str = ""
    """Where the walk is written."""
