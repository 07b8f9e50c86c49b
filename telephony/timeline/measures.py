"""Measures a call by its record and its path: how long the caller waited, and for whom."""

from collections.abc import Sequence
from datetime import datetime

from telephony.calls.model import CallRecord
from telephony.timeline.entry import PathStep


def queue_of(record: CallRecord, path: Sequence[PathStep]) -> str:
    """Return the line that the caller joined last; '' when none.

    Where Ringside's own path has none it is the last of Asterisk's own queues.
    """
    return _line_of(path) or (record.waits[-1].queue if record.waits else "")


def wait_s(record: CallRecord, path: Sequence[PathStep]) -> float:
    """Return the seconds from joining a line, or ringing one agent, to a person's answer.

    When nobody answered: until the caller left the line or the call ended. 0.0 for who never waited. Where the path has
    no line: all the seconds in Asterisk's own queues, if there are any.
    """
    if record.waits and not _line_of(path):
        return round(sum(wait.wait_s for wait in record.waits), 3)
    joined = next((step.at for step in path if _joins(step)), None)
    until = record.answered_at or _left_at(path) or record.ended_at
    if joined is None or until is None:
        return 0.0
    return round(max(0.0, (until - joined).total_seconds()), 3)


def message_s(path: Sequence[PathStep]) -> float:
    """Return the seconds of speech the caller left in messages; 0.0 for none."""
    return round(sum(spoken_s(step) for step in path if is_message(step)), 1)


def outcome_of(path: Sequence[PathStep]) -> str:
    """Return what the flow counts the call as: the last outcome on its way; '' when it names none."""
    return next((step.value for step in reversed(path) if step.event == "outcome"), "")


def is_message(step: PathStep) -> bool:
    """Tell whether this step is a message that the caller left."""
    return step.kind == "voicemail" and step.event == "recorded"


def spoken_s(step: PathStep) -> float:
    """Return how long a message is; its step says so in its label, e.g. `14.0 s`."""
    try:
        return float(step.label.removesuffix(" s"))
    except ValueError:
        return 0.0


def _line_of(path: Sequence[PathStep]) -> str:
    return next((step.value for step in reversed(path) if _is_line(step)), "")


def _is_line(step: PathStep) -> bool:
    return (step.kind, step.event) in {("queue", "entered"), ("transfer", "to_queue"), ("move", "to_queue")}


def _joins(step: PathStep) -> bool:
    return step.kind in {"queue", "agent"} and step.event == "entered"


def _left_at(path: Sequence[PathStep]) -> datetime | None:
    return next((step.at for step in reversed(path) if step.kind in {"queue", "agent"} and step.event == "left"), None)
