"""A caller's line over webhooks: each request ends a batch or waits for one, and is answered by the next's document.

One call is asked for what to do next again and again, and any of those requests may come twice, late, or while we
still think. So all is by turn: a request for a turn that is over gets what was answered to it and changes nothing.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable

from telephony.calls.commands import Batch, HandOver, HangUp, Hold, Record, Ring
from telephony.calls.events import (
    CallFinished,
    CallOffered,
    CommandFailed,
    HoldEnd,
    HoldEnded,
    LineEvent,
    LineLost,
    RingEnded,
    RingOutcome,
)
from telephony.calls.model import CallId
from telephony.carriers.twilio.caller_rings import CallerRings
from telephony.carriers.twilio.cut import Cut, Redirect
from telephony.carriers.twilio.forms import VoiceForm
from telephony.carriers.twilio.leg_steps import CAUSE_NO_ANSWER, CAUSE_NORMAL
from telephony.carriers.twilio.legs import Legs
from telephony.carriers.twilio.patience import Patience
from telephony.carriers.twilio.replies import reply_of
from telephony.carriers.twilio.ring_twiml import LEFT
from telephony.carriers.twilio.ringer import Ringer
from telephony.carriers.twilio.ringing import Ringing
from telephony.carriers.twilio.situation import CannotPerformError, Situation
from telephony.carriers.twilio.twiml import EMPTY, RUNG, WAIT, WOKEN, Documents
from telephony.carriers.twilio.waiters import Waiters
from telephony.ports import CallTaker, Clock

logger = logging.getLogger(__name__)

RECORDING_DUE_S = 3.0
"""How long after the end of a call what was recorded of it may still be told."""
_KEPT = 3
_OF_THE_LIMIT = 0.9
"""The share of the answer's limit that may be waited; the rest is for reading and writing."""


