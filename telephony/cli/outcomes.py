"""`ringside outcomes`: how many calls ended how, in the words of their flows."""

import argparse
import asyncio
from datetime import datetime
from zoneinfo import ZoneInfo

from telephony.cli.clock import MachineClock
from telephony.cli.output import MISUSE, OK, complain, say, say_json, say_table
from telephony.cli.replay_tally import when
from telephony.cli.simulate_given import MisuseError
from telephony.settings import Configuration, load_settings
from telephony.store.database import Database
from telephony.store.outcomes import Outcomes, StoredOutcomes


def run(asked: argparse.Namespace) -> int:
    """Count, and print."""
    configured = load_settings(asked.config)
    now, zone = MachineClock().now(), ZoneInfo(configured.settings.company.timezone)
    try:
        since = when(asked.since, now, zone, "--since")
        until = when(asked.until, now, zone, "--until") if asked.until else now
    except MisuseError as error:
        complain(str(error))
        return MISUSE
    found = asyncio.run(_counted(configured, since, until))
    if asked.json:
        say_json(
            {
                "since": since.isoformat(),
                "until": until.isoformat(),
                "calls": found.calls,
                "outcomes": {each.name: each.calls for each in found.outcomes},
                "milestones": {each.name: each.calls for each in found.milestones},
            }
        )
        return OK
    say(f"{found.calls} inbound calls since {since.astimezone(zone):%Y-%m-%d %H:%M}")
    _show("outcome", [(each.name or "(none named)", each.calls) for each in found.outcomes], found.calls)
    _show("milestone", [(each.name, each.calls) for each in found.milestones], found.calls)
    return OK


async def _counted(configured: Configuration, since: datetime, until: datetime) -> Outcomes:
    async with Database(configured.database_url) as database:
        return await StoredOutcomes(database).between(since, until)


def _show(what: str, counts: list[tuple[str, int]], of: int) -> None:
    if counts:
        say()
        say_table((what, "calls", "share"), [(name, str(calls), f"{calls / of:.0%}") for name, calls in counts])
