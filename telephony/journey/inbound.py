"""Serves a caller: start reading here. Walks the flow, and takes the caller to the people it names."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo

from telephony.calls.commands import HandOver, Prompt
from telephony.calls.events import CallOffered, LineLost, RingOutcome
from telephony.calls.model import AgentId, QueueName
from telephony.calls.numbers import CallerNumber
from telephony.ivr.engine import begin, step
from telephony.ivr.facts import CalendarState, CustomerFacts, Facts, QueueFacts
from telephony.ivr.flow import Flow
from telephony.ivr.position import (
    CallAgent,
    CallNumber,
    EnterLine,
    FlowEvent,
    LookUp,
    PersonLeft,
    Promise,
    QueueLeft,
    QueueOutcome,
    Step,
    Task,
    Verify,
)
from telephony.journey.errands import Errands
from telephony.journey.facts_noted import FactsNoted, FactsRead
from telephony.journey.live_call import CallerGoneError, LiveCall
from telephony.journey.lookup import Identified
from telephony.journey.onward import NOT_TAKEN, Manner, Onward
from telephony.journey.stand import Stand
from telephony.journey.waiting import Left, Turns, WaitingRoom
from telephony.ports import Clock
from telephony.routing.calendars import Calendars, Openness
from telephony.routing.queues import Queue

logger = logging.getLogger(__name__)

_LEFT = {
    Left.TALKED: QueueOutcome.ANSWERED,
    Left.TOO_LONG: QueueOutcome.TIMEOUT,
    Left.NOBODY_SERVES: QueueOutcome.NO_AGENTS,
    Left.FAILED: QueueOutcome.FAILED,
    Left.SENT: QueueOutcome.FAILED,  # nobody is sent nowhere; should it be so, the flow has a way for it
}

_OF_ONE = {Left.TALKED: RingOutcome.ANSWERED, Left.FAILED: RingOutcome.UNAVAILABLE}
"""What it means, to a flow that wanted one person, how a caller has left a line."""

LOOK_UP_AFTER_S = 0.005
"""Who is calling is looked up when the first words are on their way, where it does not matter to them who it is."""

_STATES = {openness: CalendarState(openness.value) for openness in Openness}


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberPlan:
    """Which flow serves which dialled number."""

    default: str
    flows: Mapping[str, str]

    def flow_for(self, offered: CallOffered) -> str:
        """Return the flow's name: the one the carrier names, else the number's, else the default."""
        return offered.flow or self.flows.get(offered.called, self.default)


@dataclass(slots=True)
class Inbound:
    """The way of one inbound call; one of these serves all calls. Implements `switchboard.CallWay`."""

    flows: Callable[[], Mapping[str, Flow]]
    """The flows in force now; a call keeps the one it began with."""
    plan: NumberPlan
    queues: Mapping[QueueName, Queue]
    calendars: Calendars
    waiting: WaitingRoom
    onward: Onward
    read_number: Callable[[str], CallerNumber]
    identify: Callable[[LiveCall, CallerNumber], None]
    clock: Clock
    errands: Errands
    queue_facts: Mapping[QueueName, QueueFacts] = field(default_factory=dict)
    """The lines at this moment; each is worked out when it is asked for."""
    zone: tzinfo = UTC
    """Of the company's clock on the wall."""
    know_caller_within_s: float = 0.3
    """How long the first step of a flow to which it matters who is calling waits for the look-up."""
    _reads: FactsRead = field(default_factory=FactsRead)
    _hours: Mapping[str, Openness] | None = None
    _calendar_states: Mapping[str, CalendarState] = field(default_factory=dict)
    """Of these hours, which are the same from minute to minute."""

    async def serve(self, call: LiveCall, offered: CallOffered) -> None:
        """Serve the caller until the flow ends. Raises CallerGoneError when the caller hangs up first."""
        call.number = self.read_number(offered.theirs)
        stand = _taken_along(call) or await self._begin(call, offered)
        if stand is not None:
            await self._walk(call, offered, stand)

    async def _begin(self, call: LiveCall, offered: CallOffered) -> Stand | None:
        """Begin the flow; None when there is no such flow."""
        call.sent = call.bound_for = None
        flow = self._flow(offered)
        if flow is None:
            self._look_up(call)
            await self._unknown_flow(call, offered)
            return None
        call.flow = f"{flow.name}@{flow.version}"
        reads = self._reads.of(flow)
        if reads.customer:
            await self._know_caller(call)
        else:
            asyncio.get_running_loop().call_later(LOOK_UP_AFTER_S, self._look_up, call)
        noted = FactsNoted(call=call, flow=flow, reads=reads)
        facts = self._facts(call, offered)
        taken = begin(flow, facts)
        noted.before(taken, facts)
        self._note(call, taken)
        return Stand(flow=flow, taken=taken, noted=noted)

    async def _walk(self, call: LiveCall, offered: CallOffered, stand: Stand) -> None:
        flow, noted, taken = stand.flow, stand.noted, stand.taken
        lost = False
        while not taken.ended:
            if not lost:  # what is done with nobody on the line is nowhere to go on
                call.stand = Stand(flow=flow, taken=taken, noted=noted)
            event = await self._do(call, taken)
            lost = isinstance(event, LineLost)
            noted.found(taken, event)
            facts = self._facts(call, offered)
            taken = step(flow, taken.position, event, facts)
            noted.before(taken, facts)
            self._note(call, taken, withheld=lost and call.may_go_on)
        if not lost:
            call.stand = None

    async def _do(self, call: LiveCall, taken: Step) -> object:
        """Do what the step asks and return what came of it."""
        try:
            if taken.batch is not None:
                return await call.perform(taken.batch)
            if taken.task is not None:
                return await self._do_task(call, taken.task, taken.position.turn)
            return await call.hear()
        except CallerGoneError:
            return LineLost(at=self.clock.now())

    async def _do_task(self, call: LiveCall, task: Task, turn: int) -> FlowEvent:
        match task:
            case LookUp():
                return await self.errands.look_up(task, turn)
            case Verify():
                return await self.errands.verify(call, task, turn)
            case Promise():
                return await self.errands.promise(call, task, turn)
            case EnterLine() | CallAgent() | CallNumber():
                return await self._take_to_people(call, task, Turns(task.language, turn))

    async def _take_to_people(
        self, call: LiveCall, task: EnterLine | CallAgent | CallNumber, turns: Turns
    ) -> QueueLeft | PersonLeft:
        """Take the caller where the flow says, and from there wherever people send them."""
        # Who waited when their line was lost has been greeted, and wants to hear that they wait on
        greeting = task.prompts if isinstance(task, EnterLine) and call.place is None else ()
        came: Left | RingOutcome = Left.SENT
        sent = self.onward.next_for(call)  # who comes from another carrier may be on their way, or have been sent
        if sent is None:
            came = await self._as_the_flow_says(call, task, turns, greeting)
            sent = self.onward.next_for(call)
        while sent is not None:
            left = await self.onward.go(call, sent, self._manner_of(task), turns)
            if left is not None:
                came = left if isinstance(task, EnterLine) else _OF_ONE.get(left, RingOutcome.NO_ANSWER)
            elif isinstance(task, EnterLine):
                call.note("", "move", "to_queue", task.queue, NOT_TAKEN)
                came = await self._as_the_flow_says(call, task, turns, ())
            else:
                came = RingOutcome.NO_ANSWER
            sent = self.onward.next_for(call)
        if isinstance(came, RingOutcome):
            return PersonLeft(turn=turns.last, outcome=came)
        return QueueLeft(turn=turns.last, outcome=_LEFT[came])

    async def _as_the_flow_says(
        self, call: LiveCall, task: EnterLine | CallAgent | CallNumber, turns: Turns, greeting: tuple[Prompt, ...]
    ) -> Left | RingOutcome:
        match task:
            case EnterLine():
                return await self.waiting.wait(call, self._queue(task), turns, greeting)
            case CallAgent():
                return await self._call_agents(call, task, turns)
            case CallNumber():
                return await self.waiting.ring_outside(call, task.number, _manner(task), turns)

    async def _call_agents(self, call: LiveCall, task: CallAgent, turns: Turns) -> RingOutcome:
        outcome = RingOutcome.UNAVAILABLE
        for agent in task.agents:
            outcome = await self.waiting.ring_one(call, AgentId(agent), _manner(task), turns)
            if outcome is RingOutcome.ANSWERED:
                break
        return outcome

    def _manner_of(self, task: EnterLine | CallAgent | CallNumber) -> Manner:
        if isinstance(task, EnterLine):
            return Manner(queue=self._queue(task), may_record=task.may_record)
        return Manner(queue=_manner(task), may_record=task.record)

    def _queue(self, task: EnterLine) -> Queue:
        known = self.queues.get(task.queue, Queue(name=task.queue))
        return replace(
            known,
            max_wait_s=min(known.max_wait_s, task.wait_s),
            music=task.music,
            record=task.may_record and (known.record or task.record),
        )

    def _flow(self, offered: CallOffered) -> Flow | None:
        return self.flows().get(self.plan.flow_for(offered))

    async def _unknown_flow(self, call: LiveCall, offered: CallOffered) -> None:
        """Hand the caller to the carrier's fallback: a person is better than an error."""
        wanted = self.plan.flow_for(offered)
        logger.error(
            "unknown flow: name one of the flows in [ivr.numbers], or publish this one",
            extra={"action": "unknown_flow", "call_id": call.id, "flow": wanted[:64], "known": sorted(self.flows())},
        )
        call.note("", "fault", "unknown_flow", wanted[:64])
        await call.perform(Turns("en").batch(HandOver()))

    def _look_up(self, call: LiveCall) -> None:
        if call.identified is None and call.number is not None:
            self.identify(call, call.number)

    async def _know_caller(self, call: LiveCall) -> None:
        self._look_up(call)
        if call.identified is not None and not call.identified.done():
            await asyncio.wait((call.identified,), timeout=self.know_caller_within_s)

    def _facts(self, call: LiveCall, offered: CallOffered) -> Facts:
        now = self.clock.now()
        return Facts(
            call_id=call.id,
            caller=(call.number.e164 if call.number else None) or "",
            called=offered.ours,
            customer=_customer_facts(call),
            now=now.astimezone(self.zone),
            calendars=self._states(now),
            queues=self.queue_facts,
        )

    def _states(self, now: datetime) -> Mapping[str, CalendarState]:
        hours = self.calendars.now(now)
        if hours is not self._hours:
            self._hours = hours
            self._calendar_states = {name: _STATES[openness] for name, openness in hours.items()}
        return self._calendar_states

    @staticmethod
    def _note(call: LiveCall, taken: Step, *, withheld: bool = False) -> None:
        for noted in taken.journal:
            call.note(noted.node, noted.kind, noted.event.value, noted.value, noted.label, withheld=withheld)


def _taken_along(call: LiveCall) -> Stand | None:
    """Return where a caller goes on who has come from another carrier; None for one who begins."""
    stand, call.stand = call.stand, None
    if not call.moved or stand is None or stand.is_last:
        return None
    call.place = call.joined_at if isinstance(stand.taken.task, EnterLine) else None
    call.note("", "line", "moved", call.carrier)
    return stand


def _manner(task: CallAgent | CallNumber) -> Queue:
    return Queue(name=QueueName("direct"), ring_limit_s=task.ring_s, record=task.record)


def _customer_facts(call: LiveCall) -> CustomerFacts | None:
    """Return what flows may know; nothing when several customers share the number, for any of them may be calling."""
    if call.identified is None or not call.identified.done():
        return None
    identified: Identified = call.identified.result()
    record = identified.record
    if record is None or len(identified.match.candidates) != 1:
        return None
    customer = record.customer
    return CustomerFacts(
        name=customer.name,
        language=customer.language,
        personal_agent=customer.personal_agent,
        facts=customer.facts,
    )