class TwilioLine:
    """`ports.Line` of one caller."""

    def __init__(
        self,
        offered: CallOffered,
        *,
        documents: Documents,
        taker: CallTaker,
        clock: Clock,
        answer_s: float,
        language: str,
        forget: Callable[[CallId], None] = lambda _call_id: None,
        ringer: Ringer | None = None,
        token: str = "",
    ) -> None:
        """`ringer` calls agents' phones, else the caller's document rings them; `token` is the caller's for it."""
        self.offered = offered
        self.legs = Legs(offered=offered, taker=taker, clock=clock)
        self.heard_at = 0.0
        """Loop time of the last word of this caller."""
        self.lost = False
        self.finished = False
        self._documents = documents
        self._taker = taker
        self._clock = clock
        self._answer_s = answer_s * _OF_THE_LIMIT
        self._language = language
        self._forget = forget
        self.rings = CallerRings(offered, self.legs, documents.rings, ringer, token, self._take_out)
        self._batches: deque[Batch] = deque()
        self._now: Batch | None = None
        self._document: str | None = None
        """Of the batch that is performed now."""
        self._begun_at: float | None = None
        """Loop time when the document was first given; None before."""
        self._over = 0
        """The last turn that is over."""
        self._kept: dict[int, str] = {}
        self._waiters = Waiters()
        self._patience = Patience(documents)
        self._cut: Cut | None = None
        self._answered = False
        self._music_from_s = 0
        self._tried_again: int | None = None
        self._ended: asyncio.TimerHandle | None = None
        """Set when the call is over, and a message may still be told of."""

    # --- ports.Line ---

    def perform(self, batch: Batch) -> None:
        """Take a batch; see `ports.Line`."""
        if self.lost:
            return
        self._batches.append(batch)
        if self._now is None:
            self._next()

    # --- requests ---

    async def begin(self, form: VoiceForm) -> str:
        """Return what a new caller hears first."""
        self.hear(form)
        return await self._answer(0)

    async def go_on(self, form: VoiceForm, turn: int, why: str) -> str:
        """Return what a caller hears after a turn."""
        self.hear(form)
        ringing = self.rings.at(turn)
        if why == WOKEN or (why == RUNG and ringing is None):
            return await self._go_on_woken(form, turn)
        now = self._now
        if ringing is not None and now is not None and why != WAIT:
            if not self._end_ring(now, ringing, form, why):
                return self._documents.wait(turn)
        elif now is not None and now.turn == turn and why not in {WAIT, LEFT} and not form.queue_result:
            self._end_batch(now, form, why)
        elif form.over:
            self.finish()
        if self._is_cut_due(turn):
            return self._documents.wait(turn)
        return await self._answer(turn)

    async def try_again(self, form: VoiceForm) -> str | None:
        """Return what a caller hears who could not fetch it the first time; None when that was tried already."""
        self.hear(form)
        if self.finished or self._tried_again == self._over:
            return None
        self._tried_again = self._over
        await self._wait()
        return self._present(self._over)

    async def _go_on_woken(self, form: VoiceForm, turn: int) -> str:
        if self._cut is not None and self._cut.turn == turn:
            self._cut.came()
        # One that comes late has cut what was begun meanwhile: another hold was woken by it, all else begins anew
        now = self._now
        if now is not None and _holds(now):
            self._end_batch(now, form, WOKEN)
        await self._wait()
        return self._present(turn)

    def hang_up(self) -> None:
        """Take the news that the call is over.

        Most callers end a message by hanging up, and this news may overtake what was recorded: that is waited for.
        """
        if self._begun_at is not None and self._ended is None and _records(self._now):
            self._ended = asyncio.get_running_loop().call_later(RECORDING_DUE_S, self.finish)
        elif self._ended is None:
            self.finish()

    def finish(self) -> None:
        """Say, once, that the caller is gone and with them every phone that was rung for them."""
        if self.finished:
            return
        self.finished = True
        self.rings.end()
        self.legs.end_all()
        self.leave()
        self._forget(self.offered.call_id)
        self._taker.tell(CallFinished(call_id=self.offered.call_id, at=self._clock.now()))

    def leave(self) -> None:
        """Say, once, that the line is lost."""
        if self.lost:
            return
        self.rings.end()
        self.let_go()
        self._taker.answer(self.offered.call_id, LineLost(at=self._clock.now()))

    def let_go(self) -> None:
        """Perform no more, and say nothing of it."""
        self.lost = True
        self.rings.let_go()
        if self._ended is not None:
            self._ended.cancel()
        self._batches.clear()
        self._waiters.stir()

    # --- waking ---

    async def wake(self, redirect: Redirect) -> None:
        """End the hold the caller is in, by sending the call on; nothing happens to one who is not held.

        Raises as `redirect` does. While its request may still come, another is not sent: it would cut what follows.
        """
        now = self._now
        if self.lost or now is None or not _holds(now) or self._is_cut_due(now.turn):
            return
        if self._begun_at is None:  # nobody plays it yet
            self._tell(HoldEnded(turn=now.turn, reason=HoldEnd.WOKEN))
            return
        self._cut = Cut(now.turn)
        await self._cut.make(redirect, self._documents.next(now.turn, WOKEN))

    def _take_out(self, turn: int) -> None:
        """Send the caller out of the queue of a turn; whom that misses leaves it when its music asks again."""
        self._cut = Cut(turn)
        self.rings.take_out(self._cut, self._documents.next(turn, RUNG))

    def _is_cut_due(self, turn: int) -> bool:
        """Tell whether a redirect sent for this turn may still come."""
        return self._cut is not None and self._cut.turn == turn and self._cut.is_due

    # --- batches ---

    def _next(self) -> None:
        """Write the document of the next batch that can be performed; others are answered at once."""
        while self._now is None and self._batches and not self.lost:
            batch = self._batches.popleft()
            try:
                self._document = self._documents.of(batch, self.rings.begin(batch, self._situation()))
            except CannotPerformError as fault:
                self._fail(batch, CommandFailed(turn=batch.turn, reason=str(fault), speechless=fault.speechless))
                continue
            except Exception:  # the border of the call: a bug must not take the caller's line
                fields = {"action": "twilio_batch_failed", "call_id": self.offered.call_id, "turn": batch.turn}
                logger.exception("batch failed", extra=fields)
                self._fail(batch, CommandFailed(turn=batch.turn, reason="a fault in Ringside; see its log"))
                continue
            self._now, self._begun_at = batch, None
            self._waiters.stir()

    def _fail(self, batch: Batch, failed: CommandFailed) -> None:
        if batch.commands and isinstance(batch.commands[-1], HangUp | HandOver):
            # The flow is over: who would sit in silence here is left to the fallback
            self._now, self._begun_at, self._document = batch, None, self._documents.hand_over()
            self._taker.answer(self.offered.call_id, failed)
            self.leave()
        else:
            self._taker.answer(self.offered.call_id, failed)

    def _end_batch(self, now: Batch, form: VoiceForm, why: str) -> None:
        """Tell what became of the batch, and of the caller when they are gone with it."""
        last = now.commands[-1] if now.commands else None
        if isinstance(last, Ring):
            self.legs.over(form, last.endpoint)
        if self.lost or (form.over and not _records(now)):  # a message is kept of who hangs up after it
            if form.over:
                self.finish()
            return
        event = reply_of(now, form, why)
        if event is not None:
            self._tell(event)
        if form.over or self._ended is not None:
            self.finish()

    def _end_ring(self, now: Batch, ringing: Ringing, form: VoiceForm, why: str) -> bool:
        """Take the news that the caller is out of the queue; False when another request will say so."""
        if self._cut is not None and (why, self._cut.turn) == (RUNG, now.turn):
            self._cut.came()
        if not ringing.left(form, is_cut=self._is_cut_due(now.turn)):
            return False
        if form.over:
            self.finish()
        elif ringing.by_dial:
            self._music_from_s += round(ringing.heard_s)
            self._document = self._documents.of(now, self.rings.fall_back(self._situation()))
        else:
            self.legs.end_all(CAUSE_NORMAL if ringing.outcome is RingOutcome.ANSWERED else CAUSE_NO_ANSWER)
            self._tell(RingEnded(turn=now.turn, outcome=ringing.outcome))
        return True

    def _tell(self, event: LineEvent) -> None:
        now, self._now, self._document = self._now, None, None
        if now is not None:
            self._over = now.turn
            self._count_music(now)
        self._patience.end()
        self._taker.answer(self.offered.call_id, event)
        self._next()

    def _count_music(self, batch: Batch) -> None:
        """Remember how much music was heard, so that it goes on there."""
        if ringing := self.rings.at(batch.turn):
            self._music_from_s += round(ringing.heard_s)
        hold = batch.commands[-1] if batch.commands else None
        if isinstance(hold, Hold) and self._begun_at is not None:
            music_s = self._documents.music_s(hold)
            before_s = hold.for_s - music_s - 1
            self._music_from_s += round(max(0.0, min(music_s, _time() - self._begun_at - before_s)))

    def _situation(self) -> Situation:
        return Situation(
            call_id=self.offered.call_id,
            at=self._clock.now(),
            answered=self._answered,
            music_from_s=self._music_from_s,
        )

    # --- answers ---

    def hear(self, form: VoiceForm) -> None:
        """Note that the caller is there."""
        self.heard_at = _time()
        self._answered = self._answered or form.answered

    async def _answer(self, turn: int) -> str:
        """Return what was answered to this turn's request, or the document that is now its answer."""
        if turn not in self._kept:
            await self._wait()
        return self._kept.get(turn) or self._present(turn)

    def _present(self, turn: int) -> str:
        """Return the present document; where there is none, one that comes back for it."""
        if self._document is not None and not self.finished:
            return self._give(turn, self._document)
        return EMPTY if self.lost else self._patience.document(self._over, self._language)

    def _give(self, turn: int, document: str) -> str:
        if turn == self._over:
            self._kept[turn] = document
            while len(self._kept) > _KEPT:
                del self._kept[next(iter(self._kept))]
        if self._begun_at is None:
            self._begun_at = _time()
        if self._now is not None:
            self._language = self._now.language or self._language
            if self._now.commands and isinstance(self._now.commands[-1], HandOver):
                self.leave()
        return document

    async def _wait(self) -> None:
        """Wait within the limit until there is a document, or nobody left to hear it."""
        if self._document is not None or self.lost:
            return
        await self._waiters.wait(self._answer_s)


def _holds(batch: Batch) -> bool:
    return bool(batch.commands) and isinstance(batch.commands[-1], Hold)


def _records(batch: Batch | None) -> bool:
    return batch is not None and bool(batch.commands) and isinstance(batch.commands[-1], Record)


def _time() -> float:
    return asyncio.get_running_loop().time()
