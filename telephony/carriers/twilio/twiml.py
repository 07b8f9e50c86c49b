"""A batch of commands as one TwiML document. Pure.

Its end always leads back to us, under the batch's turn: by the action of Gather, Record or Dial, and where those fall
through, by a Redirect. See https://www.twilio.com/docs/voice/twiml
"""

import logging
import math
from collections.abc import Iterable
from typing import assert_never

from twilio.twiml.voice_response import Gather, VoiceResponse

from telephony.calls.commands import Answer, Ask, Batch, Command, HandOver, HangUp, Hold, Prompt, Record, Ring, Say
from telephony.carriers.twilio.addresses import Addresses
from telephony.carriers.twilio.media import Sounds
from telephony.carriers.twilio.ring_twiml import RingDocuments
from telephony.carriers.twilio.settings import TwilioSettings
from telephony.carriers.twilio.situation import CannotPerformError, Situation

logger = logging.getLogger(__name__)

EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
WAIT, WOKEN, SILENCE, RUNG = "wait", "woken", "silence", "rung"
"""Why a request comes that is no verb's own: nothing was there to say yet, we woke the caller, nothing was heard, we
took the caller out of a queue, for their agent does not come."""

_SAME_FOR_ALL = Answer | Say | Ask
_MOST_WRITTEN = 2_000
_REJECT = {"busy": "busy", "congestion": "rejected", "rejected": "rejected", "unallocated": "rejected"}


