"""Tells what happened: makes a timeline entry of a call's record and its path, and says it in one line."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from telephony.calls.ledger_numbering import endpoint_of
from telephony.calls.model import AgentId, CallRecord, CustomerId, Direction, Disposition, LedgerLeg, Party
from telephony.timeline.entry import CallEntry, PathStep
from telephony.timeline.measures import is_message, message_s, outcome_of, queue_of, spoken_s, wait_s

# The path has Ringside's clock, the ledger has the carrier's.
_CLOCKS_APART = timedelta(seconds=2)

AgentAt = Callable[[str], AgentId | None]

_ENDS = {
    Disposition.ABANDONED: "hung up before anybody answered",
    Disposition.NO_ANSWER: "nobody answered",
    Disposition.BUSY: "busy",
    Disposition.FAILED: "could not be connected",
    Disposition.SELF_SERVED: "needed nobody",
    Disposition.UNKNOWN: "how it ended is not known",
}


def entry_of(
    record: CallRecord, path: Sequence[PathStep], *, customer_id: CustomerId | None, agent_at: AgentAt
) -> CallEntry:
    """Return the timeline's entry of a call. `agent_at` tells who sits at an endpoint such as `PJSIP/101`.

    The ledger is believed about legs and seconds, the path about what only the flow knows: that the caller left a
    message, or that the flow had come to its end before the caller hung up.
    """
    disposition = _disposition(record, path)
    return CallEntry(
        record=record if disposition is record.disposition else replace(record, disposition=disposition),
        customer_id=customer_id,
        path=tuple(path),
        queue=queue_of(record, path),
        wait_s=wait_s(record, path),
        agents=_agents(record, agent_at),
        recordings=tuple(_recordings(record, path)),
        outcome=outcome_of(path),
    )


def summary_of(entry: CallEntry, *, name_of: Callable[[AgentId], str] = str) -> str:
    """Return the call in one line for an agent: `Called 35921000, chose sales, waited 12 s, spoke 3 min with Maria`."""
    parts = [_opening(entry, name_of), *_answers(entry.path), *_waiting(entry)]
    parts += [*_sent(entry.path, name_of), *_outcome(entry, name_of)]
    return ", ".join(parts)


def in_words(seconds: float) -> str:
    """Return a length of time as people say it: `12 s`, `3 min 10 s`, `1 h 2 min`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    if minutes:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{rest} s"


def _disposition(record: CallRecord, path: Sequence[PathStep]) -> Disposition:
    """Return how the call ended: CEL sees that something recorded, at best, but not whether anything was said."""
    if record.disposition is Disposition.ANSWERED:
        return record.disposition
    if message_s(path) > 0:
        return Disposition.VOICEMAIL
    if record.disposition is Disposition.VOICEMAIL and any(is_message(step) for step in path):
        return Disposition.ABANDONED if record.hung_up_by is Party.CALLER else Disposition.NO_ANSWER
    if record.disposition is Disposition.ABANDONED and _has_what_they_came_for(record, path):
        return Disposition.SELF_SERVED
    if record.disposition is Disposition.SELF_SERVED and any(_waited_in_vain(step) for step in path):
        return Disposition.NO_ANSWER  # who waited for a person in vain was not served
    return record.disposition


def _has_what_they_came_for(record: CallRecord, path: Sequence[PathStep]) -> bool:
    """Tell whether the flow had come to its end, or had given the caller an outcome and called nobody after it."""
    if any(step.event == "ended" for step in path):
        return True
    last = next((n for n, step in enumerate(path) if step.event == "outcome" and step.value == outcome_of(path)), None)
    if last is None or any(_calls_people(step) for step in path[last:]):
        return False
    return all(wait.joined_at < path[last].at for wait in record.waits)


def _calls_people(step: PathStep) -> bool:
    return step.kind in {"queue", "agent", "external"} and step.event == "entered"


def _waited_in_vain(step: PathStep) -> bool:
    # a subflow is `left` too, and who has no agent of their own passes that agent's node without waiting
    people = step.event == "left" and step.kind in {"queue", "agent", "external"}
    return people and (step.kind, step.value) != ("agent", "nobody")


def _agents(record: CallRecord, agent_at: AgentAt) -> tuple[AgentId, ...]:
    talked = sorted((leg for leg in record.legs if leg.talk_s > 0), key=lambda leg: leg.answered_at or leg.started_at)
    # An agent who calls the company from their own mobile is a caller
    found = (_agent_of(leg, agent_at, called=leg is not record.legs[0]) for leg in talked)
    return tuple(dict.fromkeys(agent for agent in found if agent is not None))


