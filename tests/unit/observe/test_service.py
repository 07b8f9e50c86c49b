"""The service manager hears that the server is ready and lives; without one nothing is said."""

import asyncio
import configparser
import logging
import os
import socket
from pathlib import Path

import pytest

from telephony.observe.service import beat_s, watched

UNIT = Path(__file__).parents[3] / "packaging/ringside.service"


async def test_it_hears_ready_then_signs_of_life_then_stopping(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.setblocking(False)
        manager.bind(str(tmp_path / "notify"))
        loop = asyncio.get_running_loop()
        environment = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "2000"}
        async with asyncio.timeout(5), watched(environment):
            heard = [await loop.sock_recv(manager, 100) for _ in range(3)]
        assert heard == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1"]
        while (last := await loop.sock_recv(manager, 100)) == b"WATCHDOG=1":
            pass
        assert last == b"STOPPING=1"


async def test_without_one_nothing_is_said(caplog: pytest.LogCaptureFixture) -> None:
    async with watched({"WATCHDOG_USEC": "1000"}):
        pass
    assert caplog.records == []


async def test_one_that_is_gone_is_told_in_the_log_and_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        async with watched({"NOTIFY_SOCKET": str(tmp_path / "nobody")}):
            pass
    assert {getattr(each, "action", "") for each in caplog.records} == {"service_not_told"}


@pytest.mark.parametrize(
    ("environment", "every_s"),
    [
        ({"WATCHDOG_USEC": "10000000"}, 5.0),
        ({"WATCHDOG_USEC": "10000000", "WATCHDOG_PID": str(os.getpid())}, 5.0),
        ({"WATCHDOG_USEC": "10000000", "WATCHDOG_PID": "1"}, 0.0),
        ({"WATCHDOG_USEC": "soon"}, 0.0),
        ({}, 0.0),
    ],
)
def test_a_sign_of_life_is_due_twice_within_the_limit(environment: dict[str, str], every_s: float) -> None:
    assert beat_s(environment, os.getpid()) == every_s


def test_the_unit_ends_a_frozen_server_by_the_one_signal_that_it_takes_and_starts_it_again() -> None:
    unit = configparser.ConfigParser(interpolation=None, strict=True)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(UNIT, encoding="utf-8")
    service = unit["Service"]
    assert (service["Type"], service["WatchdogSignal"], service["Restart"]) == ("notify", "SIGKILL", "always")
    assert 5 <= int(service["WatchdogSec"]) <= 10
