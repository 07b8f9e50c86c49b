"""The callers who are on the cloud's lines now, and the calls that were."""

import logging
import re
from collections.abc import Callable

from telephony.calls.events import CallOffered
from telephony.calls.model import CallId, Direction, LegId
from telephony.carriers.twilio.attempts import CARRIER, Attempts, answered_by
from telephony.carriers.twilio.forms import VoiceForm
from telephony.carriers.twilio.line import TwilioLine
from telephony.carriers.twilio.ringer import Ringer
from telephony.carriers.twilio.settings import TwilioSettings
from telephony.carriers.twilio.twiml import Documents
from telephony.ports import CallTaker, Clock

logger = logging.getLogger(__name__)

FLOW = re.compile(r"[\w.-]{1,64}", re.ASCII)
_REMEMBERED = 10_000
"""Calls that are over and whose late webhooks are known as such."""


class Lines:
    """One line for each call; a call that is over does not come again."""

    def __init__(
        self,
        settings: TwilioSettings,
        documents: Documents,
        taker: CallTaker,
        clock: Clock,
        *,
        attempts: Attempts,
        ended: Callable[[CallId], None] = lambda _call_id: None,
        ringer: Ringer | None = None,
    ) -> None:
        self._ringer = ringer
        self._attempts = attempts
        self._call_ended = ended
        self._settings = settings
        self._documents = documents
        self._taker = taker
        self._clock = clock
        self._lines: dict[CallId, TwilioLine] = {}
        self._ended: dict[CallId, None] = {}

    def __len__(self) -> int:
        return len(self._lines)

    def of(self, form: VoiceForm, flow: str, *, again: bool = False, token: str = "") -> TwilioLine | None:
        """Return the call's line, offering a call that is not known; None for a call that is over.

        `again` for a call that went on before we were started, as one is taken for that was answered without us;
        `token` is the one it came with, if not with this form.
        """
        line = self.find(form.call_sid)
        if line is not None:
            return line
        call_id = CallId(form.call_sid)
        if form.over or call_id in self._ended:
            logger.info("a webhook of a call that is over", extra={"action": "twilio_call_over", "call_id": call_id})
            return None
        flow = flow if FLOW.fullmatch(flow) else ""
        return self._offer(call_id, form, flow, again=again, token=token or form.call_token)

    def find(self, call_sid: str) -> TwilioLine | None:
        """Return the line of a call that is here."""
        return self._lines.get(CallId(call_sid))

    def with_leg(self, leg_id: LegId) -> TwilioLine | None:
        """Return the line of a caller, or of the caller for whom a phone is rung."""
        line = self.of_caller(leg_id)
        return line or next((each for each in self._lines.values() if leg_id in each.legs), None)

    def of_caller(self, leg_id: LegId) -> TwilioLine | None:
        """Return the line of who called, or of whom we called, under this id."""
        attempt = self._attempts.find(leg_id)
        return self._lines.get(attempt.call_id if attempt else CallId(leg_id))

    def end(self, call_sid: str) -> None:
        """Take the news that a call is over, and remember it."""
        line = self.find(call_sid)
        if line is not None:
            line.hang_up()
        else:
            self._forget(CallId(call_sid))

    def part_with(self, call_sid: str) -> None:
        """Lose the line of a caller who is served elsewhere from here on, and may come back."""
        line = self._lines.pop(CallId(call_sid), None)
        if line is not None:
            line.leave()

    def _forget(self, call_id: CallId) -> None:
        self._lines.pop(call_id, None)
        self._attempts.end(call_id)
        if call_id not in self._ended:
            self._call_ended(call_id)
        self._ended[call_id] = None
        while len(self._ended) > _REMEMBERED:
            del self._ended[next(iter(self._ended))]

    def unheard_since(self, loop_time: float) -> list[TwilioLine]:
        """Return the lines of callers of whom nothing was heard since."""
        return [line for line in self._lines.values() if line.heard_at <= loop_time]

    def let_go(self) -> None:
        """Serve nobody any more, and say nothing of it: we go, and the callers meet who comes after us."""
        for line in list(self._lines.values()):
            line.let_go()
        self._lines.clear()

    def _offer(self, call_id: CallId, form: VoiceForm, flow: str, *, again: bool, token: str) -> TwilioLine:
        attempt = self._attempts.serve(call_id)
        was_answered = attempt.before if attempt is not None else form.answered
        documents = self._documents
        # After a restart of ours they meet the same flow, and who was called shall not hear what callers hear
        if attempt is not None:
            documents = documents.following(f"&flow={flow}&attempt={attempt.leg_id}")
        elif flow:
            documents = documents.following(f"&flow={flow}")
        offered = CallOffered(
            call_id=call_id,
            leg_id=attempt.leg_id if attempt else LegId(form.call_sid),
            caller=form.from_,
            caller_name=form.caller_name,
            called=form.to,
            flow=flow,
            at=self._clock.now(),
            carrier=CARRIER,
            direction=Direction.OUTBOUND if attempt else Direction.INBOUND,
            answered_by=answered_by(form.answered_by),
            again=again or was_answered,
        )
        line = self._lines[call_id] = TwilioLine(
            offered,
            documents=documents,
            taker=self._taker,
            clock=self._clock,
            answer_s=self._settings.answer_limit_s,
            language=self._settings.language,
            forget=self._forget,
            ringer=self._ringer,
            token=token,
        )
        self._taker.offer(offered, line)
        return line
