"""Tells which customer a number belongs to, and why."""

from dataclasses import dataclass
from enum import StrEnum

from telephony.calls.model import CustomerId


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
