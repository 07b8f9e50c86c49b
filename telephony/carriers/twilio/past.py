"""What the cloud tells of a call that is over, as a record: for calls of which nobody here heard the end. Pure."""

import re
from collections.abc import Sequence
from datetime import datetime

from telephony.calls.model import CallId, CallRecord, Direction, Disposition, LedgerLeg, LegId
from telephony.carriers.twilio.endpoints import endpoint_at
from telephony.carriers.twilio.forms import party
from telephony.carriers.twilio.rest_answers import CallState, CallStatus
from telephony.carriers.twilio.settings import TwilioSettings

_CALL = re.compile(r"CA[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""SignalWire's ids are UUIDs."""

_UNANSWERED = {CallStatus.BUSY: Disposition.BUSY, CallStatus.FAILED: Disposition.FAILED}


def is_call(call_id: str) -> bool:
    """Tell whether an id has the shape of the cloud's."""
    return _CALL.fullmatch(call_id) is not None


def record_of(call: CallState, legs: Sequence[CallState], settings: TwilioSettings) -> CallRecord | None:
    """Return the record of a call and of the phones that were rung for it; None while it lives.

    Who hung up is not told. A leg that led to Asterisk is wiring; what happened there is the ledger's to tell.
    """
    ended_at = call.ended_at or max((leg.ended_at for leg in legs if leg.ended_at), default=None)
    if not call.status.is_over or ended_at is None:
        return None
    began = call.began_at or call.answered_at or ended_at
    outbound = call.direction.startswith("outbound")
    phones = [_leg(leg, began, settings) for leg in legs if not _leads_to_asterisk(leg, settings)]
    answered_at = min((leg.answered_at for leg in phones if leg.answered_at), default=None)
    talk_s = round(sum(leg.talk_s for leg in phones), 3)
    caller = LedgerLeg(
        leg_id=LegId(call.sid),
        channel="",
        number=party(call.to if outbound else call.from_),
        name="",
        started_at=began,
        answered_at=call.answered_at if outbound else None,
        ended_at=ended_at,
        talk_s=talk_s,
    )
    return CallRecord(
        linkedid=CallId(call.sid),
        direction=Direction.OUTBOUND if outbound else Direction.INBOUND,
        caller=party(call.from_),
        called=party(call.to),
        started_at=began,
        answered_at=answered_at,
        ended_at=ended_at,
        talk_s=talk_s,
        disposition=_disposition(call, outbound=outbound, answered_at=answered_at),
        hung_up_by=None,
        legs=(caller, *sorted(phones, key=lambda leg: leg.started_at)),
    )


def _disposition(call: CallState, *, outbound: bool, answered_at: datetime | None) -> Disposition:
    if answered_at is not None:
        return Disposition.ANSWERED
    if outbound and call.status is not CallStatus.COMPLETED:
        return _UNANSWERED.get(call.status, Disposition.NO_ANSWER)
    return Disposition.ABANDONED


def _leg(leg: CallState, began: datetime, settings: TwilioSettings) -> LedgerLeg:
    endpoint = endpoint_at(leg.to, sip_dial=settings.sip_dial)
    talked = leg.answered_at is not None and leg.ended_at is not None
    return LedgerLeg(
        leg_id=LegId(leg.sid),
        channel=endpoint,
        number=endpoint.rpartition("/")[2].rpartition(":")[2],
        name="",
        started_at=leg.began_at or leg.answered_at or began,
        answered_at=leg.answered_at,
        ended_at=leg.ended_at,
        talk_s=float(leg.duration_s or 0) if talked else 0.0,
    )


def _leads_to_asterisk(leg: CallState, settings: TwilioSettings) -> bool:
    return leads_to_asterisk(leg.to, settings)


def leads_to_asterisk(to: str, settings: TwilioSettings) -> bool:
    """Tell whether this is the address at which the cloud's own callers are served at Asterisk."""
    if "{called}" not in settings.asterisk_sip:
        return False
    before, _, after = _plain(settings.asterisk_sip).partition("{called}")
    address = _plain(to)
    user = address.removeprefix(before).removesuffix(after)
    return address.startswith(before) and address.endswith(after) and user.startswith("+")


def _plain(uri: str) -> str:
    """Return an address without its parameters and headers."""
    return re.split("[;?]", uri, maxsplit=1)[0]
