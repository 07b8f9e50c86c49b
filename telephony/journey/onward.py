"""Takes a caller where people send them, and back when nobody takes them there: no dead end, and no loop."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import assert_never

from telephony.calls.events import RingOutcome
from telephony.calls.model import AgentId, QueueName
from telephony.journey.floor import Floor
from telephony.journey.live_call import LiveCall
from telephony.journey.sent import Sent, ToAgent, ToNumber, ToQueue
from telephony.journey.waiting import Left, Turns, WaitingRoom
from telephony.ports import Clock
from telephony.routing.queues import Queue

WAITS_FOR_ONE_S = 120
"""How long a caller who was moved waits for one agent, before they wait for all others again."""
NOT_TAKEN = "nobody took them there"
"""Why the path goes on in the line they were in before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How the flow serves this caller."""

    queue: Queue
    """The line the flow names, or how it rings a person."""
    may_record: bool


@dataclass(slots=True)
class Onward:
    """The ways of callers who were sent on; one of these serves all calls."""

    waiting: WaitingRoom
    floor: Floor
    queues: Mapping[QueueName, Queue]
    clock: Clock

    def next_for(self, call: LiveCall) -> Sent | None:
        """Return where the caller goes now, None for one whom nobody sends anywhere."""
        sent, call.sent = call.sent, None
        now = self.clock.now()
        if sent is not None and sent.is_due(now):
            call.bound_for = sent
            if sent.by is not None:  # the time of the talk is no waiting
                call.joined_at = now - _waited(call, sent.by, self.floor)
            call.note("", "transfer" if sent.by else "move", _event(sent), _whither(sent), f"by {sent.by_name}")
        return call.bound_for

    async def go(self, call: LiveCall, sent: Sent, manner: Manner, turns: Turns) -> Left | None:
        """Take the caller there; None when nobody there took them, and they go on as the flow says.

        Raises CallerGoneError.
        """
        left = await self._to(call, sent, manner, turns)
        call.bound_for = None
        if left in (Left.TALKED, Left.SENT):
            return left
        if sent.by is not None:
            return await self._back(call, sent.by, manner, turns)
        if not isinstance(sent.to, ToAgent):
            return left
        if sent.back_to in (None, manner.queue.name):
            call.place = call.joined_at
            return None
        call.note("", "move", "to_queue", sent.back_to, NOT_TAKEN)
        return await self._wait(call, sent.back_to, manner, turns)

    async def _to(self, call: LiveCall, sent: Sent, manner: Manner, turns: Turns) -> Left:
        match sent.to:
            case ToQueue(queue=queue):
                return await self._wait(call, queue, manner, turns)
            case ToAgent(agent=agent) if sent.by is None:
                name = sent.back_to or manner.queue.name
                queue_like = replace(manner.queue, name=name, max_wait_s=WAITS_FOR_ONE_S)
                call.place = call.joined_at
                return await self.waiting.wait_for_one(call, agent, queue_like, turns)
            case ToAgent(agent=agent):
                return _left(await self.waiting.ring_one(call, agent, manner.queue, turns))
            case ToNumber(number=number):
                return _left(await self.waiting.ring_outside(call, number, manner.queue, turns))
            case _:
                assert_never(sent.to)

    async def _wait(self, call: LiveCall, name: QueueName, manner: Manner, turns: Turns) -> Left:
        known = self.queues.get(name, Queue(name=name))
        record = manner.may_record and (known.record or manner.queue.record)
        call.place = call.joined_at
        queue = replace(known, music=manner.queue.music, record=record)
        return await self.waiting.wait(call, queue, turns, ())

    async def _back(self, call: LiveCall, agent: AgentId, manner: Manner, turns: Turns) -> Left | None:
        """Ring once who has transferred the caller."""
        call.place = call.joined_at
        reason = "transferred this call, and nobody took it"
        chosen = self.floor.reserve(agent, call.id, reason, carrier=call.carrier)
        if chosen is None:
            return None
        call.note("", "transfer", "back", agent)
        left = _left(await self.waiting.ring_chosen(call, chosen, manner.queue, turns))
        return left if left is Left.TALKED else None


def _waited(call: LiveCall, agent: AgentId, floor: Floor) -> timedelta:
    """Return how long the caller waited for the agent who talked with them."""
    phone = call.phone_at(floor.agents[agent].agent.endpoint) if agent in floor.agents else None
    if phone is None or phone.answered_at is None or call.joined_at is None:
        return timedelta()
    return max(timedelta(), phone.answered_at - call.joined_at)


def _left(outcome: RingOutcome) -> Left:
    return Left.TALKED if outcome is RingOutcome.ANSWERED else Left.TOO_LONG


def _event(sent: Sent) -> str:
    return {ToQueue: "to_queue", ToAgent: "to_agent", ToNumber: "to_number"}[type(sent.to)]


def _whither(sent: Sent) -> str:
    match sent.to:
        case ToQueue(queue=queue):
            return queue
        case ToAgent(agent=agent):
            return agent
        case ToNumber(number=number):
            return number
