"""Twilio as a carrier: its webhooks come to the web server, and what we want of a call goes over REST."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime
from types import TracebackType
from typing import Self, TypeVar

from aiohttp import web

from telephony.calls.events import CarrierUp
from telephony.calls.model import CallId, CallRecord, LegId
from telephony.carriers.twilio.attempts import Attempt, Attempts
from telephony.carriers.twilio.bring_back import bring_back
from telephony.carriers.twilio.call_rate import CallRate
from telephony.carriers.twilio.cloud_calls import Calls
from telephony.carriers.twilio.elsewhere import Elsewhere
from telephony.carriers.twilio.forms import FINAL
from telephony.carriers.twilio.line import TwilioLine
from telephony.carriers.twilio.lines import Lines
from telephony.carriers.twilio.media import Media
from telephony.carriers.twilio.past import is_call, record_of
from telephony.carriers.twilio.placing import Placing
from telephony.carriers.twilio.refusals import NOT_FOUND, RefusedError
from telephony.carriers.twilio.ringer import Ringer
from telephony.carriers.twilio.rung_legs import RungLegs
from telephony.carriers.twilio.settings import TwilioSettings
from telephony.carriers.twilio.twiml import Documents
from telephony.carriers.twilio.webhooks import RecordingsOwed, Webhooks
from telephony.errors import CarrierError, CarrierRefusedError, CarrierUnavailableError, OutcomeUnknownError
from telephony.ports import CallTaker, CarrierHealth, Clock, Dial, DialOutcome, Dues, PromptFiles
from telephony.routing.round_trips import RoundTrips

logger = logging.getLogger(__name__)

_LOOK_EVERY_S = 15.0
_AT_ONCE = 20
"""Callers who are looked up in one round: a bad day must not use up the account's requests."""
_CLOSE_LIMIT_S = 5.0
_ASK_AGAIN_S = (1.0, 2.0, 5.0, 10.0, 30.0)
"""Before the account is asked again for what lives there; the last for all that follow."""

GONE = "completed"
"""What is taken for the status of a call that the cloud does not know any more."""

