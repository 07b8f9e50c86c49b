"""Runs one script on one carrier through the product's own journeys, and tells what happened."""

import asyncio
import contextlib
from collections.abc import Coroutine, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Protocol

from telephony.calls.commands import Ask, Batch, Prompt, Record
from telephony.calls.events import (
    CallFinished,
    CallOffered,
    CarrierEvent,
    CarrierUp,
    LegEvent,
    LineEvent,
    PhoneChanged,
    PhoneState,
    RingOutcome,
)
from telephony.calls.model import AgentId, CallId, CustomerId, LegId, QueueName
from telephony.customers.record import Customer, CustomerRecord
from telephony.errors import CarrierError, LookupFailedError, StoreUnavailableError
from telephony.ivr.facts import Facts, FactValue
from telephony.ivr.flow import Flow
from telephony.ivr.position import Answered, CallAgent, CallNumber, EnterLine, FlowEvent, Task
from telephony.journey.inbound import Inbound, NumberPlan
from telephony.journey.live_call import LiveCall
from telephony.journey.waiting import Left, Turns, WaitingRoom
from telephony.ports import CallbackPromise, Carrier, Line
from telephony.routing.agents import Agent, AgentState
from telephony.routing.queues import Queue
from tests.contract.script import SILENCE, Script
from tests.contract.trace import Trace, TracedLine
from tests.fakes.house import House
from tests.waiting import PATIENCE_S

LIMIT_S = 120.0
MESSAGE = "#"
"""Ends a message, once something was said."""
SILENCE_S = 1.0
"""How long silence is waited for: the story is the same as after many seconds, and told sooner."""
OUTSIDE_NUMBER = "+35929990000"
"""Of a telephone outside, where somebody answers and soon hangs up, as do the agents."""

PHONES = {"maria": "PJSIP/111", "ivan": "PJSIP/112", "anna": "PJSIP/113"}
QUEUES = frozenset(map(QueueName, ("sales", "service", "operator")))


class Stage(Protocol):
    """A carrier as the suite needs it: all that another one has to bring."""

    @property
    def name(self) -> str:
        """Return the carrier's name."""
        ...

    @property
    def carrier(self) -> Carrier:
        """Return the carrier, which is open and tells the exchange what happens."""
        ...

    @property
    def outside(self) -> str:
        """Return the carrier's address of the telephone at `OUTSIDE_NUMBER`."""
        ...

    async def calls(self, script: Script, called: str) -> None:
        """Let somebody call this number, from the script's number."""
        ...

    async def presses(self, leg_id: LegId, keys: str) -> None:
        """Let the caller press keys at the question that has just begun."""
        ...


@dataclass(slots=True)
class World:
    """What a script's world answers. Implements Lookups, Pins and Promises."""

    script: Script
    _lookups: Iterator[tuple[Answered, tuple[tuple[str, FactValue], ...]]] = field(init=False)
    _pins: Iterator[Answered] = field(init=False)
    _promises: Iterator[bool] = field(init=False)
    talks: Iterator[bool] = field(init=False)

    def __post_init__(self) -> None:
        self._lookups = iter(self.script.lookups)
        self._pins = iter(self.script.pins)
        self._promises = iter(self.script.promises)
        self.talks = iter(self.script.talks)

    async def ask(self, source: str, values: Mapping[str, str], gives: object) -> Mapping[str, FactValue] | None:
        outcome, found = next(self._lookups, (Answered.FAILED, ()))
        if outcome is Answered.FAILED:
            raise LookupFailedError("late")
        return dict(found) if outcome is Answered.FOUND else None

    async def verify(self, number: str, pin: str) -> CustomerRecord | None:
        outcome = next(self._pins, Answered.FAILED)
        if outcome is Answered.FAILED:
            raise StoreUnavailableError("locked")
        who = Customer(id=CustomerId("c-1"), name="Ann")
        return CustomerRecord(customer=who, as_of=self.script.facts.now) if outcome is Answered.FOUND else None

    async def keep(self, promise: CallbackPromise) -> None:
        if not next(self._promises, False):
            raise StoreUnavailableError("locked")


