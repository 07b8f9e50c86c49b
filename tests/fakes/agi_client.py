"""Asterisk's side of a FastAGI call on a real socket: a test reads our commands and answers them, well or badly."""

import asyncio
from types import TracebackType
from typing import Self

from tests.waiting import PATIENCE_S


class AgiClient:
    """One call. `headers` may be changed before `async with` to send what a stranger could."""

    def __init__(self, port: int, *, leg_id: str = "1700000000.1", **arguments: str) -> None:
        self.port = port
        self.headers = {
            "agi_network": "yes",
            "agi_network_script": "inbound",
            "agi_channel": "PJSIP/trunk-00000001",
            "agi_language": "en",
            "agi_uniqueid": leg_id,
            "agi_callerid": arguments.get("caller", "+359888000111"),
            "agi_calleridname": arguments.get("name", "unknown"),
            "agi_extension": "1000",
            "agi_arg_1": arguments.get("linkedid", leg_id),
            "agi_arg_2": arguments.get("caller", "+359888000111"),
            "agi_arg_3": arguments.get("name", ""),
            "agi_arg_4": arguments.get("called", "1000"),
            "agi_arg_5": arguments.get("flow", "demo"),
            "agi_arg_6": arguments.get("language", "en"),
            "agi_arg_10": arguments.get("patience", ""),
        }

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port)
        lines = "".join(f"{name}: {value}\n" for name, value in self.headers.items())
        self._writer.write(lines.encode() + b"\n")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._writer.wait_closed()
        except OSError:
            pass

    def say(self, line: str) -> None:
        """Send a line, e.g. a reply or HANGUP."""
        self._writer.write(line.encode() + b"\n")

    def say_raw(self, raw: bytes) -> None:
        self._writer.write(raw)

    def break_off(self) -> None:
        """Be gone without a word."""
        self._writer.transport.abort()

    async def hears(self) -> str:
        """Return the next command; '' when Ringside has closed the line."""
        async with asyncio.timeout(PATIENCE_S):
            return (await self._reader.readline()).decode().rstrip("\n")

    async def expects(self, command: str, reply: str | None = "200 result=0") -> None:
        """Fail unless the next command is this; answer it, unless the reply is None."""
        heard = await self.hears()
        assert heard == command, f"heard {heard!r}, expected {command!r}"
        if reply is not None:
            self.say(reply)