def _agent_of(leg: LedgerLeg, agent_at: AgentAt, *, called: bool) -> AgentId | None:
    # A record made without CEL has the endpoint itself as its channel, and CEL a mobile's trunk.
    found = agent_at(leg.channel) or agent_at(endpoint_of(leg.channel))
    return found or (agent_at(f"tel:{leg.number}") if called and leg.number.startswith("+") else None)


def _recordings(record: CallRecord, path: Sequence[PathStep]) -> Iterator[str]:
    pending: PathStep | None = None
    for step in path:
        if is_message(step) and spoken_s(step) > 0:
            yield _file_of(replace(step, at=step.at - timedelta(seconds=spoken_s(step))))
        elif step.kind == "agent" and step.event == "recording":
            pending = step
        elif pending is not None and step.kind == "agent" and step.event in {"no_answer", "busy", "unavailable"}:
            pending = None  # what is recorded while a phone rings is thrown away
        elif pending is not None and step.kind == "agent" and step.event == "answered":
            yield _file_of(pending)
            pending = None
    # The caller hung up: within the talk, which is a recording, or while the phone rang, which is none.
    if pending is not None and _talked_after(record, pending):
        yield _file_of(pending)


def _talked_after(record: CallRecord, step: PathStep) -> bool:
    since = step.at - _CLOCKS_APART
    return any(leg.talk_s > 0 and leg.answered_at is not None and leg.answered_at >= since for leg in record.legs[1:])


def _file_of(step: PathStep) -> str:
    """Return the file below the recordings folder; carriers put a bare name into the folder of the day it began."""
    folder = "" if "/" in step.value else f"calls/{step.at:%Y/%m/%d}/"
    return f"{folder}{step.value}.wav"


# --- the one line ----------------------------------------------------------------------------------------------------


def _opening(entry: CallEntry, name_of: Callable[[AgentId], str]) -> str:
    called = entry.record.called or "an unknown number"
    if entry.record.direction is Direction.INBOUND:
        return f"Called {called}"
    caller = name_of(entry.agents[0]) if entry.agents else entry.record.caller
    return f"{caller} called {called}" if caller else f"Called {called}"


def _answers(path: Sequence[PathStep]) -> Iterator[str]:
    for step in path:
        if step.event != "keys":
            continue
        if step.kind == "collect":
            yield f"gave {step.label} {step.value}".replace(" ***", "")
        else:
            yield f"chose {step.label}" if step.label else f"pressed {step.value}"


def _waiting(entry: CallEntry) -> Iterator[str]:
    if entry.wait_s >= 1:
        yield f"waited {in_words(entry.wait_s)}" + (f" for {entry.queue}" if entry.queue else "")


def _sent(path: Sequence[PathStep], name_of: Callable[[AgentId], str]) -> Iterator[str]:
    for step in path:
        whom = name_of(AgentId(step.value)) if step.event in {"to_agent", "back", "lost"} else step.value
        match step.kind, step.event:
            case "agent", "lost":
                yield f"the line to {whom} was lost"
            case "transfer", "back":
                yield f"came back to {whom}"
            case "transfer", _:
                yield f"transferred to {whom}"
            case "move", _:
                yield f"moved to {whom}"


def _outcome(entry: CallEntry, name_of: Callable[[AgentId], str]) -> Iterator[str]:
    record = entry.record
    match record.disposition:
        case Disposition.ANSWERED:
            yield _talk(entry, name_of)
            yield from _hung_up(record)
        case Disposition.VOICEMAIL:
            spoken = message_s(entry.path)
            yield f"left a message of {in_words(spoken)}" if spoken else "left a message"
        case _:
            yield _ENDS[record.disposition]


def _talk(entry: CallEntry, name_of: Callable[[AgentId], str]) -> str:
    talk = in_words(entry.record.talk_s)
    inbound = entry.record.direction is Direction.INBOUND
    names = [name_of(agent) for agent in (entry.agents if inbound else entry.agents[1:])]
    if not names:
        return f"spoke {talk}"
    return f"spoke {talk} with {', then '.join(names)}"


def _hung_up(record: CallRecord) -> Iterator[str]:
    inbound = record.direction is Direction.INBOUND
    match record.hung_up_by:
        case Party.CALLER:
            yield "caller hung up" if inbound else "agent hung up"
        case Party.CALLED if record.direction is not Direction.INTERNAL:
            yield "agent hung up" if inbound else "customer hung up"
        case Party.CALLED:
            yield "colleague hung up"
        case _:
            return
