"""The record of a call as we saw it ourselves, for carriers and moments without a ledger of their own."""

from datetime import datetime

from telephony.calls.model import CallRecord, Direction, Disposition, LedgerLeg, LegId
from telephony.journey.live_call import LiveCall, Phone

_BUSY = frozenset({17})
_UNREACHABLE = frozenset({1, 2, 3, 20, 27, 28, 34, 38, 41, 42, 44, 50, 58, 66, 88})
"""Q.850: the phone could not be reached, or the network could not connect it."""


def own_record(call: LiveCall, ended_at: datetime) -> CallRecord:
    """Return what the live call itself knows: its caller and the dialled phones. `hung_up_by` stays unknown."""
    phones = list(call.phones.values())
    # Of who was called and is served by a flow, only what they speak with a person is talk
    talks = [phone for phone in phones if phone.answered_at and not _is_the_callers(phone, call)]
    answered_at = min((phone.answered_at for phone in talks if phone.answered_at), default=None)
    return CallRecord(
        linkedid=call.id,
        direction=_direction(call),
        caller=call.offered.caller if call.offered else (phones[0].caller if phones else ""),
        called=call.offered.called if call.offered else (phones[0].called if phones else ""),
        started_at=call.started_at,
        answered_at=answered_at,
        ended_at=ended_at,
        talk_s=round(sum(_talk_s(phone, ended_at) for phone in talks), 3),
        disposition=_disposition(call, phones, answered=bool(talks)),
        hung_up_by=None,
        legs=(
            *_callers_leg(call, talks, ended_at),
            *(_leg(phone, ended_at) for phone in phones if not _is_the_callers(phone, call)),
        ),
    )


def _direction(call: LiveCall) -> Direction:
    if call.offered is not None:
        return call.offered.direction
    return Direction.OUTBOUND if call.outgoing else Direction.INBOUND


def _is_the_callers(phone: Phone, call: LiveCall) -> bool:
    """Tell whether this is the phone of who is on the line: one that we called, and that answered."""
    return call.offered is not None and phone.leg_id == call.offered.leg_id


def _disposition(call: LiveCall, phones: list[Phone], *, answered: bool) -> Disposition:
    if answered:
        return Disposition.ANSWERED
    if any(step.kind == "voicemail" and step.event == "recorded" for step in call.path):
        return Disposition.VOICEMAIL
    if any(step.event == "ended" for step in call.path):
        return Disposition.SELF_SERVED
    if call.offered is not None:
        return Disposition.ABANDONED
    return _unanswered(phones) if call.outgoing else Disposition.NO_ANSWER


def _unanswered(phones: list[Phone]) -> Disposition:
    causes = {phone.cause for phone in phones}
    if causes and causes <= _BUSY:
        return Disposition.BUSY
    return Disposition.FAILED if causes and causes <= _UNREACHABLE else Disposition.NO_ANSWER


def _callers_leg(call: LiveCall, talks: list[Phone], ended_at: datetime) -> tuple[LedgerLeg, ...]:
    if call.offered is None:
        return ()
    called = call.phones.get(call.offered.leg_id)
    leg = LedgerLeg(
        leg_id=LegId(call.id) if call.offered.part_of else call.offered.leg_id,
        channel="",
        number=call.offered.theirs,
        name=call.offered.caller_name,
        started_at=called.dialed_at if called else call.started_at,
        answered_at=called.answered_at if called else None,
        ended_at=(called.ended_at if called else None) or ended_at,
        talk_s=round(sum(_talk_s(phone, ended_at) for phone in talks), 3),
    )
    return (leg,)


def _leg(phone: Phone, ended_at: datetime) -> LedgerLeg:
    return LedgerLeg(
        leg_id=phone.leg_id,
        channel=phone.endpoint,
        number=_number_at(phone.endpoint),
        name="",
        started_at=phone.dialed_at,
        answered_at=phone.answered_at,
        ended_at=phone.ended_at or ended_at,
        talk_s=round(_talk_s(phone, ended_at), 3),
        is_part=phone.is_part,
    )


def _number_at(endpoint: str) -> str:
    """Return the extension or the number of an address such as `PJSIP/101` or `tel:+359888123456`."""
    return endpoint.rpartition("/")[2].rpartition(":")[2]


def _talk_s(phone: Phone, ended_at: datetime) -> float:
    if phone.answered_at is None:
        return 0.0
    return max(0.0, ((phone.ended_at or ended_at) - phone.answered_at).total_seconds())