class Documents:
    """Writes documents for one account."""

    def __init__(self, settings: TwilioSettings, sounds: Sounds, told: str = "") -> None:
        self._settings = settings
        self._sounds = sounds
        self._at = Addresses(settings.public_base_url, told)
        self._told = told
        self.rings = RingDocuments(settings, sounds, self._at)
        self._written: dict[object, str] = {}
        """What callers are told and asked, which is the same for many."""

    def following(self, told: str) -> "Documents":
        """Return the same for one call, whose continuations say this too: `&name=value`, of plain characters."""
        other = Documents(self._settings, self._sounds, told)
        other._written = self._written
        return other

    def of(self, batch: Batch, now: Situation) -> str:
        """Return the document that performs a batch. Raises CannotPerformError."""
        urls = tuple([self._sounds.url(prompt) for prompt in _prompts(batch.commands)])
        if None in urls:
            self._refuse_silence(batch)
        if not all(isinstance(one, _SAME_FOR_ALL) for one in batch.commands):
            return self._write(batch, now)
        key = (self._told, batch, urls)  # a text that is rendered anew is another sound
        written = self._written.get(key)
        if written is None:
            if len(self._written) >= _MOST_WRITTEN:
                self._written.clear()
            written = self._written[key] = self._write(batch, now)
        return written

    def _write(self, batch: Batch, now: Situation) -> str:
        response = VoiceResponse()
        for one in batch.commands:
            self._add(response, one, batch, now)
        if not batch.commands or isinstance(batch.commands[-1], Answer | Say):
            response.redirect(self.next(batch.turn), method="POST")
        return str(response.to_xml())

    def wait(self, turn: int, prompt: Prompt | None = None) -> str:
        """Return a document for a caller for whom there is nothing yet: a second of silence, or a prompt."""
        response = VoiceResponse()
        url = self._sounds.url(prompt) if prompt else None
        if url:
            response.play(url)
        else:
            response.pause(length=1)
        response.redirect(self.next(turn, WAIT), method="POST")
        return str(response.to_xml())

    def come_again(self, path: str) -> str:
        """Return a document that asks the same of us a second later: we are about to start, or to stop."""
        response = VoiceResponse()
        response.pause(length=1)
        response.redirect(self._settings.public_base_url + path, method="POST")
        return str(response.to_xml())

    def hand_over(self) -> str:
        """Return a document that leaves the caller to the fallback number, or where there is none, ends the call."""
        response = VoiceResponse()
        self._hand_over(response)
        return str(response.to_xml())

    def hang_up(self) -> str:
        """Return a document that ends the call."""
        response = VoiceResponse()
        response.hangup()
        return str(response.to_xml())

    def next(self, turn: int, why: str = "") -> str:
        """Return the address at which a call goes on after a turn."""
        return self._at.next(turn, why)

    def can_say(self, prompt: Prompt) -> bool:
        """Tell whether a prompt is rendered."""
        return self._sounds.url(prompt) is not None

    def music_s(self, hold: Hold) -> int:
        """Return for how long music plays in a hold: after its prompts, and before the second that ends it."""
        return max(0, round(hold.for_s - sum(self._sounds.seconds(prompt) for prompt in hold.prompts)) - 1)

    # --- verbs ---

    def _add(self, response: VoiceResponse, one: Command, batch: Batch, now: Situation) -> None:
        match one:
            case Answer():
                pass  # any verb that speaks or listens answers
            case Say():
                self._play(response, one.prompts)
            case Ask():
                self._ask(response, one, batch.turn)
            case Record():
                self._record(response, one, batch.turn, now)
            case Hold():
                self._hold(response, one, batch.turn, now)
            case Ring():
                self._ring(response, one, batch.turn, now)
            case HandOver():
                self._hand_over(response)
            case HangUp():
                self._hang_up(response, one, batch, now)
            case _:
                assert_never(one)

    def _play(self, where: VoiceResponse | Gather, prompts: Iterable[Prompt]) -> None:
        for prompt in prompts:
            if url := self._sounds.url(prompt):
                where.play(url)
            else:
                fields = {"action": "prompt_missing", "text_id": prompt.text_id, "language": prompt.language}
                logger.error("prompt is not rendered", extra=fields)

    def _ask(self, response: VoiceResponse, ask: Ask, turn: int) -> None:
        # A Gather has one limit for the first key and for each that follows: nobody is cut off between two keys
        patience_s = max(ask.first_digit_s, ask.next_digit_s if ask.max_digits > 1 else 0.0)
        gather = self._gather(response, turn, ask.max_digits, max(1, math.ceil(patience_s)), ask.terminator)
        self._play(gather, ask.prompts)
        # Clouds that do not know actionOnEmptyResult go on here
        response.redirect(self.next(turn, SILENCE), method="POST")

    def _hold(self, response: VoiceResponse, hold: Hold, turn: int, now: Situation) -> None:
        gather = self._gather(response, turn, 1, 1, "")
        self._play(gather, hold.prompts)
        if music_s := self.music_s(hold):
            gather.play(self._sounds.music(hold.music, now.music_from_s, music_s))
        response.redirect(self.next(turn, SILENCE), method="POST")

    def _gather(self, response: VoiceResponse, turn: int, digits: int, timeout_s: int, terminator: str) -> Gather:
        gather: Gather = response.gather(
            input="dtmf",
            action=self.next(turn),
            method="POST",
            num_digits=digits,
            timeout=timeout_s,
            finish_on_key=terminator,
            action_on_empty_result=True,
        )
        return gather

    def _record(self, response: VoiceResponse, record: Record, turn: int, now: Situation) -> None:
        response.record(
            action=self.next(turn),
            method="POST",
            max_length=record.max_s,
            timeout=record.silence_s,
            finish_on_key=record.terminator,
            play_beep=True,
            recording_status_callback=self._at.recording(now.call_id, now.at, record.name),
            recording_status_callback_method="POST",
        )
        response.redirect(self.next(turn, SILENCE), method="POST")

    def _ring(self, response: VoiceResponse, ring: Ring, turn: int, now: Situation) -> None:
        if now.queued:
            self.rings.enqueue(response, turn, now)
        else:
            self.rings.dial(response, ring, turn, now)

    def _hand_over(self, response: VoiceResponse) -> None:
        if self._settings.fallback_number:
            dial = response.dial(answer_on_bridge=True, caller_id=self._settings.caller_id or None)
            dial.number(self._settings.fallback_number)
        response.hangup()

    def _hang_up(self, response: VoiceResponse, hang_up: HangUp, batch: Batch, now: Situation) -> None:
        reason = _REJECT.get(hang_up.cause)
        # Only the first verb of an unanswered call can turn it away unpaid
        if reason and not now.answered and len(batch.commands) == 1:
            response.reject(reason=reason)
        else:
            response.hangup()

    def _refuse_silence(self, batch: Batch) -> None:
        """Raise when anything that is to be said is not rendered: half a sentence is no answer to a caller.

        Who is hung up on anyway hears what there is.
        """
        said = () if batch.commands and isinstance(batch.commands[-1], HangUp) else batch.commands
        missing = [prompt for prompt in _prompts(said) if not self.can_say(prompt)]
        if missing:
            texts = ", ".join(f"{prompt.text_id} ({prompt.language})" for prompt in missing)
            msg = f"not rendered: {texts}; run `ringside prompts render`"
            raise CannotPerformError(msg, speechless=True)


def _prompts(commands: Iterable[Command]) -> list[Prompt]:
    return [prompt for one in commands if isinstance(one, Say | Ask) for prompt in one.prompts]
