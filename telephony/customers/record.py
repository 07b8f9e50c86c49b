"""The unified record: a customer, how to reach them, and what passed between us."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from telephony.calls.model import AgentId, Channel, CustomerId


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """One address of a customer; for `PHONE` and the phone-based messengers `value` is E.164."""

    channel: Channel
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """One customer. `facts` are what flows branch on, e.g. `tier`, `debt`; keys are identifiers."""

    id: CustomerId
    name: str
    language: str | None = None
    personal_agent: AgentId | None = None
    note: str = ""
    identities: tuple[Identity, ...] = ()
    facts: Mapping[str, str | int | float | bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PastContact:
    """One line of the customer's timeline as an agent reads it."""

    entry_id: str
    channel: Channel
    direction: str
    at: datetime
    summary: str
    outcome: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRecord:
    """What the agent sees: the customer and the latest contacts over all channels, newest first."""

    customer: Customer
    recent: tuple[PastContact, ...] = ()
    as_of: datetime
