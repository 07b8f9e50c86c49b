"""`ringside replay`: runs calls that were through a version of their flow, and tells what would have gone otherwise."""

import argparse
import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from telephony.calls.model import CallId
from telephony.cli import company
from telephony.cli.flows.common import UnknownError, one_of
from telephony.cli.output import FINDINGS, MISUSE, OK, complain, say, say_json
from telephony.cli.replay_tally import Tally, show_tally, tally_json, when
from telephony.cli.simulate_given import MisuseError
from telephony.ivr.flow import Flow
from telephony.ivr.position import Noted
from telephony.ivr.reading import near
from telephony.ivr.replay.calls import Replayed, replay, runs_of
from telephony.ivr.versions.bundle import load_bundle
from telephony.settings import Configuration, load_settings
from telephony.settings.domain import serving_names_of
from telephony.store.database import Database
from telephony.store.flows import StoredFlows
from telephony.store.paths import StoredPaths


def run(asked: argparse.Namespace) -> int:
    """Replay one call, or all since a moment; 1 when a call would go otherwise or end elsewhere."""
    configured = load_settings(asked.config)
    try:
        if (asked.call is None) == (asked.since is None):
            raise MisuseError("give the id of a call, or --since and --flow")
        if asked.until and asked.since is None:
            raise MisuseError("--until goes with --since")
        if asked.call is not None:
            return asyncio.run(_one(asked, configured))
        if asked.flow is None:
            raise MisuseError("--since needs --flow: the flow whose calls are replayed")
        return asyncio.run(_many(asked, configured))
    except (MisuseError, UnknownError) as error:
        complain(str(error))
        return MISUSE


async def _flow(asked: argparse.Namespace, configured: Configuration, database: Database, name: str) -> Flow:
    """Return the flow to replay in: a published version, a file's, or as the files are."""
    file = Path(asked.flow) if asked.flow else None
    if asked.version is not None:
        return await _published(configured, database, asked.flow or name, asked.version)
    if file is not None and file.is_file():
        return next(iter(company.flow_in(file, configured).flows.values()))
    flows = company.flows(configured).flows
    wanted = asked.flow or name
    if wanted not in flows:
        raise MisuseError(f"no such flow or file: {wanted}{near(wanted, flows)}; there are {', '.join(flows)}")
    return flows[wanted]


async def _published(configured: Configuration, database: Database, name: str, number: int) -> Flow:
    stored = StoredFlows(database)
    version = one_of(await stored.versions(name), name, number)
    bundle = await stored.bundle(version)
    return load_bundle(bundle, serving_names_of(configured), shown=version.shown, version=version.digest).flows[name]


# --- one call --------------------------------------------------------------------------------------------------------


async def _one(asked: argparse.Namespace, configured: Configuration) -> int:
    async with Database(configured.database_url) as database:
        runs = runs_of(await StoredPaths(database).path(CallId(asked.call)))
        if not runs:
            complain(f"there is no journal of a call {asked.call}; ids are those of the calls list")
            return FINDINGS
        replayed = [replay(await _flow(asked, configured, database, each.flow), each) for each in runs]
    if asked.json:
        say_json({"call": asked.call, "runs": [_as_json(each) for each in replayed]})
    else:
        for each in replayed:
            _show(each)
    return FINDINGS if any(each.differs_at is not None for each in replayed) else OK


def _show(replayed: Replayed) -> None:
    was, now = replayed.run, f"{replayed.flow}@{replayed.version}"
    say(f"call {was.call_id}: was in {was.flow}@{was.version}, replayed in {now}")
    differs_at = replayed.differs_at
    same = replayed.lines if differs_at is None else replayed.lines[:differs_at]
    for line in same:
        say(f"  same       {_line(line)}")
    if differs_at is not None:
        say(f"  differs at {(*replayed.lines, *was.lines[differs_at:])[differs_at].node}:")
        for line in was.lines[differs_at:]:
            say(f"    was      {_line(line)}")
        for line in replayed.lines[differs_at:]:
            say(f"    would be {_line(line)}")
    for doubt in replayed.doubts:
        say(f"  not sure   {doubt}")
    if replayed.ends_elsewhere:
        say(f"ends elsewhere: was {replayed.was_end}; would be {replayed.now_end}")
    else:
        say(f"ends the same: {replayed.was_end}")


def _line(line: Noted) -> str:
    detail = " ".join(part for part in (line.value, f"({line.label})" if line.label else "") if part)
    return f"{line.node}: {line.event.value} {detail}".rstrip()


def _as_json(replayed: Replayed) -> dict[str, object]:
    return {
        "was": f"{replayed.run.flow}@{replayed.run.version}",
        "now": f"{replayed.flow}@{replayed.version}",
        "differs_at": replayed.differs_at,
        "was_lines": [_line(line) for line in replayed.run.lines],
        "now_lines": [_line(line) for line in replayed.lines],
        "was_end": replayed.was_end,
        "now_end": replayed.now_end,
        "ends_elsewhere": replayed.ends_elsewhere,
        "not_sure": list(replayed.doubts),
    }


async def _many(asked: argparse.Namespace, configured: Configuration) -> int:
    zone = ZoneInfo(configured.settings.company.timezone)
    now = datetime.now(UTC)
    since = when(asked.since, now, zone, "--since")
    until = when(asked.until, now, zone, "--until") if asked.until else now + timedelta(days=1)
    if until <= since:
        raise MisuseError(f"--until ({until:%Y-%m-%d %H:%M}) must be after --since ({since:%Y-%m-%d %H:%M})")
    tally = Tally()
    async with Database(configured.database_url) as database:
        flow = await _flow(asked, configured, database, "")
        async for path in StoredPaths(database).begun_between(since, until):
            tally.count(flow, runs_of(path))
    if asked.json:
        say_json(tally_json(flow, since, tally))
    else:
        show_tally(flow, since.astimezone(zone), tally)
    return FINDINGS if tally.elsewhere else OK
