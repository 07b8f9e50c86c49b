"""What the commands on flows share: the files, the database, and who asks."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from sqlalchemy import make_url

from telephony.cli import company
from telephony.cli.output import MISUSE, complain
from telephony.errors import RingsideError
from telephony.ivr.loader import FlowSet, read_all_flows
from telephony.ivr.sources import read_folder
from telephony.ivr.versions.bundle import Bundle, bundle_of, together
from telephony.ivr.versions.version import FlowVersion
from telephony.ivr.yaml_tree import Faults
from telephony.journey.publishing import walks_in
from telephony.settings import Configuration
from telephony.store.database import Database
from telephony.store.flows import StoredFlows

FILES = "files"
"""Stands for the flows' files in the place of a version's number."""


class UnknownError(RingsideError):
    """There is no flow or version of this name; the text tells which there are."""


def file_of(configured: Configuration, flow: str) -> Path:
    """Return the file of a flow. Raises UnknownError."""
    known = _files(configured)
    if flow not in known:
        raise UnknownError(f"no such flow in {configured.flows_dir}: {flow}; there are {', '.join(known) or 'none'}")
    return known[flow]


def _files(configured: Configuration) -> Mapping[str, Path]:
    written = read_all_flows(read_folder(configured.flows_dir, Faults()), Faults())
    return {name: Path(each.file) for name, each in written.items()}


def read_flows(configured: Configuration, only: Sequence[str] = ()) -> FlowSet:
    """Return the files' flows; `only` some when it names any, whatever is wrong with the others.

    Raises FlowError with every fault, and UnknownError.
    """
    if not only:
        return company.flows(configured)
    sets = [company.flow_in(file_of(configured, flow), configured) for flow in dict.fromkeys(only)]
    flows = {name: flow for each in sets for name, flow in each.flows.items()}
    texts = replace(sets[0].texts, by_language=together(each.texts for each in sets).by_language)
    return FlowSet(flows=MappingProxyType(flows), texts=texts, sources=sets[0].sources)


def bundle_of_files(configured: Configuration, flow: str) -> Bundle:
    """Return what would be published now. Raises FlowError and UnknownError."""
    flows = read_flows(configured, [flow])
    return bundle_of(flows.flows[flow], flows, walks_in(configured.flows_dir).get(flow, {}))


@asynccontextmanager
async def stored_flows(configured: Configuration) -> AsyncIterator[StoredFlows]:
    """Give what was published. Raises RingsideError when there is no database yet: opening it would make one."""
    if not has_database(configured):
        raise RingsideError("there is no database yet: run `ringside db upgrade`")
    async with Database(configured.database_url) as database:
        yield StoredFlows(database)


def has_database(configured: Configuration) -> bool:
    """Tell whether there is a database to be opened."""
    url = make_url(configured.database_url)
    return url.get_backend_name() != "sqlite" or Path(url.database or "").is_file()


def live_among(versions: Sequence[FlowVersion], flow: str) -> FlowVersion | None:
    """Return the flow's live version."""
    return next((version for version in versions if version.flow == flow and version.live), None)


def one_of(versions: Sequence[FlowVersion], flow: str, number: int) -> FlowVersion:
    """Return a version by its number. Raises UnknownError."""
    for version in versions:
        if version.flow == flow and version.number == number:
            return version
    known = ", ".join(str(version.number) for version in versions if version.flow == flow)
    raise UnknownError(f"{flow} has no version {number}; " + (f"there are {known}" if known else "none was published"))


def fields_of(version: FlowVersion) -> dict[str, object]:
    """Return a version as the JSON of commands gives it."""
    return {
        "flow": version.flow,
        "version": version.number,
        "live": version.live,
        "digest": version.digest,
        "at": version.at.isoformat(),
        "by": version.by,
        "note": version.note,
        "replaced": version.replaced,
    }


def or_misuse(work: Callable[[], int]) -> int:
    """Return the work's exit code; 2 when it was asked for a flow or version that is not there."""
    try:
        return work()
    except UnknownError as error:
        complain(str(error))
        return MISUSE
