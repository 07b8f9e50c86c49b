"""Twilio as a carrier: its webhooks come to the web server, and what we want of a call goes over REST."""

import asyncio
import logging
from collections.abc import Awaitable, Coroutine
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self, TypeVar

from aiohttp import web

from telephony.calls.events import CarrierUp
from telephony.calls.model import LegId
from telephony.carriers.twilio.forms import FINAL
from telephony.carriers.twilio.line import TwilioLine
from telephony.carriers.twilio.lines import Lines
from telephony.carriers.twilio.media import Media
from telephony.carriers.twilio.settings import TwilioSettings
from telephony.carriers.twilio.twiml import Documents
from telephony.carriers.twilio.webhooks import RecordingsOwed, Webhooks
from telephony.errors import CarrierError, CarrierRefusedError, CarrierUnavailableError
from telephony.ports import CallTaker, CarrierHealth, Clock, Dial, DialOutcome, PromptFiles

logger = logging.getLogger(__name__)

_LOOK_EVERY_S = 15.0
_AT_ONCE = 20
"""Callers who are looked up in one round: a bad day must not use up the account's requests."""
_CLOSE_LIMIT_S = 5.0

_T = TypeVar("_T")


class CallState(Protocol):
    """What the cloud knows of a call."""

    @property
    def status(self) -> str:
        """Return its status in the cloud's words, e.g. `in-progress` or `completed`."""
        ...


class Calls(Protocol):
    """The cloud's calls over REST. Every method raises one of the three errors of a carrier."""

    async def redirect(self, call_sid: str, url: str) -> None:
        """Send a live call to an address at once."""
        ...

    async def hang_up(self, call_sid: str) -> None:
        """End a call."""
        ...

    async def status_of(self, call_sid: str) -> CallState:
        """Tell how a call is doing."""
        ...


class TwilioCarrier:
    """`ports.Carrier` for one account, from `async with` to its end. `add_to` puts its webhooks under `/twilio/`."""

    name = "twilio"

    def __init__(
        self,
        settings: TwilioSettings,
        taker: CallTaker,
        prompts: PromptFiles,
        clock: Clock,
        *,
        calls: Calls,
        recordings: RecordingsOwed | None = None,
    ) -> None:
        media = Media(settings, prompts)
        documents = Documents(settings, media)
        self.lines = Lines(settings, documents, taker, clock)
        self._webhooks = Webhooks(settings, lines=self.lines, documents=documents, media=media, recordings=recordings)
        self._settings = settings
        self._taker = taker
        self._clock = clock
        self._calls = calls
        self._tasks: set[asyncio.Task[None]] = set()
        self._reached = True
        self._since: datetime | None = None

    async def __aenter__(self) -> Self:
        self._since = self._clock.now()
        self._taker.tell(CarrierUp(live_calls=frozenset(), down_since=None, at=self._since))
        self._spawn(self._look_up_for_ever(), "twilio look-ups")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._webhooks.closed = True
        self.lines.leave()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_CLOSE_LIMIT_S)

    def routes(self) -> list[web.RouteDef]:
        """Return the webhooks' addresses and handlers."""
        return self._webhooks.routes()

    def add_to(self, app: web.Application) -> None:
        """Serve the webhooks in an application, which must leave `/twilio/` to them."""
        app.add_routes(self.routes())

    @property
    def health(self) -> CarrierHealth:
        """Tell whether the cloud's API could be reached when it was last needed: there is no link that could break."""
        return CarrierHealth(
            connected=self._since is not None and self._reached, since=self._since, live_lines=len(self.lines)
        )

    # --- ports.Carrier ---

    async def wake(self, leg_id: LegId) -> None:
        """End the `Hold` of a caller at once. Raises as the port says; the hold ends by itself all the same."""
        line = self.lines.find(leg_id)
        if line is not None:
            # The request is seen to its end although the waker stops as soon as the hold is over: what became of it
            # says whether the call will be cut
            await asyncio.shield(self._spawn(line.wake(lambda url: self._redirect(leg_id, url)), f"wake {leg_id}"))

    async def hang_up(self, leg_id: LegId) -> None:
        """End a leg. Raises CarrierRefusedError when it lives no more."""
        if self.lines.with_leg(leg_id) is None:
            msg = f"no call {leg_id} is here"
            raise CarrierRefusedError(msg)
        await self._asked(self._calls.hang_up(leg_id))

    async def dial(self, dial: Dial) -> DialOutcome:
        """Refuse: calls cannot be placed here yet. Raises CarrierRefusedError."""
        msg = f"Twilio does not place calls yet, not to {dial.endpoint} either; place it through Asterisk"
        raise CarrierRefusedError(msg)

    async def was_placed(self, leg_id: LegId) -> bool:
        """Tell whether a leg of this id is here now."""
        return self.lines.with_leg(leg_id) is not None

    # --- callers of whom nothing is heard ---

    async def look_up_silent(self) -> None:
        """Ask the cloud for callers of whom nothing was heard for long, and believe what it says of them."""
        since = asyncio.get_running_loop().time() - self._settings.unheard_limit_s
        for line in self.lines.unheard_since(since)[:_AT_ONCE]:
            await self._look_up(line)

    async def _look_up(self, line: TwilioLine) -> None:
        call_id = line.offered.call_id
        line.heard_at = asyncio.get_running_loop().time()
        try:
            state = await self._asked(self._calls.status_of(call_id))
        except CarrierError as error:
            told = {"action": "twilio_look_up_failed", "call_id": call_id, "error": str(error)}
            logger.warning("a silent caller could not be looked up", extra=told)
            return
        if state.status in FINAL:
            told = {"action": "twilio_call_lost", "call_id": call_id, "status": state.status}
            logger.warning("a call ended and nothing told us", extra=told)
            self.lines.end(call_id)

    async def _look_up_for_ever(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            try:
                await self.look_up_silent()
            except Exception:  # the border of one round: the next may do better
                logger.exception("look-up of silent callers failed", extra={"action": "twilio_look_up_failed"})

    # --- REST ---

    async def _redirect(self, call_sid: str, url: str) -> None:
        await self._asked(self._calls.redirect(call_sid, url))

    async def _asked(self, asking: Awaitable[_T]) -> _T:
        """Await an answer of the API, and note whether it could be reached."""
        try:
            answer = await asking
        except CarrierUnavailableError:
            self._note_reached(False)
            raise
        except CarrierRefusedError:
            self._note_reached(True)
            raise
        self._note_reached(True)
        return answer

    def _note_reached(self, reached: bool) -> None:
        if reached is not self._reached:
            self._reached, self._since = reached, self._clock.now()

    def _spawn(self, work: Coroutine[None, None, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # told to who waits for it; when nobody does any more, it matters to nobody
