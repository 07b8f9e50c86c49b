"""Makes of a journal's records the events that the engine was told."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from telephony.calls.events import CommandFailed, Keys, LineLost, NoInput, Recorded, RingOutcome
from telephony.ivr.asking import Asking
from telephony.ivr.coverage.fitting import digits_for, right_digits, wrong_keys
from telephony.ivr.facts import FactValue
from telephony.ivr.flow import Flow, Node
from telephony.ivr.nodes import collect, identify
from telephony.ivr.nodes.collect import Collect
from telephony.ivr.nodes.identify import Identify
from telephony.ivr.nodes.information import Information
from telephony.ivr.nodes.lookup import Lookup
from telephony.ivr.position import (
    Answered,
    EnterLine,
    FlowEvent,
    LookedUp,
    LookUp,
    Noted,
    PersonLeft,
    Promised,
    QueueLeft,
    QueueOutcome,
    Seen,
    Step,
    Verified,
)
from telephony.ivr.replay.facts_kept import Kept
from telephony.ivr.walk import MASK
from telephony.ivr.walks.acts import Waits, waits_of

_PEOPLE = frozenset({"queue", "agent", "external"})
_SECOND_QUESTIONS = frozenset({collect.QUESTIONS[1], identify.QUESTIONS[1]})
_INPUTS = frozenset(
    {
        Seen.KEYS,
        Seen.NO_INPUT,
        Seen.NO_MATCH,
        Seen.CONSENT,
        Seen.SCORED,
        Seen.REFUSED,
        Seen.FOUND,
        Seen.FAILED,
        Seen.LEFT,
        Seen.RECORDED,
        Seen.PROMISED,
        Seen.HUNG_UP,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One line of the journal, with what was known then."""

    noted: Noted
    at: datetime
    kept: Kept | None = None
    values: Mapping[str, FactValue] | None = None
    """What a lookup gave, as far as it was kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The event that answers a step, and whether its record is used up by it."""

    event: FlowEvent
    used: bool = True
    invented: tuple[str, ...] = ()
    """Full names of answers whose true value was not kept."""


def inputs_of(records: Iterable[Record]) -> Sequence[Record]:
    """Return the records of what came from outside the flow: the caller, people, sources."""
    return [record for record in records if _is_input(record.noted)]


def _is_input(noted: Noted) -> bool:
    if noted.event not in _INPUTS:
        return False
    if noted.event is Seen.LEFT:
        return noted.kind in _PEOPLE and noted.value != "nobody"
    return noted.event is not Seen.CONSENT or noted.value != ""


def event_for(flow: Flow, taken: Step, records: Sequence[Record]) -> Answer | None:
    """Return what the engine is told at this step, by the first of the records that are left.

    None when the journal does not tell what would happen here.
    """
    node = flow.nodes.get(taken.position.node)
    if node is None or not records:
        return None
    record = records[0]
    noted, turn = record.noted, taken.position.turn
    if noted.event is Seen.HUNG_UP:
        return Answer(event=LineLost(at=record.at))
    here = noted.node == node.name or _is_renamed(flow, node, noted)
    if not here:
        # Reading on is what a silent caller does; whatever else was done came later.
        return Answer(event=NoInput(turn=turn), used=False) if _reads_on(node, taken) else None
    return _answer_here(node, taken, records)


def _answer_here(node: Node, taken: Step, records: Sequence[Record]) -> Answer | None:  # noqa: PLR0911  # one for each thing waited for
    record = records[0]
    noted, turn = record.noted, taken.position.turn
    match waits_of(taken):
        case Waits.KEYS if isinstance(node, Asking):
            return _at_question(node, taken, records)
        case Waits.MESSAGE:
            return Answer(event=_message(noted, turn))
        case Waits.PEOPLE:
            return Answer(event=_people_left(taken, noted))
        case Waits.LOOKUP:
            return _looked_up(node, taken, record)
        case Waits.PIN:
            return Answer(event=_verified(noted, turn))
        case Waits.PROMISE:
            return Answer(event=Promised(turn=turn, kept=noted.event is Seen.PROMISED))
        case _:
            return None


def _verified(noted: Noted, turn: int) -> Verified:
    outcome = {Seen.FOUND: Answered.FOUND, Seen.REFUSED: Answered.NOT_FOUND}.get(noted.event, Answered.FAILED)
    return Verified(turn=turn, outcome=outcome, customer_id=noted.value if outcome is Answered.FOUND else "")


def _is_renamed(flow: Flow, node: Node, noted: Noted) -> bool:
    """Tell whether a node is the journal's under another name: of its type, and the old name is gone."""
    return noted.node not in flow.nodes and noted.kind == node.kind


def _reads_on(node: Node, taken: Step) -> bool:
    return isinstance(node, Information) and waits_of(taken) is Waits.KEYS


