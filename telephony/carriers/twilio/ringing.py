"""One ring by a call of its own: the caller waits in a queue with music until the agent takes them, or does not come.

Its news come from three sides, each late, twice or before the others: the caller's requests, the agent's, and the
answers to our own. So all is by what was reached: placed, joined, over; and nothing goes back.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from enum import IntEnum

from telephony.calls.commands import Ring
from telephony.calls.events import CallOffered, RingOutcome
from telephony.calls.model import LegId
from telephony.carriers.twilio.forms import VoiceForm
from telephony.carriers.twilio.legs import Legs
from telephony.carriers.twilio.placed import CannotTell, NotPlaced, Placed
from telephony.carriers.twilio.rest import Placement
from telephony.carriers.twilio.ring_twiml import TAKES, RingDocuments
from telephony.carriers.twilio.ringer import Ringer
from telephony.carriers.twilio.situation import Situation
from telephony.errors import CarrierError, OutcomeUnknownError

logger = logging.getLogger(__name__)

_PIECE_S, _FIRST_PIECE_S = 20, 3
"""How long the music plays before it is asked for again; short while it is not known whether a phone rings."""
_RINGS_ON_S = 8.0
"""How long after its limit a ring may end: the cloud may add five seconds."""
_ASKS_S = 45.0
"""How long who has answered may take to press a key; the document ends before."""
_MEET_S = 10.0
"""How long after the agent took the call the caller may be in the queue still; the agent's document gives up before."""
_PARTS_S = 3.0
"""How long after the agent's phone has ended the caller's news may take to come."""
_MOST_ASKED = 3
_OUTCOMES = {
    "busy": RingOutcome.BUSY,
    "canceled": RingOutcome.BUSY,  # by us alone, when the agent declines on the screen
    "no-answer": RingOutcome.NO_ANSWER,
    "completed": RingOutcome.NO_ANSWER,  # answered by nobody who pressed the key
    "failed": RingOutcome.UNAVAILABLE,
}
_TALKED = frozenset({"bridged", "bridging-in-process", "redirected-from-bridged"})
_SENT_ON = frozenset({"redirected"})


class Stage(IntEnum):
    """How far a ring has come."""

    BEGUN = 1
    SENT = 2
    PLACED = 3
    JOINED = 4
    OVER = 5


