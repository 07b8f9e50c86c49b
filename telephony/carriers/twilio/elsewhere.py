"""Callers of the cloud whom Asterisk serves: taken there over SIP, and back when it fails them."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlencode

from twilio.twiml.voice_response import VoiceResponse

from telephony.calls.events import CallFinished
from telephony.calls.model import CallId
from telephony.carriers.twilio.endpoints import CALL_HEADER
from telephony.carriers.twilio.forms import VoiceForm
from telephony.carriers.twilio.lines import FLOW
from telephony.carriers.twilio.past import leads_to_asterisk
from telephony.carriers.twilio.settings import TwilioSettings
from telephony.ports import CallTaker, Clock

logger = logging.getLogger(__name__)

MOVED = "moved"
"""Why a caller comes back whom we have sent for."""
_ANSWERS_WITHIN_S = 10
_FLOW_HEADER = "X-Ringside-Flow"
_SERVED = frozenset({"completed", "answered"})
_DOWN_FOR_GOOD = 2
"""Looks in a row at which Asterisk was down: it may only be slow to be reached when we start."""


class Asterisk(Protocol):
    """What is known here of the carrier that serves the cloud's callers."""

    def takes_calls(self) -> bool:
        """Tell whether new calls go there now."""
        ...

    def has_lost(self, call_id: CallId) -> bool:
        """Tell whether it went away in the middle of a call."""
        ...

    def is_down(self) -> bool:
        """Tell whether it cannot be reached now."""
        ...

    async def has_served(self, call_id: CallId) -> bool | None:
        """Tell whether a call of which we know since before our start came to its end there; never raises.

        None while that cannot be told yet: ask again in a moment.
        """
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

    def is_down(self) -> bool:
        """Return False: there is nobody to be fetched."""
        return False

    async def has_served(self, call_id: CallId) -> bool | None:
        """Return True: there is nobody who could go on."""
        return True


class LiveLeg(Protocol):
    """A call that lives at the cloud: a caller's, or a leg of one."""

    @property
    def to(self) -> str:
        """Return the address that was called."""
        ...

    @property
    def parent_sid(self) -> str:
        """Return the caller's call; '' for a caller's."""
        ...


@dataclass(slots=True)
class _There:
    """A caller who is at Asterisk."""

    flow: str = ""
    token: str = field(default="", repr=False)
    """The one their call came with; '' when it is not known."""
    before: bool = False
    """They were there before we were started."""
    heard_at: float = 0.0
    """Loop time at which they were last known to be there."""
    down: int = 0
    """Looks in a row at which Asterisk was down."""


