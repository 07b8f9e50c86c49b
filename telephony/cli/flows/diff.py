"""`ringside flows diff`: how two versions of a flow differ, or the live one and the files."""

import argparse
import asyncio
from collections.abc import Sequence

from telephony.cli.flows.common import (
    FILES,
    UnknownError,
    bundle_of_files,
    live_among,
    one_of,
    or_misuse,
    stored_flows,
)
from telephony.cli.output import OK, say, say_json
from telephony.ivr.versions.bundle import Bundle
from telephony.ivr.versions.difference import Difference, differences, unified
from telephony.settings import Configuration, load_settings
from telephony.store.flows import StoredFlows

LIVE = "live"


def run(asked: argparse.Namespace) -> int:
    """Show the differences."""
    return or_misuse(lambda: _run(asked))


def _run(asked: argparse.Namespace) -> int:
    names = (asked.a or LIVE, asked.b or FILES)
    before, after = asyncio.run(_both(load_settings(asked.config), asked.flow, names))
    found = differences(before, after)
    if asked.json:
        say_json(
            {"flow": asked.flow, "from": names[0], "to": names[1], "differences": [_fields(each) for each in found]}
        )
        return OK
    if asked.text:
        for line in unified(before, after, names):
            say(line)
        return OK
    say(f"{asked.flow}: {_shown(names[0])} -> {_shown(names[1])}" + ("" if found else _none(before, after)))
    _say(found, asked.flow)
    return OK


def _none(before: Bundle, after: Bundle) -> str:
    if before.files == after.files:
        return ": no difference"
    return ": no difference for callers, only in comments or layout (--text shows them)"


def _shown(name: str) -> str:
    return f"version {name}" if name.isdecimal() else name


def _say(found: Sequence[Difference], flow: str) -> None:
    for each in found:
        part = "" if each.flow == flow else f"{each.flow}: "
        say(f"  {part}{each}")


async def _both(configured: Configuration, flow: str, names: tuple[str, str]) -> tuple[Bundle, Bundle]:
    async with stored_flows(configured) as stored:
        return (await _bundle(configured, stored, flow, names[0]), await _bundle(configured, stored, flow, names[1]))


async def _bundle(configured: Configuration, stored: StoredFlows, flow: str, name: str) -> Bundle:
    if name == FILES:
        return bundle_of_files(configured, flow)
    versions = await stored.versions(flow)
    version = live_among(versions, flow) if name == LIVE else one_of(versions, flow, _number(name))
    if version is None:
        raise UnknownError(f"{flow} has no live version; `ringside flows versions {flow}` shows what there is")
    return await stored.bundle(version)


def _number(name: str) -> int:
    if not name.isdecimal():
        raise UnknownError(f"a version is a number, '{LIVE}' or '{FILES}', is {name}")
    return int(name)


def _fields(each: Difference) -> dict[str, str]:
    return {
        "what": each.what.value,
        "change": each.change.value,
        "flow": each.flow,
        "name": each.name,
        "field": each.field,
        "language": each.language,
        "before": each.before,
        "after": each.after,
    }
