"""Finds our call again when the answer to placing it was lost, so that nobody is rung twice. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from telephony.carriers.twilio.rest_answers import PlacedCall

NEAR = timedelta(seconds=30)
"""How far the cloud's clock and ours may differ without a doubt."""
FAR = timedelta(minutes=15)
"""Beyond it a call is surely not ours."""
_OTHERS = ("inbound", "outbound-dial", "trunking")
"""Calls that no request placed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """It was placed; this is its SID."""

    sid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotPlaced:
    """It was not; it may be placed anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CannotTell:
    """Nobody knows; it must not be placed anew without a person's word."""

    why: str


Finding = Placed | NotPlaced | CannotTell


def the_one_placed(
    candidates: Iterable[PlacedCall],
    *,
    to: str,
    from_: str,
    sent_at: datetime,
    given_up_at: datetime,
    looked_at: datetime,
    list_lag: timedelta,
    known: Collection[str] = (),
) -> Finding:
    """Return what became of a call sent to be placed between `sent_at` and `given_up_at`.

    The cloud's answer does not repeat our URL, so a call is ours by this rule: placed by a request (no incoming call,
    no leg of another), with the same To and From, created between `sent_at` and `given_up_at` give or take `NEAR`,
    and not `known` as another attempt's.

    - exactly one such call: it is the one;
    - several: cannot tell, for somebody else uses the account for the same number;
    - none, but one that only the clock speaks against (within `FAR`, or undated): cannot tell;
    - none: not placed, if the list was read at least `list_lag` after we gave up; before that, cannot tell yet.
    """
    ours = [call for call in candidates if _could_be(call, to, from_) and call.sid not in known]
    near = [call for call in ours if call.created_at and sent_at - NEAR <= call.created_at <= given_up_at + NEAR]
    if len(near) == 1:
        return Placed(sid=near[0].sid)
    if near:
        return CannotTell(why=f"the provider lists {len(near)} calls that could be this one")
    if any(call.created_at is None or sent_at - FAR <= call.created_at <= given_up_at + FAR for call in ours):
        return CannotTell(why="the provider lists such a call at another time: check the clock of this machine")
    if looked_at < given_up_at + list_lag:
        return CannotTell(why="the provider's list may not show it yet")
    return NotPlaced()


def same_address(one: str, other: str) -> bool:
    """Tell whether both are the same number, client or SIP address; parameters of SIP addresses do not count."""
    return _bare(one) == _bare(other)


def _could_be(call: PlacedCall, to: str, from_: str) -> bool:
    return (
        not call.direction.startswith(_OTHERS)
        and not call.parent_sid
        and same_address(call.to, to)
        and same_address(call.from_, from_)
    )


def _bare(address: str) -> str:
    bare = address.strip().lower()
    for ends in ";?":
        bare = bare.partition(ends)[0]
    return bare.removeprefix("sips:").removeprefix("sip:")
