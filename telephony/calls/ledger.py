"""Turns Channel Event Logging into calls: one call is one record, however many channels it took. See docs/ledger.md.

`derive` is for rows that are all there (a file), `Ledger` for rows that come while calls go on.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from telephony.calls.events import CelRow
from telephony.calls.ledger_calls import GatheredCall, Gathering
from telephony.calls.ledger_numbering import Numbering
from telephony.calls.ledger_record import record_of
from telephony.calls.model import CallId, CallRecord, LedgerLeg, QueueWait

__all__ = ["Ledger", "Numbering", "derive", "to_json"]

# How many finished calls are remembered, so that a row that comes late does not make a ghost of its own.
_REMEMBERED = 20_000


class Ledger:
    """The calls that go on now. Rows may come late, twice or out of order; a call is given once, when it is over."""

    def __init__(self, numbering: Numbering | None = None) -> None:
        self._numbering = numbering or Numbering()
        self._calls = Gathering()
        self._finished: dict[str, None] = {}

    def __len__(self) -> int:
        return len(self._calls.calls())

    def add(self, row: CelRow) -> CallRecord | None:
        """Take one row; return the record of the call that it ended, None otherwise."""
        if row.linkedid in self._finished:
            return None
        call = self._calls.take(row)
        return self._finish(call) if call.is_over else None

    def open_calls(self) -> frozenset[CallId]:
        """Return the calls that are not over as far as the rows tell."""
        return frozenset(call.call_id for call in self._calls.calls())

    def knows(self, call_id: CallId) -> bool:
        """Tell whether rows of this linkedid were seen, in a call that goes on or is over."""
        return call_id in self._finished or self._calls.get(call_id) is not None

    def oldest_open(self) -> datetime | None:
        """Return when the oldest call that still goes on began, by its rows; None when none goes on."""
        return min((row.eventtime for call in self._calls.calls() for row in call.rows), default=None)

    def record(self, call_id: CallId) -> CallRecord | None:
        """Return what is known so far of a call that goes on, `ended_at` None; None when there is none of this id."""
        call = self._calls.get(call_id)
        return None if call is None else record_of(call, self._numbering)

    def close(self, *, live: frozenset[CallId], at: datetime) -> list[CallRecord]:
        """Close the calls of which none is among the live ones: they ended unseen, at `at` at the latest."""
        gone = [call for call in self._calls.calls() if call.linkedids.isdisjoint(live)]
        records = [self._finish(call, closed_at=at) for call in gone]
        return [record for record in records if record is not None]

    def _finish(self, call: GatheredCall, *, closed_at: datetime | None = None) -> CallRecord | None:
        self._calls.drop(call)
        self._finished.update(dict.fromkeys(call.linkedids))
        while len(self._finished) > _REMEMBERED:
            del self._finished[next(iter(self._finished))]
        return record_of(call, self._numbering, closed_at=closed_at)


def derive(rows: Iterable[CelRow], numbering: Numbering | None = None) -> list[CallRecord]:
    """Return the calls in these rows, whatever their order, in the order they began; one without an end is still up."""
    calls = Gathering()
    for row in rows:
        calls.take(row)
    known = numbering or Numbering()
    return sorted(_records(calls, known), key=lambda record: (record.started_at, record.linkedid))


def _records(calls: Gathering, numbering: Numbering) -> Iterator[CallRecord]:
    for call in calls.calls():
        record = record_of(call, numbering)
        if record is not None:
            yield record


def to_json(record: CallRecord) -> dict[str, object]:
    """Return a record as plain JSON values: times as ISO 8601 in UTC, None where a thing did not happen."""
    return {
        "linkedid": record.linkedid,
        "direction": record.direction.value,
        "caller": record.caller,
        "called": record.called,
        "started_at": _iso(record.started_at),
        "answered_at": _iso(record.answered_at),
        "ended_at": _iso(record.ended_at),
        "talk_s": record.talk_s,
        "disposition": record.disposition.value,
        "hung_up_by": record.hung_up_by.value if record.hung_up_by else None,
        "waits": [_wait_json(wait) for wait in record.waits],
        "legs": [_leg_json(leg) for leg in record.legs],
    }


def _wait_json(wait: QueueWait) -> dict[str, object]:
    return {"queue": wait.queue, "joined_at": _iso(wait.joined_at), "wait_s": wait.wait_s}


def _leg_json(leg: LedgerLeg) -> dict[str, object]:
    return {
        "leg_id": leg.leg_id,
        "channel": leg.channel,
        "number": leg.number,
        "name": leg.name,
        "started_at": _iso(leg.started_at),
        "answered_at": _iso(leg.answered_at),
        "ended_at": _iso(leg.ended_at),
        "talk_s": leg.talk_s,
    }


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
