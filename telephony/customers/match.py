"""Tells which customer a number belongs to, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from telephony.calls.model import Channel, CustomerId
from telephony.calls.numbers import CallerNumber


class MatchOutcome(StrEnum):
    """How sure we are."""

    ONE = "one"
    SEVERAL = "several"
    NONE = "none"
    WITHHELD = "withheld"
    """The caller sent no usable number, so nobody was looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A customer who may be calling, with the reason in words for an agent."""

    customer_id: CustomerId
    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The customers a number leads to, most likely first."""

    number: str | None
    """E.164, or None when there was no usable number."""
    outcome: MatchOutcome
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A customer under whose name a number is kept."""

    customer_id: CustomerId
    name: str
    channel: Channel = Channel.PHONE
    label: str = ""
    """What the number is to the customer: `mobile`, `home`, `switchboard` ...; '' when not known."""
    last_contact: datetime | None = None


_OF_MANY_PEOPLE = frozenset({"switchboard", "office", "company", "reception", "shared"})
_NEVER = datetime.min.replace(tzinfo=UTC)


def decide(number: CallerNumber, owners: Sequence[Owner]) -> Match:
    """Return who may be calling: a personal phone before a shared one, then who was in contact last, then by name.

    A customer who has the number several times (phone and WhatsApp) stands once. An extension of our own is nobody's.
    """
    if number.e164 is None:
        outcome = MatchOutcome.NONE if number.extension else MatchOutcome.WITHHELD
        return Match(number=None, outcome=outcome)
    likely_first = sorted(owners, key=_likelihood)
    best = {owner.customer_id: owner for owner in reversed(likely_first)}
    candidates = tuple(
        Candidate(customer_id=owner.customer_id, name=owner.name, reason=_reason(number, owner))
        for owner in likely_first
        if best[owner.customer_id] is owner
    )
    outcome = (MatchOutcome.NONE, MatchOutcome.ONE)[len(candidates)] if len(candidates) < 2 else MatchOutcome.SEVERAL
    return Match(number=number.e164, outcome=outcome, candidates=candidates)


def _likelihood(owner: Owner) -> tuple[bool, bool, float, str, str]:
    latest = owner.last_contact or _NEVER
    return (
        owner.label in _OF_MANY_PEOPLE,
        owner.channel is not Channel.PHONE,
        -(latest - _NEVER).total_seconds(),
        owner.name,
        owner.customer_id,
    )


def _reason(number: CallerNumber, owner: Owner) -> str:
    kind = owner.label or ("phone" if owner.channel is Channel.PHONE else owner.channel.value.capitalize())
    return f"the caller's number is {owner.name}'s {kind}, {number.shown}"