class Room(WaitingRoom):
    """Where somebody takes the caller, or nobody does, as the script says."""

    somebody: bool = False

    async def wait(self, call: LiveCall, queue: Queue, turns: Turns, greeting: tuple[Prompt, ...]) -> Left:
        if not self.somebody:
            return Left.NOBODY_SERVES
        self.floor.wish(AgentId("maria"), AgentState.READY)
        return await WaitingRoom.wait(self, call, queue, turns, greeting)

    async def ring_outside(self, call: LiveCall, number: str, manner: Queue, turns: Turns) -> RingOutcome:
        if not self.somebody:
            return RingOutcome.UNAVAILABLE
        return await WaitingRoom.ring_outside(self, call, number, manner, turns)

    async def ring_one(self, call: LiveCall, agent: AgentId, queue: Queue, turns: Turns) -> RingOutcome:
        if not self.somebody:
            return RingOutcome.UNAVAILABLE
        self.floor.wish(agent, AgentState.READY)
        return await WaitingRoom.ring_one(self, call, agent, queue, turns)


class Way(Inbound):
    """The product's own way of a call, in the script's world."""

    script: Script
    world: World

    async def _do_task(self, call: LiveCall, task: Task, turn: int) -> FlowEvent:
        if isinstance(task, EnterLine | CallAgent | CallNumber) and isinstance(self.waiting, Room):
            self.waiting.somebody = next(self.world.talks, False)
        return await Inbound._do_task(self, call, task, turn)

    def _facts(self, call: LiveCall, offered: CallOffered) -> Facts:
        seen = Inbound._facts(self, call, offered)
        verified = self.script.identified if seen.customer else self.script.facts.customer
        return replace(self.script.facts, call_id=call.id, customer=verified)


@dataclass(slots=True)
class Run:
    """One script while it is played."""

    script: Script
    stage: Stage
    flows: Mapping[str, Flow]
    trace: Trace = field(default_factory=Trace)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    house: House = field(init=False)
    leg_id: LegId | None = None
    _keys: Iterator[str] = field(init=False)

    def __post_init__(self) -> None:
        self._keys = iter(self.script.keys)
        self.house = House(dict(self.flows))
        world, house = World(self.script), self.house
        house.floor.staff(
            Agent(id=AgentId(name), name=name.title(), extension=endpoint[-3:], endpoint=endpoint, queues=QUEUES)
            for name, endpoint in PHONES.items()
        )
        usual = house.switchboard.way
        assert isinstance(usual, Inbound)
        room = Room(
            floor=house.floor,
            pops=house.pops,
            carrier=self.stage.carrier,
            clock=house.clock,
            spawn=house.tasks.spawn,
            recording_name=lambda call: f"{call.id}-talk",
            outside=lambda _number: self.stage.outside,
        )
        errands = replace(usual.errands, lookups=world, pins=world, promises=world)
        changes = {"waiting": room, "errands": errands, "plan": NumberPlan(default=self.script.flow, flows={})}
        way = Way(**{each.name: getattr(usual, each.name) for each in fields(usual)} | changes)
        way.script, way.world = self.script, world
        house.switchboard.way = way

    def begins(self, phones: Mapping[str, PhoneState]) -> None:
        """Tell the house what the network looks like."""
        now = self.house.clock.now()
        self.house.switchboard.tell(
            CarrierUp(live_calls=frozenset(), down_since=None, at=now, carrier=self.stage.carrier.name)
        )
        for endpoint, state in phones.items():
            self.house.switchboard.tell(PhoneChanged(endpoint=endpoint, state=state, at=now))

    def offer(self, offered: CallOffered, line: Line) -> None:
        """Take the caller."""
        self.leg_id = offered.leg_id
        self.house.switchboard.offer(offered, TracedLine(line, self.trace, self._perform))

    def answer(self, call_id: CallId, event: LineEvent) -> None:
        """Take what the line answers."""
        self.trace.answers(event)
        self.house.switchboard.answer(call_id, event)
        if self.trace.lost:
            self.over.set()

    def _perform(self, line: Line, batch: Batch) -> None:
        *before, last = batch.commands
        match last:
            case Ask():
                keys = self._keys_at(last)
                line.perform(replace(batch, commands=(*before, awaiting(last, keys))))
                if keys is None:
                    self._do(self._hangs_up())
                elif keys:
                    self._do(self.stage.presses(self.leg_id or LegId(""), keys))
            case Record():
                line.perform(batch)
                self._do(self.stage.presses(self.leg_id or LegId(""), MESSAGE))
            case _:
                line.perform(batch)

    def _keys_at(self, ask: Ask) -> str | None:
        """Return what is pressed at this question, '' for silence; None for who hangs up."""
        keys = next(self._keys, None)
        if keys is None:
            return None
        if keys == SILENCE:
            return ""
        ends = ask.terminator if len(keys) < ask.max_digits and ask.terminator not in keys else ""
        return keys + ends

    def _do(self, act: Coroutine[object, object, None]) -> None:
        self.house.tasks.spawn(act, name=f"caller of {self.script.name}")

    async def _hangs_up(self) -> None:
        with contextlib.suppress(CarrierError):
            await self.stage.carrier.hang_up(self.leg_id or LegId(""))


