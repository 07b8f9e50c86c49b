"""The carrier behind a real web server, and a cloud that signs what it sends."""

import asyncio
import wave
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO
from urllib.parse import urlencode

from aiohttp import ClientResponse, ClientSession, web
from multidict import MultiDict
from twilio.request_validator import RequestValidator
from yarl import URL

from telephony.calls.commands import Command, Prompt
from telephony.calls.events import CallOffered, LineEvent
from telephony.calls.model import CallId
from telephony.carriers.twilio.carrier import TwilioCarrier
from telephony.carriers.twilio.placed import CannotTell, Finding
from telephony.carriers.twilio.rest import Placement
from telephony.carriers.twilio.rest_answers import CallState
from telephony.carriers.twilio.settings import TwilioSettings
from telephony.errors import CarrierUnavailableError
from telephony.ports import Line
from tests.unit.carriers.asterisk.house import FixedClock
from tests.unit.carriers.twilio.house import LEG, PUBLIC, TOKEN, WritingTaker, account, batch, fields
from tests.waiting import PATIENCE_S

Body = str | bytes | IO[bytes] | AsyncIterator[bytes]


@dataclass(frozen=True, slots=True)
class State:
    """What the cloud knows of a call."""

    status: str
    sid: str = ""
    to: str = ""
    parent_sid: str = ""


class PaperCalls:
    """The cloud's API on paper: writes down what was asked, and fails as it is told. Implements `carrier.Calls`."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []
        self.status = "in-progress"
        self.fails: Exception | None = None
        self.on_redirect: Callable[[str], object] = lambda _url: None

    async def redirect(self, call_sid: str, url: str) -> None:
        self._note("redirect", call_sid, url)
        self.on_redirect(url)

    async def hang_up(self, call_sid: str) -> None:
        self._note("hang_up", call_sid)

    async def drop_queue(self, queue_sid: str) -> None:
        self._note("drop_queue", queue_sid)

    async def live_calls(self) -> list[State]:
        return []

    async def place(self, placement: Placement) -> str:
        self._note("place", placement.to)
        return LEG

    async def reconcile(
        self, placement: Placement, sent_at: datetime, given_up_at: datetime, known: Callable[[], Collection[str]]
    ) -> Finding:
        return CannotTell(why="it is on paper only")

    async def bill(self, call_sid: str) -> list[CallState]:
        self._note("bill", call_sid)
        raise CarrierUnavailableError("it is on paper only")

    async def status_of(self, call_sid: str) -> State:
        self._note("status_of", call_sid)
        return State(self.status)

    def _note(self, *asked: str) -> None:
        self.asked.append(asked)
        if self.fails is not None:
            raise self.fails


class PaperRecordings:
    """Implements `webhooks.RecordingsOwed`."""

    def __init__(self) -> None:
        self.owed: list[tuple[str, str]] = []
        self.whose: list[str] = []
        """The calls of what is owed."""
        self.expected: list[tuple[str, str, str]] = []

    def expect(self, name: str, call_id: str, call_sid: str) -> None:
        self.expected.append((name, call_id, call_sid))

    def owe(self, name: str, sid: str, *, call_id: str, call_sid: str) -> None:
        del call_sid
        if not name:
            raise ValueError("unusable name")
        self.owed.append((name, sid))
        self.whose.append(call_id)


class FiledPrompts:
    """Every prompt is rendered, in a file of its name, but those called `missing`. Implements `ports.PromptFiles`."""

    def path(self, prompt: Prompt) -> str | None:
        return None if prompt.text_id == "missing" else f"/seen/from/asterisk/prompts/{prompt.text_id}"


class ServingTaker(WritingTaker):
    """Performs what was given for each turn, as soon as the turn before is answered."""

    def __init__(self) -> None:
        super().__init__()
        self.script: dict[int, tuple[Command, ...]] = {}
        self._turns: dict[CallId, int] = {}

    def offer(self, offered: CallOffered, line: Line) -> None:
        super().offer(offered, line)
        self._turns[offered.call_id] = 0
        self._next(offered.call_id, line)

    def answer(self, call_id: CallId, event: LineEvent) -> None:
        super().answer(call_id, event)
        line = next(line for offered, line in reversed(self.offers) if offered.call_id == call_id)
        self._next(call_id, line)

    def _next(self, call_id: CallId, line: Line) -> None:
        self._turns[call_id] += 1
        commands = self.script.get(self._turns[call_id])
        if commands:
            line.perform(batch(*commands, turn=self._turns[call_id]))


class Cloud:
    """Sends webhooks to a carrier of ours."""

    def __init__(self, carrier: TwilioCarrier, settings: TwilioSettings, http: ClientSession, base: str) -> None:
        self.carrier, self.settings = carrier, settings
        self.http, self.base = http, base
        self.taker = ServingTaker()
        self.calls = PaperCalls()
        self.recordings = PaperRecordings()
        self.ring_id = "1-from-before"
        """Of the last ring that was called by a call of its own."""

    async def sends(
        self, path: str, form: Mapping[str, str] | None = None, *, key: str = TOKEN, status: int = 200, **more: str
    ) -> str:
        """Send a signed webhook; returns the answer's text."""
        pairs = MultiDict({**fields(), **more} if form is None else form)
        signature = RequestValidator(key).compute_signature(f"{PUBLIC}/twilio/{path}", pairs)
        async with await self.posts(path, urlencode(list(pairs.items())), {"X-Twilio-Signature": signature}) as answer:
            text = await answer.text()
            assert answer.status == status, text
            if status == 200:
                assert answer.content_type == "text/xml"
            return text

    async def posts(
        self, path: str, body: str | bytes | IO[bytes] | AsyncIterator[bytes], headers: Mapping[str, str] | None = None
    ) -> ClientResponse:
        form = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        async with asyncio.timeout(PATIENCE_S):
            url = URL(f"{self.base}/twilio/{path}", encoded=True)
            return await self.http.post(url, data=body, headers=form)


@asynccontextmanager
async def cloud(tmp_path: Path, **settings: object) -> AsyncIterator[Cloud]:
    """Serve a carrier's webhooks for as long as it is entered."""
    before = asyncio.all_tasks()
    prompts = tmp_path / "prompts"
    prompts.mkdir()
    write_wav(prompts / "hello.wav", seconds=2)
    (tmp_path / "secret.wav").write_bytes(b"not a prompt")
    given = account(recordings_dir=tmp_path, **{"answer_limit_s": 0.2, **settings})
    taker, calls, recordings = ServingTaker(), PaperCalls(), PaperRecordings()
    carrier = TwilioCarrier(given, taker, FiledPrompts(), FixedClock(), calls=calls, recordings=recordings)
    app = web.Application()
    carrier.add_to(app)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0, lingering_time=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with carrier, ClientSession() as http:
            made = Cloud(carrier, given, http, f"http://127.0.0.1:{runner.addresses[0][1]}")
            made.taker, made.calls, made.recordings = taker, calls, recordings
            yield made
    finally:
        await runner.cleanup()
        # A connection that breaks while its body is unread ends a moment later
        if left := asyncio.all_tasks() - before:
            await asyncio.wait(left, timeout=PATIENCE_S)


def write_wav(path: Path, *, seconds: int, rate_hz: int = 8000) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(b"\1\2" * rate_hz * seconds)
