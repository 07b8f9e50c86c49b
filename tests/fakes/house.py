"""A whole house of journeys on fakes of the ports: a line the test plays by hand, screens that remember, a clock."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial

from telephony.calls.events import (
    AgentChosen,
    CallOffered,
    LegAnswered,
    LegDialed,
    LegEnded,
    LegRinging,
)
from telephony.calls.ledger import Ledger
from telephony.calls.model import AgentId, CallId, LegId, QueueName
from telephony.calls.numbers import read_caller
from telephony.ivr.flow import Flow
from telephony.journey.books import Books
from telephony.journey.desk import Desk
from telephony.journey.errands import Errands
from telephony.journey.floor import Floor
from telephony.journey.inbound import Inbound, NumberPlan
from telephony.journey.lookup import LookUps
from telephony.journey.moves import Moves
from telephony.journey.onward import Onward
from telephony.journey.phones import Phones
from telephony.journey.screen_pop import ScreenPops
from telephony.journey.switchboard import Switchboard
from telephony.journey.tasks import Tasks
from telephony.journey.waiting import WaitingRoom
from telephony.routing.agents import Agent, AgentState
from telephony.routing.calendars import Calendars
from telephony.routing.queues import Queue
from tests.fakes.hand_line import Caller, FakeCarrier, HandLine
from tests.fakes.sources import FakeSources
from tests.fakes.surroundings import NOON, FakeClock, FakeCustomers, FakeScreens, FakeTimeline

__all__ = [
    "ANNA",
    "EXTENSIONS",
    "IVAN",
    "MARIA",
    "NOON",
    "SALES",
    "SUPPORT",
    "Caller",
    "FakeCarrier",
    "FakeClock",
    "HandLine",
    "House",
    "open_house",
]

MARIA, IVAN, ANNA = AgentId("maria"), AgentId("ivan"), AgentId("anna")
SALES, SUPPORT = QueueName("sales"), QueueName("support")
EXTENSIONS = {MARIA: "101", IVAN: "102", ANNA: "103"}


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

        look_up = LookUps(source=self.customers, tasks=self.tasks).begin
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
        self.staff({each: f"PJSIP/{extension}" for each, extension in EXTENSIONS.items()})

    def _to_call(self, call_id: CallId, event: AgentChosen) -> None:
        self.switchboard.chosen(call_id, event)

    def agent_at(self, endpoint: str) -> AgentId | None:
        status = self.floor.at_phone(endpoint)
        return status.agent.id if status else None

    def staff(self, phones: Mapping[AgentId, str], *, support: AgentId | None = None) -> None:
        """Have these agents at these addresses; one may serve `support`, and everybody else serves `sales`."""
        self.floor.staff(
            Agent(
                id=each,
                name=each.title(),
                extension=EXTENSIONS[each],
                endpoint=endpoint,
                queues=frozenset({SUPPORT if each == support else SALES}),
            )
            for each, endpoint in phones.items()
        )

    def has_two_lines(self, **elsewhere: str) -> None:
        """Have Maria and Ivan serve sales, and Anna support; all pause, and some have another phone than the desk's."""
        self.queues[SUPPORT] = Queue(name=SUPPORT)
        phones = {each: elsewhere.get(each, f"PJSIP/{extension}") for each, extension in EXTENSIONS.items()}
        self.staff(phones, support=ANNA)
        for each in phones:
            self.floor.wish(each, AgentState.AWAY)

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

    async def in_line(self, call_id: str = "c1", *, carrier: str = "asterisk") -> Caller:
        """Let somebody call who chooses to talk to a person."""
        person = await self.calls(call_id, carrier=carrier)
        await person.presses("1")
        await person.hears()
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
