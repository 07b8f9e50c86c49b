"""Every live call has one task and one mailbox here; carriers call in, and a bug in one call hurts that call only."""

import logging
from dataclasses import dataclass, field
from typing import Protocol

from telephony.calls.commands import Batch, HandOver
from telephony.calls.events import (
    AgentChosen,
    CallFinished,
    CallOffered,
    CarrierDown,
    CarrierEvent,
    CarrierUp,
    CelRow,
    LegDialed,
    LegEnded,
    LegEvent,
    LineEvent,
    PhoneChanged,
)
from telephony.calls.model import CallId, CallRecord, LegId
from telephony.journey.books import Books
from telephony.journey.floor import Floor
from telephony.journey.live_call import CallerGoneError, LiveCall, Mail, Offer
from telephony.journey.phones import Phones
from telephony.journey.tasks import Tasks
from telephony.ports import Clock, Journal, Line

logger = logging.getLogger(__name__)

LAST_LEG_LIMIT_S = 0.5
"""Asterisk may say that a call is finished a moment before it says that its last phone is gone."""
MAY_COME_AGAIN = 10_000
"""How many calls that went on without us are remembered."""
FINISH_LIMIT_S = 5.0
"""How long a call whose line and phones are gone waits for the network to say that it is finished."""


class CallWay(Protocol):
    """What is done with a caller who waits for Ringside: `journey.inbound`."""

    async def serve(self, call: LiveCall, offered: CallOffered) -> None:
        """Serve the caller until the flow ends. Raises CallerGoneError when the caller hangs up first."""
        ...


