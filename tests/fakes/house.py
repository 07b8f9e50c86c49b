"""A whole house of journeys on fakes of the ports: a line the test plays by hand, screens that remember, a clock."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial

from telephony.calls.commands import Ask, Batch, Command, HandOver, HangUp, Hold, Record, Ring, Say
from telephony.calls.events import (
    AgentChosen,
    CallFinished,
    CallOffered,
    HoldEnd,
    HoldEnded,
    Keys,
    LegAnswered,
    LegDialed,
    LegEnded,
    LegRinging,
    LineEvent,
    LineLost,
    NoInput,
    Recorded,
    RingEnded,
    RingOutcome,
    Said,
)
from telephony.calls.ledger import Ledger
from telephony.calls.model import AgentId, CallId, CustomerId, LegId, QueueName
from telephony.calls.numbers import CallerNumber, read_caller
from telephony.customers.match import Candidate, Match, MatchOutcome
from telephony.customers.record import Customer, CustomerRecord
from telephony.errors import CarrierError, CarrierUnavailableError, StoreUnavailableError
from telephony.ivr.flow import Flow
from telephony.journey.books import Books
from telephony.journey.desk import Desk
from telephony.journey.errands import Errands
from telephony.journey.floor import Floor
from telephony.journey.inbound import Inbound, NumberPlan
from telephony.journey.live_call import LiveCall
from telephony.journey.lookup import identify
from telephony.journey.moves import Moves
from telephony.journey.onward import Onward
from telephony.journey.phones import Phones
from telephony.journey.screen_pop import ScreenPops
from telephony.journey.switchboard import Switchboard
from telephony.journey.tasks import Tasks
from telephony.journey.waiting import WaitingRoom
from telephony.ports import CarrierHealth, Dial, DialOutcome
from telephony.routing.agents import Agent, AgentState
from telephony.routing.calendars import Calendars
from telephony.routing.queues import Queue
from telephony.timeline.entry import CallEntry, PathStep
from tests.fakes.sources import FakeSources

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MARIA, IVAN, ANNA = AgentId("maria"), AgentId("ivan"), AgentId("anna")
SALES, SUPPORT = QueueName("sales"), QueueName("support")


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


class FakeCarrier:
    """Remembers what it was asked; waking a held line answers it."""

    name = "fake"

    def __init__(self) -> None:
        self.woken: list[LegId] = []
        self.hung_up: list[LegId] = []
        self.lines: dict[LegId, HandLine] = {}
        self.down = False
        self.refuses: CarrierError | None = None
        """What it says to every hang-up."""

    @property
    def health(self) -> CarrierHealth:
        return CarrierHealth(connected=not self.down, told=not self.down)

    def has(self, leg_id: LegId) -> bool:
        return leg_id in self.lines

    async def wake(self, leg_id: LegId) -> None:
        if self.down:
            raise CarrierUnavailableError("no link")
        self.woken.append(leg_id)
        line = self.lines.get(leg_id)
        if line is not None and line.held:
            line.answers(HoldEnded(turn=line.turn, reason=HoldEnd.WOKEN))

    async def hang_up(self, leg_id: LegId) -> None:
        if self.refuses is not None:
            raise self.refuses
        self.hung_up.append(leg_id)

    async def dial(self, dial: Dial) -> DialOutcome:
        raise CarrierUnavailableError(dial.leg_id)

    async def was_placed(self, leg_id: LegId) -> bool:
        return leg_id in self.lines


class HandLine:
    """A caller's line that the test plays: looks at the last batch and answers it."""

    def __init__(self, house: "House", call_id: CallId) -> None:
        self.house = house
        self.call_id = call_id
        self.batches: list[Batch] = []
        self.answered_turn = -1

    def perform(self, batch: Batch) -> None:
        self.batches.append(batch)

    @property
    def turn(self) -> int:
        return self.batches[-1].turn

    @property
    def open(self) -> Batch | None:
        """Return the batch that still waits for its answer."""
        return self.batches[-1] if self.batches and self.turn != self.answered_turn else None

    @property
    def last(self) -> Command | None:
        return self.open.commands[-1] if self.open else None

    @property
    def held(self) -> bool:
        return isinstance(self.last, Hold)

    def texts(self) -> list[str]:
        """Return every text id said so far."""
        said: list[str] = []
        for batch in self.batches:
            for command in batch.commands:
                if isinstance(command, Say | Ask | Hold):
                    said += [prompt.text_id for prompt in command.prompts]
        return said

    def answers(self, event: LineEvent) -> None:
        if not isinstance(event, LineLost):
            self.answered_turn = event.turn
        self.house.switchboard.answer(self.call_id, event)


