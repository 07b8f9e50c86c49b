"""One FastAGI connection: reads its headers within limits, then carries one command at a time."""

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import cast

from telephony.carriers.asterisk.agi_wire import Reply, reply_of

logger = logging.getLogger(__name__)

HEADER_LINES = 64
HEADER_BYTES = 8 * 1024
_LINE_BYTES = 64 * 1024
_HANGUP_GRACE_S = 5.0
_QUICKACK: int | None = getattr(socket, "TCP_QUICKACK", None)


class LineGoneError(Exception):
    """The caller's connection is over; nothing more can be said or asked."""


class AgiConnection(asyncio.Protocol):
    """The socket of one call. Rubbish, silence and floods end it and nothing else.

    `on_headers` is called once with the complete header lines; `on_gone` once, when the line is over.
    """

    def __init__(self, header_limit_s: float, on_headers: Callable[["AgiConnection", list[bytes]], None]) -> None:
        self.peer = ""
        self.hung_up = False
        """The caller is gone; Asterisk still answers questions about the call for a moment."""
        self.gone = False
        self.on_gone: Callable[[], None] | None = None
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._header_limit_s = header_limit_s
        self._on_headers: Callable[[AgiConnection, list[bytes]], None] | None = on_headers
        self._buffer = b""
        self._timer: asyncio.TimerHandle | None = None
        self._waiting: asyncio.Future[Reply] | None = None
        self._interruptible = False
        self._plays = False
        self._interrupting = False
        self._first: Reply | None = None
        self._usage = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for headers."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass of it
        peer = transport.get_extra_info("peername")
        self.peer = str(peer[0]) if peer else ""
        self._timer = self._loop.call_later(self._header_limit_s, self._give_up, "sent no headers in time")

    def data_received(self, data: bytes) -> None:
        """Take bytes, however they are cut."""
        self._buffer += data
        if self._on_headers is not None:
            self._read_headers()
        if self._on_headers is None:
            self._read_lines()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Tell whoever waits that nothing more will come."""
        self._cancel_timer()
        self._be_gone()
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(LineGoneError())

    async def ask(self, line: str, limit_s: float, *, interruptible: bool = False, plays: bool = False) -> Reply:
        """Send a command and return its reply. Raises LineGoneError, also when no reply comes within `limit_s`.

        `plays` marks STREAM FILE, which gives no reply of its own when it is interrupted.
        """
        if self._transport is None or self._transport.is_closing():
            raise LineGoneError
        self._waiting = self._loop.create_future()
        self._interruptible, self._plays = interruptible, plays
        self._transport.write(line.encode("utf-8", "replace") + b"\n")
        # A plain timer: asyncio.timeout costs as much as the rest of this method, six times a call
        timer = self._loop.call_later(limit_s, self._no_reply, limit_s)
        try:
            return await self._waiting
        finally:
            timer.cancel()
            self._waiting, self._first, self._interruptible, self._interrupting = None, None, False, False

    def interrupt(self) -> None:
        """End the command that waits for a key or plays, at once: Asterisk stops it when another command comes."""
        if self._interruptible and self._transport is not None:
            self._interruptible = False
            self._interrupting = True
            self._acknowledge_at_once()
            self._transport.write(b"NOOP\n")

    def close(self) -> None:
        """End the connection; the dialplan goes on with the caller, if there still is one."""
        self._cancel_timer()
        if self._transport is not None:
            self._transport.close()
        self._be_gone()

    def _read_headers(self) -> None:
        end = self._buffer.find(b"\n\n")
        head = self._buffer if end < 0 else self._buffer[:end]
        if len(head) > HEADER_BYTES or head.count(b"\n") > HEADER_LINES:
            self._give_up("sent too much before its headers ended")
            return
        if not b"agi_".startswith(head[:4]):
            self._give_up("does not speak AGI")
            return
        if end < 0:
            return
        self._buffer = self._buffer[end + 2 :]
        self._cancel_timer()
        on_headers, self._on_headers = self._on_headers, None
        if on_headers is not None:
            on_headers(self, head.split(b"\n"))

    def _read_lines(self) -> None:
        *lines, self._buffer = self._buffer.split(b"\n")
        if len(self._buffer) > _LINE_BYTES:
            self._give_up("sent a line without end")
            return
        for line in lines:
            self._take(line)

    def _no_reply(self, limit_s: float) -> None:
        logger.warning("agi command got no reply", extra={"action": "agi_no_reply", "limit_s": limit_s})
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(LineGoneError())
        self.close()

    def _take(self, line: bytes) -> None:
        if line.startswith(b"HANGUP"):
            self._caller_left()
        elif self._usage or line.startswith(b"520-"):
            self._usage = not line.startswith(b"520 ")
            if not self._usage:
                self._answer(Reply(520, ""))
        elif (reply := reply_of(line)) is not None:
            self._answer(reply)

    def _answer(self, reply: Reply) -> None:
        if self._interrupting and (not self._plays or reply.endpos is not None):
            # The NOOP that interrupts is answered too, right after (in STREAM FILE's place it is the only answer).
            # Nothing may be sent before: Asterisk would read both lines at once and sleep on the second.
            self._interrupting, self._first = False, reply
            self._acknowledge_at_once()
            return
        reply, self._first = self._first or reply, None
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(reply)

    def _acknowledge_at_once(self) -> None:
        # Two replies in a row: Asterisk's kernel keeps the second until the first is acknowledged, 40 ms by default
        sock = self._transport.get_extra_info("socket") if self._transport is not None else None
        if sock is not None and _QUICKACK is not None:
            sock.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)

    def _caller_left(self) -> None:
        self.hung_up = True
        if self._waiting is None or self._waiting.done():
            self._be_gone()
        elif self._timer is None:
            # The command's own reply follows at once; should it not, nobody waits for ever
            self._timer = self._loop.call_later(_HANGUP_GRACE_S, self.close)

    def _be_gone(self) -> None:
        if not self.gone:
            self.gone = True
            tell, self.on_gone = self.on_gone, None  # once, and the line is not held by what it holds
            if tell is not None:
                tell()

    def refuse(self) -> None:
        """End the connection at once and read nothing more."""
        self._cancel_timer()
        self._on_headers = None
        self._buffer = b""
        if self._transport is not None:
            self._transport.abort()

    def _give_up(self, reason: str) -> None:
        logger.warning("agi client refused", extra={"action": "agi_refused", "peer": self.peer, "reason": reason})
        self.refuse()

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
