"""Tells talks from answers that were none: a voicemail that answers is a talk to its carrier, but not to the caller."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from telephony.calls.model import CallRecord, Disposition, LedgerLeg
from telephony.timeline.entry import PathStep

_NOT_TAKEN = frozenset({"no_answer", "busy", "unavailable"})
_ENDS = _NOT_TAKEN | {"answered"}
_APART = timedelta(seconds=5)
"""The carrier's clock, and its news, against ours."""


def without_untaken(record: CallRecord, path: Sequence[PathStep]) -> CallRecord:
    """Return the record with those legs unanswered of which the path says that nobody there took the caller.

    Which end in the path is a leg's the time tells: a talk may end a moment before the next agent declines.
    """
    ends = [step for step in path if step.kind == "agent" and step.event in _ENDS]
    legs = tuple(_rung(leg) if place and _is_untaken(leg, ends) else leg for place, leg in enumerate(record.legs))
    if legs == record.legs:
        return record
    answered_at = min((leg.answered_at for leg in legs[1:] if leg.answered_at), default=None)
    talk_s = round(sum(leg.talk_s for leg in legs[1:]), 3)
    return replace(
        record,
        legs=(replace(legs[0], talk_s=talk_s), *legs[1:]),
        answered_at=answered_at,
        talk_s=talk_s,
        disposition=record.disposition if answered_at else Disposition.ABANDONED,
    )


def _is_untaken(leg: LedgerLeg, ends: Sequence[PathStep]) -> bool:
    if leg.ended_at is None or not ends:
        return False
    ended_at = leg.ended_at
    nearest = min(ends, key=lambda step: abs(step.at - ended_at))
    return nearest.event in _NOT_TAKEN and abs(nearest.at - ended_at) <= _APART


def _rung(leg: LedgerLeg) -> LedgerLeg:
    return replace(leg, answered_at=None, talk_s=0.0)