@dataclass(slots=True)
class Switchboard:
    """Takes what carriers tell and gives it to the right call, in order. Implements `ports.CallTaker`."""

    phones: Phones
    floor: Floor
    books: Books
    journal: Journal
    clock: Clock
    tasks: Tasks
    way: CallWay | None = None
    """Serves callers; set before the first carrier starts."""
    calls: dict[CallId, LiveCall] = field(default_factory=dict)
    carrier_up: bool = False
    failures: int = 0
    """Calls that ended by a fault of ours; each is in the log."""
    _legs: dict[LegId, CallId] = field(default_factory=dict)
    """The call that dialled each phone: once calls are joined, the network names another."""
    _steps_before: dict[CallId, int] = field(default_factory=dict)
    """Where the steps of calls that left us go on, should the call come again."""

    # --- what carriers call ------------------------------------------------------------------------------------------

    def offer(self, offered: CallOffered, line: Line) -> None:
        """Take a caller who waits for us."""
        call = self.calls.get(offered.call_id) or self._open(offered.call_id)
        call.post(Offer(offered=offered, line=line))

    def answer(self, call_id: CallId, event: LineEvent) -> None:
        """Take a line's answer; one for a call that is over changes nothing."""
        self._post(call_id, event)

    def tell(self, event: CarrierEvent) -> None:
        """Take what the network tells."""
        match event:
            case CelRow():
                record = self.books.row(event)
                if record is not None:
                    self.recorded(record)
            case LegDialed():
                self._legs[event.leg_id] = event.call_id
                (self.calls.get(event.call_id) or self._open(event.call_id)).post(event)
            case PhoneChanged():
                self.floor.phone(event.endpoint, event.state)
            case CarrierDown():
                self.carrier_up = False
                self.books.unheard()
            case CarrierUp():
                self.carrier_up = True
                self.books.heard_again()
                self.tasks.spawn(self._catch_up(event), name="catch up")
            case CallFinished():
                self._post(event.call_id, event)
            case LegEnded():
                self._post(self._legs.pop(event.leg_id, event.call_id), event)
            case _ if isinstance(event, LegEvent):
                self._post(self._legs.get(event.leg_id, event.call_id), event)

    def recorded(self, record: CallRecord) -> None:
        """Take a call the ledger has finished: a live call writes it with what it knows, others as they are."""
        call = self.calls.get(record.linkedid)
        if call is None:
            self.books.write(record)
        else:
            call.record = record
            call.post(CallFinished(call_id=call.id, at=record.ended_at or self.clock.now()))

    def chosen(self, call_id: CallId, event: AgentChosen) -> None:
        """Tell a waiting call which agent takes it."""
        self._post(call_id, event)

    def _post(self, call_id: CallId, mail: Mail) -> None:
        call = self.calls.get(call_id)
        if call is not None:
            call.post(mail)

    # --- one call ----------------------------------------------------------------------------------------------------

    def _open(self, call_id: CallId) -> LiveCall:
        call = LiveCall(
            id=call_id,
            clock=self.clock,
            journal=self.journal,
            on_leg=self.phones.on_leg,
            started_at=self.clock.now(),
            first_seq=self._steps_before.pop(call_id, 0),
        )
        self.calls[call_id] = call
        self.tasks.spawn(self._live(call), name=f"call {call_id}")
        return call

    async def _live(self, call: LiveCall) -> None:
        try:
            while not await self._is_over(call):
                pass
        except Exception:  # the call's border: one broad except, so that a bug hurts this call only
            self.failures += 1
            logger.exception("call failed", extra={"action": "call_failed", "call_id": call.id})
            self._to_fallback(call)
        finally:
            self._leave(call)

    async def _is_over(self, call: LiveCall) -> bool:
        """Take the call's next mail; tell whether the call is over after it."""
        was_finished = call.finished
        mail = await call.take(self._patience(call))
        if isinstance(mail, Offer):
            call.take_line(mail)
            try:
                await self._serve(call, mail.offered)
            except CallerGoneError:
                call.line_lost = True
            except Exception:
                self.failures += 1
                logger.exception("call failed", extra={"action": "call_failed", "call_id": call.id})
                self._to_fallback(call)
            finally:
                self.floor.leave(call.id)
            return False
        if mail is not None or call.mailbox:
            return False
        if call.finished:
            return was_finished or not call.open_phones
        return self.carrier_up and not call.open_phones

    async def _serve(self, call: LiveCall, offered: CallOffered) -> None:
        if self.way is None:
            raise RuntimeError("no way for callers was set before a carrier was started")
        await self.way.serve(call, offered)

    def _patience(self, call: LiveCall) -> float | None:
        if call.finished:
            return LAST_LEG_LIMIT_S if call.open_phones else 0.0
        if (call.line is None or call.line_lost) and not call.open_phones:
            return FINISH_LIMIT_S
        return None

    def _to_fallback(self, call: LiveCall) -> None:
        """Leave the caller to the carrier's own fallback rather than to silence."""
        if call.line is not None and not call.line_lost:
            call.line.perform(Batch(turn=1_000_000, language="en", commands=(HandOver(),)))
            call.note("", "fault", "handed_over")

    def _leave(self, call: LiveCall) -> None:
        self.calls.pop(call.id, None)
        for leg_id in call.phones:
            self._legs.pop(leg_id, None)
        if call.path and not call.finished:
            self._steps_before[call.id] = call.next_seq
            while len(self._steps_before) > MAY_COME_AGAIN:
                del self._steps_before[next(iter(self._steps_before))]
        if self.tasks.closing:
            return
        self.floor.leave(call.id)
        self.floor.release(call.id)
        self.phones.pops.forget(call.id, self.clock.now())
        self.books.settle(call)

    # --- the network was away ----------------------------------------------------------------------------------------

    async def _catch_up(self, up: CarrierUp) -> None:
        """Read what Asterisk wrote while we did not hear it, then close the calls that are over."""
        for record in await self.books.catch_up(up):
            self.recorded(record)
        for call_id in [each for each in self.calls if each not in up.live_calls]:
            call = self.calls[call_id]
            if call.started_at < up.at and (call.line is None or call.line_lost):
                call.post(CallFinished(call_id=call_id, at=up.at))
