"""A batch of commands as one TwiML document. Pure.

Its end always leads back to us, under the batch's turn: by the action of Gather, Record or Dial, and where those fall
through, by a Redirect. See https://www.twilio.com/docs/voice/twiml
"""

import logging
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never
from urllib.parse import urlencode

from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from telephony.calls.commands import Answer, Ask, Batch, Command, HandOver, HangUp, Hold, Prompt, Record, Ring, Say
from telephony.carriers.twilio.endpoints import Address, Kind, address_of
from telephony.carriers.twilio.media import Sounds
from telephony.carriers.twilio.settings import TwilioSettings

logger = logging.getLogger(__name__)

EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
WAIT, WOKEN, SILENCE = "wait", "woken", "silence"
"""Why a request comes that is no verb's own: nothing was there to say yet, we woke the caller, nothing was heard."""

_RECORDING = re.compile(r"[\w.-]{1,150}", re.ASCII)
_LEG_EVENTS = "initiated ringing answered completed"
_LONGEST_RING_S = 600
_PLAIN = ":/"
"""Not escaped in addresses: who writes one anew on its way to us, in its plainest form, would spoil its signature."""
_SAME_FOR_ALL = Answer | Say | Ask
_MOST_WRITTEN = 2_000
_REJECT = {"busy": "busy", "congestion": "rejected", "rejected": "rejected", "unallocated": "rejected"}


class CannotPerformError(Exception):
    """No document does what the batch asks; the text says why."""

    def __init__(self, text: str, *, speechless: bool = False) -> None:
        super().__init__(text)
        self.speechless = speechless


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What a document depends on beside its batch."""

    call_id: str
    at: datetime
    answered: bool = True
    music_from_s: int = 0
    """How much of the hold music was heard before."""


class Documents:
    """Writes documents for one account."""

    def __init__(self, settings: TwilioSettings, sounds: Sounds, told: str = "") -> None:
        self._settings = settings
        self._sounds = sounds
        self._here = f"{settings.public_base_url}/twilio"
        self._told = told
        self._written: dict[object, str] = {}
        """What callers are told and asked, which is the same for many."""

    def following(self, told: str) -> "Documents":
        """Return the same for one call, whose continuations say this too: `&name=value`, of plain characters."""
        other = Documents(self._settings, self._sounds, told)
        other._written = self._written
        return other

    def of(self, batch: Batch, now: Situation) -> str:
        """Return the document that performs a batch. Raises CannotPerformError."""
        self._refuse_silence(batch)
        if not all(isinstance(one, _SAME_FOR_ALL) for one in batch.commands):
            return self._write(batch, now)
        # A text that is rendered anew is another sound
        key = (self._told, batch, tuple(self._sounds.url(prompt) for prompt in _prompts(batch.commands)))
        if key not in self._written:
            if len(self._written) >= _MOST_WRITTEN:
                self._written.clear()
            self._written[key] = self._write(batch, now)
        return self._written[key]

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
        return f"{self._here}/voice/next?turn={turn}{f'&why={why}' if why else ''}{self._told}"

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
            recording_status_callback=self._recording_url(now, record.name),
            recording_status_callback_method="POST",
        )
        response.redirect(self.next(turn, SILENCE), method="POST")

    def _ring(self, response: VoiceResponse, ring: Ring, turn: int, now: Situation) -> None:
        address = address_of(ring.endpoint, sip_dial=self._settings.sip_dial, call_id=now.call_id)
        if address is None:
            msg = f"{ring.endpoint!r} is no phone that can be rung from here: use tel:+..., client:..., or set sip_dial"
            raise CannotPerformError(msg)
        dial = response.dial(
            action=self.next(turn),
            method="POST",
            timeout=min(max(1, ring.limit_s), _LONGEST_RING_S),
            answer_on_bridge=True,
            caller_id=(self._settings.caller_id or None) if address.kind is Kind.NUMBER else None,
            record="record-from-answer-dual" if ring.record_as else None,
            recording_status_callback=self._recording_url(now, ring.record_as) if ring.record_as else None,
            recording_status_callback_method="POST" if ring.record_as else None,
        )
        told = urlencode({"call": now.call_id, "turn": turn, "endpoint": ring.endpoint}, safe=_PLAIN)
        _phone(dial, address, f"{self._here}/leg?{told}")

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

    def _recording_url(self, now: Situation, name: str) -> str:
        """Return where the cloud tells that a recording is ready; it lies where those of other carriers do."""
        if not _RECORDING.fullmatch(name):
            msg = f"unusable recording name {name!r}"
            raise CannotPerformError(msg)
        told = urlencode({"call": now.call_id, "name": f"calls/{now.at:%Y/%m/%d}/{name}"}, safe=_PLAIN)
        return f"{self._here}/recording?{told}"

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


def _phone(dial: Dial, address: Address, callback: str) -> None:
    told = {
        "status_callback": callback,
        "status_callback_event": _LEG_EVENTS,
        "status_callback_method": "POST",
    }
    match address.kind:
        case Kind.NUMBER:
            dial.number(address.text, **told)
        case Kind.CLIENT:
            dial.client(address.text, **told)
        case Kind.SIP:
            dial.sip(address.text, **told)
        case _:
            assert_never(address.kind)