class Elsewhere:
    """The calls that are at Asterisk. `asterisk` is set before callers come."""

    unfollowed: Callable[[CallId], None]
    """Told of every call that ended there: nobody may have followed it."""

    def __init__(self, settings: TwilioSettings, taker: CallTaker, clock: Clock, ended: Callable[[str], None]) -> None:
        """`ended` is told of every call that ended there, and may be told twice."""
        self.asterisk: Asterisk = NoAsterisk()
        self.unfollowed = lambda _call_id: None
        self._settings = settings
        self._taker = taker
        self._clock = clock
        self._ended = ended
        self._there: dict[CallId, _There] = {}
        self._sent_for: set[CallId] = set()

    @property
    def has_way(self) -> bool:
        """Tell whether callers can be taken there at all."""
        return bool(self._settings.asterisk_sip)

    def __len__(self) -> int:
        return len(self._there)

    def __contains__(self, call_id: object) -> bool:
        return call_id in self._there

    def is_ours(self, call_id: CallId) -> bool:
        """Tell whether we took this call there since we were started."""
        there = self._there.get(call_id)
        return there is not None and not there.before

    def taking(self, form: VoiceForm, flow: str, now: float, *, wanted: bool = False, token: str = "") -> str:
        """Return the document that takes a caller there; '' for one who is served here.

        A new caller is taken while calls go there, one who is `wanted` there in any case. `token` is the one their call
        came with, where the form does not say.
        """
        call_id = CallId(form.call_sid)
        known = wanted or call_id in self._there
        if not self._settings.asterisk_sip or form.over or not (known or self.asterisk.takes_calls()):
            return ""
        flow = flow if FLOW.fullmatch(flow) else ""
        token = token or self.token_of(call_id) or form.call_token
        self._there[call_id] = _There(flow, token, heard_at=now)
        uri = self._settings.asterisk_sip.replace("{called}", form.to)
        response = VoiceResponse()
        dial = response.dial(
            action=self.way_back(call_id), method="POST", timeout=_ANSWERS_WITHIN_S, answer_on_bridge=True
        )
        told = {CALL_HEADER: call_id} | ({_FLOW_HEADER: flow} if flow else {})
        dial.sip(f"{uri}{'&' if '?' in uri else '?'}{urlencode(told)}")
        return str(response.to_xml())

    def token_of(self, call_id: CallId) -> str:
        """Return the token with which the call of a caller came who is there; '' when it is not known."""
        there = self._there.get(call_id)
        return there.token if there is not None else ""

    async def is_served(self, form: VoiceForm, why: str, dial_status: str) -> bool | None:
        """Tell whether a caller who comes back was served there to the end; else they go on here.

        None when that cannot be told yet: they are to come again in a moment.
        """
        call_id = CallId(form.call_sid)
        # A redirect asks the Dial's action before it goes where it was sent
        is_wanted = why == MOVED or call_id in self._sent_for or self.asterisk.has_lost(call_id)
        served: bool | None = not is_wanted and dial_status in _SERVED
        if served and not self.is_ours(call_id):
            served = await self.asterisk.has_served(call_id)
            if served:
                self._there.setdefault(call_id, _There(before=True))
        if served is None:
            return None
        self._sent_for.discard(call_id)
        if not served:
            self._there.pop(call_id, None)
            told = {"action": "twilio_taken_back", "call_id": call_id, "status": dial_status, "why": why}
            logger.warning("a caller whom asterisk did not serve goes on in the cloud", extra=told)
        return served

    def send_for(self, call_id: CallId) -> str:
        """Return the address to which a caller is sent who shall come back, whatever Asterisk did for them."""
        self._sent_for.add(call_id)
        return self.way_back(call_id, MOVED)

    def leave_there(self, call_id: CallId) -> None:
        """Expect one no more who was sent for."""
        self._sent_for.discard(call_id)

    def way_there(self) -> str:
        """Return the address to which a caller is sent who is served here and shall be taken there."""
        return f"{self._settings.public_base_url}/twilio/voice/there"

    def way_back(self, call_id: CallId, why: str = "") -> str:
        """Return the address at which a caller comes back."""
        there = self._there.get(call_id)
        told = {"flow": there.flow if there else "", "why": why}
        query = urlencode({name: value for name, value in told.items() if value})
        return f"{self._settings.public_base_url}/twilio/voice/back{f'?{query}' if query else ''}"

    def end(self, call_sid: str) -> None:
        """Take the news that a call is over; one that is not there is nothing to us."""
        call_id = CallId(call_sid)
        self._sent_for.discard(call_id)
        if self._there.pop(call_id, None) is not None:
            self._ended(call_sid)
            self._taker.tell(CallFinished(call_id=call_id, at=self._clock.now()))
            self.unfollowed(call_id)

    # --- what nobody tells ---

    def take_up(self, live: Iterable[LiveLeg], now: float) -> None:
        """Learn who is there since before we were started, from what lives at the cloud."""
        for leg in live:
            if leg.parent_sid and leads_to_asterisk(leg.to, self._settings):
                self._there.setdefault(CallId(leg.parent_sid), _There(before=True, heard_at=now))

    def unheard_since(self, loop_time: float, now: float, most: int) -> list[CallId]:
        """Return so many callers of whom nothing is known since, and take them to be asked for now."""
        silent = [call_id for call_id, there in self._there.items() if there.heard_at <= loop_time][:most]
        for call_id in silent:
            self._there[call_id].heard_at = now
        return silent

    def left_behind(self) -> list[CallId]:
        """Return those there since before we were started whom an Asterisk that is down cannot serve; ask regularly.

        Of those whom we took there the call itself knows.
        """
        down = self.asterisk.is_down()
        lost: list[CallId] = []
        for call_id, there in self._there.items():
            there.down = there.down + 1 if down else 0
            if there.before and there.down >= _DOWN_FOR_GOOD:  # also once more: the cloud may not have been reached
                lost.append(call_id)
        return lost