class Ringing:
    """One ring. `take_out` is called when the caller is to be taken out of the queue, which they may still be in."""

    def __init__(
        self,
        ring: Ring,
        turn: int,
        placement: Placement,
        *,
        offered: CallOffered,
        ringer: Ringer,
        legs: Legs,
        documents: RingDocuments,
        now: Situation,
        take_out: Callable[[int], None],
    ) -> None:
        """Raises CannotPerformError for a ring that no document performs."""
        self.ring = ring
        self.turn = turn
        self.ring_id = now.ring_id
        self.outcome = RingOutcome.UNAVAILABLE
        self.by_dial = False
        """The phone is to be rung by the caller's own document: it could not be called."""
        self._placement = placement
        self._offered = offered
        self._ringer = ringer
        self._legs = legs
        self._documents = documents
        self._joined = documents.join(ring, now)
        self._music_from_s = now.music_from_s
        self._take_out = take_out
        self._stage = Stage.BEGUN
        self._sid = ""
        self._is_gone = False
        """The agent's phone has ended."""
        self._asked = 0
        self._waits = 0
        """How many of the caller's requests are held until it is known whether a phone rings."""
        self._known = asyncio.Event()
        self._limit: asyncio.TimerHandle | None = None
        self._heard_from: float | None = None
        """Loop time since which the caller hears the music."""
        self._heard_until: float | None = None

    @property
    def heard_s(self) -> float:
        """Return how much music was heard."""
        until = self._heard_until or _time()
        return 0.0 if self._heard_from is None else until - self._heard_from

    # --- the caller ---

    async def wait(self) -> str:
        """Return what the caller hears in the queue; the first request has the phone called."""
        if self._stage is Stage.BEGUN:
            self._stage = Stage.SENT
            self._limit_in(self.ring.limit_s + _RINGS_ON_S)
            self._ringer.spawn(self._place(), f"twilio ring {self._offered.call_id} {self.turn}")
        if self._stage is Stage.SENT:
            await self._until_known()
        if self._stage is Stage.OVER or self._is_gone or self._never_met():
            return self._documents.leave()
        self._heard_from = self._heard_from or _time()
        piece_s = _FIRST_PIECE_S if self._stage is Stage.SENT else _PIECE_S
        return self._documents.music(self.ring.music or "default", self._music_from_s + round(self.heard_s), piece_s)

    def left(self, form: VoiceForm, *, is_cut: bool) -> bool:
        """Take the news that the caller is out of the queue; False when another request of theirs will say so.

        `is_cut`: a redirect is on its way.
        """
        if form.queue_result in _SENT_ON and is_cut:  # the cloud tells of a redirect, and goes where it leads
            return False
        if form.queue_result in _TALKED or (self._stage is Stage.JOINED and not form.queue_result):
            self.outcome = RingOutcome.ANSWERED
            self._is_gone = True  # the agent's own document ends their call
        elif self._stage is Stage.BEGUN:  # there is no queue for them
            self.by_dial = True
        self.end()
        return True

    def _never_met(self) -> bool:
        """Tell whether who waits still was taken by an agent who hung up before they met, and nothing told of it."""
        return self._stage is Stage.JOINED and _time() - (self._heard_until or 0.0) > _MEET_S

    def end(self) -> None:
        """Take the news that nobody is to be rung for the caller any more."""
        if self._stage is Stage.OVER:
            return
        self.let_go()
        if self._sid and not self._is_gone:
            self._ringer.hang_up(self._sid)

    def let_go(self) -> None:
        """Do no more, and leave the phone as it is: we go, and who comes after us meets the callers."""
        self._stage = Stage.OVER
        self._heard_until = self._heard_until or _time()
        self._stop()
        self._known.set()

    # --- the agent's phone ---

    def note(self, form: VoiceForm) -> None:
        """Take a status callback of the call that rings the phone."""
        if not self._is_ours(form) or not form.over:
            return
        self._is_gone = True
        if self._stage is Stage.JOINED:  # both talked, and the caller's own news says so, unless they never met
            self._limit_in(_PARTS_S)
        else:
            self._out(_OUTCOMES.get(form.status, RingOutcome.UNAVAILABLE))

    def taken(self, form: VoiceForm, *, pressed: bool) -> str:
        """Return what an agent hears who has answered or, `pressed`, has pressed a key."""
        if not self._is_ours(form) or self._is_gone or form.over:
            return self._documents.refuse()
        takes = not self._documents.asks(self.ring) or (pressed and form.digits == TAKES)
        if self._stage is not Stage.JOINED and not takes:
            return self._ask()
        self._join()
        return self._joined

    def _ask(self) -> str:
        self._asked += 1
        if self._asked > _MOST_ASKED:
            return self._documents.refuse()
        self._limit_in(_ASKS_S)
        return self._documents.ask(self._offered.call_id, self.ring_id)

    def _join(self) -> None:
        self._stage = Stage.JOINED
        self._heard_until = self._heard_until or _time()
        self._stop()
        self._legs.took(LegId(self._sid), self.ring.endpoint)

    def _is_ours(self, form: VoiceForm) -> bool:
        """Tell whether a call that speaks for this ring is the one that rings; any other is ended."""
        self._is(form.call_sid)
        return self._sid == form.call_sid and self._stage is not Stage.OVER

    # --- placing ---

    async def _place(self) -> None:
        sent_at = self._ringer.clock.now()
        try:
            sid = await self._ringer.place(self._placement)
        except OutcomeUnknownError as fault:
            self._log("twilio_ring_unknown", "it is not known whether a phone rings: it is looked up", fault)
            await self._look_up(sent_at)
        except CarrierError as fault:
            self._log("twilio_ring_by_dial", "a phone could not be called: the caller's own document rings it", fault)
            self._fall_back()
        else:
            self._is(sid)

    async def _look_up(self, sent_at: datetime) -> None:
        self._limit_in(self.ring.limit_s - (self._ringer.clock.now() - sent_at).total_seconds())
        match await self._ringer.find(self._placement, sent_at):
            case Placed(sid=sid):
                self._is(sid)
            case NotPlaced():
                self._fall_back()
            case CannotTell():
                self._give_up()

    def _is(self, sid: str) -> None:
        """Take the news which call rings the phone: by its own first word, or by the answer to placing it."""
        if sid == self._sid:
            return
        if self._sid:
            told = {"action": "twilio_called_twice", "leg_id": sid, "known": self._sid}
            logger.error("one ring became two calls: the second is ended", extra=told)
            self._ringer.hang_up(sid)
            return
        self._sid = sid
        self._ringer.note_placed(self._offered.call_id, sid)
        if self._stage is Stage.OVER:
            self._ringer.hang_up(sid)
            return
        if self._stage < Stage.PLACED:
            self._stage = Stage.PLACED
            self._limit_in(self.ring.limit_s + _RINGS_ON_S)
        self._legs.dialed(LegId(sid), self.ring.endpoint)
        self._known.set()

    def _fall_back(self) -> None:
        """Have the caller's own document ring the phone: it was not called."""
        if not self._sid and self._stage is not Stage.OVER:
            self.by_dial = True
            self._out(RingOutcome.UNAVAILABLE)

    def _give_up(self) -> None:
        """End a ring of which it cannot be known whether there is one; should it turn up it is ended."""
        if not self._sid:
            self._out(RingOutcome.UNAVAILABLE)

    # --- the end ---

    def _out(self, outcome: RingOutcome) -> None:
        if self._stage is Stage.OVER:
            return
        self.outcome = outcome
        self.end()
        if not self._waits:  # else the request that is held is told to leave
            self._take_out(self.turn)

    def _late(self) -> None:
        rang = self._stage is Stage.PLACED
        self._out(RingOutcome.NO_ANSWER if rang else RingOutcome.UNAVAILABLE)

    def _limit_in(self, seconds: float) -> None:
        if self._stage is not Stage.OVER:
            self._stop()
            self._limit = asyncio.get_running_loop().call_later(max(0.0, seconds), self._late)

    def _stop(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None

    async def _until_known(self) -> None:
        self._waits += 1
        try:
            async with asyncio.timeout(self._ringer.answer_s):
                await self._known.wait()
        except TimeoutError:
            pass
        finally:
            self._waits -= 1

    def _log(self, action: str, text: str, fault: CarrierError) -> None:
        told = {"action": action, "call_id": self._offered.call_id, "turn": self.turn, "error": str(fault)}
        logger.warning(text, extra=told)


def _time() -> float:
    return asyncio.get_running_loop().time()
