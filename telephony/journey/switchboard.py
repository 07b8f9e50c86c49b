"""Every live call has one task and one mailbox here; carriers call in, and a bug in one call hurts that call only."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
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

LEDGER_OF = "asterisk"
"""The carrier that writes down by itself what happens to its calls, for the books to read."""
LAST_LEG_LIMIT_S = 0.5
"""Asterisk may say that a call is finished a moment before it says that its last phone is gone."""
MAY_COME_AGAIN = 10_000
"""How many calls that went on without us are remembered."""
FINISH_LIMIT_S = 5.0
"""How long a call whose line and phones are gone waits for the network to say that it is finished."""
CROSSING_LIMIT_S = 20.0
"""How long a caller may be on the way from one carrier to another."""


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
    up: set[str] = field(default_factory=set)
    """The names of the carriers that are heard now."""
    failures: int = 0
    """Calls that ended by a fault of ours; each is in the log."""
    _legs: dict[LegId, CallId] = field(default_factory=dict)
    """The call that dialled each phone: once calls are joined, the network names another."""
    _wholes: dict[CallId, CallId] = field(default_factory=dict)
    """By Asterisk's id of a part, the live call on another carrier that it is a part of."""
    bring_back: Callable[[CallId], None] = lambda _call_id: None
    """Has a caller whom the carrier of a part has lost go on where the call came from."""
    _lines_of: dict[CallId, CallId] = field(default_factory=dict)
    """By Asterisk's id, the call on another carrier whose caller is on that line."""
    _steps_before: dict[CallId, int] = field(default_factory=dict)
    """Where the steps of calls that left us go on, should the call come again."""

    # --- what carriers call ------------------------------------------------------------------------------------------

    def offer(self, offered: CallOffered, line: Line) -> None:
        """Take a caller who waits for us."""
        offered = self._as_whole(offered)
        call = self.calls.get(offered.call_id) or self._open(offered.call_id, offered.carrier, again=offered.again)
        call.post(Offer(offered=offered, line=line))

    def answer(self, call_id: CallId, event: LineEvent) -> None:
        """Take a line's answer; one for a call that is over changes nothing."""
        self._post(self._lines_of.get(call_id, call_id), event)

    def tell(self, event: CarrierEvent) -> None:
        """Take what the network tells."""
        match event:
            case CelRow():
                record = self.books.row(event)
                if record is not None:
                    self.recorded(record)
            case LegDialed():
                event = self._within_whole(event)
                self._legs[event.leg_id] = event.call_id
                call = self.calls.get(event.call_id) or self._open(event.call_id, event.carrier, again=event.again)
                call.post(event)
            case PhoneChanged():
                self.floor.phone(event.endpoint, event.state)
            case CarrierDown():
                self.up.discard(event.carrier)
                for call_id in list(self.calls):
                    self._bring_back(call_id)
                if event.carrier == LEDGER_OF:
                    self.books.unheard()
            case CarrierUp():
                self.up.add(event.carrier)
                if event.carrier == LEDGER_OF:
                    self.books.heard_again()
                self.tasks.spawn(self._catch_up(event), name="catch up")
            case CallFinished():
                self._post(event.call_id, event)
            case LegEnded():
                self._post(self._legs.pop(event.leg_id, event.call_id), event)
            case _ if isinstance(event, LegEvent):
                self._post(self._legs.get(event.leg_id, event.call_id), event)

    def recorded(self, record: CallRecord) -> None:
        """Take a call the ledger has finished: a live call writes it with what it knows, others as they are.

        What is a part of a live call on another carrier is written with that call.
        """
        call = self.calls.get(record.linkedid)
        if record.part_of is not None and record.part_of.call_id in self.calls:
            self.books.add_part(record)
        elif call is None:
            self.books.write(record)
        else:
            call.record = record
        if call is not None:
            call.post(CallFinished(call_id=call.id, at=record.ended_at or self.clock.now()))

    def _as_whole(self, offered: CallOffered) -> CallOffered:
        """Return the offer under the call that it is a part of: a cloud's caller whom Asterisk serves is one call."""
        whole_id = offered.part_of
        call = self.calls.get(whole_id or offered.call_id)
        if whole_id is not None and call is not None and call.line is not None and not call.line_lost:
            return replace(offered, part_of=None)  # who is on a line already is not on this one
        for part in [each for each, whole in self._lines_of.items() if whole == (whole_id or offered.call_id)]:
            del self._lines_of[part]  # the end of their earlier line is no news
        if whole_id is None:
            return offered
        self._lines_of[offered.call_id] = self._wholes[offered.call_id] = whole_id
        return replace(offered, call_id=whole_id)

    def has_lost(self, call_id: CallId) -> bool:
        """Tell whether the carrier of a part went away while it served the caller, who may still be there."""
        call = self.calls.get(call_id)
        if call is None or call.finished or not call.line_lost or call.carrier in self.up:
            return False
        return call.offered is not None and call.offered.part_of is not None and not _is_through(call)

    def _bring_back(self, call_id: CallId) -> None:
        if self.has_lost(call_id):
            told = {"action": "bring_back", "call_id": call_id}
            logger.warning("a carrier went away from a caller, who is brought back", extra=told)
            self.bring_back(call_id)

    def _within_whole(self, event: LegDialed) -> LegDialed:
        """Return the event under the call it is a part of: phones that Asterisk rings for a cloud's caller are its own.

        The mark of a call that is not here, or is no other carrier's, means nothing.
        """
        whole_id = event.part_of or self._wholes.get(event.call_id)
        whole = self.calls.get(whole_id) if whole_id is not None else None
        if whole is None or (whole.carrier == event.carrier and event.call_id not in self._wholes):
            return replace(event, part_of=None) if event.part_of else event
        self._wholes[event.call_id] = whole.id
        return replace(event, call_id=whole.id, part_of=whole.id)

    def chosen(self, call_id: CallId, event: AgentChosen) -> None:
        """Tell a waiting call which agent takes it."""
        self._post(call_id, event)

    def _post(self, call_id: CallId, mail: Mail) -> None:
        call = self.calls.get(call_id)
        if call is not None:
            call.post(mail)

    # --- one call ----------------------------------------------------------------------------------------------------

    def _open(self, call_id: CallId, carrier: str, *, again: bool = False) -> LiveCall:
        now = self.clock.now()
        # The steps of before a restart are in the journal, which cannot be read now: these go on far above them
        unread = int(now.timestamp()) if again else 0
        call = LiveCall(
            id=call_id,
            carrier=carrier,
            clock=self.clock,
            journal=self.journal,
            on_leg=self.phones.on_leg,
            started_at=now,
            first_seq=self._steps_before.pop(call_id, 0) or unread,
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
            call.come_apart()

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
            self._bring_back(call.id)
            return False
        if mail is not None or call.mailbox:
            return False
        if call.finished:
            return was_finished or not call.open_phones
        return call.carrier in self.up and not call.open_phones

    async def _serve(self, call: LiveCall, offered: CallOffered) -> None:
        if self.way is None:
            raise RuntimeError("no way for callers was set before a carrier was started")
        await self.way.serve(call, offered)

    def _patience(self, call: LiveCall) -> float | None:
        if call.finished:
            return LAST_LEG_LIMIT_S if call.open_phones else 0.0
        if (call.line is None or call.line_lost) and not call.open_phones:
            return CROSSING_LIMIT_S if call.leaves_for else FINISH_LIMIT_S
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
        for part in [each for each, whole in self._wholes.items() if whole == call.id]:
            del self._wholes[part]
            self._lines_of.pop(part, None)
        if not self.tasks.closing:  # else they may go on with who comes after us
            call.end_path()
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
        """Read what the carrier wrote while we did not hear it, then close those of its calls that are over.

        Where it cannot be read yet nobody waits for it: agents are free, and the ledger tells those calls later.
        """
        if up.carrier != LEDGER_OF:
            self._end_those_over(up)
            return
        tries = self.books.catch_up(up)
        for record in await anext(tries):
            self.recorded(record)
        self._end_those_over(up)
        async for records in tries:
            for record in records:
                self.recorded(record)

    def _end_those_over(self, up: CarrierUp) -> None:
        for call_id in [each for each in self.calls if each not in up.live_calls]:
            call = self.calls[call_id]
            if call.carrier != up.carrier:
                continue
            if call.started_at < up.at and (call.line is None or call.line_lost):
                call.post(CallFinished(call_id=call_id, at=up.at))


def _is_through(call: LiveCall) -> bool:
    """Tell whether the flow has let the caller go, or never had them."""
    return call.stand is None or call.stand.is_last
