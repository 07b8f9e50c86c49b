"""Makes one record of a call that goes over two carriers: a cloud has the caller, Asterisk the agents' phones.

The dialplan's context `ringside-agents` marks the channel that comes from the cloud with the cloud's id of the call: as
its account code, which the manager's events show, and as its user field, which the ledger's rows show.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from telephony.calls.ledger_numbering import endpoint_of
from telephony.calls.model import CallId, CallRecord, Disposition, LedgerLeg, Party

_MARK = re.compile(r"ringside-part-of:([A-Za-z0-9-]{8,64})", re.ASCII)

# The cloud tells that it rings before its call is at Asterisk, and the end of a talk a moment after Asterisk does.
_APART = timedelta(seconds=5)


def part_of(mark: str) -> CallId | None:
    """Return the call that the dialplan's mark names; None when it is no mark."""
    found = _MARK.fullmatch(mark)
    return CallId(found[1]) if found else None


def joined(record: CallRecord, parts: Sequence[CallRecord]) -> CallRecord:
    """Return the record of a call with its parts' legs and seconds in it; a part that is in it already counts once.

    The channel that led to the other carrier is wiring: who is at its end is the caller.
    """
    if not parts or not record.legs:
        return record
    caller, *others = record.legs
    theirs = [leg for part in parts for leg in _phones(part)]
    known = {leg.leg_id for leg in theirs}
    kept = [leg for leg in others if leg.leg_id not in known and not any(_is_told_by(part, leg) for part in parts)]
    kept_s = sum(leg.talk_s for leg in kept)
    answers = [leg.answered_at for leg in kept if leg.answered_at] + [each.answered_at for each in parts]
    answered_at = min((at for at in answers if at is not None), default=None)
    legs = sorted([*kept, *theirs], key=lambda leg: leg.started_at)
    waits = {*record.waits, *(wait for part in parts for wait in part.waits)}
    return replace(
        record,
        legs=(replace(caller, talk_s=round(kept_s + sum(map(_wire_s, parts)), 3)), *legs),
        talk_s=round(kept_s + sum(part.talk_s for part in parts), 3),
        answered_at=answered_at,
        disposition=_disposition(record, answered_at),
        hung_up_by=_ended_by(record, parts),
        waits=tuple(sorted(waits, key=lambda wait: wait.joined_at)),
    )


def has_part(record: CallRecord, part: CallRecord) -> bool:
    """Tell whether a part's legs are in the record, as the part's own ledger tells them."""
    known = {(leg.leg_id, leg.channel) for leg in record.legs}
    return all((leg.leg_id, leg.channel) in known for leg in _phones(part))


def alone(part: CallRecord) -> CallRecord:
    """Return the record of a call of which only this part is known."""
    if part.part_of is None:
        return part
    wire = part.part_of.leg_id
    legs = tuple(leg if leg.leg_id == wire else replace(leg, is_part=True) for leg in part.legs)
    return replace(part, linkedid=part.part_of.call_id, part_of=None, legs=legs)


def _phones(part: CallRecord) -> list[LedgerLeg]:
    wire = part.part_of.leg_id if part.part_of else None
    return [replace(leg, is_part=True) for leg in part.legs if leg.leg_id != wire]


def _wire_s(part: CallRecord) -> float:
    """Return how long the caller heard somebody in this part."""
    wire = part.part_of.leg_id if part.part_of else None
    return next((leg.talk_s for leg in part.legs if leg.leg_id == wire), part.talk_s)


def _is_told_by(part: CallRecord, leg: LedgerLeg) -> bool:
    """Tell whether this is the cloud's own leg to a phone of which the part tells better."""
    if leg.channel not in {endpoint_of(each.channel) for each in _phones(part)}:
        return False
    return part.started_at - _APART <= leg.started_at <= (part.ended_at or leg.started_at)


def _disposition(record: CallRecord, answered_at: datetime | None) -> Disposition:
    if answered_at is not None:
        return Disposition.ANSWERED
    return Disposition.NO_ANSWER if record.disposition is Disposition.ANSWERED else record.disposition


def _ended_by(record: CallRecord, parts: Sequence[CallRecord]) -> Party | None:
    """Believe the part that lasted to the end of the call, for the cloud does not tell who hung up."""
    last = max(parts, key=lambda part: part.ended_at or part.started_at)
    if record.hung_up_by is not None or record.ended_at is None or last.ended_at is None or not last.talk_s:
        return record.hung_up_by
    return last.hung_up_by if record.ended_at - last.ended_at <= _APART else None
