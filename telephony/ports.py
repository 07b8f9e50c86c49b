"""The outside world on one page. Journeys know these; `app.py` alone knows who stands behind them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from telephony.calls.commands import Batch, Prompt
from telephony.calls.costs import Cost
from telephony.calls.events import CallOffered, CarrierEvent, CelRow, LineEvent
from telephony.calls.model import AgentId, CallId, CallRecord, CustomerId, LegId, QueueName
from telephony.calls.numbers import CallerNumber
from telephony.customers.match import Match
from telephony.customers.record import CustomerRecord
from telephony.ivr.expressions import ValueType
from telephony.ivr.facts import FactValue
from telephony.routing.agents import Agent
from telephony.timeline.entry import CallEntry, PathStep


class Clock(Protocol):
    """The time, so that tests can have their own."""

    def now(self) -> datetime:
        """Return the time now, in UTC, timezone-aware."""
        ...


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
    """What the last request to it took, answered or given up; None before the first."""
    failures: int = 0
    """Requests in a row that had no answer."""
    asked_at: datetime | None = None
    """When the last request was over."""


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


HELD = timedelta(seconds=60)
"""How long a due is one server's to do without saying so again: one that dies holds nothing for longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Something that is still to be done with a provider. `detail` is its owner's own text."""

    kind: str
    """Whose it is, e.g. `recording`."""
    id: str
    detail: str
    since: datetime
    erased: bool = False
    """Whom it is about is to be forgotten: all that is left to do is to forget them at the provider, too."""


class Dues(Protocol):
    """What is still to be done with providers, kept over a restart. Every method raises StoreUnavailableError.

    Several servers may do it, each due by one of them: by the one that holds it.
    """

    async def keep(self, *dues: Due, held: bool = False) -> None:
        """Write them down together, or anew with another detail; the same id of a kind is the same due.

        `held`: those that are new are this server's to do, for as long as after `hold`.
        """
        ...

    async def hold(self, kind: str, *due_ids: str) -> Sequence[Due]:
        """Take those of a kind that no other server holds, or of them only these, and give them, the oldest first.

        What is held already is held anew. Nobody else gets them for `HELD` from now, unless they are let go.
        """
        ...

    async def let_go(self, kind: str) -> None:
        """Let others do at once what this server holds of a kind."""
        ...

    async def get(self, kind: str, due_id: str) -> Due | None:
        """Give one; None when it is not there."""
        ...

    async def all(self, kind: str) -> Sequence[Due]:
        """Give those of a kind, the oldest first."""
        ...

    async def settle(self, kind: str, *due_ids: str) -> None:
        """Forget those that are done; one that is not there is nothing to do."""
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


class Unfinished(Protocol):
    """The journal's calls that have no entry."""

    async def begun_without_entry(self, since: datetime, until: datetime) -> Sequence[tuple[CallId, datetime]]:
        """Give the calls that began in this time and are not in the timeline, and when; the oldest first.

        At most 1,000. Raises StoreUnavailableError.
        """
        ...


class Costs(Protocol):
    """What calls cost, in the timeline."""

    async def put(self, call_id: CallId, cost: Cost) -> bool:
        """Keep what a call costs; a tariff's word never replaces the provider's. Raises StoreUnavailableError.

        False when the call is not in the timeline yet, so that nothing was kept.
        """
        ...


class RecordSource(Protocol):
    """Where customers are looked up."""

    async def find(self, number: CallerNumber) -> Match:
        """Tell who a number belongs to. Raises StoreUnavailableError."""
        ...

    async def record(self, customer_id: CustomerId) -> CustomerRecord | None:
        """Give the customer's record; None when there is no such customer. Raises StoreUnavailableError."""
        ...

    async def identify(self, number: CallerNumber) -> tuple[Match, CustomerRecord | None]:
        """Tell who a number belongs to, with the first candidate's record, in one trip: a ringing phone waits for it.

        Raises StoreUnavailableError.
        """
        ...


ReadNumber = Callable[[str], CallerNumber]
"""Reads a number as the company dials it."""


class Lookups(Protocol):
    """The sources that flows may ask, by name."""

    async def ask(
        self, source: str, values: Mapping[str, str], gives: Sequence[tuple[str, ValueType]]
    ) -> Mapping[str, FactValue] | None:
        """Give the fields wanted, each of its type; None when there is no such thing. The caller sets the time limit.

        Raises LookupFailedError.
        """
        ...


class Pins(Protocol):
    """Customers' numbers and PINs."""

    async def verify(self, number: str, pin: str) -> CustomerRecord | None:
        """Give the record of the customer with this number and PIN; None for any other pair.

        Takes as long for a number that is not there. Raises StoreUnavailableError.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackPromise:
    """That somebody is to be called back. One call makes at most one promise for a queue."""

    call_id: CallId
    queue: QueueName
    number: str
    """E.164."""
    language: str
    customer_id: CustomerId | None
    at: datetime


class Promises(Protocol):
    """Callbacks owed."""

    async def keep(self, promise: CallbackPromise) -> None:
        """Write it down; once it returns, it is kept over a restart. Raises StoreUnavailableError."""
        ...


class Transcriber(Protocol):
    """Writes down what a recording says."""

    async def text_of(self, recording: str, language: str) -> str:
        """Give the text of a file below the recordings folder; '' for silence. Raises RingsideError."""
        ...


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


class Role(StrEnum):
    """What a user may do: an agent takes calls, a supervisor also sees everybody's, an admin also adds users."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody who may log in. `agent` is set for those who take calls."""

    login: str
    name: str
    role: Role
    password_hash: str
    agent: Agent | None = None
    sip_password: str | None = None
    """The secret of the agent's browser phone; None when the agent has a desk phone."""


class Users(Protocol):
    """Who may log in."""

    async def get(self, login: str) -> User | None:
        """Give the user of this login name; None when there is none. Raises StoreUnavailableError."""
        ...

    async def agents(self) -> Sequence[Agent]:
        """Give everybody who takes calls. Raises StoreUnavailableError."""
        ...


class Sessions(Protocol):
    """Who is logged in, kept over restarts; only a hash of the token is stored."""

    async def open(self, token_hash: str, login: str, until: datetime) -> None:
        """Keep a session. Raises StoreUnavailableError."""
        ...

    async def login_of(self, token_hash: str, now: datetime) -> str | None:
        """Give the login of a session that is still valid; None otherwise. Raises StoreUnavailableError."""
        ...

    async def close(self, token_hash: str) -> None:
        """Forget a session. Raises StoreUnavailableError."""
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


class Marks(Protocol):
    """Small facts that outlive a restart, by name."""

    async def get(self, name: str) -> str | None:
        """Give what was put last; None when nothing was. Raises StoreUnavailableError."""
        ...

    def put(self, name: str, value: str) -> None:
        """Keep it; never blocks and never raises."""
        ...


class AgentScreens(Protocol):
    """The agents' browsers. Never blocks and never raises; an agent without a browser sees the snapshot later."""

    def show(self, agent: AgentId, event: dict[str, object]) -> None:
        """Send one JSON event with a `type` to every browser of this agent, numbered in order."""
        ...


class PromptFiles(Protocol):
    """The rendered prompts."""

    def path(self, prompt: Prompt) -> str | None:
        """Return the file without extension as the carrier plays it; None when it is not rendered."""
        ...