_T = TypeVar("_T")


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
        dues: Dues | None = None,
        ended: Callable[[CallId], None] = lambda _call_id: None,
        rung: RungLegs | None = None,
    ) -> None:
        """Take what it works with.

        `dues` keeps over a restart what we placed; `ended` is told of every call that is over, `rung` of every one that
        was placed to ring a phone for another.
        """
        media = Media(settings, prompts)
        documents = Documents(settings, media)
        self._attempts = Attempts(taker, clock)
        rate = CallRate(settings.calls_per_second, lambda: asyncio.get_running_loop().time())
        self._placing = Placing(
            settings,
            self._attempts,
            calls,
            clock,
            dues=dues,
            spawn=self._spawn,
            carried=lambda: len(self.lines),
            sent=rate.note,
        )
        self._rung = rung or RungLegs(calls, clock, dues)
        ringer = Ringer(settings, calls, clock, rate=rate, asked=self._asked, spawn=self._spawn, placed=self._rung.add)
        self.lines = Lines(settings, documents, taker, clock, attempts=self._attempts, ended=ended, ringer=ringer)
        self.elsewhere = Elsewhere(settings, taker, clock, self.lines.end)
        self._webhooks = Webhooks(
            settings,
            elsewhere=self.elsewhere,
            lines=self.lines,
            documents=documents,
            media=media,
            recordings=recordings,
            hear=self._attempts.hear,
            refuse=ringer.refuse,
        )
        self._settings = settings
        self._taker = taker
        self._clock = clock
        self._calls = calls
        self._tasks: set[asyncio.Task[None]] = set()
        self._up = False
        self._reached = True
        self._asked_of_late = RoundTrips()
        self._reconnects = 0
        self._since: datetime | None = None

    async def __aenter__(self) -> Self:
        self._since = self._clock.now()
        self._webhooks.closed = False
        self._spawn(self._come_up(self._since), "twilio comes up")
        self._spawn(self._look_up_for_ever(), "twilio look-ups")
        self._spawn(self._placing.forget_old(), "twilio old attempts")
        self._spawn(self._rung.forget_old(), "twilio old rings")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._webhooks.closed = True
        self.lines.let_go()
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
        """Tell whether the cloud's API could be reached when it was last needed: there is no link that could break.

        It is asked for callers only, never to be measured: how swift a cloud is that serves nobody is not known.
        """
        return CarrierHealth(
            connected=self._up and self._reached,
            since=self._since,
            reconnects=self._reconnects,
            live_lines=len(self.lines),
            answers_in_s=self._asked_of_late.last_s,
            failures=self._asked_of_late.failures,
            asked_at=self._asked_of_late.at,
        )

    # --- ports.Carrier ---

    def has(self, leg_id: LegId) -> bool:
        """Tell whether this is a caller who is here, a phone that is rung for one, or somebody whom we call."""
        return self.lines.with_leg(leg_id) is not None or self._attempts.find(leg_id) is not None

    async def wake(self, leg_id: LegId) -> None:
        """End the `Hold` of a caller at once. Raises as the port says; the hold ends by itself all the same."""
        line = self.lines.of_caller(leg_id)
        if line is not None:
            # The request is seen to its end although the waker stops as soon as the hold is over: what became of it
            # says whether the call will be cut
            call_id = line.offered.call_id
            await asyncio.shield(self._spawn(line.wake(lambda url: self._redirect(call_id, url)), f"wake {leg_id}"))

    async def hang_up(self, leg_id: LegId) -> None:
        """End a leg. Raises CarrierRefusedError when it lives no more."""
        await self._asked(self._calls.hang_up(self._sid_of(leg_id)))

    async def dial(self, dial: Dial) -> DialOutcome:
        """Place a call; what becomes of it comes as call events. Raises as the port says; see `was_placed`."""
        await self._placing.place(dial, self._asked)
        return DialOutcome.PLACED

    async def was_placed(self, leg_id: LegId) -> bool:
        """Tell whether we placed a call under this id, or a leg of this id is here now.

        A call whose placing had an unknown outcome is looked up, which may take some seconds: raises
        OutcomeUnknownError when even that cannot tell.
        """
        placed = await self._placing.was_placed(leg_id)
        return self.lines.with_leg(leg_id) is not None if placed is None else placed

    def _sid_of(self, leg_id: LegId) -> str:
        """Return what the cloud calls a leg. Raises CarrierRefusedError when it lives no more."""
        attempt = self._attempts.find(leg_id)
        if attempt is not None and not attempt.is_over:
            if attempt.sid:
                return attempt.sid
            msg = f"it is not known yet whether {leg_id} was placed: ask `was_placed`"
            raise OutcomeUnknownError(msg)
        if self.lines.with_leg(leg_id) is None:
            msg = f"no call {leg_id} is here"
            raise CarrierRefusedError(msg)
        return leg_id

    # --- ports.PastCalls ---

    def names_a_call(self, call_id: CallId) -> bool:
        """Tell whether this could be one of the cloud's calls."""
        return is_call(call_id)

    async def finished(self, call_id: CallId) -> CallRecord | None:
        """Give the record of a call whose end nobody here heard; None while it lives. Raises as the port says."""
        call, *legs = await self._asked(self._rung.bill(call_id), timed=False)
        return record_of(call, legs, self._settings)

    # --- callers at Asterisk ---

    async def take_to_asterisk(self, call_id: CallId) -> None:
        """Have a caller who is served here go on at Asterisk, or here again if it does not take them.

        Raises as the port's methods; CarrierRefusedError when there is no such caller here.
        """
        if self.lines.find(call_id) is None:
            msg = f"no caller {call_id} is here"
            raise CarrierRefusedError(msg)
        await self._redirect(call_id, self.elsewhere.way_there())

    async def send_back(self, call_id: CallId) -> None:
        """Have a caller who is served at Asterisk go on here. Raises as the port's methods."""
        try:
            await self._redirect(call_id, self.elsewhere.send_for(call_id))
        except (CarrierUnavailableError, CarrierRefusedError):
            self.elsewhere.leave_there(call_id)
            raise

    def bring_back(self, call_id: CallId) -> None:
        """Have a caller who is at Asterisk go on here: the cloud is asked until it has answered."""
        there = self.elsewhere.send_for(call_id)
        self._spawn(bring_back(call_id, lambda: self._redirect(call_id, there)), f"bring back {call_id}")

    # --- what lives there ---

    async def _come_up(self, at: datetime) -> None:
        """Tell which calls live there, as of `at`; until the account has said so, none is taken to be over."""
        tries = 0
        while not self._up:
            try:
                live = await self._asked(self._calls.live_calls(), timed=False)
            except CarrierError as error:
                told = {"action": "twilio_not_asked", "error": str(error)}
                logger.warning("the account cannot be asked for its calls: run `ringside doctor`", extra=told)
                await asyncio.sleep(_ASK_AGAIN_S[min(tries, len(_ASK_AGAIN_S) - 1)])
                tries += 1
                continue
            self._up = True
            self.elsewhere.take_up(live, asyncio.get_running_loop().time())
            calls = frozenset(CallId(call.sid) for call in live)
            self._taker.tell(CarrierUp(live_calls=calls, down_since=None, at=at, carrier=self.name))

    # --- callers of whom nothing is heard ---

    async def look_up_silent(self) -> None:
        """Ask the cloud for callers of whom nothing was heard for long, and believe what it says of them."""
        now = asyncio.get_running_loop().time()
        since = now - self._settings.unheard_limit_s
        for line in self.lines.unheard_since(since)[:_AT_ONCE]:
            await self._look_up(line)
        for attempt in self._attempts.unheard_since(since)[:_AT_ONCE]:
            await self._look_up_attempt(attempt)
        for call_id in self.elsewhere.unheard_since(since, now, _AT_ONCE):
            if await self._status_of(call_id) in FINAL:
                self.elsewhere.end(call_id)
        for call_id in self.elsewhere.left_behind():
            self.bring_back(call_id)

    async def _look_up_attempt(self, attempt: Attempt) -> None:
        status = await self._status_of(attempt.sid)
        if status:
            self._attempts.settle(attempt, status)
        if status in FINAL:
            self.lines.end(attempt.sid)

    async def _look_up(self, line: TwilioLine) -> None:
        line.heard_at = asyncio.get_running_loop().time()
        if await self._status_of(line.offered.call_id) in FINAL:
            self.lines.end(line.offered.call_id)

    async def _status_of(self, call_sid: str) -> str:
        """Return what the cloud says of a call; '' when it cannot be asked."""
        try:
            state = await self._asked(self._calls.status_of(call_sid))
        except CarrierError as error:
            told = {"action": "twilio_look_up_failed", "call_id": call_sid, "error": str(error)}
            logger.warning("a silent caller could not be looked up", extra=told)
            # Of a call that it told us of the cloud forgets nothing before its end
            return GONE if isinstance(error, RefusedError) and error.status == NOT_FOUND else ""
        if state.status in FINAL:
            told = {"action": "twilio_call_lost", "call_id": call_sid, "status": str(state.status)}
            logger.warning("a call ended and nothing told us", extra=told)
        return state.status

    async def _look_up_for_ever(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            try:
                await self.look_up_silent()
                if self._up and not self._reached:  # nobody else may ask while calls go elsewhere
                    await self._asked(self._calls.live_calls(), timed=False)
            except CarrierError:
                continue
            except Exception:  # the border of one round: the next may do better
                logger.exception("look-up of silent callers failed", extra={"action": "twilio_look_up_failed"})

    # --- REST ---

    async def _redirect(self, call_sid: str, url: str) -> None:
        await self._asked(self._calls.redirect(call_sid, url))

    async def _asked(self, asking: Awaitable[_T], *, timed: bool = True) -> _T:
        """Await an answer of the API, and note whether it could be reached and how long it took.

        Not `timed` is what takes several requests: it is long however swift the cloud is.
        """
        loop = asyncio.get_running_loop()
        began, answered = loop.time(), False
        try:
            answer = await asking
            answered = True
        except CarrierUnavailableError:
            self._note_reached(False)
            raise
        except CarrierRefusedError:
            answered = True
            self._note_reached(True)
            raise
        finally:
            self._asked_of_late.note(loop.time() - began, self._clock.now(), answered=answered, timed=timed)
        self._note_reached(True)
        return answer

    def _note_reached(self, reached: bool) -> None:
        if reached is not self._reached:
            self._reached, self._since = reached, self._clock.now()
            self._reconnects += reached

    def _spawn(self, work: Coroutine[None, None, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # told to who waits for it; when nobody does any more, it matters to nobody