def _is_of_next(node: Asking, stage: int, noted: Noted) -> bool:
    """Tell whether it was the node's next question that was not answered; the first one's answer leaves no line."""
    unanswered = noted.event in (Seen.NO_INPUT, Seen.NO_MATCH, Seen.FAILED)
    return unanswered and stage == 0 and noted.label in _SECOND_QUESTIONS


def _before(node: Asking, taken: Step, records: Sequence[Record]) -> Answer | None:
    """Return the answer to a node's first question that led to its second."""
    turn = taken.position.turn
    if isinstance(node, Identify):
        return Answer(event=Keys(turn=turn, digits=digits_for(node.number)), used=False)
    if not isinstance(node, Collect):
        return None
    confirmed = next((each.noted for each in records if each.noted.event in (Seen.KEYS, Seen.REFUSED)), None)
    known = confirmed is not None and confirmed.node == records[0].noted.node and _is_known(confirmed)
    digits = confirmed.value if confirmed and known else next(iter(right_digits(node)), digits_for(node.asked))
    invented = () if known else (node.answer_name,)
    return Answer(event=Keys(turn=turn, digits=digits), used=node.confirm is None, invented=invented)


def _is_known(noted: Noted) -> bool:
    return noted.event is Seen.KEYS and noted.value not in ("", MASK)


def _at_question(node: Asking, taken: Step, records: Sequence[Record]) -> Answer | None:  # noqa: PLR0911  # one for each event
    noted, turn, stage = records[0].noted, taken.position.turn, taken.position.stage
    question = node.question(stage)
    if _is_of_next(node, stage, noted):
        return _before(node, taken, records)
    match noted.event:
        case Seen.NO_INPUT:
            return Answer(event=NoInput(turn=turn))
        case Seen.NO_MATCH:
            wrong = noted.value if noted.value not in ("", MASK) else wrong_keys(question, node)
            return Answer(event=Keys(turn=turn, digits=wrong or "*"))
        case Seen.FAILED if noted.label:
            return Answer(event=CommandFailed(turn=turn, reason="as in the journal"))
        case Seen.KEYS | Seen.REFUSED if isinstance(node, Collect):
            return _at_collect(node, taken, noted)
        case Seen.KEYS | Seen.SCORED | Seen.CONSENT:
            return Answer(event=Keys(turn=turn, digits=noted.value or "*"))
        case Seen.FOUND | Seen.REFUSED | Seen.FAILED if isinstance(node, Identify):
            return Answer(event=Keys(turn=turn, digits=digits_for(question)), used=False)
        case Seen.FAILED:
            return Answer(event=CommandFailed(turn=turn, reason="as in the journal"))
        case _:
            return None


def _at_collect(node: Collect, taken: Step, noted: Noted) -> Answer:
    turn, confirm = taken.position.turn, node.confirm
    if taken.position.stage and confirm is not None:
        key = confirm.no if noted.event is Seen.REFUSED else confirm.yes
        return Answer(event=Keys(turn=turn, digits=key))
    known = _is_known(noted)
    digits = noted.value if known else next(iter(right_digits(node)), digits_for(node.asked))
    invented = () if known else (node.answer_name,)
    return Answer(event=Keys(turn=turn, digits=digits), used=confirm is None, invented=invented)


def _message(noted: Noted, turn: int) -> FlowEvent:
    if noted.event is not Seen.RECORDED:
        return CommandFailed(turn=turn, reason="as in the journal")
    seconds = noted.label.removesuffix(" s")
    return Recorded(turn=turn, name=noted.value, seconds=float(seconds) if _is_number(seconds) else 0.0)


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdecimal()


def _people_left(taken: Step, noted: Noted) -> FlowEvent:
    turn = taken.position.turn
    if isinstance(taken.task, EnterLine):
        known = noted.value in list(QueueOutcome)
        return QueueLeft(turn=turn, outcome=QueueOutcome(noted.value) if known else QueueOutcome.TIMEOUT)
    known = noted.value in list(RingOutcome)
    return PersonLeft(turn=turn, outcome=RingOutcome(noted.value) if known else RingOutcome.NO_ANSWER)


def _looked_up(node: Node, taken: Step, record: Record) -> Answer:
    turn, value = taken.position.turn, record.noted.value
    outcome = Answered(value) if value in list(Answered) else Answered.FAILED
    values = record.values or {}
    wanted = [name for name, _ in taken.task.gives] if isinstance(taken.task, LookUp) else []
    prefix = node.prefix if isinstance(node, Lookup) else ""
    invented = tuple(prefix + name for name in wanted if outcome is Answered.FOUND and name not in values)
    found = tuple((name, values[name]) for name in wanted if name in values)
    reason = record.noted.label
    return Answer(event=LookedUp(turn=turn, outcome=outcome, values=found, reason=reason), invented=invented)
