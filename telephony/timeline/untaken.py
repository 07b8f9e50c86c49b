"""Tells talks from answers that were none: a voicemail that answers is a talk to its carrier, but not to the caller."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from telephony.calls.model import CallRecord, Disposition, LedgerLeg
from telephony.timeline.entry import PathStep

_NOT_TAKEN = frozenset({"no_answer", "busy", "unavailable"})
_APART = timedelta(seconds=5)
"""The carrier's clock, and its news, against ours."""


def without_untaken(record: CallRecord, path: Sequence[PathStep]) -> CallRecord:
    """Return the record with those legs unanswered of which the path says that nobody there took the caller."""
    gone = [step.at for step in path if step.kind == "agent" and step.event in _NOT_TAKEN]
    legs = tuple(
        leg if place == 0 or leg.ended_at is None or all(abs(at - leg.ended_at) > _APART for at in gone) else _rung(leg)
        for place, leg in enumerate(record.legs)
    )
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


def _rung(leg: LedgerLeg) -> LedgerLeg:
    return replace(leg, answered_at=None, talk_s=0.0)
