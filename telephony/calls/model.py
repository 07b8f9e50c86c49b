"""The nouns of a call: its ids, its legs, and the record it leaves."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from telephony.calls.costs import Cost

CallId = NewType("CallId", str)
"""One call, however many channels it takes. On Asterisk this is the linkedid of its first channel."""

LegId = NewType("LegId", str)
"""One party's connection within a call. On Asterisk this is the channel's uniqueid."""

AgentId = NewType("AgentId", str)
CustomerId = NewType("CustomerId", str)
QueueName = NewType("QueueName", str)


class Channel(StrEnum):
    """The ways customers reach us."""

    PHONE = "phone"
    EMAIL = "email"
    CHAT = "chat"
    SMS = "sms"
    TELEGRAM = "telegram"
    WHATSAPP = "whatsapp"
    VIBER = "viber"


class Direction(StrEnum):
    """Which way a call crossed the company's border."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    INTERNAL = "internal"


class Disposition(StrEnum):
    """How a call ended, seen by the customer."""

    ANSWERED = "answered"
    """Two people talked."""
    SELF_SERVED = "self_served"
    """The IVR ended the call, as its flow says."""
    VOICEMAIL = "voicemail"
    """The caller left a message."""
    ABANDONED = "abandoned"
    """The caller hung up before a person answered."""
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """Its carrier could not say what became of it, or we heard only the end of it."""


class Party(StrEnum):
    """Who ended a call."""

    CALLER = "caller"
    CALLED = "called"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLeg:
    """One party's part in a finished call. Times are UTC; `talk_s` counts only seconds bridged to another party."""

    leg_id: LegId
    channel: str
    number: str
    name: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    talk_s: float
    is_part: bool = False
    """Asterisk had it, of a call whose caller is on another carrier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueWait:
    """A wait in one of Asterisk's own queues: until an agent answered, or the caller left it or hung up."""

    queue: str
    joined_at: datetime
    wait_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PartOf:
    """The call of another carrier that a call is a part of, and the leg that leads there."""

    call_id: CallId
    leg_id: LegId


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """What the ledger knows of one call. `answered_at` is when the first person answered, not when the IVR did."""

    linkedid: CallId
    direction: Direction
    caller: str
    called: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    talk_s: float
    disposition: Disposition
    hung_up_by: Party | None
    legs: tuple[LedgerLeg, ...]
    waits: tuple[QueueWait, ...] = ()
    """The waits in Asterisk's own queues, in order of time; what is waited in Ringside's is in the call's path."""
    cost: Cost | None = None
    """At the carrier that has the caller."""
    cost_beside: Cost | None = None
    """Of the legs that are parts, at Asterisk by its table: `cost` is without it."""
    part_of: PartOf | None = None
    """Set when this is what Asterisk had of a call whose caller is on another carrier."""
