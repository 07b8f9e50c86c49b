"""Makes versions of flows: what has changed becomes the next version, once nothing speaks against it."""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from telephony.errors import FlowError
from telephony.ivr.check.hours import hours_findings
from telephony.ivr.facts import CalendarState
from telephony.ivr.flow import Flow
from telephony.ivr.loader import FlowSet, load_flows
from telephony.ivr.sources import read_file
from telephony.ivr.surroundings import Names
from telephony.ivr.versions.bundle import Bundle, bundle_of
from telephony.ivr.versions.difference import outdated_recordings
from telephony.ivr.versions.version import Draft, FlowVersion, MovedMeanwhileError, State, callable_flows, standings
from telephony.ivr.walks.file import ENDING, flow_of_walks, read_walks
from telephony.ivr.walks.running import run_walks
from telephony.ivr.walks.scene import CalendarsAt
from telephony.ivr.yaml_tree import Faults
from telephony.journey.calendar_year import year_of
from telephony.journey.flows_in_force import PublishedFlows
from telephony.routing.calendars import Calendars, Openness

logger = logging.getLogger(__name__)

OURSELVES = "ringside"
FIRST_START = "first start"
ON_START = "on start"

Check = Callable[[Flow, FlowSet, Bundle], Sequence[str]]
"""Gives what speaks against publishing a flow, one line each."""

Walks = Mapping[str, Mapping[str, str]]
"""The files of walks, by the flow they go through and by path."""


class Publisher(PublishedFlows, Protocol):
    """Where versions are published. Raises StoreUnavailableError."""

    async def publish(self, drafts: Sequence[Draft], *, by: str, note: str, at: datetime) -> Sequence[FlowVersion]:
        """Make each draft the next version of its flow, and live; all of them or none."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What publishing would do: a draft of each flow that differs from its live version."""

    drafts: tuple[Draft, ...]
    unchanged: tuple[FlowVersion, ...]
    faults: tuple[str, ...]
    """What speaks against it; nothing may be published then."""


def before_publish(zone: tzinfo, calendars: Calendars, now: datetime) -> tuple[Check, ...]:
    """Return what a flow must pass before it is published, besides being read without faults."""
    years = {name: year_of(calendar, now) for name, calendar in calendars.by_name.items()}

    def open_all_year(flow: Flow, _flows: FlowSet, _bundle: Bundle) -> Sequence[str]:
        return [str(finding) for finding in hours_findings(flow, years) if finding.is_error]

    return (partial(walks_pass, zone=zone, calendars_at=lambda at: _states(calendars.now(at))), open_all_year)


def walks_pass(flow: Flow, flows: FlowSet, bundle: Bundle, *, zone: tzinfo, calendars_at: CalendarsAt) -> Sequence[str]:
    """Return where walks do not go as they are written."""
    faults = Faults()
    walks = [
        walk
        for path, source in bundle.walks.items()
        for walk in read_walks(source, flows.sources.shown(path), flow, faults, zone=zone)
    ]
    results = run_walks(flow, flows.texts, walks, calendars_at=calendars_at)
    return (*faults.told, *(str(result) for result in results if not result.passed))


def _states(hours: Mapping[str, Openness]) -> Mapping[str, CalendarState]:
    return {name: CalendarState(openness.value) for name, openness in hours.items()}


def walks_in(folder: Path) -> Walks:
    """Return the files of walks in a flows' folder. Raises FlowError for one that cannot be read."""
    faults = Faults()
    found: dict[str, dict[str, str]] = {}
    for path in sorted(folder.glob(f"*{ENDING}")):
        source = read_file(path, faults)
        flow = "" if source is None else flow_of_walks(source, str(path), faults)
        if source is not None and flow:
            found.setdefault(flow, {})[path.name] = source
    if faults.told:
        raise FlowError(faults.told)
    return found


