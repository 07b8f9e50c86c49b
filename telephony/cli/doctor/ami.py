"""Speaks to Asterisk's manager interface, one question at a time.

The server's own link hides what a doctor must see (which greeting, which refusal, which events come), so this one is
as plain as the protocol itself. Every wait has a limit.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from telephony.errors import CarrierError, CarrierRefusedError, CarrierUnavailableError, OutcomeUnknownError

GREETING = b"Asterisk Call Manager"
LONGEST_MESSAGE = 256 * 1024
HEARD_LIMIT = 5000


class NotAsteriskError(CarrierError):
    """Something listens there, but it is not a manager interface; `greeting` is what it said."""

    def __init__(self, greeting: str) -> None:
        super().__init__(f"no manager interface: it said {greeting!r}")
        self.greeting = greeting


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One AMI message; header names are compared without case."""

    headers: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        """Return a header, '' when it is not there."""
        return self.headers.get(name.lower(), "")

    @property
    def event(self) -> str:
        """Return the event's name, '' for an answer."""
        return self["Event"]


@dataclass(slots=True, kw_only=True)
class Talk:
    """An open connection. `heard` keeps the events that came meanwhile."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    limit_s: float
    heard: list[Message] = field(default_factory=list)
    asked: int = 0

    async def ask(self, action: str, **headers: str) -> Message:
        """Return Asterisk's answer. Raises CarrierRefusedError, or OutcomeUnknownError when none came in time."""
        self.asked += 1
        action_id = f"doctor-{self.asked}"
        lines = [f"Action: {action}", f"ActionID: {action_id}", *(f"{key}: {value}" for key, value in headers.items())]
        if any(char in line for line in lines for char in "\r\n\0"):
            raise CarrierRefusedError(f"{action}: line breaks cannot be sent")
        self.writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        answer = await self._read_until(lambda message: message["Response"] != "" and message["ActionID"] == action_id)
        if answer["Response"].lower() == "error":
            raise CarrierRefusedError(answer["Message"])
        return answer

    async def hear(self, wanted: Callable[[Message], bool]) -> Message:
        """Return the first event that is wanted, also of those already heard. Raises OutcomeUnknownError."""
        for message in self.heard:
            if wanted(message):
                return message
        return await self._read_until(lambda message: message.event != "" and wanted(message))

    async def _read_until(self, wanted: Callable[[Message], bool]) -> Message:
        try:
            async with asyncio.timeout(self.limit_s):
                while True:
                    message = await self._read()
                    if message.event and len(self.heard) < HEARD_LIMIT:
                        self.heard.append(message)
                    if wanted(message):
                        return message
        except TimeoutError:
            raise OutcomeUnknownError(f"no answer within {self.limit_s:g} s") from None
        except (OSError, asyncio.IncompleteReadError):
            raise OutcomeUnknownError("the connection was closed") from None
        except asyncio.LimitOverrunError:
            raise OutcomeUnknownError("an answer was too long") from None

    async def _read(self) -> Message:
        text = (await self.reader.readuntil(b"\r\n\r\n")).decode(errors="replace")
        pairs = (line.partition(":") for line in text.splitlines() if line)
        return Message(headers={key.strip().lower(): value.strip() for key, _, value in pairs})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long to wait for a connection and its greeting, and for each answer."""

    connect_s: float
    answer_s: float


@asynccontextmanager
async def talk(host: str, port: int, limits: Limits) -> AsyncIterator[Talk]:
    """Give a connection that has been greeted, not logged in.

    Raises ConnectionRefusedError, TimeoutError, OSError (no such host, no way there), NotAsteriskError, or
    CarrierUnavailableError when nothing is said at all.
    """
    async with asyncio.timeout(limits.connect_s):
        reader, writer = await asyncio.open_connection(host, port, limit=LONGEST_MESSAGE)
    try:
        await _greeted(reader, limits.connect_s)
        yield Talk(reader=reader, writer=writer, limit_s=limits.answer_s)
    finally:
        writer.close()


async def _greeted(reader: asyncio.StreamReader, limit_s: float) -> None:
    try:
        async with asyncio.timeout(limit_s):
            greeting = await reader.readline()
    except TimeoutError:
        raise CarrierUnavailableError("it takes the connection but says nothing") from None
    except (OSError, ValueError):
        raise CarrierUnavailableError("it takes the connection and drops it") from None
    if not greeting:
        raise CarrierUnavailableError("it takes the connection and drops it")
    if not greeting.startswith(GREETING):
        raise NotAsteriskError(greeting[:60].decode(errors="replace").strip())
