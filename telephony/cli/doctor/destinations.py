"""Checks where the dialplan's globals lead callers: to this server, and to somebody while it is away."""

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from telephony.cli.doctor.ami import Talk
from telephony.cli.doctor.finding import Finding, fail, ok, warn
from telephony.cli.doctor.reach import addresses, is_local
from telephony.errors import CarrierRefusedError
from telephony.settings.sections import AsteriskSection

DEFAULT = "127.0.0.1:4573"
"""Where ringside-include.conf looks for a server when RINGSIDE_AGI is not set."""
AGI_PORT = 4573
"""Where Asterisk's AGI looks when an address has no port."""
ANYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104
GLOBALS = "in [globals] of extensions.conf (FreePBX: globals_custom.conf), then `asterisk -rx 'dialplan reload'`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The addresses at both ends of a connection from this machine to Asterisk."""

    here: str
    asterisk: str

    @property
    def is_one_machine(self) -> bool:
        """Tell whether Asterisk runs on this machine."""
        return self.here == self.asterisk or (is_local(self.here) and is_local(self.asterisk))


async def destinations(opened: Talk, ours: AsteriskSection) -> list[Finding]:
    """Tell where the globals of ringside-include.conf lead callers; nothing when that is not part of the dialplan."""
    try:
        await opened.ask("ShowDialPlan", Context="ringside-call")
        agi, agi_2, fallback = [await _value(opened, f"RINGSIDE_{name}") for name in ("AGI", "AGI_2", "FALLBACK")]
        away = await _while_away(opened, fallback)
    except CarrierRefusedError:
        return []  # the rights or the contexts have told why
    line = Line(here=opened.writer.get_extra_info("sockname")[0], asterisk=opened.writer.get_extra_info("peername")[0])
    return [*await to_us(agi, agi_2, ours, line), *away]


async def _value(opened: Talk, variable: str) -> str:
    value = (await opened.ask("Getvar", Variable=variable))["Value"]
    return "" if value == "(null)" else value  # so some say that there is none


async def to_us(agi: str, agi_2: str, ours: AsteriskSection, line: Line) -> list[Finding]:
    """Tell whether RINGSIDE_AGI or RINGSIDE_AGI_2 (both as set, '' when not) leads callers to this server."""
    if is_local(ours.agi_host) and not line.is_one_machine:
        return []  # told by the way to our port
    targets = [agi or DEFAULT, *([agi_2] if agi_2 else [])]
    faults = [await _fault(target, ours, line, "" if agi else " (RINGSIDE_AGI is not set)") for target in targets]
    if None not in faults:
        return [fault for fault in faults[:1] if fault]
    return [ok("agi", f"the dialplan brings callers here, to {targets[faults.index(None)]}")]


async def _fault(target: str, ours: AsteriskSection, line: Line, why: str) -> Finding | None:
    """Return what keeps callers whom the dialplan brings to `target` from this server."""
    brought = f"the dialplan brings callers to {target}{why}"
    here = _shown("127.0.0.1" if line.is_one_machine else line.here, ours.agi_port)
    wanted = here if ours.agi_host in ANYWHERE else _shown(ours.agi_host, ours.agi_port)
    mend = f"set RINGSIDE_AGI = {wanted} {GLOBALS}"
    try:
        place = urlsplit(f"agi://{target}")
        host, port = place.hostname or "", place.port or AGI_PORT
    except ValueError:
        return fail("agi", f"{brought}, which is no host:port: they go to the fallback", mend)
    found = await addresses(host)
    if not line.is_one_machine and any(map(is_local, found)):
        return fail("agi", f"{brought}, Asterisk's own machine and not this one: they go to the fallback", mend)
    if not any(is_local(address) or address == line.here or _is_ours(address) for address in found):
        return warn("agi", f"{brought}, which is not this machine", f"if that does not lead on to us, {mend}")
    if port != ours.agi_port:
        lost = f"{brought}, but we wait at port {ours.agi_port}: they go to the fallback"
        return fail("agi", lost, f"{mend}; or correct carriers.asterisk.agi_port")
    if ours.agi_host not in ANYWHERE and not set(found) & set(await addresses(ours.agi_host)):
        lost = f"{brought}, but we wait at {ours.agi_host} only: they go to the fallback"
        return fail("agi", lost, f"{mend}; or correct carriers.asterisk.agi_host")
    return None


def _shown(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _is_ours(address: str) -> bool:
    """Tell whether this machine has this address: only then can one wait there."""
    family = socket.AF_INET6 if ipaddress.ip_address(address).version == 6 else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as tried:
            tried.bind((address, 0))
    except OSError:
        return False
    return True


async def _while_away(opened: Talk, fallback: str) -> list[Finding]:
    """Tell whether callers get to somebody by RINGSIDE_FALLBACK; without one the context's own queue serves them."""
    if not fallback:
        return []
    mend = f"set RINGSIDE_FALLBACK = context,extension,priority, as a Goto has it, {GLOBALS}"
    if fallback.count(",") != 2 or not all(fallback.split(",")):
        return [fail("dialplan", f"RINGSIDE_FALLBACK = {fallback} is no context,extension,priority", mend)]
    if await _value(opened, f"DIALPLAN_EXISTS({fallback})") == "0":
        lost = f"RINGSIDE_FALLBACK = {fallback} is not in the dialplan: callers meet a dead end when Ringside is away"
        return [fail("dialplan", lost, mend)]
    return [ok("dialplan", f"callers go to {fallback} when Ringside is away")]
