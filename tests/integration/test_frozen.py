"""Ringside is there and says nothing: frozen, not dead. Callers are taken back, and the service manager ends it."""

import asyncio
import contextlib
import signal
import socket
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.integration import agi_servers
from tests.integration.agi_servers import AgiServer
from tests.integration.asterisk import AsteriskInstance
from tests.integration.ringside import Server, serving
from tests.integration.sipp import HangUp, Phone, Press, Sipp, UntilBye, Wait
from tests.waiting import until

pytestmark = pytest.mark.integration

AOIFE, THOMAS = "+353871000011", "+4915112340007"
SHORT = Phone(ring_s=0.1, hang_up_after_s=0.5)


@contextlib.contextmanager
def patience(asterisk: AsteriskInstance, seconds: int | str) -> Iterator[None]:
    asterisk.rx(f"dialplan set global RINGSIDE_PATIENCE {seconds}")
    try:
        yield
    finally:
        asterisk.rx('dialplan set global RINGSIDE_PATIENCE ""')


def stop(server: Server) -> None:
    assert server.process is not None
    server.process.send_signal(signal.SIGSTOP)


async def test_a_frozen_server_has_its_callers_taken_by_the_second_one(sipp: Sipp, asterisk: AsteriskInstance) -> None:
    async with (
        AgiServer(asterisk.ports.agi, agi_servers.is_frozen) as first,
        AgiServer(asterisk.ports.agi_2, agi_servers.finishes) as second,
    ):
        with patience(asterisk, 1):
            began = time.monotonic()
            caller = await sipp.call(UntilBye(30))
            await caller.ended()
    assert time.monotonic() - began >= 1
    assert (len(first.calls), len(second.calls)) == (1, 1)


async def test_when_both_are_frozen_a_phone_rings_and_the_talk_has_no_limit(
    sipp: Sipp, asterisk: AsteriskInstance
) -> None:
    async with (
        AgiServer(asterisk.ports.agi, agi_servers.is_frozen),
        AgiServer(asterisk.ports.agi_2, agi_servers.is_frozen),
        sipp.phone("111", Phone(ring_s=0.1, hang_up_after_s=3)) as phone,
    ):
        with patience(asterisk, 1):
            caller = await sipp.call(UntilBye(20))
            await phone.ended(20)  # it is the phone that hangs up
            await caller.ended(10)


async def test_a_dead_server_leaves_no_limit_on_the_call_either(sipp: Sipp, asterisk: AsteriskInstance) -> None:
    async with sipp.phone("111", Phone(ring_s=0.1, hang_up_after_s=2)) as phone:
        with patience(asterisk, 1):
            caller = await sipp.call(UntilBye(20))
            await phone.ended(20)
            await caller.ended(10)


@pytest.fixture
async def server(asterisk: AsteriskInstance, tmp_path: Path) -> AsyncIterator[Server]:
    async with serving(asterisk, tmp_path) as made:
        try:
            yield made
        finally:
            assert made.process is not None
            if made.process.returncode is None:
                made.process.send_signal(signal.SIGCONT)


async def test_who_dials_in_while_ringside_is_stopped_is_served_and_in_the_timeline_once(
    server: Server, sipp: Sipp, asterisk: AsteriskInstance
) -> None:
    with patience(asterisk, 5):
        before = await sipp.call(Wait(0.5), Press("1"), Wait(7), HangUp(), number=THOMAS)
        async with sipp.phone("112", SHORT) as phone:
            await until(lambda: server.seen(THOMAS))
            await before.ended()  # a server that is there keeps its callers for longer than the patience
            stop(server)
            caller = await sipp.call(UntilBye(20), number=AOIFE)
            await phone.ended(20)
            await caller.ended(10)
    assert server.process is not None
    server.process.send_signal(signal.SIGCONT)
    entry = await server.entry(AOIFE)
    assert entry["disposition"] == "answered"
    await server.entry(THOMAS)
    assert len(server.entries()) == 2


async def test_the_service_manager_hears_no_sign_of_life_and_ends_it_and_who_waits_goes_on_in_the_dialplan(
    asterisk: AsteriskInstance, sipp: Sipp, tmp_path: Path
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.setblocking(False)
        manager.bind(str(tmp_path / "notify"))
        told = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "1000000"}
        async with serving(asterisk, tmp_path, told) as server, sipp.phone("113", SHORT) as phone:
            assert await heard(manager, 5) == b"READY=1"
            assert await heard(manager, 1) == b"WATCHDOG=1"
            caller = await sipp.call(Wait(0.5), Press("1"), UntilBye(30), number=AOIFE)
            await until(lambda: server.seen(AOIFE))
            stop(server)
            await falls_silent(manager)
            assert not phone.is_over
            await server.kill()  # what WatchdogSignal=SIGKILL does
            await phone.ended(20)
            await caller.ended(10)


async def falls_silent(manager: socket.socket) -> None:
    """Return once there was no sign of life for as long as was said."""
    with contextlib.suppress(TimeoutError):
        while True:
            await heard(manager, 1)


async def heard(manager: socket.socket, limit_s: float) -> bytes:
    async with asyncio.timeout(limit_s):
        return await asyncio.get_running_loop().sock_recv(manager, 100)
