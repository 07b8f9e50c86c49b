"""What surrounds the journeys in tests: a clock, a timeline, customers and screens that remember."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from telephony.calls.model import AgentId, CallId, CustomerId
from telephony.calls.numbers import CallerNumber
from telephony.customers.match import Candidate, Match, MatchOutcome
from telephony.customers.record import Customer, CustomerRecord
from telephony.errors import StoreUnavailableError
from telephony.timeline.entry import CallEntry, PathStep

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class FakeClock:
    def __init__(self) -> None:
        self.time = NOON

    def now(self) -> datetime:
        return self.time

    def passes(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


class FakeTimeline:
    """Remembers steps, entries and notes; plays Timeline, Journal and Marks."""

    def __init__(self) -> None:
        self.steps: list[PathStep] = []
        self.entries: dict[CallId, CallEntry] = {}
        self.notes: list[tuple[CallId, AgentId, str]] = []
        self.marks: dict[str, str] = {}
        self.away = False

    def add(self, step: PathStep) -> None:
        self.steps.append(step)

    def put(self, entry: CallEntry | str, value: str = "") -> None:
        if isinstance(entry, str):
            self.marks[entry] = value
        else:
            self.entries[entry.record.linkedid] = entry

    def note(self, call_id: CallId, agent: AgentId, text: str) -> None:
        self.notes.append((call_id, agent, text))

    async def path(self, call_id: CallId) -> Sequence[PathStep]:
        return [step for step in self.steps if step.call_id == call_id]

    async def has(self, call_id: CallId) -> bool:
        if self.away:
            raise StoreUnavailableError("the database is locked")
        return call_id in self.entries

    async def call(self, call_id: CallId) -> CallEntry | None:
        if self.away:
            raise StoreUnavailableError("the database is locked")
        return self.entries.get(call_id)

    async def get(self, name: str) -> str | None:
        return self.marks.get(name)


class FakeCustomers:
    """Knows some numbers; can be slow (until `go_on`) or broken."""

    def __init__(self, clock: FakeClock) -> None:
        self.known: dict[str, list[Customer]] = {}
        self.broken = False
        self.fault: Exception | None = None
        self.slow: asyncio.Event | None = None
        self.asked = 0
        self._clock = clock

    def knows(self, number: str, *customers: Customer) -> None:
        self.known[number] = list(customers)

    async def find(self, number: CallerNumber) -> Match:
        self.asked += 1
        if self.slow is not None:
            await self.slow.wait()
        if self.fault is not None:
            raise self.fault
        if self.broken:
            raise StoreUnavailableError("the database is locked")
        found = self.known.get(number.e164 or "", [])
        outcome = (MatchOutcome.NONE, MatchOutcome.ONE, MatchOutcome.SEVERAL)[min(len(found), 2)]
        candidates = tuple(Candidate(customer_id=each.id, name=each.name, reason="by number") for each in found)
        return Match(number=number.e164, outcome=outcome, candidates=candidates)

    async def record(self, customer_id: CustomerId) -> CustomerRecord | None:
        everybody = [each for group in self.known.values() for each in group]
        found = next((each for each in everybody if each.id == customer_id), None)
        return CustomerRecord(customer=found, as_of=self._clock.now()) if found else None

    async def identify(self, number: CallerNumber) -> tuple[Match, CustomerRecord | None]:
        match = await self.find(number)
        return match, await self.record(match.candidates[0].customer_id) if match.candidates else None


class FakeScreens:
    def __init__(self) -> None:
        self.events: list[tuple[AgentId, dict[str, object]]] = []

    def show(self, agent: AgentId, event: dict[str, object]) -> None:
        self.events.append((agent, event))

    def calls(self, agent: AgentId) -> list[dict[str, object]]:
        """Return the call cards this agent was shown, in order."""
        return [e["call"] for a, e in self.events if a == agent and e["type"] == "call"]  # type: ignore[misc]

    def gone(self, agent: AgentId) -> list[dict[str, object]]:
        return [event for a, event in self.events if a == agent and event["type"] == "call_gone"]
