"""Where a caller stands in a flow, what the engine asks for, and what it is told."""

from dataclasses import dataclass
from enum import StrEnum

from telephony.calls.commands import Batch, Prompt
from telephony.calls.events import CommandFailed, Keys, LineLost, NoInput, Recorded, RingOutcome, Said
from telephony.calls.model import AgentId, QueueName


class Doing(StrEnum):
    """What the call does at its node."""

    SAYING = "saying"
    ASKING = "asking"
    IN_LINE = "in_line"
    WITH_AGENT = "with_agent"
    RECORDING = "recording"
    ENDING = "ending"
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """An answer the caller gave; a sensitive one shows its value to conditions only."""

    name: str
    value: str
    sensitive: bool = False

    def __repr__(self) -> str:
        return f"Given(name={self.name!r}, value={'***' if self.sensitive else self.value!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where a call stands. Holds only plain values, so that it can be stored."""

    node: str
    turn: int
    """Of the last batch. An answer to an earlier one is ignored."""
    language: str
    doing: Doing
    steps: int = 0
    """Nodes entered and questions repeated so far, which ends a call that goes round for ever."""
    answered: bool = False
    no_input: int = 0
    no_match: int = 0
    typed: str = ""
    """Keys pressed before they were asked for. Never shown: they may be a sensitive answer's."""
    stray: str = ""
    """A terminator that may still come, after an answer that was complete without it."""
    answers: tuple[Given, ...] = ()

    def __repr__(self) -> str:
        return f"Position(node={self.node!r}, turn={self.turn}, doing={self.doing.value!r}, language={self.language!r})"


class Seen(StrEnum):
    """What the journal says of a node."""

    PLAYED = "played"
    KEYS = "keys"
    NO_INPUT = "no_input"
    NO_MATCH = "no_match"
    GAVE_UP = "gave_up"
    """The question was asked as often as its limit says; the call goes on where the limit leads."""
    CHOSE = "chose"
    ENTERED = "entered"
    LEFT = "left"
    RECORDED = "recorded"
    ENDED = "ended"
    HUNG_UP = "hung_up"
    FAILED = "failed"
    LOST = "lost"
    """The call went round for too long, or its node is gone; the carrier's own fallback takes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """One line of the journal; the journey adds the call, the time and the number."""

    node: str
    kind: str
    event: Seen
    value: str = ""
    """What was answered; `***` when sensitive."""
    label: str = ""
    """The answer in words, or the name it is saved under."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterLine:
    """Put the caller into a queue's line; come back with `QueueLeft`. The call is answered already."""

    queue: QueueName
    prompts: tuple[Prompt, ...]
    """To be said first, while the caller already stands in line."""
    wait_s: int
    music: str
    record: bool
    """Record the talk with the agent."""
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAgent:
    """Ring one agent; come back with `AgentLeft`. The call is answered, and what the node says has been said."""

    agent: AgentId
    ring_s: int
    record: bool
    language: str


Task = EnterLine | CallAgent


class QueueOutcome(StrEnum):
    """How a caller left a line."""

    ANSWERED = "answered"
    """They talked with an agent, who has hung up; the caller is still there."""
    NO_AGENTS = "no_agents"
    """Nobody serves this queue now."""
    TIMEOUT = "timeout"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLeft:
    """The caller is out of the line and still there. `turn` is the last one the journey used in its own batches."""

    turn: int
    outcome: QueueOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLeft:
    """Ringing one agent is over and the caller still there; UNAVAILABLE also for one who takes no calls now.

    `turn` as in `QueueLeft`.
    """

    turn: int
    outcome: RingOutcome


FlowEvent = Said | Keys | NoInput | Recorded | CommandFailed | LineLost | QueueLeft | AgentLeft


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What follows from an event.

    At most one of `batch` (perform it on the line and bring its answer) and `task` (do it and bring its event) is set.
    With neither, the event changed nothing, or the call is over for the flow (`ended`).
    """

    position: Position
    batch: Batch | None = None
    task: Task | None = None
    journal: tuple[Noted, ...] = ()

    @property
    def ended(self) -> bool:
        """Tell whether the flow has nothing more to do with this call."""
        return self.position.doing is Doing.OVER
