"""One browser's socket: what is sent to it waits in a bounded queue, and one task writes it."""

import asyncio
from collections import deque

from aiohttp import WSCloseCode, web

_MOST_WAITING = 600  # more than a log keeps, so that a resume always fits
_CLOSE_LIMIT_S = 2.0


class Browser:
    """A browser that follows an agent's events. `send` never waits; one that does not keep up is closed with 1013."""

    def __init__(self, request: web.Request, socket: web.WebSocketResponse, session: str, send_limit_s: float) -> None:
        self.session = session
        self._request = request
        self._socket = socket
        self._send_limit_s = send_limit_s
        self._waiting: deque[str] = deque()
        self._news = asyncio.Event()
        self._closing: tuple[int, str] | None = None

    def send(self, text: str) -> None:
        """Queue a text."""
        if self._closing:
            return
        if len(self._waiting) >= _MOST_WAITING:
            self._too_slow()
            return
        self._waiting.append(text)
        self._news.set()

    def close(self, code: int, why: str) -> None:
        """Have the socket closed; what still waits is dropped."""
        if self._closing is None:
            self._closing = (code, why)
            self._waiting.clear()
            self._news.set()

    async def write(self) -> None:
        """Write what is queued until the browser is gone or is closed."""
        try:
            while not self._closing:
                await self._news.wait()
                self._news.clear()
                await self._write_waiting()
            await self._say_goodbye()
        except TimeoutError:
            # No goodbye: aiohttp cannot send anything after a send that was given up.
            self._too_slow()
            self._cut_off()
        except ConnectionError:
            return

    async def _write_waiting(self) -> None:
        while self._waiting:
            async with asyncio.timeout(self._send_limit_s):
                await self._socket.send_str(self._waiting.popleft())

    def _too_slow(self) -> None:
        self.close(WSCloseCode.TRY_AGAIN_LATER, "too slow, connect again")

    async def _say_goodbye(self) -> None:
        code, why = self._closing or (WSCloseCode.OK, "")
        async with asyncio.timeout(_CLOSE_LIMIT_S):
            await self._socket.close(code=code, message=why.encode())

    def _cut_off(self) -> None:
        if self._request.transport is not None:
            self._request.transport.abort()
