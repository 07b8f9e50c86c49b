"""The telephone networks: what is wanted of them, and what they tell."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from telephony.calls.commands import Batch
from telephony.calls.events import CallOffered, CarrierEvent, CelRow, LineEvent
from telephony.calls.model import CallId, CallRecord, LegId


class Line(Protocol):
    """A caller's live connection, as the carrier lets us use it."""

    def perform(self, batch: Batch) -> None:
        """Start the batch and return at once; its one answer comes to the call's mailbox as a line event.

        A batch that comes while another is performed waits for it. After the line is lost nothing happens.
        """
        ...


class CallTaker(Protocol):
    """What carriers call into: the switchboard. Neither method blocks or raises."""

    def offer(self, offered: CallOffered, line: Line) -> None:
        """Take a call that has arrived; its line events follow through `answer`."""
        ...

    def answer(self, call_id: CallId, event: LineEvent) -> None:
        """Take the line's answer to a batch, or the news that the line is gone."""
        ...

    def tell(self, event: CarrierEvent) -> None:
        """Take what the network tells of any call, in the order it happened."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierHealth:
    """How the link to a carrier is doing; counters count since the start."""

    connected: bool
    since: datetime | None = None
    """When `connected` last changed; None before the first connection."""
    reconnects: int = 0
    dropped_events: int = 0
    odd_events: int = 0
    """Events that could not be understood."""
    waiting_events: int = 0
    last_event_at: datetime | None = None
    told: bool = True
    """What happens to its calls reaches us, also when we cannot reach it; the same as `connected` where one link does
    both."""
    live_lines: int = 0
    """Callers on a line of ours now."""
    version: str = ""
    """What the carrier calls itself."""
    answers_in_s: float | None = None
    """What the last request took that tells how swift it is, answered or given up; None before the first."""
    failures: int = 0
    """Requests in a row that had no answer."""
    asked_at: datetime | None = None
    """When the request of `answers_in_s` was over."""


class DialOutcome(StrEnum):
    """What is known of a call we placed."""

    PLACED = "placed"
    """The carrier took it; how it goes on comes as call events."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """A call to be placed, under an id of our own, so that it can be found when the answer is lost."""

    leg_id: LegId
    endpoint: str
    caller_id: str
    flow: str
    limit_s: int = 30
    variables: tuple[tuple[str, str], ...] = ()
    """Set on the channel, where a carrier has such a thing; others leave them out."""
    detect_machine: bool = False
    """Listen whether a person or a machine answers before the flow begins: `CallOffered.answered_by` tells."""


class Carrier(Protocol):
    """A telephone network. Every method raises CarrierUnavailableError, CarrierRefusedError or OutcomeUnknownError."""

    @property
    def name(self) -> str:
        """Return the carrier's name in settings and logs, e.g. `asterisk`."""
        ...

    @property
    def health(self) -> CarrierHealth:
        """Tell how the link is doing, without waiting."""
        ...

    def has(self, leg_id: LegId) -> bool:
        """Tell whether this leg is known here. A carrier that others' calls go through does not know of every leg."""
        ...

    async def wake(self, leg_id: LegId) -> None:
        """End the `Hold` of a caller at once; nothing happens to one who is not held."""
        ...

    async def hang_up(self, leg_id: LegId) -> None:
        """End a leg."""
        ...

    async def dial(self, dial: Dial) -> DialOutcome:
        """Place a call. An unknown outcome is never repeated here: ask `was_placed`."""
        ...

    async def was_placed(self, leg_id: LegId) -> bool:
        """Tell whether a leg of this id lives there now, or, where the carrier remembers, ever did.

        Raises OutcomeUnknownError when that cannot be told: then it must not be dialled again.
        """
        ...


class PastCalls(Protocol):
    """What a carrier without a ledger tells of its calls once they are over."""

    @property
    def name(self) -> str:
        """Return the carrier's name."""
        ...

    def names_a_call(self, call_id: CallId) -> bool:
        """Tell whether this could be a call of the carrier's, by the shape of its id."""
        ...

    async def finished(self, call_id: CallId) -> CallRecord | None:
        """Give the record of a call with the legs it had; None while it lives.

        Raises CarrierRefusedError when the carrier knows no such call, and the other two errors of a carrier.
        """
        ...


class CelArchive(Protocol):
    """What Asterisk wrote of its calls by itself. Positions are opaque text."""

    async def read(self, since: str | None) -> tuple[Sequence[CelRow], str]:
        """Give a bounded number of rows after a position (None: from the beginning) and the position after them.

        No rows means the end is reached. Raises CarrierUnavailableError when it cannot be read.
        """
        ...

    async def end(self) -> str:
        """Give the position of the end now. Raises CarrierUnavailableError."""
        ...
