"""Checks Asterisk from one end to the other, over one connection."""

from collections.abc import Sequence

from telephony.cli.doctor import asterisk, hearing
from telephony.cli.doctor.destinations import destinations
from telephony.cli.doctor.doors import BELIEVED, doors
from telephony.cli.doctor.entry import NotInError, logged_in
from telephony.cli.doctor.finding import Finding, ok
from telephony.cli.doctor.parts import agents
from telephony.errors import RingsideError
from telephony.settings import Configuration


async def with_probe(configured: Configuration) -> Sequence[Finding]:
    """Check all, events included, by a probe that rings nobody."""
    return await _examined(configured, probe=True)


async def without_probe(configured: Configuration) -> Sequence[Finding]:
    """Check what can be seen without a probe."""
    return await _examined(configured, probe=False)


async def _examined(configured: Configuration, *, probe: bool) -> Sequence[Finding]:
    ours = configured.settings.carriers.asterisk
    try:
        async with logged_in(configured) as opened:
            found = [ok("ami", f"logged in at {ours.host}:{ours.port} as {ours.username}")]
            found += await asterisk.permissions(opened, ours.username)
            found += await asterisk.version_and_clock(opened)
            found += await asterisk.modules(opened)
            found += await asterisk.contexts(opened, ours, confirms=configured.settings.carriers.confirm_mobiles)
            found += await destinations(opened, ours)
            found += await doors(opened, frozenset({ours.context, BELIEVED}))
            if probe:
                found += await hearing.events(opened, ours)
            found += await asterisk.endpoints(opened, await _endpoints(configured))
            return found
    except NotInError as error:
        return [error.finding]


async def _endpoints(configured: Configuration) -> Sequence[str]:
    try:
        return [agent.endpoint for agent in await agents(configured)]
    except (TimeoutError, RingsideError, OSError):
        return []  # the database's own check tells why
