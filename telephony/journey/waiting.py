"""A caller waits for a person: held with music, rung through, and back in the same place when nobody answered."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from telephony.calls.commands import Batch, Command, Hold, Prompt, Ring
from telephony.calls.events import AgentChosen, CommandFailed, LineEvent, RingEnded, RingOutcome
from telephony.calls.model import AgentId
from telephony.errors import CarrierError
from telephony.journey.announcements import Announcements, Speaks
from telephony.journey.floor import Floor
from telephony.journey.live_call import LiveCall
from telephony.journey.screen_pop import Gone, ScreenPops
from telephony.ports import Carrier, Clock
from telephony.routing.queues import Queue
from telephony.routing.reach import PhoneKind, kind_of

logger = logging.getLogger(__name__)

HOLD_SLICE_S = 20.0
"""The longest a caller is held without our looking again: all that is lost when a wake-up is."""
WAKE_AGAIN_S = 1.0
HOLD_FAILURES = 3
LEG_IS_LATE_S = 0.5
CHANNEL_GONE = 44
"""Q.850: no sound came from the phone any more, or its page was closed in the talk."""


class Left(StrEnum):
    """Why a caller no longer waits."""

    TALKED = "talked"
    TOO_LONG = "too_long"
    NOBODY_SERVES = "nobody_serves"
    """Nobody who works here now serves the queue."""
    FAILED = "failed"
    """The line could not hold; the flow goes on elsewhere."""
    SENT = "sent"
    """Somebody has sent the caller elsewhere: `LiveCall.sent`."""
    ALONE = "alone"
    """Their agent's phone was lost in the talk; within the waiting room, where they wait again."""


_LEFT_LINE = {RingOutcome.ANSWERED: Left.TALKED, RingOutcome.LOST: Left.ALONE}
_LEFT_ONE = {
    RingOutcome.ANSWERED: Left.TALKED,
    RingOutcome.BUSY: Left.NOBODY_SERVES,  # they said no: not again every ten seconds
    RingOutcome.LOST: Left.NOBODY_SERVES,
}
"""How a ring has ended the waiting for one agent; no other end does."""


@dataclass(slots=True)
class Turns:
    """Numbers the batches of one call and knows the caller's language."""

    language: str
    last: int = 0

    def batch(self, *commands: Command) -> Batch:
        """Return the commands as the call's next batch."""
        self.last += 1
        return Batch(turn=self.last, language=self.language, commands=commands)


