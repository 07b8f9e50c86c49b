"""The FastAGI server's door: who comes in, and what strangers can do to it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from telephony.carriers.asterisk.agi import AgiServer, allowed_networks
from telephony.carriers.asterisk.agi_connection import AgiConnection
from telephony.errors import CarrierUnavailableError, SettingsError
from tests.fakes.agi_client import AgiClient
from tests.unit.carriers.asterisk.house import quick
from tests.waiting import PATIENCE_S, until


class Door:
    """A server whose calls stay until they are let go."""

    def __init__(self, **settings: object) -> None:
        self.lines: list[list[bytes]] = []
        self.let_go = asyncio.Event()
        self.server = AgiServer(quick(**settings), self._take)

    @property
    def port(self) -> int:
        assert self.server._server is not None
        return int(self.server._server.sockets[0].getsockname()[1])

    async def _take(self, connection: AgiConnection, lines: list[bytes]) -> None:
        self.lines.append(lines)
        try:
            await self.let_go.wait()
        finally:
            connection.close()


@asynccontextmanager
async def opened(**settings: object) -> AsyncIterator[Door]:
    door = Door(**settings)
    await door.server.start()
    try:
        yield door
    finally:
        await door.server.stop()


async def is_closed(port: int, sent: bytes) -> bool:
    """Tell whether the server ends a connection that sends this, without a word."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(sent)
        async with asyncio.timeout(PATIENCE_S):
            return await reader.read() == b""
    except ConnectionError:
        return True
    finally:
        writer.transport.abort()


async def still_serves(door: Door) -> bool:
    async with AgiClient(door.port):
        await until(lambda: door.lines)
    return True


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"agi_network: yes\nagi_x: " + b"x" * 10_000_000,
        b"agi_x: y\n" * 65,
        b"\xff\xfe" * 100,
    ],
    ids=["silence", "empty", "http", "tls", "ten megabytes", "too many lines", "no utf8"],
)
async def test_a_client_that_is_no_asterisk_is_closed_and_harms_nobody(sent: bytes) -> None:
    async with opened(agi_header_limit_s=5.0 if sent else 0.3) as door:
        assert await is_closed(door.port, sent)
        assert door.lines == []
        assert await still_serves(door)


async def test_clients_that_come_and_go_at_once_leave_nothing_behind() -> None:
    async with opened() as door:
        for _ in range(50):
            _, writer = await asyncio.open_connection("127.0.0.1", door.port)
            writer.transport.abort()
        await until(lambda: not door.server._unread)
        assert await still_serves(door)


async def test_headers_that_come_in_crumbs_are_read() -> None:
    async with opened() as door:
        reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
        for byte in b"agi_network: yes\nagi_uniqueid: 1.1\n\n":
            writer.write(bytes([byte]))
            await asyncio.sleep(0)
        await until(lambda: door.lines)
        assert door.lines == [[b"agi_network: yes", b"agi_uniqueid: 1.1"]]
        door.let_go.set()
        assert await reader.read() == b""
        writer.close()


async def test_an_address_that_is_not_allowed_is_closed_at_once() -> None:
    async with opened(agi_allow=("10.0.0.0/8",)) as door:
        assert await is_closed(door.port, b"agi_network: yes\n\n")
        assert door.lines == []


async def test_calls_over_the_limit_go_back_to_the_dialplan() -> None:
    async with opened(agi_session_limit=2) as door, AgiClient(door.port), AgiClient(door.port):
        await until(lambda: door.server.live_lines == 2)
        assert await is_closed(door.port, b"agi_network: yes\n\n")
        door.let_go.set()
        await until(lambda: door.server.live_lines == 0)


async def test_stopping_gives_every_caller_back_to_the_dialplan() -> None:
    async with opened() as door, AgiClient(door.port) as client:
        await until(lambda: door.lines)
        await door.server.stop()
        assert await client.hears() == ""


async def test_a_port_that_is_taken_is_told() -> None:
    async with opened() as door:
        with pytest.raises(CarrierUnavailableError, match="cannot listen for AGI"):
            await AgiServer(quick(agi_port=door.port), door._take).start()


def test_every_unusable_address_is_named() -> None:
    with pytest.raises(SettingsError) as faults:
        allowed_networks(("10.0.0.0/24", "pbx.example", "1.2.3"))
    assert len(faults.value.faults) == 2
