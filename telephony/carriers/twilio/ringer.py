"""Calls agents' phones for callers who wait for them in a queue: what one ring asks of the cloud, over REST."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Collection, Coroutine
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

from telephony.calls.commands import Ring
from telephony.calls.events import CallOffered
from telephony.calls.model import CallId
from telephony.carriers.twilio.addresses import Addresses
from telephony.carriers.twilio.call_rate import CallRate
from telephony.carriers.twilio.cut import Cut
from telephony.carriers.twilio.endpoints import Kind, address_of
from telephony.carriers.twilio.forms import VoiceForm
from telephony.carriers.twilio.placed import Finding
from telephony.carriers.twilio.rest import Placement
from telephony.carriers.twilio.settings import TwilioSettings
from telephony.errors import CarrierError, CarrierRefusedError
from telephony.ports import Clock

logger = logging.getLogger(__name__)

_NUMBER = re.compile(r"\+[1-9]\d{5,14}", re.ASCII)
_AGAIN_S = (0.5, 2.0)
"""Before a call is hung up on again that could not be."""
_KNOWN_WITHIN_S = 1.0
_MAY_WAIT_S = 0.5
"""How long a phone may be called late for the sake of music: `<Dial>` rings it at once, for it is not counted."""
_WARY_S, _MOST_WARY_S = 30.0, 300.0
_LEFT_WITHIN_S = 2.0
_RINGS = frozenset({"queued", "initiated", "ringing"})
_NAME = re.compile(r"[\w.+@:-]{1,64}", re.ASCII)


class RingCalls(Protocol):
    """What a ring asks of the cloud. Every method but `reconcile` raises one of the three errors of a carrier."""

    async def place(self, placement: Placement) -> str:
        """Place a call and return its SID."""
        ...

    async def reconcile(
        self, placement: Placement, sent_at: datetime, given_up_at: datetime, known: Callable[[], Collection[str]]
    ) -> Finding:
        """Find out whether a call was placed; never raises."""
        ...

    async def redirect(self, call_sid: str, url: str) -> None:
        """Send a live call to an address at once."""
        ...

    async def hang_up(self, call_sid: str) -> None:
        """End a call."""
        ...

    async def drop_queue(self, queue_sid: str) -> None:
        """Delete a queue in which nobody waits."""
        ...


class Ringer:
    """For one account."""

    def __init__(
        self,
        settings: TwilioSettings,
        calls: RingCalls,
        clock: Clock,
        *,
        rate: CallRate,
        asked: Callable[[Awaitable[Any]], Awaitable[Any]],
        spawn: Callable[[Coroutine[Any, Any, None], str], object],
        placed: Callable[[CallId, str], Coroutine[Any, Any, None]],
    ) -> None:
        """`asked` awaits a request, and notes how the API does; `placed` is told of every call placed for another."""
        self.clock = clock
        self.spawn = spawn
        self._placed = placed
        self.answer_s = min(settings.answer_limit_s * 0.9, _KNOWN_WITHIN_S)
        """How long a caller's request may be held."""
        self._settings = settings
        self._calls = calls
        self._asked = asked
        self._rate = rate
        self._at = Addresses(settings.public_base_url)
        self._wary_s = _WARY_S
        self._wary_until = 0.0
        """Loop time until which no call is placed: the last one could not be, and callers shall not wait for that."""

    def placement(self, offered: CallOffered, ring: Ring, ring_id: str, *, token: str, asks: bool) -> Placement | None:
        """Return the call by which a phone is rung, which is placed in a moment.

        None where it can only be rung by the caller's own document, or would ring late. `token` is the one the caller's
        call came with, '' for none.
        """
        if _time() < self._wary_until or self._rate.wait_s() > _MAY_WAIT_S:
            return None
        address = address_of(ring.endpoint, sip_dial=self._settings.sip_dial, call_id=offered.call_id)
        shown = self._shown(offered, is_number=ring.endpoint.startswith("tel:"), token=token)
        if address is None or not shown:
            return None
        self._rate.note()
        return Placement(
            to=f"client:{address.text}" if address.kind is Kind.CLIENT else address.text,
            from_=shown,
            url=self._at.agent(offered.call_id, ring_id),
            status_callback=self._at.leg(offered.call_id, ring_id, ring.endpoint, asked=asks, own=True),
            ring_s=max(1, ring.limit_s),
            call_token=token if shown == offered.theirs else "",
        )

    async def place(self, placement: Placement) -> str:
        """Place it, once, and return its SID. Raises as a carrier does; after OutcomeUnknownError see `find`."""
        try:
            sid: str = await self._asked(self._calls.place(placement))
        except CarrierError:
            self._wary_until = _time() + self._wary_s
            self._wary_s = min(2 * self._wary_s, _MOST_WARY_S)
            raise
        self._wary_s = _WARY_S
        return sid

    async def find(self, placement: Placement, sent_at: datetime) -> Finding:
        """Find out whether a call was placed; never raises."""
        wanted = replace(placement, to=placement.to.partition("?")[0])
        return await self._calls.reconcile(wanted, sent_at, self.clock.now(), tuple)

    def take_out(self, cut: Cut, call_id: CallId, url: str) -> None:
        """Send a caller soon out of the queue in which they are; it is tried once."""
        self.spawn(self._take_out(cut, call_id, url), f"twilio take out {call_id}")

    def hang_up(self, call_sid: str) -> None:
        """End a call soon, if it lives."""
        self.spawn(self._hang_up(call_sid), f"twilio hang up {call_sid}")

    def note_placed(self, call_id: CallId, sid: str) -> None:
        """Have it remembered that a call was placed to ring a phone for another."""
        self.spawn(self._placed(call_id, sid), f"twilio rung {sid}")

    def refuse(self, form: VoiceForm) -> None:
        """End a call that rings a phone for nobody any more; one that was answered is told so by its document."""
        if form.status in _RINGS:
            self.hang_up(form.call_sid)

    def drop_queues(self, queues: Collection[str]) -> None:
        """Delete queues soon that are used no more: the cloud keeps them for ever."""
        if queues:
            self.spawn(self._drop(tuple(queues)), "twilio queues")

    async def _take_out(self, cut: Cut, call_id: CallId, url: str) -> None:
        async def redirect(to: str) -> None:
            await self._asked(self._calls.redirect(call_id, to))

        try:
            await cut.make(redirect, url)
        except CarrierError as fault:
            told = {"action": "twilio_not_taken_out", "call_id": call_id, "error": str(fault)}
            logger.warning("a caller whose agent does not come could not be sent on at once", extra=told)

    async def _hang_up(self, call_sid: str) -> None:
        for pause_s in (*_AGAIN_S, 0.0):
            try:
                await self._asked(self._calls.hang_up(call_sid))
            except CarrierRefusedError:  # it is over
                return
            except CarrierError as fault:  # to end a call twice changes nothing
                told = {"action": "twilio_leg_not_ended", "leg_id": call_sid, "error": str(fault)}
                logger.warning("a phone that shall ring no more could not be hung up", extra=told)
                await asyncio.sleep(pause_s)
            else:
                return

    async def _drop(self, queues: tuple[str, ...]) -> None:
        await asyncio.sleep(_LEFT_WITHIN_S)  # for the cloud the caller may be in one still
        for queue in queues:
            with suppress(CarrierError):  # one that is left costs nothing
                await self._asked(self._calls.drop_queue(queue))

    def _shown(self, offered: CallOffered, *, is_number: bool, token: str) -> str:
        """Return whom the phone shows. To a number a call may show only one of ours, or, by its token, the caller's."""
        theirs, ours = offered.theirs, self._settings.caller_id or offered.ours
        if not is_number:
            return theirs if _NAME.fullmatch(theirs) else "anonymous"
        if self._settings.caller_id or not (token and _NUMBER.fullmatch(theirs)):
            return ours if _NUMBER.fullmatch(ours) else ""
        return theirs


def _time() -> float:
    return asyncio.get_running_loop().time()
