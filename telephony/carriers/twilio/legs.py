"""The phones that are rung for one caller: each step of a leg is told once, in order, however its callbacks come."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from telephony.calls.events import CallOffered, LegDialed
from telephony.calls.model import LegId
from telephony.carriers.twilio.forms import VoiceForm
from telephony.carriers.twilio.leg_steps import CAUSE_NO_ANSWER, CAUSE_NORMAL, CAUSES, STEPS, Step, tell_step
from telephony.ports import CallTaker, Clock

TRUNK = "twilio/trunk"
_KEPT = 50


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

    def note(self, form: VoiceForm, endpoint: str, *, asked: bool = False) -> None:
        """Take a phone's status callback. Where a key is `asked` for, who answers has not `took` the call yet."""
        step = STEPS.get(form.status)
        if step is None:
            return
        leg_id, cause = LegId(form.call_sid), CAUSES.get(form.status, CAUSE_NORMAL)
        if asked and step is Step.ANSWERED:
            step = Step.RINGING
        if asked and form.status == "completed" and not self._is_taken(leg_id):
            cause = CAUSE_NO_ANSWER
        if step is Step.ENDED and form.seconds and not asked:
            # It lasted, so it was answered: the news of that was overtaken
            self._go(leg_id, endpoint, Step.ANSWERED, cause, answered_s_ago=form.seconds)
        self._go(leg_id, endpoint, step, cause)

    def dialed(self, leg_id: LegId, endpoint: str) -> None:
        """Take the news that a phone is called."""
        self._go(leg_id, endpoint, Step.DIALED, CAUSE_NORMAL)

    def took(self, leg_id: LegId, endpoint: str) -> None:
        """Take the news that who has answered takes the call."""
        self._go(leg_id, endpoint, Step.ANSWERED, CAUSE_NORMAL)

    def over(self, form: VoiceForm, endpoint: str) -> None:
        """Take the end of a `<Dial>`, which may come before its phone's last callbacks, or instead of them all."""
        cause = CAUSES.get(form.dial_status, CAUSE_NORMAL)
        if form.dial_status in {"completed", "answered"} and form.dial_bridged is False:
            cause = CAUSE_NO_ANSWER
        elif form.dial_sid and form.dial_status in {"completed", "answered"}:
            ago_s = form.dial_seconds or 0.0
            self._go(LegId(form.dial_sid), endpoint, Step.ANSWERED, cause, answered_s_ago=ago_s)
        if form.dial_sid:
            self._go(LegId(form.dial_sid), endpoint, Step.ENDED, cause)
        self.end_all(cause)

    def _is_taken(self, leg_id: LegId) -> bool:
        leg = self._legs.get(leg_id)
        return leg is not None and leg.step >= Step.ANSWERED

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
        tell_step(
            self.taker,
            step,
            call_id=self.offered.call_id,
            leg_id=leg_id,
            endpoint=leg.endpoint,
            at=at,
            cause=cause,
            answered_s_ago=answered_s_ago,
        )

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

    def _forget_old(self) -> None:
        while len(self._legs) > _KEPT:
            oldest = next(iter(self._legs))
            self._go(oldest, self._legs[oldest].endpoint, Step.ENDED, CAUSE_NORMAL)
            del self._legs[oldest]
