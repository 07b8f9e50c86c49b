"""Keeps the link to Asterisk's manager interface (AMI): logs in, watches it, comes back after a drop."""

import asyncio
import logging
import random
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime

from panoramisk.message import Message

from telephony.carriers.asterisk.event_queue import EventQueue, Item, LinkDown, LinkUp, Overflowed, RawEvent
from telephony.carriers.asterisk.session import AmiSession, Fields
from telephony.carriers.asterisk.settings import AsteriskSettings
from telephony.errors import CarrierError, CarrierRefusedError, CarrierUnavailableError, OutcomeUnknownError
from telephony.ports import Clock
from telephony.routing.round_trips import RoundTrips

logger = logging.getLogger(__name__)

WANTED = frozenset(
    {
        b"CEL",
        b"DeviceStateChange",
        b"DialBegin",
        b"DialEnd",
        b"Hangup",
        b"Newstate",
        b"QueueCallerJoin",
        b"QueueCallerLeave",
        b"Shutdown",
    }
)
"""The events that are read; the filter in `config/asterisk/manager.conf` keeps the rest inside Asterisk."""

_STEADY_S = 5.0
"""A connection that lived shorter does not shorten the wait before the next."""


class AmiLink:
    """The link, from `start` to `stop`. Its events and marks come in order from `take`, for one reader."""

    def __init__(self, settings: AsteriskSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._queue = EventQueue(settings.event_limit)
        self._session: AmiSession | None = None
        self._task: asyncio.Task[None] | None = None
        self._start_tried: asyncio.Future[None] | None = None
        self._logged_in = False
        self.version = ""
        self.since: datetime | None = None
        self.connections = 0
        self.last_event_at: datetime | None = None
        self.asked = RoundTrips()
        """How Asterisk answers: it is pinged at a steady pace, so this is never old while the link is up."""
        self._lists = 0
        """Lists under way."""
        self.torn = 0
        """Events that a line break in a caller's number or name has torn; a snapshot made each good."""

    @property
    def connected(self) -> bool:
        """Tell whether we are logged in now."""
        return self._logged_in

    @property
    def dropped(self) -> int:
        """Return how many events the bounded queue has dropped."""
        return self._queue.dropped

    @property
    def waiting(self) -> int:
        """Return how many events wait to be read."""
        return len(self._queue)

    async def start(self) -> None:
        """Try to log in once, then keep the link until `stop`.

        Raises CarrierRefusedError when Asterisk does not accept us. An Asterisk that cannot be reached is no error:
        it may come up later than we do.
        """
        self._start_tried = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._keep(self._start_tried), name="ami-link")
        try:
            await self._start_tried
        except CarrierRefusedError:
            await self.stop()
            raise

    async def stop(self) -> None:
        """End the link; nothing reconnects afterwards."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        self._forget_session("closed by Ringside")

    async def ask(self, fields: Fields) -> Message:
        """Send an action and return its response. Raises as `AmiSession.ask`; nothing is ever sent twice."""
        session = self._live()
        # Asterisk answers one action after another: behind a list the swiftest waits
        with self._noted(timed=not self._lists):
            return await session.ask(fields, limit_s=self._settings.action_limit_s)

    async def ask_list(self, fields: Fields) -> list[dict[str, str]]:
        """Send an action answered by a list of events and return them. Raises as `ask`.

        How long it took does not make Asterisk slow: a thousand channels take their time on the swiftest.
        """
        session = self._live()
        self._lists += 1
        try:
            with self._noted(timed=False):
                return await session.ask_list(fields, limit_s=self._settings.action_limit_s)
        finally:
            self._lists -= 1

    async def some(self) -> None:
        """Wait until `take` has something."""
        await self._queue.some()

    def take(self) -> Item | None:
        """Return the oldest event or mark; None when there is none."""
        return self._queue.take()

    def drop(self, reason: str) -> None:
        """Give this connection up, so that a new one with a new snapshot takes its place."""
        if self._session is not None:
            self._session.drop(reason)

    def distrust(self) -> None:
        """Take no event as news until Asterisk has answered; then a snapshot tells what is true."""
        if self._session is not None:
            self._session.distrust()

    @contextmanager
    def _noted(self, *, timed: bool) -> Iterator[None]:
        """Note how an action is answered; one that was not sent, or whose asker has left, tells nothing."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            yield
        except OutcomeUnknownError:
            self.asked.note(loop.time() - began, self._clock.now(), answered=False)
            raise
        except CarrierRefusedError:
            self.asked.note(loop.time() - began, self._clock.now(), answered=True, timed=timed)
            raise
        self.asked.note(loop.time() - began, self._clock.now(), answered=True, timed=timed)

    def _live(self) -> AmiSession:
        if self._session is None or not self._logged_in:
            msg = f"there is no connection to Asterisk at {self._where}; nothing was sent"
            raise CarrierUnavailableError(msg)
        return self._session

    @property
    def _where(self) -> str:
        return f"{self._settings.host}:{self._settings.port}"

    async def _keep(self, start_tried: asyncio.Future[None]) -> None:
        wait_s = self._settings.backoff_first_s
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            try:
                await self._connect()
            except CarrierRefusedError as refused:
                if not start_tried.done():
                    start_tried.set_exception(refused)
                    return
                logger.error("asterisk refused us", extra={"action": "ami_refused", "reason": str(refused)})
                await asyncio.sleep(self._settings.refused_retry_s)
                continue
            except CarrierError as fault:
                logger.warning("asterisk cannot be reached", extra={"action": "ami_unreachable", "reason": str(fault)})
            else:
                _settle(start_tried)
                await self._watch()
                if loop.time() - began > _STEADY_S:
                    wait_s = self._settings.backoff_first_s
            finally:
                self._forget_session("closed by Ringside")
            _settle(start_tried)
            # Jitter keeps many servers from coming back to a restarted Asterisk in the same instant
            await asyncio.sleep(wait_s * random.uniform(0.5, 1.0))  # noqa: S311
            wait_s = min(wait_s * 2, self._settings.backoff_limit_s)

    async def _connect(self) -> None:
        settings, loop = self._settings, asyncio.get_running_loop()
        try:
            async with asyncio.timeout(settings.connect_limit_s):
                _, self._session = await loop.create_connection(
                    lambda: AmiSession(WANTED, self._on_event, self._on_torn), settings.host, settings.port
                )
        except OSError as fault:  # TimeoutError is one
            msg = f"cannot connect to Asterisk's manager at {self._where}: {str(fault) or 'no answer'}"
            raise CarrierUnavailableError(msg) from None
        await self._log_in(self._session)

    async def _log_in(self, session: AmiSession) -> None:
        settings = self._settings
        try:
            async with asyncio.timeout(settings.login_limit_s):
                await asyncio.wait({session.greeted})
        except TimeoutError:
            msg = f"{self._where} accepts connections but did not greet within {settings.login_limit_s:g} s"
            raise CarrierUnavailableError(msg) from None
        if session.greeted.cancelled():
            msg = f"{self._where}: {session.ended.result()}"
            raise CarrierUnavailableError(msg)
        self.version = session.greeted.result()
        login = {"Action": "Login", "Username": settings.username, "Secret": settings.secret, "Events": "on"}
        try:
            await session.ask(login, limit_s=settings.login_limit_s, then=self._on_login)
        except CarrierRefusedError:
            msg = (
                f"Asterisk at {self._where} refused manager user {settings.username!r}: mend its `secret` and `permit` "
                "in manager.conf, or RINGSIDE_AMI_SECRET and carriers.asterisk.username here"
            )
            raise CarrierRefusedError(msg) from None

    def _on_login(self) -> None:
        # Called before any event of this connection is read, so that the mark stands before them all
        self._logged_in = True
        self.connections += 1
        self.since = self._clock.now()
        self._queue.put(LinkUp(), self.since)
        logger.info("asterisk connected", extra={"action": "ami_connected", "at": self._where})

    def _on_event(self, name: bytes, message: bytes) -> None:
        self.last_event_at = self._clock.now()
        self._queue.put(RawEvent(name, message), self.last_event_at)

    def _on_torn(self) -> None:
        self.torn += 1
        now = self._clock.now()
        self._queue.put(Overflowed(now), now)

    async def _watch(self) -> None:
        """Return when the connection has ended; it is pinged at a steady pace, and dropped when it is silent.

        Any byte is a sign of life: what answers late or sends only events is slow, not dead.
        """
        session, watchdog_s = self._session, self._settings.watchdog_s
        assert session is not None  # noqa: S101  # only called after a login
        loop = asyncio.get_running_loop()
        pings = asyncio.create_task(self._ping(min(self._settings.ping_every_s, watchdog_s / 3)), name="ami-ping")
        try:
            while not session.ended.done():
                await asyncio.wait({session.ended}, timeout=watchdog_s / 4)
                if loop.time() - session.last_byte_at >= watchdog_s:
                    session.drop(f"no sign of life for {watchdog_s:g} s")
        finally:
            pings.cancel()
            await asyncio.wait({pings})
        logger.warning("asterisk lost", extra={"action": "ami_lost", "reason": session.ended.result()})

    async def _ping(self, every_s: float) -> None:
        """Ask for a sign of life again and again, one at a time."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due = max(due + every_s, loop.time())
            await asyncio.sleep(due - loop.time())
            with suppress(CarrierError):  # it is noted, and the end of the connection is told elsewhere
                await self.ask({"Action": "Ping"})

    def _forget_session(self, reason: str) -> None:
        if self._session is not None:
            self._session.drop(reason)
            self._session = None
        if self._logged_in:
            self._logged_in = False
            self.since = self._clock.now()
            self._queue.put(LinkDown(self.since), self.since)


def _settle(tried: asyncio.Future[None]) -> None:
    if not tried.done():
        tried.set_result(None)
