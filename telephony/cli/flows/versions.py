"""`ringside flows versions`: every version, who made it live and when, and where the files differ."""

import argparse
import asyncio
from collections.abc import Sequence

from telephony.cli import company
from telephony.cli.flows.common import UnknownError, fields_of, or_misuse, stored_flows
from telephony.cli.output import OK, complain, say, say_json, say_table
from telephony.errors import FlowError
from telephony.ivr.versions.version import FlowVersion, Move, Standing, standings
from telephony.settings import Configuration, load_settings


def run(asked: argparse.Namespace) -> int:
    """Show the versions of a flow, or of all."""
    return or_misuse(lambda: _run(asked))


def _run(asked: argparse.Namespace) -> int:
    configured = load_settings(asked.config)
    versions, moves = asyncio.run(_read(configured, asked.flow))
    stand = [each for each in _standings(configured, versions) if asked.flow in (None, each.flow)]
    if asked.flow and not versions and not stand:
        raise UnknownError(f"there is no flow {asked.flow}, neither published nor in {configured.flows_dir}")
    if asked.json:
        say_json(
            {
                "versions": [fields_of(version) for version in versions],
                "moves": [_fields(move) for move in moves],
                "files": [{"flow": each.flow, "state": each.state.value, "live": each.number} for each in stand],
            }
        )
        return OK
    _say_versions(versions)
    if asked.flow:
        _say_moves(moves)
    for each in stand:
        if each.told:
            say(each.told)
    return OK


async def _read(configured: Configuration, flow: str | None) -> tuple[Sequence[FlowVersion], Sequence[Move]]:
    async with stored_flows(configured) as stored:
        return await stored.versions(flow), await stored.moves(flow)


def _standings(configured: Configuration, versions: Sequence[FlowVersion]) -> Sequence[Standing]:
    try:
        flows = company.flows(configured)
    except FlowError as error:
        complain(f"the files have {len(error.faults)} faults, see `ringside check`; they are not compared")
        return ()
    return standings(flows.flows, [version for version in versions if version.live])


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