@dataclass(slots=True)
class WaitingRoom:
    """Takes callers through the line and to their agents; one of these serves all calls."""

    floor: Floor
    pops: ScreenPops
    carrier: Carrier
    clock: Clock
    spawn: Callable[..., asyncio.Task[None]]
    recording_name: Callable[[LiveCall], str]
    outside: Callable[[str], str | None] = lambda _number: None
    """Gives the carrier's address of a telephone outside; None when it must not be called."""
    outside_on: Mapping[str, Callable[[str], str | None]] = field(default_factory=dict)
    """The same for carriers, by name, that reach such telephones in a way of their own."""
    heard: Callable[[str], bool] = lambda _carrier: True
    """Tells whether what happens on a carrier, by its name, reaches us now."""
    speaks: Speaks = lambda _flow, _prompt: True
    """Tells whether a prompt can be heard in a flow."""

    async def wait(self, call: LiveCall, queue: Queue, turns: Turns, greeting: tuple[Prompt, ...]) -> Left:
        """Wait until somebody has talked with the caller, or the queue's limit passes. Raises CallerGoneError."""
        return await self._wait(call, queue, turns, greeting)

    async def wait_for_one(self, call: LiveCall, agent: AgentId, queue: Queue, turns: Turns) -> Left:
        """Wait for one agent by name, in the manner of a queue; else as `wait`."""
        return await self._wait(call, queue, turns, (), only=agent)

    async def _wait(
        self,
        call: LiveCall,
        queue: Queue,
        turns: Turns,
        greeting: tuple[Prompt, ...],
        *,
        only: AgentId | None = None,
    ) -> Left:
        call.queue, call.joined_at = queue.name, call.joined_at or self.clock.now()
        try:
            self._join(call, queue, only)
            while (left := await self._until_talked(call, queue, turns, greeting, only)) is Left.ALONE:
                if call.sent is not None and call.sent.is_due(self.clock.now()):  # a transfer was wanted just then
                    return Left.SENT
                call.sent, call.place, greeting = None, call.joined_at, ()
                self._join(call, queue, only)
            return left
        finally:
            self.floor.leave(call.id)
            self._give_up(call)

    def _join(self, call: LiveCall, queue: Queue, only: AgentId | None) -> None:
        self.floor.join(call.id, queue.name, only=only, carrier=call.carrier, since=call.place, passed=call.passed)
        call.place = None

    async def ring_one(self, call: LiveCall, agent: AgentId, queue: Queue, turns: Turns) -> RingOutcome:
        """Ring one agent who was asked for, if they are free now. Raises CallerGoneError."""
        chosen = self.floor.reserve(agent, call.id, "was asked for", carrier=call.carrier)
        if chosen is None:
            return RingOutcome.UNAVAILABLE
        return await self.ring_chosen(call, chosen, queue, turns)

    async def ring_chosen(self, call: LiveCall, chosen: AgentChosen, queue: Queue, turns: Turns) -> RingOutcome:
        """Ring one agent who is reserved for the call. Raises CallerGoneError."""
        call.chosen, call.joined_at = chosen, call.joined_at or self.clock.now()
        try:
            return await self._ring(call, chosen, queue, turns)
        finally:
            self._give_up(call)

    async def ring_outside(self, call: LiveCall, number: str, manner: Queue, turns: Turns) -> RingOutcome:
        """Ring a telephone outside the company. Raises CallerGoneError."""
        endpoint = self._address_outside(call, number)
        if endpoint is None:
            told = {"action": "outside_refused", "call_id": call.id, "carrier": call.carrier}
            logger.error("a flow may not call this number: allow it in outside_allow of the carrier", extra=told)
            return RingOutcome.UNAVAILABLE
        record_as = self.recording_name(call) if manner.record else None
        if record_as:
            call.note("", "agent", "recording", record_as)
        ring = Ring(agent=AgentId(""), endpoint=endpoint, limit_s=manner.ring_limit_s, music=None, record_as=record_as)
        ended = await call.perform(turns.batch(ring))
        outcome = ended.outcome if isinstance(ended, RingEnded) else RingOutcome.UNAVAILABLE
        if record_as:  # whether the recording is of a talk
            call.note("", "agent", outcome.value, number)
        return outcome

    def may_call(self, call: LiveCall, number: str) -> bool:
        """Tell whether this telephone outside may be rung for this caller."""
        return self._address_outside(call, number) is not None

    def _address_outside(self, call: LiveCall, number: str) -> str | None:
        return self.outside_on.get(call.carrier, self.outside)(number)

    def fetch(self, call: LiveCall) -> None:
        """Have a caller who is held go at once where they are sent."""
        self.spawn(self._fetch(call), name=f"fetch {call.id}")

    async def _fetch(self, call: LiveCall) -> None:
        sent = call.sent  # once that is taken the caller may be held no more
        while call.sent is sent and not call.line_lost and not call.finished:
            await self._wake_once(call)

    async def _until_talked(
        self, call: LiveCall, queue: Queue, turns: Turns, greeting: tuple[Prompt, ...], only: AgentId | None
    ) -> Left:
        ends_at = self.clock.now().timestamp() + queue.max_wait_s
        told = Announcements(self.floor, call, queue, turns.language, self.speaks, greeting)
        failures = 0
        while True:
            call.take_chosen()
            if call.chosen is not None:
                outcome = await self._ring(call, call.chosen, queue, turns)
                left = (_LEFT_LINE if only is None else _LEFT_ONE).get(outcome)
                if left is not None:
                    return left
                continue
            if call.sent is not None:
                return Left.SENT
            now = self.clock.now().timestamp()
            if now >= ends_at:
                return Left.TOO_LONG
            if not self._may_hope(call, queue, only):  # the last one has gone home meanwhile
                return Left.NOBODY_SERVES
            prompts = told.due(now)
            held = await self._hold(call, queue, turns, min(ends_at, told.next_at) - now, prompts)
            failures = failures + 1 if isinstance(held, CommandFailed) else 0
            if failures >= HOLD_FAILURES:
                return Left.FAILED

    def _may_hope(self, call: LiveCall, queue: Queue, only: AgentId | None) -> bool:
        if only is not None:
            return self.floor.works(only, carrier=call.carrier)
        return self.floor.serves(queue.name, carrier=call.carrier)

    async def _hold(
        self, call: LiveCall, queue: Queue, turns: Turns, left_s: float, prompts: tuple[Prompt, ...]
    ) -> LineEvent:
        for_s = max(1.0, min(left_s, HOLD_SLICE_S))
        hold = turns.batch(Hold(for_s=for_s, prompts=prompts, music=queue.music))
        wakers: list[asyncio.Task[None]] = []
        try:
            return await call.perform(
                hold, on_chosen=lambda: wakers.append(self.spawn(self._wake(call), name=f"wake {call.id}"))
            )
        finally:
            for waker in wakers:
                waker.cancel()

    async def _wake(self, call: LiveCall) -> None:
        """Wake the caller until the hold has ended: a wake-up that comes before the line holds is lost."""
        while True:
            await self._wake_once(call)

    async def _wake_once(self, call: LiveCall) -> None:
        if call.leg_id is not None:
            try:
                await self.carrier.wake(call.leg_id)
            except CarrierError as error:  # the hold ends by itself in a moment
                logger.warning(
                    "caller was not woken", extra={"action": "wake_failed", "call_id": call.id, "error": str(error)}
                )
        await asyncio.sleep(WAKE_AGAIN_S)

    async def _ring(self, call: LiveCall, chosen: AgentChosen, queue: Queue, turns: Turns) -> RingOutcome:
        call.note(queue.name, "agent", "rung", chosen.agent, chosen.reason)
        record_as = self.recording_name(call) if queue.record else None
        if record_as:
            call.note(queue.name, "agent", "recording", record_as)
        ring = Ring(
            agent=chosen.agent,
            endpoint=chosen.endpoint,
            limit_s=queue.ring_limit_s,
            music=queue.music,
            record_as=record_as,
        )
        ended = await call.perform(turns.batch(ring))
        outcome = ended.outcome if isinstance(ended, RingEnded) else RingOutcome.UNAVAILABLE
        call.note(queue.name, "agent", outcome.value, chosen.agent)
        if call.chosen is chosen:  # another is chosen meanwhile when this one is taken off the staff
            call.chosen = None
        if outcome is RingOutcome.ANSWERED:
            self._talked(call, chosen.agent)
            if await self._is_lost(call, chosen):
                outcome = RingOutcome.LOST
                call.note(queue.name, "agent", outcome.value, chosen.agent)
                call.passed[chosen.agent] = self.clock.now()
        else:
            self.pops.revoke(call.id, chosen.agent, Gone.DECLINED if outcome is RingOutcome.BUSY else Gone.NOT_ANSWERED)
            call.passed[chosen.agent] = self.clock.now()
            self.floor.missed(chosen.agent, call.id, blame=outcome is RingOutcome.NO_ANSWER)
        return outcome

    async def _is_lost(self, call: LiveCall, chosen: AgentChosen) -> bool:
        """Tell whether the phone is gone rather than hung up; its network may say so a moment after the line."""
        phone = call.phone_at(chosen.endpoint)
        if phone is None or kind_of(chosen.endpoint) is not PhoneKind.EXTENSION or not self.heard(call.carrier):
            return False
        await call.hear_end_of(phone, LEG_IS_LATE_S)
        return phone.cause == CHANNEL_GONE

    def _give_up(self, call: LiveCall) -> None:
        """Free an agent who was chosen for a caller who no longer waits."""
        call.take_chosen()
        chosen, call.chosen = call.chosen, None
        if chosen is None:
            return
        phone = call.phone_at(chosen.endpoint)
        if phone is None or phone.answered_at is None:
            self.pops.revoke(call.id, chosen.agent, Gone.CALLER_HUNG_UP)
            self.floor.missed(chosen.agent, call.id, blame=False)
        elif phone.ended_at is not None:  # an earlier ring's; what became of this one was not heard
            self.floor.missed(chosen.agent, call.id, blame=False)
        elif not self.heard(call.carrier):
            self._talked(call, chosen.agent)

    def _talked(self, call: LiveCall, agent: AgentId) -> None:
        """Take the line's word that the talk is over; while the network is not heard it is the only one we get."""
        self.floor.leave(call.id)
        self.floor.talked(agent, call.id, call.queue)
        if not self.heard(call.carrier):
            self.pops.forget(call.id, self.clock.now())
