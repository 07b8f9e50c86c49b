"""What is given before a call on paper begins: who calls, when, and how things stand in the company."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from telephony.calls.model import CallId, QueueName
from telephony.ivr.facts import CalendarState, CustomerFacts, Facts, QueueFacts
from telephony.ivr.flow import Flow

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
"""When a call on paper takes place unless it is said: a Monday."""

READY = QueueFacts(agents_ready=1, agents_present=1)
"""A line of which nothing is said: nobody waits, and somebody is there."""

CalendarsAt = Callable[[datetime], Mapping[str, CalendarState]]
"""Gives what the company's calendars are at a moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What is given. What is not said is as on a quiet working day: open, nobody waits, a stranger calls."""

    caller: str = "+447700900104"
    """E.164; '' when withheld."""
    called: str = ""
    at: datetime | None = None
    """By the clock on the company's wall; calendars that are not named are then as their hours say."""
    customer: CustomerFacts | None = None
    """Who calls, when the number is known."""
    identified: CustomerFacts | None = None
    """Who it is once the right PIN is given; else `customer`, else somebody without facts."""
    calendars: Mapping[str, CalendarState] = field(default_factory=dict)
    queues: Mapping[QueueName, QueueFacts] = field(default_factory=dict)

    def facts(self, flow: Flow, calendars_at: CalendarsAt | None = None) -> Facts:
        """Return what the flow knows when the call begins."""
        names = flow.vocabulary.names
        calendars = {name[5:]: CalendarState.OPEN for name in names if name.startswith("open.")}
        if self.at is not None and calendars_at is not None:
            calendars |= calendars_at(self.at)
        queues = {QueueName(name.split(".")[1]): READY for name in names if name.startswith("queue.")}
        return Facts(
            call_id=CallId("on-paper"),
            caller=self.caller,
            called=self.called,
            customer=self.customer,
            now=self.at or NOON,
            calendars=calendars | dict(self.calendars),
            queues=queues | dict(self.queues),
        )

    @property
    def once_identified(self) -> CustomerFacts:
        """Return the customer of the right PIN."""
        return self.identified or self.customer or CustomerFacts()
