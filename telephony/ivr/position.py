"""Where a caller stands in a flow, what the engine asks for, and what it is told."""

from dataclasses import dataclass
from enum import StrEnum

from telephony.calls.commands import Batch, Prompt
from telephony.calls.events import CommandFailed, Keys, LineLost, NoInput, Recorded, RingOutcome, Said
from telephony.calls.model import AgentId, QueueName
from telephony.ivr.expressions import ValueType
from telephony.ivr.facts import FactValue


class Doing(StrEnum):
    """What the call does at its node."""

    SAYING = "saying"
    ASKING = "asking"
    WITH_PEOPLE = "with_people"
    LOOKING_UP = "looking_up"
    RECORDING = "recording"
    ENDING = "ending"
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """An answer by its full name; a sensitive one shows its value to conditions only."""

    name: str
    value: FactValue
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
    stage: int = 0
    """Which of its node's questions the caller is asked; 0 is the first."""
    attempt: int = 0
    """How often the node has begun anew, after an answer that was understood and refused."""
    no_input: int = 0
    no_match: int = 0
    typed: str = ""
    """Keys pressed before they were asked for. Never shown: they may be a sensitive answer's."""
    stray: str = ""
    """A terminator that may still come, after an answer that was complete without it."""
    held: tuple[str, ...] = ()
    """Answers of this node that are not given yet, as a number waiting for the caller's yes. Never shown."""
    answers: tuple[Given, ...] = ()
    may_record: bool = True
    """False once the caller has refused to be recorded."""
    speechless: bool = False
    """A prompt was missing, and the caller was led to a person; the next time the carrier's fallback takes the call."""

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
    REFUSED = "refused"
    """An answer was understood and is not right, e.g. a PIN."""
    FOUND = "found"
    SCORED = "scored"
    CONSENT = "consent"
    PROMISED = "promised"
    MILESTONE = "milestone"
    OUTCOME = "outcome"
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


# --- what a flow asks of the journey -------------------------------------------------------------------------------


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
    may_record: bool
    """False when the caller has refused, whatever the queue's own rule."""
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAgent:
    """Ring agents one after the other; come back with `PersonLeft`. What the node says has been said."""

    agents: tuple[AgentId, ...]
    """The first is whom the caller wants, the others stand in."""
    ring_s: int
    record: bool
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallNumber:
    """Ring a telephone outside the company; come back with `PersonLeft`. What the node says has been said."""

    number: str
    """E.164."""
    ring_s: int
    record: bool
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUp:
    """Ask a source; come back with `LookedUp`. The caller hears nothing meanwhile, so the limit is short."""

    source: str
    values: tuple[Given, ...]
    """What is asked, by the source's own names."""
    gives: tuple[tuple[str, ValueType], ...]
    """The fields wanted of the answer, with the types they must have."""
    limit_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Verify:
    """Check a customer's number and PIN; come back with `Verified`."""

    number: str
    pin: str
    limit_s: float

    def __repr__(self) -> str:
        return "Verify(***)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """Promise to call back; come back with `Promised`."""

    queue: QueueName
    number: str
    """As the caller gave it, or their own."""
    language: str


Task = EnterLine | CallAgent | CallNumber | LookUp | Verify | Promise

# --- what the journey answers --------------------------------------------------------------------------------------


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
class PersonLeft:
    """Ringing a person is over and the caller still there; UNAVAILABLE also for one who takes no calls now.

    `turn` as in `QueueLeft`.
    """

    turn: int
    outcome: RingOutcome


class Answered(StrEnum):
    """What became of a question to a source."""

    FOUND = "found"
    NOT_FOUND = "not_found"
    FAILED = "failed"
    """No answer in time, or one that cannot be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedUp:
    """What a source answered. `turn` is the position's.

    `values` are set when it was found, of the names and types asked for.
    """

    turn: int
    outcome: Answered
    values: tuple[tuple[str, FactValue], ...] = ()
    reason: str = ""
    """Why it failed, for the journal; holds nothing that was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """FOUND when number and PIN belong together: the facts are this customer's from now on.

    `turn` is the position's.
    """

    turn: int
    outcome: Answered
    customer_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promised:
    """Whether the promise was written down. `turn` is the position's."""

    turn: int
    kept: bool


FlowEvent = (
    Said
    | Keys
    | NoInput
    | Recorded
    | CommandFailed
    | LineLost
    | QueueLeft
    | PersonLeft
    | LookedUp
    | Verified
    | Promised
)


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
