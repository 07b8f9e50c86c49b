"""Measures how long callers waited in Asterisk's own queues."""

from collections.abc import Iterable
from datetime import datetime

from telephony.calls.events import CelRow
from telephony.calls.model import QueueWait

_QUEUE = "queue"
# An agent's answer is a BRIDGE_ENTER; APP_END is logged only where cel.conf asks for it.
_ENDS = frozenset({"BRIDGE_ENTER", "APP_END", "HANGUP", "CHAN_END"})


def waits_in(rows: Iterable[CelRow], *, until: datetime) -> tuple[QueueWait, ...]:
    """Return the waits in one call's rows, which must be in order; one that still goes on is counted to `until`."""
    joined: dict[str, tuple[str, datetime]] = {}
    waits: list[QueueWait] = []
    for row in rows:
        queue = _queue_joined(row)
        if row.uniqueid in joined and _leaves(row, joined[row.uniqueid][0]):
            waits.append(_wait(*joined.pop(row.uniqueid), row.eventtime))
        if queue:
            joined.setdefault(row.uniqueid, (queue, row.eventtime))
    waits += [_wait(*each, until) for each in joined.values()]
    return tuple(sorted(waits, key=lambda wait: wait.joined_at))


def _queue_joined(row: CelRow) -> str:
    if row.eventtype != "APP_START" or row.appname.lower() != _QUEUE:
        return ""
    return row.appdata.partition(",")[0].strip()


def _leaves(row: CelRow, queue: str) -> bool:
    """Tell whether a row of a channel shows that it waits in this queue no longer."""
    return row.eventtype in _ENDS or row.appname.lower() not in {"", _QUEUE} or _queue_joined(row) not in {"", queue}


def _wait(queue: str, joined_at: datetime, ended_at: datetime) -> QueueWait:
    seconds = max(0.0, (ended_at - joined_at).total_seconds())
    return QueueWait(queue=queue, joined_at=joined_at, wait_s=round(seconds, 3))