class Caller:
    """A person on a hand-played line."""

    def __init__(self, house: "House", call_id: CallId) -> None:
        self.house = house
        self.id = call_id
        self.line = HandLine(house, call_id)
        self.legs = 0

    async def presses(self, digits: str) -> None:
        await self.hears()
        assert isinstance(self.line.last, Ask), self.line.last
        await self._answer(Keys(turn=self.line.turn, digits=digits))

    async def says_nothing(self) -> None:
        await self.hears()
        await self._answer(NoInput(turn=self.line.turn))

    async def hears(self) -> None:
        """Listen to everything that is only said."""
        await self.house.settles()
        while isinstance(self.line.last, Say):
            await self._answer(Said(turn=self.line.turn))

    async def leaves_message(self, seconds: float = 7.0) -> None:
        await self.hears()
        assert isinstance(self.line.last, Record), self.line.last
        await self._answer(Recorded(turn=self.line.turn, name=self.line.last.name, seconds=seconds))

    async def holds_to_the_end(self) -> None:
        assert isinstance(self.line.last, Hold), self.line.last
        self.house.clock.passes(self.line.last.for_s)
        await self._answer(HoldEnded(turn=self.line.turn, reason=HoldEnd.ELAPSED))

    async def hangs_up(self) -> None:
        self.line.answers(LineLost(at=self.house.clock.now()))
        await self.house.settles()
        await self.finishes()

    async def finishes(self) -> None:
        self.house.switchboard.tell(CallFinished(call_id=self.id, at=self.house.clock.now()))
        await self.house.settles()

    @property
    def ring(self) -> Ring:
        assert isinstance(self.line.last, Ring), self.line.last
        return self.line.last

    @property
    def is_rung_through(self) -> AgentId | None:
        return self.line.last.agent if isinstance(self.line.last, Ring) else None

    async def phone_rings(self) -> LegId:
        """Let the phone that is rung report it, as a network does."""
        self.legs += 1
        leg_id = LegId(f"{self.id}-leg{self.legs}")
        await self.house.rings(self.id, leg_id, self.ring.endpoint, caller=self.house.offers[self.id].caller)
        return leg_id

    async def agent_answers(self, leg_id: LegId) -> None:
        await self.house.answered(self.id, leg_id, self.ring.endpoint)

    async def agent_hangs_up(self, leg_id: LegId) -> None:
        endpoint = self.ring.endpoint
        await self.house.ended(self.id, leg_id, endpoint)
        await self._answer(RingEnded(turn=self.line.turn, outcome=RingOutcome.ANSWERED))

    async def is_not_answered(self, leg_id: LegId, outcome: RingOutcome = RingOutcome.NO_ANSWER) -> None:
        endpoint = self.ring.endpoint
        await self.house.ended(self.id, leg_id, endpoint, cause=19)
        await self._answer(RingEnded(turn=self.line.turn, outcome=outcome))

    async def talk_ends(self, outcome: RingOutcome) -> None:
        """Let the line tell how ringing ended; nothing is heard of the phone."""
        await self._answer(RingEnded(turn=self.line.turn, outcome=outcome))

    @property
    def ended_by_us(self) -> bool:
        return isinstance(self.line.last, HangUp)

    @property
    def handed_over(self) -> bool:
        return isinstance(self.line.last, HandOver)

    async def _answer(self, event: LineEvent) -> None:
        self.line.answers(event)
        await self.house.settles()


