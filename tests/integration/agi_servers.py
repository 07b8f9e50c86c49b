"""Tiny stand-ins for Ringside's FastAGI server, each with one way of behaving, to see what the dialplan alone does."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class AgiCall:
    """One call as Asterisk hands it over. `arguments` are agi_arg_1, agi_arg_2 ... as they came."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    arguments: list[str] = field(default_factory=list)

    async def read_header(self) -> None:
        """Read to the blank line."""
        while (line := (await self.reader.readline()).decode(errors="replace").rstrip("\n")) != "":
            name, _, value = line.partition(": ")
            if name.startswith("agi_arg_"):
                self.arguments.append(value)

    async def ask(self, command: str) -> str:
        """Send one command and return Asterisk's answer; '' when the caller is gone."""
        self.writer.write(f"{command}\n".encode())
        await self.writer.drain()
        return (await self.reader.readline()).decode(errors="replace").strip()


Behaviour = Callable[[AgiCall], Awaitable[None]]


@dataclass(slots=True)
class AgiServer:
    """Serves on one port, does the same with every call, and keeps what it saw."""

    port: int
    behaviour: Behaviour
    calls: list[AgiCall] = field(default_factory=list)
    _server: asyncio.Server | None = None

    async def __aenter__(self) -> "AgiServer":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        return self

    async def __aexit__(self, *exc: object) -> None:
        assert self._server is not None
        self._server.close()
        for call in self.calls:
            call.writer.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        call = AgiCall(reader, writer)
        self.calls.append(call)
        try:
            await call.read_header()
            await self.behaviour(call)
        except ConnectionError:
            return
        finally:
            writer.close()


async def finishes(call: AgiCall) -> None:
    """End the call as Ringside does: say that it is done, then hang up."""
    await call.ask("ANSWER")
    await call.ask("SET VARIABLE RINGSIDE_DONE 1")
    await call.ask("HANGUP")


async def says_done_and_leaves(call: AgiCall) -> None:
    """Say that the call is done and leave the line to the dialplan."""
    await call.ask("ANSWER")
    await call.ask("SET VARIABLE RINGSIDE_DONE 1")


async def hands_over(call: AgiCall) -> None:
    """Give the call to the fallback on purpose."""
    await call.ask("ANSWER")
    await call.ask("SET VARIABLE RINGSIDE_HANDOVER 1")


async def keeps_the_caller(call: AgiCall) -> None:
    """Answer and wait for a key for a minute, as a menu does."""
    await call.ask("ANSWER")
    await call.ask("WAIT FOR DIGIT 60000")


async def is_frozen(call: AgiCall) -> None:
    """Take the connection and say nothing, as a stopped process does: its kernel takes it."""
    await call.reader.read()


async def dies_while_they_talk(call: AgiCall) -> None:
    """Connect the caller to the desk phone 111, and be gone before they are through."""
    await call.ask("ANSWER")
    call.writer.write(b"EXEC Dial PJSIP/111,20\n")
    await call.writer.drain()
    call.writer.transport.abort()


async def dies_in_mid_call(call: AgiCall) -> None:
    """Answer, then break the connection without a goodbye."""
    await call.ask("ANSWER")
    call.writer.transport.abort()


async def _main(port: int) -> None:
    async with AgiServer(port, keeps_the_caller):
        print("ready", flush=True)
        await asyncio.sleep(3600)


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1])))
