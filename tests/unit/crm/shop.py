"""A shop on a real socket that answers as it is told, well or badly."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass(slots=True)
class Shop:
    answer: Answer
    port: int = 0
    requests: list[str] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    sent: int = 0
    _serving: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = next((line[15:] for line in head.splitlines() if line.lower().startswith("content-length:")), "0")
            self.requests.append(head)
            self.bodies.append((await reader.readexactly(int(length))).decode())
            await self.answer(writer)
            await writer.drain()
        writer.close()
        self._serving.discard(task)

    async def close(self) -> None:
        for task in list(self._serving):
            task.cancel()
        if self._serving:
            await asyncio.wait(self._serving)


@contextlib.asynccontextmanager
async def open_shop(answer: Answer) -> AsyncIterator[Shop]:
    shop = Shop(answer)
    server = await asyncio.start_server(shop.serve, "127.0.0.1", 0)
    shop.port = server.sockets[0].getsockname()[1]
    try:
        yield shop
    finally:
        server.close()
        await shop.close()
        await server.wait_closed()


def says(value: object, *, status: str = "200 OK", kind: str = "application/json", more: str = "") -> Answer:
    """Answer with this value in JSON, or with these very bytes."""
    body = value if isinstance(value, bytes) else json.dumps(value).encode()

    async def answer(writer: asyncio.StreamWriter) -> None:
        head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}"
        writer.write(head.encode() + b"Connection: close\r\n\r\n" + body)

    return answer


def writes(raw: bytes) -> Answer:
    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(raw)

    return answer


async def never(_writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()
