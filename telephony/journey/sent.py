"""Where people send a caller: a waiting one is moved, a talking one is transferred."""

from dataclasses import dataclass
from datetime import datetime

from telephony.calls.model import AgentId, QueueName


@dataclass(frozen=True, slots=True, kw_only=True)
class ToQueue:
    """Into a line."""

    queue: QueueName


@dataclass(frozen=True, slots=True, kw_only=True)
class ToAgent:
    """To one person, by name."""

    agent: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class ToNumber:
    """To a telephone outside the company."""

    number: str
    """E.164."""


Destination = ToQueue | ToAgent | ToNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """That a caller shall go somewhere, and who wants it so."""

    to: Destination
    by_name: str
    """Who sends the caller, for the people at the destination."""
    by: AgentId | None = None
    """The agent who talked with the caller and transfers them; None for one who waits and is moved."""
    back_to: QueueName | None = None
    """The line in which one who is moved has waited."""
    until: datetime | None = None
    """A talk that ends later than this was not ended for the transfer; None for a move."""

    @property
    def why(self) -> str:
        """Return it in words for who is rung."""
        return f"transferred by {self.by_name}" if self.by else f"moved here by {self.by_name}"

    def is_due(self, now: datetime) -> bool:
        """Tell whether the caller goes there now."""
        return self.until is None or now <= self.until
