"""What a caller and the world can do to a call on paper, as values; each is an answer to one thing a call waits for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from telephony.calls.commands import Ask, Command, HandOver, HangUp, Record
from telephony.calls.events import Keys, LineLost, NoInput, Recorded, RingOutcome
from telephony.ivr.expressions import ValueType
from telephony.ivr.facts import FactValue
from telephony.ivr.position import (
    Answered,
    CallAgent,
    CallNumber,
    Doing,
    EnterLine,
    FlowEvent,
    LookedUp,
    LookUp,
    PersonLeft,
    Promise,
    Promised,
    QueueLeft,
    QueueOutcome,
    Step,
    Task,
    Verified,
    Verify,
)


class Waits(StrEnum):
    """What a call waits for."""

    KEYS = "keys"
    MESSAGE = "a message"
    PEOPLE = "people"
    LOOKUP = "the answer of a lookup"
    PIN = "the check of a PIN"
    PROMISE = "the promise of a callback"
    LINE = "the line"
    """Nothing but that everything is said."""
    NOTHING = "nothing: it is over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Presses:
    """Keys, all for one question."""

    digits: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent:
    """No key within the question's time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaks:
    """A message of this length."""

    seconds: float = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HangsUp:
    """The caller hangs up, whatever the call waits for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """A person takes the call, talks, and hangs up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Misses:
    """Nobody takes the call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LooksUp:
    """A source answers; `late` when it fails by never answering."""

    source: str
    outcome: Answered
    values: Mapping[str, FactValue] = field(default_factory=dict)
    late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """The check of number and PIN: FOUND is right, NOT_FOUND is wrong, FAILED is none."""

    outcome: Answered


@dataclass(frozen=True, slots=True, kw_only=True)
class Promises:
    """A promise of a callback is written down, or could not be."""

    kept: bool = True


Act = Presses | Silent | Speaks | HangsUp | Answers | Misses | LooksUp | Checks | Promises

FITS: Mapping[type[Act], Waits | None] = {
    Presses: Waits.KEYS,
    Silent: Waits.KEYS,
    Speaks: Waits.MESSAGE,
    HangsUp: None,
    Answers: Waits.PEOPLE,
    Misses: Waits.PEOPLE,
    LooksUp: Waits.LOOKUP,
    Checks: Waits.PIN,
    Promises: Waits.PROMISE,
}
"""What each answers; None is anything."""


_TASKS: Mapping[type[Task], Waits] = {
    EnterLine: Waits.PEOPLE,
    CallAgent: Waits.PEOPLE,
    CallNumber: Waits.PEOPLE,
    LookUp: Waits.LOOKUP,
    Verify: Waits.PIN,
    Promise: Waits.PROMISE,
}
_LAST_COMMANDS: Mapping[type[Command], Waits] = {
    Ask: Waits.KEYS,
    Record: Waits.MESSAGE,
    HangUp: Waits.NOTHING,
    HandOver: Waits.NOTHING,
}


def waits_of(taken: Step) -> Waits:
    """Tell what the call waits for after a step."""
    if taken.task is not None:
        return _TASKS[type(taken.task)]
    if taken.batch is None or taken.position.doing is Doing.OVER:
        return Waits.NOTHING
    return _LAST_COMMANDS.get(type(taken.batch.commands[-1]), Waits.LINE)


def event_of(act: Act, taken: Step, now: datetime) -> FlowEvent:  # noqa: PLR0911  # one for each act
    """Return the event by which an act answers a step."""
    turn = taken.position.turn
    match act:
        case Presses():
            return Keys(turn=turn, digits=act.digits)
        case Silent():
            return NoInput(turn=turn)
        case Speaks():
            last = taken.batch.commands[-1] if taken.batch else None
            return Recorded(turn=turn, name=last.name if isinstance(last, Record) else "", seconds=act.seconds)
        case HangsUp():
            return LineLost(at=now)
        case Answers():
            return _left(taken, turn, QueueOutcome.ANSWERED, RingOutcome.ANSWERED)
        case Misses():
            return _left(taken, turn, QueueOutcome.NO_AGENTS, RingOutcome.NO_ANSWER)
        case LooksUp():
            reason = "" if act.outcome is not Answered.FAILED else "late" if act.late else "failed"
            return LookedUp(turn=turn, outcome=act.outcome, values=_values(act, taken), reason=reason)
        case Checks():
            return Verified(turn=turn, outcome=act.outcome)
        case Promises():
            return Promised(turn=turn, kept=act.kept)


def whom(task: object) -> str:
    """Return whom a task takes the caller to: `queue sales`, `agent maria`, `number +359...`; '' for any other."""
    match task:
        case EnterLine():
            return f"queue {task.queue}"
        case CallAgent():
            return f"agent {task.agents[0]}"
        case CallNumber():
            return f"number {task.number}"
        case _:
            return ""


def typed(value: FactValue, type_: ValueType) -> FactValue:
    """Return a value that a person wrote as the type a flow wants; as it is when that cannot be."""
    try:
        match type_:
            case ValueType.TEXT:
                return str(value)
            case ValueType.WHOLE:
                return int(value)
            case ValueType.NUMBER:
                return float(value)
            case ValueType.FLAG:
                return value is True or str(value).lower() in ("true", "yes", "1")
    except (ValueError, OverflowError):
        return value


def _left(taken: Step, turn: int, queue: QueueOutcome, person: RingOutcome) -> QueueLeft | PersonLeft:
    if isinstance(taken.task, EnterLine):
        return QueueLeft(turn=turn, outcome=queue)
    return PersonLeft(turn=turn, outcome=person)


def _values(act: LooksUp, taken: Step) -> tuple[tuple[str, FactValue], ...]:
    gives = taken.task.gives if isinstance(taken.task, LookUp) and act.outcome is Answered.FOUND else ()
    return tuple((name, typed(act.values[name], type_)) for name, type_ in gives if name in act.values)
