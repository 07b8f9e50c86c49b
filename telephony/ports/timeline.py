"""What happened: written, and read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from telephony.calls.model import AgentId, CallId, CustomerId
from telephony.timeline.entry import CallEntry, PathStep


class Journal(Protocol):
    """Keeps the steps of callers. Never blocks and never raises: what cannot be written yet is written later."""

    def add(self, step: PathStep) -> None:
        """Keep one step."""
        ...


class Timeline(Protocol):
    """Keeps what happened. `put` and `note` never block or raise: what cannot be written yet is written later."""

    def put(self, entry: CallEntry) -> None:
        """Write an entry, or write it anew with better knowledge: one call has one entry.

        Its path is not written: the journal has it.
        """
        ...

    def note(self, call_id: CallId, agent: AgentId, text: str) -> None:
        """Add an agent's wrap-up note, whether the entry is there already or not."""
        ...

    async def path(self, call_id: CallId) -> Sequence[PathStep]:
        """Give the steps the journal has of a call, in order. Raises StoreUnavailableError."""
        ...

    async def has(self, call_id: CallId) -> bool:
        """Tell whether the call stands in the timeline as finished. Raises StoreUnavailableError."""
        ...

    async def call(self, call_id: CallId) -> CallEntry | None:
        """Give a call's entry whole, with its path; None when it has none yet. Raises StoreUnavailableError."""
        ...


class Unfinished(Protocol):
    """The journal's calls that have no entry."""

    async def begun_without_entry(self, since: datetime, until: datetime) -> Sequence[tuple[CallId, datetime]]:
        """Give the calls that began in this time and are not in the timeline, and when; the oldest first.

        At most 1,000. Raises StoreUnavailableError.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFilter:
    """Which calls to list: all set conditions must hold; newest first."""

    customer_id: CustomerId | None = None
    agent: AgentId | None = None
    before: datetime | None = None
    limit: int = 50


class CallHistory(Protocol):
    """The timeline, read."""

    async def calls(self, wanted: CallFilter) -> Sequence[CallEntry]:
        """Give calls, newest first; path steps are left out. Raises StoreUnavailableError."""
        ...

    async def call(self, call_id: CallId) -> CallEntry | None:
        """Give one call whole, with its path. Raises StoreUnavailableError."""
        ...


class Marks(Protocol):
    """Small facts that outlive a restart, by name."""

    async def get(self, name: str) -> str | None:
        """Give what was put last; None when nothing was. Raises StoreUnavailableError."""
        ...

    def put(self, name: str, value: str) -> None:
        """Keep it; never blocks and never raises."""
        ...
