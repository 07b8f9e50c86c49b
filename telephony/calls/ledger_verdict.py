"""Judges a finished call: which way it went, how it ended, and who ended it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from telephony.calls.ledger_channels import ChannelFacts
from telephony.calls.ledger_numbering import Numbering
from telephony.calls.ledger_talk import Talk
from telephony.calls.model import Direction, Disposition, Party

# A party that leaves makes the dialplan go on for a moment; an end within this time is still that party's doing.
_AFTERMATH = timedelta(seconds=2)

# Q.850 causes. Asterisk gives 0 or 127 (interworking) when a caller cancels a call that was not answered.
_BUSY = frozenset({17})
_DECLINED = frozenset({21})
_CANCELLED = frozenset({0, 16, 127})
_UNREACHABLE = frozenset({1, 2, 3, 20, 21, 27, 28, 34, 38, 41, 42, 44, 50, 58, 66, 88})

_REFUSED_STATUS = frozenset({"BUSY", "CONGESTION", "CHANUNAVAIL", "NOANSWER", "INVALIDARGS"})
_FAILED_STATUS = frozenset({"CONGESTION", "CHANUNAVAIL", "INVALIDARGS"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """All that is known of one call. `origin` is the party's channel that began first."""

    origin: ChannelFacts
    parties: Sequence[ChannelFacts]
    talk: Talk
    numbering: Numbering

    @property
    def others(self) -> Sequence[ChannelFacts]:
        """The parties without the origin."""
        return [party for party in self.parties if party is not self.origin]

    @property
    def called_legs(self) -> Sequence[ChannelFacts]:
        """The phones that were rung; the origin too, when Asterisk originated to it."""
        legs = [leg for leg in self.others if leg.was_called or not leg.dialled]
        return [self.origin, *legs] if self.origin.was_originated and self.origin.answered_at is None else legs

    def is_inside(self, channel: ChannelFacts) -> bool:
        """Tell whether this is one of the company's own phones."""
        # Whoever originates a call puts a caller id of their choice on the channel; its first row still shows its own.
        number = channel.own_number if channel.was_originated else channel.number
        return self.numbering.is_inside(channel.name, number)


def direction_of(case: Case) -> Direction:
    """Tell which way the call crossed the company's border: by who began it, and whom it reached first."""
    if not case.is_inside(case.origin):
        return Direction.OUTBOUND if case.origin.was_originated else Direction.INBOUND
    first = next(iter(case.others), None)
    if first is not None:
        return Direction.INTERNAL if case.is_inside(first) else Direction.OUTBOUND
    return Direction.INTERNAL if case.numbering.is_extension(case.origin.dialled) else Direction.OUTBOUND


def ended_by(case: Case) -> Party | None:
    """Tell who ended the call; None when it is still up or the rows do not tell."""
    last = _last_to_leave(case)
    if last.ended_at is None or last.cause is None:
        return None
    if case.talk.started_at is None and case.origin.answered_at is None:
        return _ended_unanswered(case)
    return _named_by(case, last) or _just_left(case, last)


def _last_to_leave(case: Case) -> ChannelFacts:
    """Return the origin, or when it left a talk that went on without it, the party that ended that talk."""
    origin, talked_until = case.origin, case.talk.ended_at
    if talked_until is None or origin.ended_at is None or origin.ended_at >= talked_until:
        return origin
    talkers = [party for party in case.others if party.uniqueid in case.talk.legs and party.ended_at is not None]
    stayed = [party for party in talkers if party.ended_at is not None and party.ended_at >= talked_until]
    return stayed[0] if stayed else origin


def _ended_unanswered(case: Case) -> Party | None:
    origin = case.origin
    if origin.was_originated:
        return Party.CALLED if origin.hung_up_by == origin.name else Party.SYSTEM
    if origin.dial_status == "CANCEL":
        return Party.CALLER
    # In a queue the status is that of the phones it rang last, after which the caller goes on waiting.
    was_refused = origin.dial_status in _REFUSED_STATUS and not origin.was_queued
    refused = was_refused or origin.cause not in _CANCELLED
    if not refused and origin.hung_up_by == origin.name:
        return Party.CALLER
    legs = case.called_legs
    return Party.CALLED if legs and all(leg.hung_up_by == leg.name for leg in legs) else Party.SYSTEM


def _named_by(case: Case, last: ChannelFacts) -> Party | None:
    """Return whom Asterisk names as the one who hung up; None when it names nobody or one who had left long before."""
    if last.hung_up_by == case.origin.name:
        return Party.CALLER
    for party in case.others:
        if party.name == last.hung_up_by and _left_just_before(party, last):
            return Party.CALLED
    return None


def _just_left(case: Case, last: ChannelFacts) -> Party | None:
    """Judge an end that Asterisk ascribes to nobody (Local channels lose it) or to the dialplan."""
    for party in case.others:
        if party.uniqueid in case.talk.legs and party.hung_up_by == party.name and _left_just_before(party, last):
            return Party.CALLED
    names = {party.name for party in case.parties}
    return None if last.hung_up_by in names else Party.SYSTEM


def _left_just_before(party: ChannelFacts, last: ChannelFacts) -> bool:
    if party.ended_at is None or last.ended_at is None:
        return False
    return last.ended_at - party.ended_at <= _AFTERMATH


def disposition_of(case: Case, direction: Direction, ended: Party | None) -> Disposition:
    """Tell how the call ended; of a call still up, how it would have ended now."""
    if case.talk.started_at is not None:
        return Disposition.ANSWERED
    if any(party.took_message for party in case.parties):
        return Disposition.VOICEMAIL
    if not case.origin.was_seen_to_begin:
        return Disposition.UNKNOWN
    if ended is Party.CALLER:
        return Disposition.NO_ANSWER if direction is Direction.OUTBOUND else Disposition.ABANDONED
    if case.called_legs or case.origin.was_queued or case.origin.dial_status:
        return _unanswered(case)
    return _nobody_called(case.origin)


def _unanswered(case: Case) -> Disposition:
    status, legs = case.origin.dial_status, case.called_legs
    if status == "BUSY" or (legs and all(_said_no(case, leg) for leg in legs)):
        return Disposition.BUSY
    if status in _FAILED_STATUS or (legs and all(leg.cause in _UNREACHABLE for leg in legs)):
        return Disposition.FAILED
    return Disposition.NO_ANSWER


def _said_no(case: Case, leg: ChannelFacts) -> bool:
    # From our own phones 21 is the agent's decline; from a trunk it is the network's refusal.
    return leg.cause in _BUSY or (leg.cause in _DECLINED and case.is_inside(leg))


def _nobody_called(origin: ChannelFacts) -> Disposition:
    if origin.answered_at is not None:
        return Disposition.SELF_SERVED
    if origin.ended_at is None:
        return Disposition.NO_ANSWER
    return Disposition.BUSY if origin.cause in _BUSY else Disposition.FAILED
