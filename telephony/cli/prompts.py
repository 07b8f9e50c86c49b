"""`ringside prompts render`: makes the sound file of every prompt that has none."""

import argparse
import asyncio
import sys

from telephony.cli import company
from telephony.cli.output import FINDINGS, OK, complain, say, say_json
from telephony.settings import load_settings


def run(asked: argparse.Namespace) -> int:
    """Render what is missing, with progress at a terminal."""
    configured = load_settings(asked.config)
    store = company.prompts(configured)
    done = asyncio.run(store.render(_progress if sys.stderr.isatty() else None))
    if asked.json:
        say_json({"made": done.made, "kept": done.kept, "failed": list(done.failed)})
    else:
        say(f"{done.made} prompts rendered, {done.kept} were there already")
    for fault in done.failed:
        complain(fault)
    return FINDINGS if done.failed else OK


def _progress(done: int, of: int) -> None:
    sys.stderr.write(f"\rrendering prompts: {done} of {of}" + ("\n" if done == of else ""))
    sys.stderr.flush()