def change_of(
    flows: FlowSet,
    live: Collection[FlowVersion],
    *,
    only: Collection[str] = (),
    walks: Walks = MappingProxyType({}),
    checks: Sequence[Check] = (),
    damaged: Collection[str] = (),
) -> Change:
    """Return what publishing these flows would do; `only` some of them when it names any.

    A flow of those that are `damaged`, whose live version is not what was published, gets a new version in any case.
    """
    versions = {version.flow: version for version in live}
    drafts: list[Draft] = []
    unchanged: list[FlowVersion] = []
    faults: list[str] = []
    for flow in callable_flows(flows.flows):
        version = versions.get(flow.name)
        if only and flow.name not in only:
            continue
        if version is not None and version.digest == flow.version and flow.name not in damaged:
            unchanged.append(version)
            continue
        bundle = bundle_of(flow, flows, walks.get(flow.name, {}))
        faults += [fault for check in checks for fault in check(flow, flows, bundle)]
        drafts.append(Draft(bundle=bundle, digest=flow.version, over=version.number if version else None))
    return Change(drafts=tuple(drafts), unchanged=tuple(unchanged), faults=tuple(faults))


async def live_bundles(published: PublishedFlows, live: Collection[FlowVersion]) -> Mapping[str, Bundle]:
    """Return what the live versions are made of, by flow, without those that are damaged.

    Raises StoreUnavailableError.
    """
    bundles = {}
    for version in live:
        with suppress(FlowError):
            bundles[version.flow] = await published.bundle(version)
    return bundles


def outdated(change: Change, live: Mapping[str, Bundle]) -> tuple[str, ...]:
    """Return a line for each text that would be another while its recording stays as it is."""
    return tuple(
        f"{draft.bundle.flow}: text {each.name} [{each.language}] has changed, its recording has not: does the "
        f"recording say the old text? Record prompts/{each.language}/{each.name}.wav anew, or remove it"
        for draft in change.drafts
        if draft.bundle.flow in live
        for each in outdated_recordings(live[draft.bundle.flow], draft.bundle)
    )


async def publish_at_start(
    published: Publisher, folder: Path, names: Names, checks: Sequence[Check], now: datetime, *, on_start: bool
) -> None:
    """Publish the files when nothing is published yet, or when the settings say so; else tell where they differ.

    Raises FlowError when nothing is published and the files have faults: there is nothing to serve callers with.
    """
    first = await published.last_move() == 0
    try:
        flows, walks = await asyncio.to_thread(lambda: (load_flows(folder, names), walks_in(folder)))
    except FlowError as error:
        if first:
            raise
        extra = {"action": "flow_files_faulty", "faults": error.faults[:5]}
        logger.warning("the flows' files have faults; the published versions serve on", extra=extra)
        return
    live = await published.live()
    bundles = await live_bundles(published, live)
    damaged = {version.flow for version in live} - bundles.keys()
    change = change_of(flows, live, walks=walks, checks=checks, damaged=damaged)
    if first and change.faults:
        raise FlowError(list(change.faults))
    if change.faults:
        extra = {"action": "flow_not_fit", "faults": change.faults[:5]}
        logger.warning("the flows' files are not fit to be published", extra=extra)
    elif first or on_start:
        for line in outdated(change, bundles):
            logger.warning("a recording may be outdated", extra={"action": "recording_outdated", "told": line})
        await _publish(published, change, FIRST_START if first else ON_START, now)
        live = await published.live()
    for standing in standings(flows.flows, live):
        if standing.state is not State.SAME:
            extra = {"action": "flow_differs", "flow": standing.flow, "told": standing.told}
            logger.warning("a flow's files differ from what callers hear", extra=extra)


async def _publish(published: Publisher, change: Change, note: str, now: datetime) -> None:
    try:
        await published.publish(change.drafts, by=OURSELVES, note=note, at=now)
    except MovedMeanwhileError:
        # another server has started at the same moment with the same files; what it published is taken
        logger.info("flows were published by another server", extra={"action": "flows_published_elsewhere"})