class House:
    """Three agents, the queue `sales`, and every journey of the product on fakes."""

    def __init__(self, flows: dict[str, Flow], *, queue: Queue | None = None, clock: FakeClock | None = None) -> None:
        self.clock = clock or FakeClock()
        self.timeline = FakeTimeline()
        self.customers = FakeCustomers(self.clock)
        self.screens = FakeScreens()
        self.carrier = FakeCarrier()
        self.tasks = Tasks()
        self.sources = FakeSources()
        self.flows = flows
        self.offers: dict[CallId, CallOffered] = {}
        self.queues = queues = {SALES: queue or Queue(name=SALES, ring_limit_s=20, wrap_up_s=30)}
        read_number = partial(read_caller, region="BG")
        self.floor = Floor(queues=queues, clock=self.clock, chosen=self._to_call)
        self.pops = ScreenPops(screens=self.screens, spawn=self.tasks.spawn, deadline_s=0.01)

        def look_up(call: LiveCall, number: CallerNumber) -> None:
            call.identified = self.tasks.spawn(identify(self.customers, number, 1.0), name=f"look up {call.id}")

        phones = Phones(floor=self.floor, pops=self.pops, read_number=read_number, identify=look_up)
        self.books = Books(
            ledger=Ledger(),
            timeline=self.timeline,
            customers=self.customers,
            read_number=read_number,
            agent_at=self.agent_at,
            name_of=self.floor.name_of,
            marks=self.timeline,
            clock=self.clock,
            retry_s=0.01,
        )
        self.switchboard = Switchboard(
            phones=phones,
            floor=self.floor,
            books=self.books,
            journal=self.timeline,
            clock=self.clock,
            tasks=self.tasks,
        )
        self.waiting = waiting = WaitingRoom(
            floor=self.floor,
            pops=self.pops,
            carrier=self.carrier,
            clock=self.clock,
            spawn=self.tasks.spawn,
            recording_name=lambda call: f"{call.id}-talk",
            heard=lambda _carrier: self.carrier.health.told,
        )
        self.switchboard.way = Inbound(
            flows=lambda: self.flows,
            plan=NumberPlan(default="main", flows={}),
            queues=queues,
            calendars=Calendars({}),
            waiting=waiting,
            onward=Onward(waiting=waiting, floor=self.floor, queues=queues, clock=self.clock),
            read_number=read_number,
            identify=look_up,
            clock=self.clock,
            errands=Errands(
                lookups=self.sources,
                pins=self.sources,
                promises=self.sources,
                clock=self.clock,
                read_number=read_number,
            ),
        )
        self.desk = Desk(
            floor=self.floor,
            pops=self.pops,
            screens=self.screens,
            carrier=self.carrier,
            timeline=self.timeline,
            marks=self.timeline,
            clock=self.clock,
            calls=self.switchboard.calls,
        )
        self.moves = Moves(
            floor=self.floor,
            calls=self.switchboard.calls,
            carrier=self.carrier,
            clock=self.clock,
            fetch=waiting.fetch,
            may_call=waiting.may_call,
        )
        names = {MARIA: "101", IVAN: "102", ANNA: "103"}
        self.floor.staff(
            Agent(id=each, name=each.title(), extension=ext, endpoint=f"PJSIP/{ext}", queues=frozenset({SALES}))
            for each, ext in names.items()
        )

    def _to_call(self, call_id: CallId, event: AgentChosen) -> None:
        self.switchboard.chosen(call_id, event)

    def agent_at(self, endpoint: str) -> AgentId | None:
        status = self.floor.at_phone(endpoint)
        return status.agent.id if status else None

    def ready(self, *agents: AgentId) -> None:
        for agent in agents:
            self.floor.wish(agent, AgentState.READY)
            self.clock.passes(1)

    async def settles(self) -> None:
        """Let every task run until nothing more happens without the outside world."""
        for _ in range(30):
            await asyncio.sleep(0)

    async def calls(
        self,
        call_id: str = "c1",
        caller: str = "+359888123456",
        flow: str = "",
        called: str = "1000",
        carrier: str = "asterisk",
        *,
        again: bool = False,
    ) -> Caller:
        person = Caller(self, CallId(call_id))
        leg_id = LegId(f"{call_id}-leg0")
        self.carrier.lines[leg_id] = person.line
        offered = CallOffered(
            call_id=person.id,
            leg_id=leg_id,
            caller=caller,
            caller_name="",
            called=called,
            flow=flow,
            at=self.clock.now(),
            carrier=carrier,
            again=again,
        )
        self.offers[person.id] = offered
        self.switchboard.offer(offered, person.line)
        await self.settles()
        return person

    async def dials(
        self, call_id: str, leg_id: str, endpoint: str, *, caller: str = "", called: str = "", origin: str = ""
    ) -> None:
        self.switchboard.tell(
            LegDialed(
                call_id=CallId(call_id),
                leg_id=LegId(leg_id),
                endpoint=endpoint,
                caller=caller,
                caller_name="",
                called=called or endpoint.rpartition("/")[2],
                from_endpoint=origin or "PJSIP/trunk",
                at=self.clock.now(),
            )
        )
        await self.settles()

    async def rings(self, call_id: str, leg_id: str, endpoint: str, *, caller: str = "", origin: str = "") -> None:
        await self.dials(call_id, leg_id, endpoint, caller=caller, origin=origin)
        ringing = LegRinging(call_id=CallId(call_id), leg_id=LegId(leg_id), endpoint=endpoint, at=self.clock.now())
        self.switchboard.tell(ringing)
        await self.settles()

    async def answered(self, call_id: str, leg_id: str, endpoint: str) -> None:
        self.switchboard.tell(
            LegAnswered(call_id=CallId(call_id), leg_id=LegId(leg_id), endpoint=endpoint, at=self.clock.now())
        )
        await self.settles()

    async def ended(self, call_id: str, leg_id: str, endpoint: str, cause: int = 16) -> None:
        self.switchboard.tell(
            LegEnded(call_id=CallId(call_id), leg_id=LegId(leg_id), endpoint=endpoint, cause=cause, at=self.clock.now())
        )
        await self.settles()

    def state(self, agent: AgentId) -> AgentState:
        return self.floor.agents[agent].state


@asynccontextmanager
async def open_house(
    flows: dict[str, Flow], *, queue: Queue | None = None, clock: FakeClock | None = None
) -> AsyncIterator[House]:
    house = House(flows, queue=queue, clock=clock)
    house.tasks.spawn(house.books.keep(), name="books")
    try:
        yield house
    finally:
        await house.tasks.close(1.0)
