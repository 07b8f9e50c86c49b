"""Where the bench keeps what it makes, the ports it uses, and the numbers its callers dial."""

import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
HERE = PROJECT / "bench"
STATE = PROJECT / ".ringside/bench"
"""Kept from run to run: the million customers, and an Asterisk of the bench's own."""
DATA = STATE / "data"
DATABASE = DATA / "ringside.db"
FLOWS = STATE / "flows"
RECORDINGS = STATE / "recordings"
PROMPT = RECORDINGS / "bench-prompt"
"""What the dialplan plays, without extension; Ringside's flow plays the same sound."""

HOST = "127.0.0.1"
PUBLIC = "https://bench.example"
"""Where the cloud believes that it asks."""
AMI_PORT = 55038
SIP_PORT = 55060
AGI_PORT = 55573
WEB_PORT = 55080
REFERENCE_PORT = 55081
PHONES_PORT = 55061
CALLERS_PORT = 56000
CALLERS_MEDIA_PORT = 56100

NATIVE = "native"
"""Answered by the dialplan alone, see asterisk/extensions-local.conf."""
MENUS = "+35921000001"
"""The same three menus as a flow."""
LINE = "+35921000002"
"""One key, then the line."""
LONG_MENU = "+35921000003"
"""A menu that waits a minute for a key."""

AGENTS = 1000
FIRST_EXTENSION = 5000
CUSTOMERS = 1_000_000

# The scripts beside the package know how to have an Asterisk and SIPp scenarios; they are no package of ours.
sys.path.insert(0, str(PROJECT / "scripts"))


def number_of(customer: int) -> str:
    """Return the telephone number of a customer, 0 to CUSTOMERS - 1."""
    return f"+35988{customer:07d}"


def agent_name(agent: int) -> str:
    """Return the login of an agent, 0 to AGENTS - 1."""
    return f"agent{FIRST_EXTENSION + agent}"


def token_of(agent: int) -> str:
    """Return the session token of an agent's browser."""
    return f"bench-session-of-{agent_name(agent)}"
