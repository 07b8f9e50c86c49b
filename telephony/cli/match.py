"""`ringside match NUMBER`: tells how a number is read and who it belongs to, with the reasons."""

import argparse
import asyncio

from telephony.calls.numbers import CallerNumber, read_caller
from telephony.cli.clock import MachineClock
from telephony.cli.output import FINDINGS, OK, say, say_json
from telephony.customers.match import Match, MatchOutcome
from telephony.settings import Configuration, load_settings
from telephony.store.customers import StoredCustomers
from telephony.store.database import Database


def run(asked: argparse.Namespace) -> int:
    """Look a number up as a call would; 1 when it belongs to nobody."""
    configured = load_settings(asked.config)
    company = configured.settings.company
    number = read_caller(asked.number, region=asked.region or company.region, extensions=company.extensions)
    match = asyncio.run(_find(configured, number))
    if asked.json:
        say_json(_as_json(number, match))
    else:
        _show(number, match)
    return OK if match.candidates else FINDINGS


async def _find(configured: Configuration, number: CallerNumber) -> Match:
    async with Database(configured.database_url) as database:
        return await StoredCustomers(database, MachineClock()).find(number)


def _show(number: CallerNumber, match: Match) -> None:
    if number.extension:
        say(f"{number.shown} is one of our own extensions")
    elif match.outcome is MatchOutcome.WITHHELD:
        say(f"{number.shown!r} is not a number that can be looked up")
    elif not match.candidates:
        say(f"{number.e164} belongs to nobody we know")
    for candidate in match.candidates:
        say(f"{candidate.customer_id}  {candidate.name}: {candidate.reason}")


def _as_json(number: CallerNumber, match: Match) -> dict[str, object]:
    return {
        "number": match.number,
        "shown": number.shown,
        "extension": number.extension,
        "outcome": match.outcome.value,
        "candidates": [
            {"customer_id": candidate.customer_id, "name": candidate.name, "reason": candidate.reason}
            for candidate in match.candidates
        ],
    }
