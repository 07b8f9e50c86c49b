"""The phones that are rung for one caller: each step of a leg is told once, in order, however its callbacks come."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum

from telephony.calls.events import (
    CallOffered,
    LegAnswered,
    LegDialed,
    LegEnded,
    LegRinging,
    PhoneChanged,
    PhoneState,
)
from telephony.calls.model import LegId
from telephony.carriers.twilio.forms import VoiceForm
from telephony.ports import CallTaker, Clock

CAUSE_NORMAL, CAUSE_BUSY, CAUSE_NO_ANSWER, CAUSE_UNREACHABLE = 16, 17, 19, 20
TRUNK = "twilio/trunk"
_KEPT = 50
_ASTERISK = "PJSIP/"

CAUSES = {
    "completed": CAUSE_NORMAL,
    "canceled": CAUSE_NORMAL,
    "busy": CAUSE_BUSY,
    "no-answer": CAUSE_NO_ANSWER,
    "failed": CAUSE_UNREACHABLE,
}


class Step(IntEnum):
    """How far a leg has come; it never goes back, so late and repeated callbacks change nothing."""

    DIALED = 1
    RINGING = 2
    ANSWERED = 3
    ENDED = 4


STEPS = {
    "queued": Step.DIALED,
    "initiated": Step.DIALED,
    "ringing": Step.RINGING,
    "in-progress": Step.ANSWERED,
    "answered": Step.ANSWERED,
    **dict.fromkeys(CAUSES, Step.ENDED),
}


@dataclass(slots=True)
class _Leg:
    endpoint: str
    step: Step


@dataclass(slots=True, kw_only=True)
class Legs:
    """The legs of one caller."""

    offered: CallOffered
    taker: CallTaker
    clock: Clock
    _legs: dict[LegId, _Leg] = field(default_factory=dict)

    def __contains__(self, leg_id: LegId) -> bool:
        leg = self._legs.get(leg_id)
        return leg is not None and leg.step is not Step.ENDED

    def note(self, form: VoiceForm, endpoint: str) -> None:
        """Take a phone's status callback."""
        step = STEPS.get(form.status)
        if step is None:
            return
        leg_id, cause = LegId(form.call_sid), CAUSES.get(form.status, CAUSE_NORMAL)
        if step is Step.ENDED and form.seconds:  # it lasted, so it was answered: the news of that was overtaken
            self._go(leg_id, endpoint, Step.ANSWERED, cause, answered_s_ago=form.seconds)
        self._go(leg_id, endpoint, step, cause)

    def over(self, form: VoiceForm, endpoint: str) -> None:
        """Take the end of a `<Dial>`, which may come before its phone's last callbacks, or instead of them all."""
        cause = CAUSES.get(form.dial_status, CAUSE_NORMAL)
        if form.dial_sid:
            leg_id = LegId(form.dial_sid)
            if form.dial_status in {"completed", "answered"}:
                self._go(leg_id, endpoint, Step.ANSWERED, cause, answered_s_ago=form.dial_seconds or 0.0)
            self._go(leg_id, endpoint, Step.ENDED, cause)
        self.end_all(cause)

    def end_all(self, cause: int = CAUSE_NORMAL) -> None:
        """End the legs that are open: their caller is gone, or was taken from them."""
        for leg_id, leg in list(self._legs.items()):
            self._go(leg_id, leg.endpoint, Step.ENDED, cause)

    def _go(self, leg_id: LegId, endpoint: str, step: Step, cause: int, *, answered_s_ago: float = 0.0) -> None:
        leg = self._legs.get(leg_id)
        at = self.clock.now()
        if leg is None:
            leg = self._legs[leg_id] = _Leg(endpoint, Step.DIALED)
            self._forget_old()
            self._dialed(leg_id, endpoint, at - timedelta(seconds=answered_s_ago))
        if step <= leg.step:
            return
        leg.step = step
        call_id, endpoint = self.offered.call_id, leg.endpoint
        match step:
            case Step.RINGING:
                self.taker.tell(LegRinging(call_id=call_id, leg_id=leg_id, endpoint=endpoint, at=at))
                self._phone(endpoint, PhoneState.RINGING, at)
            case Step.ANSWERED:
                at -= timedelta(seconds=answered_s_ago)
                self.taker.tell(LegAnswered(call_id=call_id, leg_id=leg_id, endpoint=endpoint, at=at))
                self._phone(endpoint, PhoneState.IN_USE, at)
            case Step.ENDED:
                self.taker.tell(LegEnded(call_id=call_id, leg_id=leg_id, endpoint=endpoint, cause=cause, at=at))
                self._phone(endpoint, PhoneState.IDLE, at)

    def _dialed(self, leg_id: LegId, endpoint: str, at: datetime) -> None:
        self.taker.tell(
            LegDialed(
                call_id=self.offered.call_id,
                leg_id=leg_id,
                endpoint=endpoint,
                caller=self.offered.theirs,
                caller_name=self.offered.caller_name,
                called=self.offered.ours,
                from_endpoint=TRUNK,
                from_leg=self.offered.leg_id,
                at=at,
                carrier=self.offered.carrier,
            )
        )

    def _phone(self, endpoint: str, state: PhoneState, at: datetime) -> None:
        # Asterisk tells the states of its own phones, and knows them better
        if not endpoint.startswith(_ASTERISK):
            self.taker.tell(PhoneChanged(endpoint=endpoint, state=state, at=at))

    def _forget_old(self) -> None:
        while len(self._legs) > _KEPT:
            oldest = next(iter(self._legs))
            self._go(oldest, self._legs[oldest].endpoint, Step.ENDED, CAUSE_NORMAL)
            del self._legs[oldest]
