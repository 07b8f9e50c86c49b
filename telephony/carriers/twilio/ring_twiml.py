"""What a caller hears while an agent's phone rings, and what the agent hears who takes them, as TwiML. Pure.

See https://www.twilio.com/docs/voice/twiml/enqueue and https://www.twilio.com/docs/voice/twiml/queue
"""

from types import MappingProxyType
from typing import assert_never

from twilio.twiml.voice_response import Dial, VoiceResponse

from telephony.calls.commands import Prompt, Ring
from telephony.carriers.twilio.addresses import Addresses
from telephony.carriers.twilio.endpoints import Address, Kind, address_of
from telephony.carriers.twilio.media import Sounds
from telephony.carriers.twilio.settings import TwilioSettings
from telephony.carriers.twilio.situation import CannotPerformError, Situation
from telephony.ivr.spoken.agents import TAKE_CALL, agent_texts

TAKES = "1"
"""The key by which an agent takes a call."""
LEFT = "left"
"""Why a request comes from who has left a queue."""
LONGEST_RING_S = 600

_LEG_EVENTS = "initiated ringing answered completed"
_SAID_TIMES = 3
_KEY_WITHIN_S = 4
_JOINED_WITHIN_S = 5
"""How long an agent is kept whose caller is not in the queue: it may be a moment before they are, or they are gone."""
_TALKS = "record-from-answer-dual"
_VOICES = MappingProxyType({"en": "en-US", "ru": "ru-RU", "bg": "bg-BG"})
"""By which the cloud itself speaks where the text is not rendered: no machine may take a caller for want of it."""


class RingDocuments:
    """Writes them for one account."""

    def __init__(self, settings: TwilioSettings, sounds: Sounds, addresses: Addresses) -> None:
        self._settings = settings
        self._sounds = sounds
        self._at = addresses

    def asks(self, ring: Ring) -> bool:
        """Tell whether who answers must press a key: a machine may answer at an agent's telephone number."""
        return self._settings.confirm_mobiles and bool(ring.agent) and ring.endpoint.startswith("tel:")

    def dial(self, response: VoiceResponse, ring: Ring, turn: int, now: Situation) -> None:
        """Ring the phone for a caller who hears it ring. Raises CannotPerformError."""
        address = address_of(ring.endpoint, sip_dial=self._settings.sip_dial, call_id=now.call_id)
        if address is None:
            msg = f"{ring.endpoint!r} is no phone that can be rung from here: use tel:+..., client:..., or set sip_dial"
            raise CannotPerformError(msg)
        dial = response.dial(
            action=self._at.next(turn),
            method="POST",
            timeout=min(max(1, ring.limit_s), LONGEST_RING_S),
            answer_on_bridge=True,
            caller_id=(self._settings.caller_id or None) if address.kind is Kind.NUMBER else None,
            **self._recording(ring, now),
        )
        asks = self.asks(ring)
        told = {
            "status_callback": self._at.leg(now.call_id, now.ring_id, ring.endpoint, asked=asks),
            "status_callback_event": _LEG_EVENTS,
            "status_callback_method": "POST",
        }
        if asks:
            told |= {"url": self._at.agent(now.call_id, now.ring_id), "method": "POST"}
        _phone(dial, address, told)

    def enqueue(self, response: VoiceResponse, turn: int, now: Situation) -> None:
        """Have the caller wait, in a queue of their own, for an agent who is called by a call of their own."""
        response.enqueue(
            _queue(now),
            action=self._at.next(turn),
            method="POST",
            wait_url=self._at.wait(turn),
            wait_url_method="POST",
        )
        # Whoever leaves goes on with the next verb, where a cloud does not ask the action first
        response.redirect(self._at.next(turn, LEFT), method="POST")

    def music(self, name: str, from_s: int, for_s: int) -> str:
        """Return what is heard in the queue; then it is asked again."""
        response = VoiceResponse()
        response.play(self._sounds.music(name, from_s, for_s))
        return str(response.to_xml())

    def leave(self) -> str:
        """Return what takes a caller out of the queue in which they are."""
        response = VoiceResponse()
        response.leave()
        return str(response.to_xml())

    def refuse(self) -> str:
        """Return what ends the call of an agent who cannot have the caller any more."""
        response = VoiceResponse()
        response.hangup()
        return str(response.to_xml())

    def join(self, ring: Ring, now: Situation) -> str:
        """Return what an agent hears who takes the call: the caller. Raises CannotPerformError."""
        response = VoiceResponse()
        dial = response.dial(timeout=_JOINED_WITHIN_S, **self._recording(ring, now))
        dial.queue(_queue(now))
        response.hangup()
        return str(response.to_xml())

    def ask(self, call_id: str, ring_id: str) -> str:
        """Return what an agent hears who must press a key to take a call; without it they are hung up on."""
        response = VoiceResponse()
        prompt = Prompt(text_id=TAKE_CALL, language=self._settings.language)
        url = self._sounds.url(prompt)
        language = prompt.language if prompt.language in _VOICES else "en"
        for _ in range(_SAID_TIMES):
            gather = response.gather(
                input="dtmf",
                action=self._at.agent(call_id, ring_id, pressed=True),
                method="POST",
                num_digits=1,
                timeout=_KEY_WITHIN_S,
                finish_on_key="",
            )
            if url:
                gather.play(url)
            else:
                gather.say(agent_texts(language)[TAKE_CALL], language=_VOICES[language])
        response.hangup()
        return str(response.to_xml())

    def _recording(self, ring: Ring, now: Situation) -> dict[str, str]:
        if not ring.record_as:
            return {}
        return {
            "record": _TALKS,
            "recording_status_callback": self._at.recording(now.call_id, now.at, ring.record_as),
            "recording_status_callback_method": "POST",
        }


def _queue(now: Situation) -> str:
    return f"ringside-{now.call_id}-{now.ring_id}"[:64]


def _phone(dial: Dial, address: Address, told: dict[str, str]) -> None:
    match address.kind:
        case Kind.NUMBER:
            dial.number(address.text, **told)
        case Kind.CLIENT:
            dial.client(address.text, **told)
        case Kind.SIP:
            dial.sip(address.text, **told)
        case _:
            assert_never(address.kind)
