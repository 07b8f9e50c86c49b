"""What a flow may know of a call when it decides."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from telephony.calls.model import AgentId, CallId

FactValue = str | int | float | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerFacts:
    """The caller, when we know who it is."""

    name: str = ""
    language: str | None = None
    personal_agent: AgentId | None = None
    facts: Mapping[str, FactValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The call as it is now. `open` are the calendars whose hours are open at this moment."""

    call_id: CallId
    caller: str = ""
    """E.164; '' when withheld or not a public number."""
    called: str = ""
    customer: CustomerFacts | None = None
    open: frozenset[str] = frozenset()
