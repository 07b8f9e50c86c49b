"""Tells, for commands that look at the files, where these differ from what callers hear."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from telephony.errors import RingsideError
from telephony.ivr.flow import Flow
from telephony.ivr.texts import Texts
from telephony.ivr.versions.version import FlowVersion, State, standings
from telephony.settings import Configuration

if TYPE_CHECKING:
    from telephony.cli.flows.kept import Kept

SQLITE = "sqlite:///"


def told_of_files(flows: Mapping[str, Flow], texts: Texts, configured: Configuration, *, whole: bool) -> list[str]:
    """Return a line for each of the flows whose live version is another, or is not what was published any more.

    With `whole` also for those without a file.

    Nothing while nothing is published, or when the database cannot be asked: the files may be checked anywhere.
    """
    url = configured.database_url
    if url.startswith(SQLITE) and not Path(url.removeprefix(SQLITE)).is_file():
        return []
    try:
        live, kept = asyncio.run(_live(flows, texts, configured, whole=whole))
    except RingsideError:
        return []
    known = [each for each in standings(flows, live, kept.recordings) if whole or each.state is not State.GONE]
    return [*kept.faults, *(each.told for each in known if each.told)] if live else []


async def _live(
    flows: Mapping[str, Flow], texts: Texts, configured: Configuration, *, whole: bool
) -> tuple[Sequence[FlowVersion], "Kept"]:
    # a check without database shall be quick
    from telephony.cli.flows.common import stored_flows  # noqa: PLC0415
    from telephony.cli.flows.kept import look_at  # noqa: PLC0415

    async with stored_flows(configured) as stored:
        live = await stored.live()
        looked_at = [version for version in live if whole or version.flow in flows]
        return live, await look_at(stored, looked_at, flows, texts)