def awaiting(ask: Ask, keys: str | None) -> Ask:
    """Return the question that waits for these keys however late they come, and for silence alone only a short time.

    A pause that ends a number is silence too. None is a caller who hangs up.
    """
    ended = keys is None or len(keys) >= ask.max_digits or (ask.terminator != "" and ask.terminator in keys)
    return replace(
        ask,
        first_digit_s=SILENCE_S if keys == "" else PATIENCE_S,
        next_digit_s=PATIENCE_S if ended else SILENCE_S,
    )


@dataclass(slots=True)
class Exchange:
    """Gives what a carrier tells to the run it belongs to: each has its own number. Implements `ports.CallTaker`."""

    runs: dict[str, Run] = field(default_factory=dict)
    phones: dict[str, PhoneState] = field(default_factory=dict)
    _by_call: dict[CallId, Run] = field(default_factory=dict)

    def offer(self, offered: CallOffered, line: Line) -> None:
        """Take a call for the run whose number was called."""
        run = self._by_call[offered.call_id] = self.runs[offered.called]
        run.offer(offered, line)

    def answer(self, call_id: CallId, event: LineEvent) -> None:
        """Take a line's answer."""
        self._by_call[call_id].answer(call_id, event)

    def tell(self, event: CarrierEvent) -> None:
        """Take what the network tells."""
        if isinstance(event, PhoneChanged):
            self.phones[event.endpoint] = event.state
            for run in self.runs.values():
                run.house.switchboard.tell(event)
        elif isinstance(event, CallFinished | LegEvent):
            run_or_none = self._by_call.get(event.call_id)
            if run_or_none is not None:
                run_or_none.house.switchboard.tell(event)


async def play(script: Script, called: str, stage: Stage, exchange: Exchange, flows: Mapping[str, Flow]) -> list[str]:
    """Return what happened, line by line."""
    run = exchange.runs[called] = Run(script, stage, flows)
    run.begins(exchange.phones)
    try:
        async with asyncio.timeout(LIMIT_S):
            await stage.calls(script, called)
            await run.over.wait()
            while run.house.switchboard.calls:
                await asyncio.sleep(0.05)
    except TimeoutError:
        run.trace.lines.append(f"did not end within {LIMIT_S:g} s")
    finally:
        del exchange.runs[called]
        await run.house.tasks.close(1.0)
    run.trace.steps(run.house.timeline.steps)
    return run.trace.lines
