"""Checks what callers hear: that every live version fits the settings, and where the files differ from it."""

import asyncio
from collections.abc import Sequence

from telephony.cli import company
from telephony.cli.doctor.finding import Finding, fail, ok, warn
from telephony.cli.flows.common import has_database, stored_flows
from telephony.cli.flows.kept import look_at, told_of_lost
from telephony.errors import FlowError
from telephony.ivr.loader import FlowSet
from telephony.ivr.versions.bundle import load_bundle
from telephony.ivr.versions.version import FlowVersion, standings
from telephony.settings import Configuration
from telephony.settings.domain import serving_names_of
from telephony.store.flows import StoredFlows

ABOUT = "published flows"


async def versions(configured: Configuration) -> Sequence[Finding]:
    """Tell whether the live versions can serve callers, and whether the files are what is live."""
    if not has_database(configured):
        return []  # told by the database
    async with stored_flows(configured) as stored:
        live = await stored.live()
        if not live:
            return [ok(ABOUT, "there are none yet; the server publishes the files when it first starts")]
        faulty = [finding for version in live for finding in await _faults(stored, version, configured)]
        files = await asyncio.to_thread(_files, configured)
        different = await _differing(stored, files, live) if files else []
    shown = ", ".join(version.shown for version in live)
    return [*faulty, *different] or [ok(ABOUT, f"{shown}; live, and the files are the same")]


async def _faults(stored: StoredFlows, version: FlowVersion, configured: Configuration) -> Sequence[Finding]:
    try:
        loaded = load_bundle(await stored.bundle(version), serving_names_of(configured), shown=version.shown)
    except FlowError as error:
        mend = f"mend the settings, or ringside flows publish {version.flow}, or ringside flows rollback {version.flow}"
        return [fail(ABOUT, f"{version.shown} cannot serve callers: {error.faults[0]}", mend)]
    lost = await asyncio.to_thread(told_of_lost, version, loaded.texts, configured)
    mend = f"put the old recordings back and restart the server, or ringside flows publish {version.flow}"
    return [warn(ABOUT, lost, mend)] if lost else []


def _files(configured: Configuration) -> FlowSet | None:
    try:
        return company.flows(configured)
    except FlowError:
        return None  # told by the flows


async def _differing(stored: StoredFlows, files: FlowSet, live: Sequence[FlowVersion]) -> Sequence[Finding]:
    kept = await look_at(stored, live, files.flows, files.texts)
    told = [each.told.partition("; ") for each in standings(files.flows, live, kept.recordings)]
    return [warn(ABOUT, what, mend) for what, _, mend in told if what]
