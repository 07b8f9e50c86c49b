"""The rings of one caller that are calls of their own: at most one at a time, and what is left of those before."""

import secrets
from collections.abc import Callable
from dataclasses import replace

from telephony.calls.commands import Batch, Ring
from telephony.calls.events import CallOffered
from telephony.calls.model import LegId
from telephony.carriers.twilio.cut import Cut
from telephony.carriers.twilio.forms import VoiceForm
from telephony.carriers.twilio.legs import Legs
from telephony.carriers.twilio.ring_twiml import TAKES, RingDocuments
from telephony.carriers.twilio.ringer import Ringer
from telephony.carriers.twilio.ringing import Ringing
from telephony.carriers.twilio.situation import Situation
from telephony.carriers.twilio.twiml import EMPTY


class CallerRings:
    """Of one caller. Without a `ringer` every phone is rung by the caller's own document."""

    def __init__(
        self,
        offered: CallOffered,
        legs: Legs,
        documents: RingDocuments,
        ringer: Ringer | None,
        token: str,
        take_out: Callable[[int], None],
    ) -> None:
        """`token` is the one the caller's call came with; `take_out` sends them out of the queue of a turn."""
        self._offered = offered
        self._legs = legs
        self._documents = documents
        self._ringer = ringer
        self.token = token
        self._take_out = take_out
        self._now: Ringing | None = None
        self._dialled: tuple[str, Ring] | None = None
        """The ring that the caller's own document performs now, and its id."""
        self._queues: set[str] = set()

    def begin(self, batch: Batch, now: Situation) -> Situation:
        """Return the situation for a batch: whether the ring it ends with is a call of its own.

        Raises CannotPerformError.
        """
        self._now = self._dialled = None
        ring = batch.commands[-1] if batch.commands else None
        if not isinstance(ring, Ring):
            return now
        now = replace(now, ring_id=_new_id(batch.turn))
        self._now = self._ringing(ring, batch.turn, now)
        if self._now is None:
            self._dialled = now.ring_id, ring
        return replace(now, queued=self._now is not None)

    def at(self, turn: int) -> Ringing | None:
        """Return the ring of a turn; None when there is none now."""
        return self._now if self._now is not None and self._now.turn == turn else None

    def fall_back(self, now: Situation) -> Situation:
        """Return the situation in which the caller's own document performs the present ring."""
        if self._now is not None:
            now = replace(now, ring_id=_new_id(self._now.turn))
            self._dialled, self._now = (now.ring_id, self._now.ring), None
        return now

    def take_out(self, cut: Cut, url: str) -> None:
        """Send the caller soon out of the queue in which they are; it is tried once."""
        if self._ringer is not None:
            self._ringer.take_out(cut, self._offered.call_id, url)

    def end(self) -> None:
        """Take the news that nobody is to be rung for the caller any more."""
        if self._now is not None:
            self._now.end()
        self._now = self._dialled = None
        if self._ringer is not None:
            self._ringer.drop_queues(self._queues)
        self._queues = set()

    def let_go(self) -> None:
        """Do no more, and leave phones as they are."""
        if self._now is not None:
            self._now.let_go()
        self._now = self._dialled = None
        self._take_out = _nobody  # the line's own: held on to, both would be left to the garbage collector

    # --- requests ---

    async def waits(self, form: VoiceForm, turn: int) -> str:
        """Return what the caller hears in the queue of a turn."""
        if form.queue_sid:
            self._queues.add(form.queue_sid)
        ringing = self.at(turn)
        return self._documents.leave() if ringing is None else await ringing.wait()

    def taken(self, form: VoiceForm, ring_id: str, *, pressed: bool) -> str:
        """Return what an agent hears who has answered or, `pressed`, has pressed a key."""
        if ringing := self._of(ring_id):
            return ringing.taken(form, pressed=pressed)
        if self._dialled is None or self._dialled[0] != ring_id:
            return self._documents.refuse()
        ring = self._dialled[1]
        if not pressed or form.digits != TAKES:
            return self._documents.refuse() if pressed else self._documents.ask(self._offered.call_id, ring_id)
        self._legs.took(LegId(form.call_sid), ring.endpoint)
        return EMPTY  # and so they are joined

    def note(self, form: VoiceForm, ring_id: str, endpoint: str, *, asked: bool, own: bool) -> None:
        """Take a phone's status callback; `own` when it is rung by a call of its own."""
        ringing = self._of(ring_id) if own else None
        if own and ringing is None and LegId(form.call_sid) not in self._legs:
            if self._ringer is not None:
                self._ringer.refuse(form)
            return
        self._legs.note(form, endpoint, asked=asked)
        if ringing is not None:
            ringing.note(form)

    def _of(self, ring_id: str) -> Ringing | None:
        """Return the present ring if it is this one: a phone may ring still for one from before a restart of ours."""
        return self._now if self._now is not None and self._now.ring_id == ring_id else None

    def _ringing(self, ring: Ring, turn: int, now: Situation) -> Ringing | None:
        if not ring.music or self._ringer is None:
            return None
        asks = self._documents.asks(ring)
        placement = self._ringer.placement(self._offered, ring, now.ring_id, token=self.token, asks=asks)
        if placement is None:
            return None
        return Ringing(
            ring,
            turn,
            placement,
            offered=self._offered,
            ringer=self._ringer,
            legs=self._legs,
            documents=self._documents,
            now=now,
            take_out=self._take_out,
        )


def _nobody(_turn: int) -> None:
    """Take nobody out of a queue."""


def _new_id(turn: int) -> str:
    return f"{turn}-{secrets.token_hex(4)}"
