"""What the tests of this folder share: quick settings, a switchboard that writes down, prompts that are rendered."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from telephony.calls.commands import Batch, Command, Prompt
from telephony.calls.events import CallOffered, CarrierEvent, LineEvent
from telephony.calls.model import CallId
from telephony.carriers.asterisk.settings import AsteriskSettings
from telephony.ports import Line
from tests.waiting import PATIENCE_S


class FixedClock:
    def now(self) -> datetime:
        return datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


class RenderedPrompts:
    """Everything is rendered but what is called `missing`."""

    def path(self, prompt: Prompt) -> str | None:
        return None if prompt.text_id.startswith("missing") else f"/prompts/{prompt.language}-{prompt.text_id}"


class WritingTaker:
    """`ports.CallTaker` that keeps what it is told."""

    def __init__(self) -> None:
        self.offers: list[tuple[CallOffered, Line]] = []
        self.answers: list[tuple[CallId, LineEvent]] = []
        self.told: list[CarrierEvent] = []
        self._news = asyncio.Event()

    def offer(self, offered: CallOffered, line: Line) -> None:
        self.offers.append((offered, line))
        self._news.set()

    def answer(self, call_id: CallId, event: LineEvent) -> None:
        self.answers.append((call_id, event))
        self._news.set()

    def tell(self, event: CarrierEvent) -> None:
        self.told.append(event)
        self._news.set()

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait until something holds, looked at whenever the taker heard something."""
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                self._news.clear()
                await self._news.wait()

    async def line(self, number: int = 0) -> Line:
        await self.until(lambda: len(self.offers) > number)
        return self.offers[number][1]

    async def answered(self, times: int = 1) -> LineEvent:
        """Return the last answer once there are so many."""
        await self.until(lambda: len(self.answers) >= times)
        assert len(self.answers) == times
        return self.answers[-1][1]


def prompts(*texts: str) -> tuple[Prompt, ...]:
    return tuple(Prompt(text_id=text, language="en") for text in texts)


def batch(*commands: Command, turn: int = 1, language: str = "en") -> Batch:
    return Batch(turn=turn, language=language, commands=commands)


def quick(port: int = 1, **more: object) -> AsteriskSettings:
    """Return settings under which pauses are short, and limits long enough for a busy machine."""
    values: dict[str, object] = {
        "port": port,
        "secret": "secret",
        "connect_limit_s": 5.0,
        "login_limit_s": 5.0,
        "action_limit_s": 5.0,
        "watchdog_s": 60.0,
        "backoff_first_s": 0.01,
        "backoff_limit_s": 0.05,
        "refused_retry_s": 0.02,
        "agi_port": 0,
        "agi_header_limit_s": 5.0,
        "agi_answer_limit_s": 5.0,
        "recordings_dir": "/rec",
        **more,
    }
    return AsteriskSettings(**values)  # type: ignore[arg-type]
