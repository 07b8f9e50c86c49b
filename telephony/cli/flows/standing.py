"""Tells, for commands that look at the files, where these differ from what callers hear."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from telephony.errors import RingsideError
from telephony.ivr.flow import Flow
from telephony.ivr.versions.version import FlowVersion, State, standings
from telephony.settings import Configuration

SQLITE = "sqlite:///"


def told_of_files(flows: Mapping[str, Flow], configured: Configuration, *, whole: bool) -> list[str]:
    """Return a line for each of the flows whose live version is another; with `whole` also for those without a file.

    Nothing while nothing is published, or when the database cannot be asked: the files may be checked anywhere.
    """
    url = configured.database_url
    if url.startswith(SQLITE) and not Path(url.removeprefix(SQLITE)).is_file():
        return []
    try:
        live = asyncio.run(_live(configured))
    except RingsideError:
        return []
    known = [each for each in standings(flows, live) if whole or each.state is not State.GONE]
    return [each.told for each in known if each.told] if live else []


async def _live(configured: Configuration) -> Sequence[FlowVersion]:
    from telephony.cli.flows.common import stored_flows  # noqa: PLC0415  # a check without database shall be quick

    async with stored_flows(configured) as stored:
        return await stored.live()
