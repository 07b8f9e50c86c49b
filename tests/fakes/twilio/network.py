"""The telephone network: its calls, phones, recordings, and how a call comes and goes. No HTTP handler is here."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.fakes.twilio.call import Call
from tests.fakes.twilio.callbacks import Callbacks
from tests.fakes.twilio.document import Verb
from tests.fakes.twilio.fields import common
from tests.fakes.twilio.pace import Pace
from tests.fakes.twilio.recordings import Recording, RecordingNews
from tests.fakes.twilio.sids import bare
from tests.fakes.twilio.values import Exchange, FarPhone, Fault, PhoneNumber
from tests.fakes.twilio.webhooks import Webhooks

if TYPE_CHECKING:
    from tests.fakes.twilio.queue import CallQueue


@dataclass(slots=True, kw_only=True)
class Network:
    """Everything the lives of calls share."""

    account_sid: str
    pace: Pace
    webhooks: Webhooks
    callbacks: Callbacks
    spawn: Callable[[Coroutine[None, None, None], str], "asyncio.Task[None]"]
    start_leg: Callable[[Call, Verb, float], None]
    """Let a leg of <Dial> live: the leg, its noun, and for how many seconds it may ring."""
    base_url: str = ""
    numbers: dict[str, PhoneNumber] = field(default_factory=dict)
    verified: set[str] = field(default_factory=set)
    """Numbers of others that the account may show."""
    phones: dict[str, FarPhone] = field(default_factory=dict)
    calls: dict[str, Call] = field(default_factory=dict)
    recordings: dict[str, Recording] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    media: dict[str, float] = field(default_factory=dict)
    """Lengths of sounds that may be kept."""
    absent_recordings: bool = False
    conferences: dict[str, set[str]] = field(default_factory=dict)
    queues: "dict[str, CallQueue]" = field(default_factory=dict)
    """By name."""
    tokens: dict[str, str] = field(default_factory=dict)
    """The callers' numbers, by the CallToken of their incoming calls."""
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def fault(self, code: int, message: str, call: Call | None = None, url: str = "") -> None:
        self.faults.append(Fault(code=code, message=message, call_sid=call.sid if call else "", url=url))

    def phone_of(self, address: str) -> FarPhone:
        """Give the phone at an address; one that nobody described cannot be reached."""
        return self.phones.get(address) or self.phones.get(bare(address)) or FarPhone(unreachable=True)

    async def until(self, condition: Callable[[], bool], limit_s: float | None = None) -> None:
        """Wait until something holds of the calls and recordings, or so many of Twilio's seconds have passed."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(None if limit_s is None else limit_s * self.pace.scale):
                while not condition():
                    self.news.clear()
                    await self.news.wait()

    def add(self, call: Call) -> Call:
        self.calls[call.sid] = call
        call.watchers.add(self.news)
        if call.parent is not None:
            call.parent.legs.append(call)
        self.news.set()
        return call

    def is_now(self, call: Call, status: str) -> None:
        """Move a call on, and tell its subscriber."""
        if call.is_over:
            return
        call.status = status
        if call.started_at is None and status != "queued":
            call.started_at = self.pace.now()
        if status == "in-progress" and call.answered_s is None:
            call.answered_s = self.pace.seconds()
        self.callbacks.call_is(call, status)
        call.poke()

    def answer(self, call: Call) -> None:
        if call.status == "ringing":
            self.is_now(call, "in-progress")

    def end(self, call: Call, status: str) -> None:
        """End a call: one that was answered is completed, whatever else is said."""
        if call.is_over:
            return
        call.ended_at = self.pace.now()
        call.ended_s = self.pace.seconds()
        self.is_now(call, "completed" if call.answered_s is not None else status)
        call.over.set()
        for url, method, fields in call.afterwards:
            exchange = self.webhooks.form(url, common(call) | fields, method=method, call_sid=call.sid)
            call.exchanges.append(exchange)
            self.spawn(self._send(exchange), f"twilio action after the end of {call.sid}")
        call.poke()
        self.news.set()

    async def _send(self, exchange: Exchange) -> None:
        await self.webhooks.send(exchange)

    def begin_recording(self, call: Call, source: str, channels: int = 1) -> Recording:
        recording = Recording(
            account_sid=self.account_sid,
            call_sid=call.sid,
            source=source,
            begun_at=self.pace.now(),
            channels=channels,
        )
        self.recordings[recording.sid] = recording
        return recording

    def end_recording(self, recording: Recording, seconds: float, news: RecordingNews | None) -> None:
        """Keep what was recorded; it is ready, and told of, a little later."""
        recording.seconds = seconds
        recording.status = "processing"
        self.spawn(self._recorded(recording, news), f"twilio recording {recording.sid}")

    async def _recorded(self, recording: Recording, news: RecordingNews | None) -> None:
        await self.pace.sleep(self.pace.recording_ready_s)
        recording.status = "absent" if self.absent_recordings else "completed"
        self.news.set()
        if news is not None and recording.status in news.events:
            fields = recording.fields(self.base_url, recording.status)
            self.callbacks.post("recording", news.url, fields, method=news.method, sid=recording.call_sid)
