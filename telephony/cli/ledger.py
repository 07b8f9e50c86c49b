"""`ringside ledger derive`: the calls in a file of Channel Event Logging, as the timeline would have them."""

import argparse
import asyncio
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from telephony.calls.ledger import Numbering, to_json
from telephony.carriers.asterisk.cel import BadRow
from telephony.carriers.asterisk.celfile import derive_file
from telephony.cli.doctor.parts import agents
from telephony.cli.output import FINDINGS, MISUSE, OK, complain, say_json
from telephony.errors import RingsideError
from telephony.settings import Configuration, load_settings
from telephony.settings.domain import numbering_of


def run(asked: argparse.Namespace) -> int:
    """Print one JSON object per call and line; rows that cannot be read are told apart and end the command with 1."""
    try:
        zone = ZoneInfo(asked.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        complain(f"--timezone must be a time zone such as Europe/Sofia, is {asked.timezone}")
        return MISUSE
    numbering = asyncio.run(_numbering(load_settings(asked.config)))
    bad: list[BadRow] = []
    calls = 0
    for record in derive_file(asked.cel, numbering, zone=zone, report=bad.append):
        say_json(to_json(record))
        calls += 1
    if not calls:
        complain(f"{asked.cel}: there is no call in it")
    for row in bad:
        complain(f"{asked.cel}:{row.line}: left out: {row.reason}")
    return FINDINGS if bad else OK


async def _numbering(configured: Configuration) -> Numbering:
    """Return how the server numbers itself; what the database cannot tell is missing."""
    try:
        phones = frozenset(agent.endpoint for agent in await agents(configured))
    except (RingsideError, TimeoutError, OSError) as error:
        complain(f"the agents' phones are not known, only numbers tell them: {error}")
        phones = frozenset()
    return numbering_of(configured, phones)
