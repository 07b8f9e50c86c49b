"""The record of a call as we saw it ourselves, for carriers and moments without a ledger of their own."""

from datetime import datetime

from telephony.calls.model import CallRecord, Direction, Disposition, LedgerLeg
from telephony.journey.live_call import LiveCall, Phone


def own_record(call: LiveCall, ended_at: datetime) -> CallRecord:
    """Return what the live call itself knows: its caller and the dialled phones. `hung_up_by` stays unknown."""
    phones = list(call.phones.values())
    talks = [phone for phone in phones if phone.answered_at]
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
        disposition=_disposition(call, answered=bool(talks)),
        hung_up_by=None,
        legs=(*_callers_leg(call, talks, ended_at), *(_leg(phone, ended_at) for phone in phones)),
    )


def _direction(call: LiveCall) -> Direction:
    if call.offered is not None:
        return Direction.INBOUND
    return Direction.OUTBOUND if call.outgoing else Direction.INBOUND


def _disposition(call: LiveCall, *, answered: bool) -> Disposition:
    if answered:
        return Disposition.ANSWERED
    if any(step.kind == "voicemail" and step.event == "recorded" for step in call.path):
        return Disposition.VOICEMAIL
    if any(step.event == "ended" for step in call.path):
        return Disposition.SELF_SERVED
    return Disposition.ABANDONED if call.offered is not None else Disposition.NO_ANSWER


def _callers_leg(call: LiveCall, talks: list[Phone], ended_at: datetime) -> tuple[LedgerLeg, ...]:
    if call.offered is None:
        return ()
    leg = LedgerLeg(
        leg_id=call.offered.leg_id,
        channel="",
        number=call.offered.caller,
        name=call.offered.caller_name,
        started_at=call.started_at,
        answered_at=None,
        ended_at=ended_at,
        talk_s=round(sum(_talk_s(phone, ended_at) for phone in talks), 3),
    )
    return (leg,)


def _leg(phone: Phone, ended_at: datetime) -> LedgerLeg:
    return LedgerLeg(
        leg_id=phone.leg_id,
        channel=phone.endpoint,
        number=phone.endpoint.rpartition("/")[2],
        name="",
        started_at=phone.dialed_at,
        answered_at=phone.answered_at,
        ended_at=phone.ended_at or ended_at,
        talk_s=round(_talk_s(phone, ended_at), 3),
    )


def _talk_s(phone: Phone, ended_at: datetime) -> float:
    if phone.answered_at is None:
        return 0.0
    return max(0.0, ((phone.ended_at or ended_at) - phone.answered_at).total_seconds())
