"""`ringside ledger derive`: the calls in a file of Channel Event Logging, as the timeline would have them."""

import argparse
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from telephony.calls.ledger import to_json
from telephony.carriers.asterisk.cel import BadRow
from telephony.carriers.asterisk.celfile import derive_file
from telephony.cli.output import FINDINGS, MISUSE, OK, complain, say_json


def run(asked: argparse.Namespace) -> int:
    """Print one JSON object per call and line; rows that cannot be read are told apart and end the command with 1."""
    try:
        zone = ZoneInfo(asked.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        complain(f"--timezone must be a time zone such as Europe/Sofia, is {asked.timezone}")
        return MISUSE
    bad: list[BadRow] = []
    calls = 0
    for record in derive_file(asked.cel, zone=zone, report=bad.append):
        say_json(to_json(record))
        calls += 1
    if not calls:
        complain(f"{asked.cel}: there is no call in it")
    for row in bad:
        complain(f"{asked.cel}:{row.line}: left out: {row.reason}")
    return FINDINGS if bad else OK
