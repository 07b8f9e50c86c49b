"""Runs the walks beside flows: what their authors wrote down that callers must meet."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from telephony.cli.check.loading import Checked
from telephony.ivr.reading import allowed, near
from telephony.ivr.sources import read_file
from telephony.ivr.walks.file import ENDING, flow_of_walks
from telephony.ivr.yaml_tree import Faults, Place
from telephony.settings import Configuration


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """How many walks were run, and what is wrong: one line each, as the loader's faults."""

    run: int
    faults: tuple[str, ...]


def walked(checked: Checked, configured: Configuration) -> Walked:
    """Return what came of the walks of the flows that were read; those of other flows are left out."""
    if not _files(checked.folder):
        return Walked(run=0, faults=())
    from telephony.cli.walk_files import run_beside  # noqa: PLC0415  # it brings the database along, which is slow

    faults = Faults()
    results = run_beside(checked.folder, checked.flows, checked.texts, configured, faults)
    if checked.is_folder and not checked.faults:
        _check_names(checked, faults)
    failed = (f"{result} [walk_failed]" for result in results if not result.passed)
    return Walked(run=len(results), faults=(*faults.told, *failed))


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"*{ENDING}"))


def _check_names(checked: Checked, faults: Faults) -> None:
    for file, name in _named(checked):
        if name not in checked.flows:
            text = f"there is no flow '{name[:80]}'{near(name, checked.flows)}; there are {allowed(checked.flows)}"
            faults.add(Place(file=file), text)


def _named(checked: Checked) -> Iterable[tuple[str, str]]:
    """Give each file of walks with the flow that it names; what else is wrong with it is told when it is run."""
    for path in _files(checked.folder):
        source = read_file(path, Faults())
        name = "" if source is None else flow_of_walks(source, str(path), Faults())
        if name:
            yield str(path), name
