"""Tells the service manager that we are ready, that we live, and that we stop: the protocol of sd_notify(3)."""

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import AsyncIterator, Mapping

logger = logging.getLogger(__name__)


@contextlib.asynccontextmanager
async def watched(environment: Mapping[str, str]) -> AsyncIterator[None]:
    """Say READY now, WATCHDOG as often as is wanted, and STOPPING at the end; nothing where nobody listens.

    The sign of life comes from the event loop: one that is stuck gives none, and is ended and started again, while
    Asterisk's dialplan takes the callers.
    """
    address = environment.get("NOTIFY_SOCKET", "")
    if not address:
        yield
        return
    _tell(address, "READY=1")
    every_s = beat_s(environment, os.getpid())
    beating = asyncio.create_task(_beat(address, every_s), name="service beat") if every_s else None
    try:
        yield
    finally:
        if beating is not None:
            beating.cancel()
        _tell(address, "STOPPING=1")


def beat_s(environment: Mapping[str, str], pid: int) -> float:
    """Return how often a sign of life is due: half of the limit, as sd_watchdog_enabled(3) advises; 0.0 for never."""
    limit_us, meant = environment.get("WATCHDOG_USEC", ""), environment.get("WATCHDOG_PID", "")
    if not limit_us.isdecimal() or meant not in {"", str(pid)}:
        return 0.0
    return int(limit_us) / 2e6


async def _beat(address: str, every_s: float) -> None:
    while True:
        _tell(address, "WATCHDOG=1")
        await asyncio.sleep(every_s)


def _tell(address: str, state: str) -> None:
    # `@` stands for the zero byte that begins an abstract address
    place = f"\0{address[1:]}" if address.startswith("@") else address
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
        sender.setblocking(False)
        try:
            sender.sendto(state.encode(), place)
        except OSError as fault:
            told = {"action": "service_not_told", "state": state, "error": fault.strerror or str(fault)}
            logger.warning("the service manager cannot be told of us", extra=told)
