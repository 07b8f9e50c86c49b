"""What a flow may know of a call when it decides."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from telephony.calls.model import AgentId, CallId, QueueName

FactValue = str | int | float | bool


class CalendarState(StrEnum):
    """Whether a calendar's people work now."""

    OPEN = "open"
    CLOSED = "closed"
    HOLIDAY = "holiday"
    """Closed for the whole day, by a public holiday or an exception."""
    EMERGENCY = "emergency"
    """Closed by hand, whatever the hours say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFacts:
    """A line at this moment."""

    waiting: int = 0
    longest_wait_s: float = 0.0
    agents_ready: int = 0
    """Free to take a call now."""
    agents_present: int = 0
    """Ready, ringing, talking or in wrap-up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerFacts:
    """The caller, when we know who it is."""

    name: str = ""
    language: str | None = None
    personal_agent: AgentId | None = None
    facts: Mapping[str, FactValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The call as it is now. Queues and calendars may be looked up as late as they are asked for."""

    call_id: CallId
    caller: str = ""
    """E.164; '' when withheld or not a public number."""
    called: str = ""
    customer: CustomerFacts | None = None
    now: datetime = datetime(2000, 1, 1, tzinfo=UTC)
    """By the clock on the company's wall."""
    calendars: Mapping[str, CalendarState] = field(default_factory=dict)
    queues: Mapping[QueueName, QueueFacts] = field(default_factory=dict)
