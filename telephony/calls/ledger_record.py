"""Makes the one record of one call out of its CEL rows."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from telephony.calls.ledger_calls import GatheredCall
from telephony.calls.ledger_channels import ChannelFacts, channels_of, in_order
from telephony.calls.ledger_dialled import numbers_called
from telephony.calls.ledger_numbering import Numbering
from telephony.calls.ledger_talk import Talk, measure_talk
from telephony.calls.ledger_verdict import Case, direction_of, disposition_of, ended_by
from telephony.calls.ledger_waits import waits_in
from telephony.calls.model import CallRecord, LedgerLeg, LegId, PartOf


def record_of(call: GatheredCall, numbering: Numbering, *, closed_at: datetime | None = None) -> CallRecord | None:
    """Return the record of a call; None when there was no party in it.

    A call still up has no `ended_at`, unless `closed_at` says when it was found gone.
    """
    ordered = in_order(call.rows)
    if closed_at is None and call.linkedids <= call.over:
        closed_at = ordered[-1].eventtime  # Asterisk says it is over, so a channel without an end row lost that row
    channels = channels_of(ordered)
    parties = [channel for channel in channels if channel.is_party]
    if not parties:
        return None
    ended_at = _ended_at(parties, closed_at)
    until = ended_at or ordered[-1].eventtime
    talk = measure_talk(ordered, until=until)
    case = Case(origin=parties[0], parties=parties, talk=talk, numbering=numbering)
    direction, ended = direction_of(case), ended_by(case)
    numbers = numbers_called(ordered)
    return CallRecord(
        linkedid=call.call_id,
        direction=direction,
        caller=_caller(case),
        called=_called(case, channels),
        started_at=ordered[0].eventtime,
        answered_at=talk.started_at,
        ended_at=ended_at,
        talk_s=talk.seconds,
        disposition=disposition_of(case, direction, ended),
        hung_up_by=ended,
        legs=tuple(_leg(party, case, talk, closed_at, numbers) for party in parties),
        waits=waits_in(ordered, until=until),
        part_of=_part_of(parties),
    )


def _part_of(parties: Sequence[ChannelFacts]) -> PartOf | None:
    marked = ((party.uniqueid, party.part_of) for party in parties)
    return next((PartOf(call_id=call, leg_id=LegId(leg)) for leg, call in marked if call is not None), None)


def _ended_at(parties: Sequence[ChannelFacts], closed_at: datetime | None) -> datetime | None:
    ends = [party.ended_at or closed_at for party in parties]
    known = [end for end in ends if end is not None]
    return max(known) if len(known) == len(ends) else None


def _leg(
    party: ChannelFacts, case: Case, talk: Talk, closed_at: datetime | None, numbers: Mapping[str, str]
) -> LedgerLeg:
    return LedgerLeg(
        leg_id=LegId(party.uniqueid),
        channel=party.name,
        number=numbers.get(party.uniqueid) or _number(party, case),
        name=party.caller_name,
        started_at=party.started_at,
        answered_at=party.answered_at,
        ended_at=party.ended_at or closed_at,
        talk_s=round(talk.legs.get(party.uniqueid, 0.0), 3),
    )


def _number(party: ChannelFacts, case: Case) -> str:
    """Return the party's own number: a phone's extension; otherwise the number it showed, or was called at."""
    extension = case.numbering.extension_of(party.name)
    if extension:
        return extension
    if party.was_originated and not case.is_inside(party):
        return ""  # its rows show the caller id that we sent, not the number that we called
    return party.number


def _caller(case: Case) -> str:
    origin = case.origin
    return origin.number or case.numbering.extension_of(origin.name)


def _called(case: Case, channels: Sequence[ChannelFacts]) -> str:
    """Return the number that was dialled; a step of the dialplan such as `s` is not one."""
    origin = case.origin
    if origin.was_originated and not case.is_inside(origin):
        return _dialled_by_local(channels)
    dialled = origin.dialled or origin.dnid
    if dialled:
        return dialled
    return next((_number(leg, case) for leg in case.others), "")


def _dialled_by_local(channels: Sequence[ChannelFacts]) -> str:
    """Return what a Local channel dialled; the rows of a channel that Asterisk originated do not tell its number."""
    return next((channel.dialled for channel in channels if not channel.is_party and channel.dialled), "")
