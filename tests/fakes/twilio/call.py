"""A call at Twilio: its record, and the one place where it waits."""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from tests.fakes.twilio.pace import Pace
from tests.fakes.twilio.sids import new_sid
from tests.fakes.twilio.values import OVER, Exchange, FarPhone, Heard

EVENT_OF = {"initiated": "initiated", "ringing": "ringing", "in-progress": "answered"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a call goes on: a URL to ask with more fields, or a document that is at hand."""

    url: str = ""
    method: str = "POST"
    fields: tuple[tuple[str, str], ...] = ()
    twiml: str = ""


class LineBrokenOffError(Exception):
    """What a call does now is over: it goes on at `target`, or, where that is None, it ends with `status`."""

    def __init__(self, target: Target | None, status: str = "completed") -> None:
        super().__init__(status)
        self.target = target
        self.status = status

    @property
    def is_hang_up(self) -> bool:
        return self.target is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Who is told of a call's progress."""

    url: str
    events: frozenset[str] = frozenset({"completed"})
    method: str = "POST"


@dataclass(slots=True, kw_only=True, eq=False)
class Call:
    """One leg. The network writes it; the REST API shows it; `rest` is how it waits."""

    pace: Pace
    account_sid: str
    direction: str
    from_: str | None
    to: str
    sid: str = field(default_factory=lambda: new_sid("CA"))
    parent: "Call | None" = None
    status: str = "queued"
    caller_name: str = ""
    forwarded_from: str = ""
    extra: dict[str, str] = field(default_factory=dict)
    """More fields of every request, for what strangers can send."""
    fallback_url: str = ""
    subscription: Subscription | None = None
    phone: FarPhone | None = None
    sip_headers: dict[str, str] = field(default_factory=dict)
    """What <Sip> gave along as headers, or <Client> as parameters."""
    answered_by: str = ""
    created_at: datetime = field(init=False)
    started_at: datetime | None = None
    ended_at: datetime | None = None
    created_s: float = field(init=False)
    answered_s: float | None = None
    ended_s: float | None = None
    sip_code: int | None = None
    sequence: int = 0
    application_error: int | None = None
    """Twilio's number of what the customer's server did wrong, when that ended the call."""
    heard: list[Heard] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    """Its documents and actions, in order."""
    lost_keys: list[str] = field(default_factory=list)
    """Keys that nothing listened to."""
    legs: list["Call"] = field(default_factory=list)
    doing: str = ""
    """The verb that is performed now."""
    listens: str = ""
    """The verb that hears keys now: Gather, Record or Dial."""
    questions: int = 0
    """How many Gathers have begun."""
    recordings: int = 0
    """How many Records have begun to record."""
    is_ready: bool = False
    """A dialled leg that may be joined with its caller: answered, and through with the document of its noun."""
    is_joined: bool = False
    """A <Dial> has joined it with somebody."""
    has_left: bool = False
    """A dialled leg that the API has taken elsewhere: its caller's <Dial> is over."""
    afterwards: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    """Requests that go out once the call is over: URL, method and the fields beside the common ones."""
    speech_until_s: float | None = None
    """Until when the caller speaks; None when nothing was said into the present recording."""
    over: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the call is over."""
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set whenever something changes; those who wait clear it."""
    watchers: set[asyncio.Event] = field(default_factory=set)
    _keys: deque[str] = field(default_factory=deque)
    _interrupt: LineBrokenOffError | None = None

    def __post_init__(self) -> None:
        self.created_at = self.pace.now()
        self.created_s = self.pace.seconds()

    @property
    def is_over(self) -> bool:
        return self.status in OVER

    @property
    def is_answered(self) -> bool:
        return self.status == "in-progress"

    @property
    def duration_s(self) -> int | None:
        """Tell how long it was answered, in whole seconds, rounded up as Twilio does; None for one that was not."""
        if self.answered_s is None or self.ended_s is None:
            return None
        return max(1, round(self.ended_s - self.answered_s + 0.499))

    @property
    def answered_for_s(self) -> int:
        """Tell how long it has been answered by now, in whole seconds."""
        return 0 if self.answered_s is None else round(self.pace.seconds() - self.answered_s)

    def poke(self) -> None:
        """Tell everybody who waits that something changed."""
        self.changed.set()
        for watcher in self.watchers:
            watcher.set()
        if self.parent is not None:
            self.parent.changed.set()

    def join(self, *others: "Call") -> None:
        """Let it talk with others."""
        for call in (self, *others):
            call.is_joined = True
            call.poke()

    def interrupt_by(self, interrupt: LineBrokenOffError) -> None:
        """Stop what the call does; a hang-up is not overridden by anything."""
        if self.is_over or (self._interrupt is not None and self._interrupt.is_hang_up):
            return
        self._interrupt = interrupt
        self.poke()

    def go_on(self, broken: LineBrokenOffError) -> None:
        """Forget an interrupt that is followed now; one that came meanwhile is kept."""
        if self._interrupt is broken:
            self._interrupt = None

    def press(self, key: str) -> None:
        if self.listens and not self.is_over:
            self._keys.append(key)
            self.poke()
        else:
            self.lost_keys.append(key)

    @contextmanager
    def listening(self, verb: str) -> Iterator[None]:
        """Hear keys meanwhile."""
        self.listens = verb
        self._keys.clear()
        self.poke()
        try:
            yield
        finally:
            self.listens = ""
            self.lost_keys.extend(self._keys)
            self._keys.clear()
            self.poke()

    async def rest(self, seconds: float | None) -> str | None:
        """Wait so long (None: for ever); a key that is heard ends it and is returned. Raises LineBrokenOffError."""
        return await self.rest_until(None if seconds is None else self.pace.seconds() + seconds)

    async def rest_until(self, moment_s: float | None) -> str | None:
        """Wait until a moment of Twilio's clock, or a key."""
        while True:
            key = self._now()
            if key is not None:
                return key
            if not await self.news_by(moment_s):
                return self._now()  # after a standstill a key may come together with the moment

    async def rest_until_heard(self, moment_s: float | None) -> str | None:
        """Wait until anything changes or the moment comes; give the key, if it was one."""
        key = self._now()
        if key is None:
            await self.news_by(moment_s)
            key = self._now()
        return key

    async def news_by(self, moment_s: float | None) -> bool:
        """Wait until something changes; False when nothing did by then. Raises LineBrokenOffError."""
        self._raise()
        self.changed.clear()
        try:
            async with asyncio.timeout_at(None if moment_s is None else self.pace.at(moment_s)):
                await self.changed.wait()
        except TimeoutError:
            return False
        self._raise()
        return True

    def _now(self) -> str | None:
        self._raise()
        return self._keys.popleft() if self._keys and self.listens else None

    def _raise(self) -> None:
        if self._interrupt is not None:
            raise self._interrupt
