"""The calls we place: which of the cloud's calls each one became, and how it goes on, however its news come.

An attempt has an id of our own, which every address that we give the cloud names. So the first word of its call tells
which one it is, also when the answer to placing it was lost. Each step is told once, and in order.
"""

import asyncio
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from telephony.calls.events import (
    AnsweredBy,
    CallFinished,
    LegDialed,
)
from telephony.calls.model import CallId, LegId
from telephony.carriers.twilio.forms import VoiceForm
from telephony.carriers.twilio.leg_steps import CAUSE_NORMAL, CAUSES, STEPS, Step, tell_step
from telephony.carriers.twilio.legs import TRUNK
from telephony.ports import CallTaker, Clock

logger = logging.getLogger(__name__)

NAME = re.compile(r"[\w.-]{1,128}", re.ASCII)
CARRIER = "twilio"
_REMEMBERED = 10_000


@dataclass(slots=True, kw_only=True, eq=False)
class Attempt:
    """One call that we place, or have placed."""

    leg_id: LegId
    endpoint: str
    to: str
    """As the cloud writes it, like `from_`."""
    from_: str
    sent_at: datetime
    given_up_at: datetime | None = None
    """When we stopped waiting for the answer to placing it; None while we wait, and when there was one."""
    sid: str = ""
    """The cloud's call; '' while it is not known whether there is one."""
    step: Step | None = None
    """How far it has come; None before anything was told of it."""
    served: bool = False
    """A flow is on the line: its end is the line's to tell."""
    heard_at: float = 0.0
    """Loop time of the last word of it."""
    before: bool = False
    """It is from before a restart, and a flow may have been on its line."""

    @property
    def call_id(self) -> CallId:
        """The call that it became."""
        return CallId(self.sid)

    def is_placed(self) -> bool:
        """Tell whether it is known to have become a call."""
        return bool(self.sid)

    @property
    def is_over(self) -> bool:
        """Tell whether its phone is out of the call."""
        return self.step is Step.ENDED


class Attempts:
    """Those of this server's life, the latest 10,000."""

    became: Callable[[Attempt], None]
    """Called when the call of an attempt is known."""

    def __init__(self, taker: CallTaker, clock: Clock) -> None:
        self._taker = taker
        self._clock = clock
        self.became = lambda _attempt: None
        self._by_leg: dict[LegId, Attempt] = {}
        self._by_sid: dict[str, Attempt] = {}

    def add(self, attempt: Attempt) -> None:
        """Remember one that is about to be placed, or was before a restart."""
        self._by_leg[attempt.leg_id] = attempt
        if attempt.sid:
            self._by_sid[attempt.sid] = attempt
        while len(self._by_leg) > _REMEMBERED:
            self.drop(next(iter(self._by_leg.values())))

    def drop(self, attempt: Attempt) -> None:
        """Forget one: nobody was called."""
        self._by_leg.pop(attempt.leg_id, None)
        self._by_sid.pop(attempt.sid, None)

    def find(self, leg_id: LegId) -> Attempt | None:
        """Return the attempt of this id."""
        return self._by_leg.get(leg_id)

    def all(self) -> list[Attempt]:
        """Return all that are remembered."""
        return list(self._by_leg.values())

    def ringing(self) -> list[Attempt]:
        """Return those whose calls live, as far as we know, and that no flow serves."""
        return [each for each in self._by_leg.values() if not each.is_over and not each.served]

    def unheard_since(self, loop_time: float) -> list[Attempt]:
        """Return those whose calls ring, as far as we know, and of which nothing was heard since."""
        return [each for each in self.ringing() if each.sid and each.heard_at <= loop_time]

    def is_call(self, attempt: Attempt, sid: str) -> None:
        """Take the news which call an attempt became."""
        if attempt.sid or self._by_leg.get(attempt.leg_id) is not attempt:
            return
        attempt.sid, attempt.step, attempt.heard_at = sid, Step.DIALED, _time()
        self._by_sid[sid] = attempt
        self._taker.tell(
            LegDialed(
                call_id=attempt.call_id,
                leg_id=attempt.leg_id,
                endpoint=attempt.endpoint,
                caller=attempt.from_,
                caller_name="",
                called=attempt.to,
                from_endpoint=TRUNK,
                at=self._clock.now(),
                carrier=CARRIER,
                outgoing=True,
            )
        )
        self.became(attempt)

    def hear(self, name: str, form: VoiceForm) -> None:
        """Take any word of the call of the attempt `name`; that of an attempt from before a restart begins anew."""
        if not NAME.fullmatch(name):
            return
        attempt = self._by_leg.get(LegId(name)) or self._from_before(name, form)
        self.is_call(attempt, form.call_sid)
        if attempt.sid != form.call_sid:
            told = {"action": "twilio_called_twice", "leg_id": name, "call_id": form.call_sid, "known": attempt.sid}
            logger.error("one attempt became two calls: somebody may have been called twice", extra=told)
            return
        self._note(attempt, form.status, answered_s=form.seconds)

    def settle(self, attempt: Attempt, status: str) -> None:
        """Take what the cloud says when it is asked about a call."""
        self._note(attempt, status)

    def serve(self, call_sid: str) -> Attempt | None:
        """Return the attempt that became this call, of which the line tells from now on; None for other calls."""
        attempt = self._by_sid.get(call_sid)
        if attempt is not None:
            attempt.served = True
            self._go(attempt, Step.ANSWERED)  # who asks what to do was answered, also when that news is late
        return attempt

    def end(self, call_sid: str) -> None:
        """Take the news that the line of a call is gone."""
        attempt = self._by_sid.get(call_sid)
        if attempt is not None:
            self._go(attempt, Step.ENDED)

    def _from_before(self, name: str, form: VoiceForm) -> Attempt:
        kind = "" if ":" in form.to else "tel:"
        attempt = Attempt(
            leg_id=LegId(name),
            endpoint=f"{kind}{form.to}",
            to=form.to,
            from_=form.from_,
            sent_at=self._clock.now(),
            before=True,
        )
        self.add(attempt)
        return attempt

    def _note(self, attempt: Attempt, status: str, answered_s: float | None = None) -> None:
        attempt.heard_at = _time()
        step = STEPS.get(str(status))
        if step is None:
            return
        if status == "completed" and answered_s != 0:  # the news that it was answered may be late, or lost
            self._go(attempt, Step.ANSWERED, ago_s=answered_s or 0.0)
        self._go(attempt, step, CAUSES.get(status, CAUSE_NORMAL))
        if attempt.is_over and not attempt.served:
            attempt.served = True
            self._taker.tell(CallFinished(call_id=attempt.call_id, at=self._clock.now()))

    def _go(self, attempt: Attempt, step: Step, cause: int = CAUSE_NORMAL, *, ago_s: float = 0.0) -> None:
        if attempt.step is None or step <= attempt.step:
            return
        attempt.step = step
        tell_step(
            self._taker,
            step,
            call_id=attempt.call_id,
            leg_id=attempt.leg_id,
            endpoint=attempt.endpoint,
            at=self._clock.now(),
            cause=cause,
            answered_s_ago=ago_s,
        )


def answered_by(told: str) -> AnsweredBy | None:
    """Return who answered, in our words; None when nobody listened for it."""
    if not told:
        return None
    if told == "human":
        return AnsweredBy.HUMAN
    return AnsweredBy.MACHINE if told.startswith("machine") or told == "fax" else AnsweredBy.UNKNOWN


def _time() -> float:
    return asyncio.get_running_loop().time()
