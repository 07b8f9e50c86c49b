"""Callers of the cloud whom Asterisk serves: taken there over SIP, and back when it fails them."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlencode

from twilio.twiml.voice_response import VoiceResponse

from telephony.calls.events import CallFinished
from telephony.calls.model import CallId
from telephony.carriers.twilio.endpoints import CALL_HEADER
from telephony.carriers.twilio.forms import VoiceForm
from telephony.carriers.twilio.lines import FLOW
from telephony.carriers.twilio.settings import TwilioSettings
from telephony.ports import CallTaker, Clock

logger = logging.getLogger(__name__)

MOVED = "moved"
"""Why a caller comes back whom we have sent for."""
_ANSWERS_WITHIN_S = 10
_FLOW_HEADER = "X-Ringside-Flow"
_SERVED = frozenset({"completed", "answered"})


class Asterisk(Protocol):
    """What is known here of the carrier that serves the cloud's callers."""

    def takes_calls(self) -> bool:
        """Tell whether new calls go there now."""
        ...

    def has_lost(self, call_id: CallId) -> bool:
        """Tell whether it went away in the middle of a call."""
        ...


@dataclass(frozen=True, slots=True)
class NoAsterisk:
    """Nobody is taken anywhere."""

    def takes_calls(self) -> bool:
        """Return False."""
        return False

    def has_lost(self, call_id: CallId) -> bool:
        """Return False."""
        return False


class Elsewhere:
    """The calls that are at Asterisk. `asterisk` is set before callers come."""

    def __init__(self, settings: TwilioSettings, taker: CallTaker, clock: Clock, ended: Callable[[str], None]) -> None:
        """`ended` is told of every call that ended there, and may be told twice."""
        self.asterisk: Asterisk = NoAsterisk()
        self._settings = settings
        self._taker = taker
        self._clock = clock
        self._ended = ended
        self._flows: dict[CallId, str] = {}
        self._sent_for: set[CallId] = set()

    def __len__(self) -> int:
        return len(self._flows)

    def __contains__(self, call_id: object) -> bool:
        return call_id in self._flows

    def taking(self, form: VoiceForm, flow: str) -> str:
        """Return the document that takes a new caller there; '' for one who is served here."""
        call_id = CallId(form.call_sid)
        known = call_id in self._flows
        if not self._settings.asterisk_sip or form.over or not (known or self.asterisk.takes_calls()):
            return ""
        self._flows[call_id] = flow = flow if FLOW.fullmatch(flow) else ""
        uri = self._settings.asterisk_sip.replace("{called}", form.to)
        response = VoiceResponse()
        dial = response.dial(
            action=self.way_back(call_id), method="POST", timeout=_ANSWERS_WITHIN_S, answer_on_bridge=True
        )
        told = {CALL_HEADER: call_id} | ({_FLOW_HEADER: flow} if flow else {})
        dial.sip(f"{uri}{'&' if '?' in uri else '?'}{urlencode(told)}")
        return str(response.to_xml())

    def is_served(self, form: VoiceForm, why: str) -> bool:
        """Tell whether a caller who comes back was served there to the end; else they go on here."""
        call_id = CallId(form.call_sid)
        # A redirect asks the Dial's action before it goes where it was sent
        is_wanted = why == MOVED or call_id in self._sent_for or self.asterisk.has_lost(call_id)
        goes_on = is_wanted or form.dial_status not in _SERVED
        self._sent_for.discard(call_id)
        if goes_on and self._flows.pop(call_id, None) is not None:
            told = {"action": "twilio_taken_back", "call_id": call_id, "status": form.dial_status, "why": why}
            logger.warning("a caller whom asterisk did not serve goes on in the cloud", extra=told)
        return not goes_on

    def send_for(self, call_id: CallId) -> str:
        """Return the address to which a caller is sent who shall come back, whatever Asterisk did for them."""
        self._sent_for.add(call_id)
        return self.way_back(call_id, MOVED)

    def way_back(self, call_id: CallId, why: str = "") -> str:
        """Return the address at which a caller comes back."""
        told = {"flow": self._flows.get(call_id, ""), "why": why}
        query = urlencode({name: value for name, value in told.items() if value})
        return f"{self._settings.public_base_url}/twilio/voice/back{f'?{query}' if query else ''}"

    def end(self, call_sid: str) -> None:
        """Take the news that a call is over; one that is not there is nothing to us."""
        call_id = CallId(call_sid)
        self._sent_for.discard(call_id)
        if self._flows.pop(call_id, None) is not None:
            self._ended(call_sid)
            self._taker.tell(CallFinished(call_id=call_id, at=self._clock.now()))
