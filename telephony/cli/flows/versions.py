"""`ringside flows versions`: every version, who made it live and when, and where the files differ."""

import argparse
import asyncio
from collections.abc import Sequence

from telephony.cli import company
from telephony.cli.flows.common import UnknownError, fields_of, or_misuse, stored_flows
from telephony.cli.flows.kept import Kept, look_at
from telephony.cli.output import OK, complain, say, say_json, say_table
from telephony.errors import FlowError
from telephony.ivr.loader import FlowSet
from telephony.ivr.texts import Texts
from telephony.ivr.versions.version import FlowVersion, Move, Standing, standings
from telephony.settings import Configuration, load_settings


def run(asked: argparse.Namespace) -> int:
    """Show the versions of a flow, or of all."""
    return or_misuse(lambda: _run(asked))


def _run(asked: argparse.Namespace) -> int:
    configured = load_settings(asked.config)
    flows = _files(configured)
    versions, moves, kept = asyncio.run(_read(configured, asked.flow, flows))
    stand = [each for each in _standings(flows, versions, kept) if asked.flow in (None, each.flow)]
    if asked.flow and not versions and not stand:
        raise UnknownError(f"there is no flow {asked.flow}, neither published nor in {configured.flows_dir}")
    if asked.json:
        say_json(
            {
                "versions": [fields_of(version) for version in versions],
                "moves": [_fields(move) for move in moves],
                "files": [{"flow": each.flow, "state": each.state.value, "live": each.number} for each in stand],
                "recordings": {each.flow: list(each.recordings) for each in stand if each.recordings},
                "faults": list(kept.faults),
            }
        )
        return OK
    _say_versions(versions)
    if asked.flow:
        _say_moves(moves)
    for each in stand:
        if each.told:
            say(each.told)
    for fault in kept.faults:
        complain(fault)
    return OK


def _files(configured: Configuration) -> FlowSet | None:
    try:
        return company.flows(configured)
    except FlowError as error:
        complain(f"the files have {len(error.faults)} faults, see `ringside check`; they are not compared")
        return None


async def _read(
    configured: Configuration, flow: str | None, files: FlowSet | None
) -> tuple[Sequence[FlowVersion], Sequence[Move], Kept]:
    flows, texts = (files.flows, files.texts) if files else ({}, Texts(by_language={}))
    async with stored_flows(configured) as stored:
        versions = await stored.versions(flow)
        return versions, await stored.moves(flow), await look_at(stored, versions, flows, texts)


def _standings(files: FlowSet | None, versions: Sequence[FlowVersion], kept: Kept) -> Sequence[Standing]:
    live = [version for version in versions if version.live]
    return standings(files.flows, live, kept.recordings) if files else ()


def _say_versions(versions: Sequence[FlowVersion]) -> None:
    rows = [
        (
            version.flow,
            str(version.number),
            "live" if version.live else "",
            version.digest,
            f"{version.at:%Y-%m-%d %H:%M:%S} UTC",
            version.by,
            version.note,
        )
        for version in versions
    ]
    if rows:
        say_table(("flow", "version", "", "content", "published", "by", "note"), rows)
    else:
        say("nothing is published; the server publishes the files when it first starts, or `ringside flows publish`")


def _say_moves(moves: Sequence[Move]) -> None:
    say()
    rows = [(f"{move.at:%Y-%m-%d %H:%M:%S} UTC", _way(move), move.by, move.note) for move in moves]
    say_table(("moved", "live version", "by", "note"), rows)


def _way(move: Move) -> str:
    return f"{move.left or 'none'} -> {move.to or 'none'}"


def _fields(move: Move) -> dict[str, object]:
    return {
        "flow": move.flow,
        "at": move.at.isoformat(),
        "by": move.by,
        "from": move.left,
        "to": move.to,
        "note": move.note,
    }
