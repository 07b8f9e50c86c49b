"""The walks beside the flows: reads and runs them for several commands."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from telephony.errors import FlowError
from telephony.ivr.facts import CalendarState
from telephony.ivr.flow import Flow
from telephony.ivr.sources import read_file
from telephony.ivr.texts import Texts
from telephony.ivr.walks.file import ENDING, flow_of_walks, read_walks
from telephony.ivr.walks.running import WalkResult, run_walks
from telephony.ivr.walks.scene import CalendarsAt
from telephony.ivr.walks.script import Walk
from telephony.ivr.yaml_tree import Faults
from telephony.routing.calendars import Calendars
from telephony.settings import Configuration
from telephony.settings.domain import calendars_of


def calendars_at(configured: Configuration) -> CalendarsAt:
    """Return what tells how the company's calendars are at a moment."""
    calendars = Calendars(calendars_of(configured))
    return lambda at: {name: CalendarState(state.value) for name, state in calendars.now(at).items()}


def read_walk_file(path: Path, flow: Flow, configured: Configuration) -> tuple[Walk, ...]:
    """Return the walks of a file. Raises FlowError with every fault."""
    faults = Faults()
    source = read_file(path, faults)
    zone = ZoneInfo(configured.settings.company.timezone)
    walks = read_walks(source, str(path), flow, faults, zone=zone) if source is not None else ()
    if faults.told:
        raise FlowError(faults.told)
    return walks


def run_walk_file(flow: Flow, texts: Texts, walks: Iterable[Walk], configured: Configuration) -> tuple[WalkResult, ...]:
    """Return what came of walks, with the company's own opening hours."""
    return run_walks(flow, texts, walks, calendars_at=calendars_at(configured))


def run_beside(
    folder: Path, flows: Mapping[str, Flow], texts: Texts, configured: Configuration, faults: Faults
) -> Sequence[WalkResult]:
    """Return what came of every walk in `*.walks.yaml` of a folder; files that cannot be read go to the faults.

    Walks of flows that are not among `flows` are left out.
    """
    results: list[WalkResult] = []
    zone = ZoneInfo(configured.settings.company.timezone)
    for path in sorted(folder.glob(f"*{ENDING}")):
        source = read_file(path, faults)
        name = flow_of_walks(source, str(path), faults) if source is not None else ""
        flow = flows.get(name)
        if source is None or not name or flow is None:
            continue
        before = len(faults.told)
        walks = read_walks(source, str(path), flow, faults, zone=zone)
        if len(faults.told) == before:
            results += run_walk_file(flow, texts, walks, configured)
    return results
