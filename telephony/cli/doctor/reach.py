"""Checks the way from Asterisk to our FastAGI port."""

import asyncio
import ipaddress
import socket
from collections.abc import Sequence

from telephony.cli.doctor.finding import Finding, fail, ok, warn
from telephony.settings import Configuration
from telephony.settings.sections import AsteriskSection

LOOK_S = 2.0


async def agi(configured: Configuration) -> Sequence[Finding]:
    """Tell whether Asterisk can bring callers to our FastAGI server."""
    asterisk = configured.settings.carriers.asterisk
    return [finding for finding in (await _listens(asterisk), await _reachable(asterisk)) if finding]


async def _listens(asterisk: AsteriskSection) -> Finding:
    host = "127.0.0.1" if asterisk.agi_host in {"0.0.0.0", "::"} else asterisk.agi_host  # noqa: S104
    where = f"{host}:{asterisk.agi_port}"
    try:
        async with asyncio.timeout(LOOK_S):
            _, writer = await asyncio.open_connection(host, asterisk.agi_port)
    except (OSError, TimeoutError):
        return warn(
            "agi", f"our FastAGI server does not listen at {where}: callers go to the fallback", "ringside serve"
        )
    writer.close()
    return ok("agi", f"our FastAGI server listens at {where}")


async def _reachable(asterisk: AsteriskSection) -> Finding | None:
    found = await addresses(asterisk.host)
    if not found:
        return None  # told by the manager's check
    if is_local(asterisk.agi_host) and not any(is_local(address) for address in found):
        return fail(
            "agi",
            f"Asterisk at {asterisk.host} cannot reach {asterisk.agi_host}: callers go to the fallback",
            "set carriers.asterisk.agi_host to 0.0.0.0 or to this machine's address, and RINGSIDE_AGI in the dialplan",
        )
    networks = [ipaddress.ip_network(text) for text in asterisk.agi_allow]
    if not any(ipaddress.ip_address(address) in network for address in found for network in networks):
        return fail(
            "agi",
            f"calls from Asterisk at {found[0]} are turned away",
            f'add "{found[0]}" to carriers.asterisk.agi_allow',
        )
    return None


async def addresses(host: str) -> list[str]:
    """Return the IP addresses that a host's name has here; none when it has none."""
    try:
        async with asyncio.timeout(LOOK_S):
            found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, TimeoutError, UnicodeError):  # the last for what no name can be
        return []
    return [str(entry[4][0]) for entry in found]


def is_local(address: str) -> bool:
    """Tell whether an address means the machine that uses it."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"
