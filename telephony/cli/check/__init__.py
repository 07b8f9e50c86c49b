"""`ringside check`: proves of flows that callers get somewhere, and tells every fault with file, line and column."""

import argparse
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from telephony.cli.check.loading import Checked, load
from telephony.cli.check.report import Report, as_json, as_lines, bound_lines, report_of
from telephony.cli.output import FINDINGS, MISUSE, OK, complain, say, say_json
from telephony.settings import load_settings

NAME_LINE = re.compile(r"^flow:\s*[\"']?([\w-]+)", re.MULTILINE)


def run(asked: argparse.Namespace) -> int:
    """Check the flows of the folder, or those named: by name, or by file or folder wherever it lies."""
    configured = load_settings(asked.config)
    known = _files(configured.flows_dir)
    wanted: list[Path] = []
    for name in asked.flows:
        path = known.get(name) or Path(name)
        if not path.exists():
            complain(f"no such flow or file: {name}; there are {', '.join(known) or 'none'}")
            return MISUSE
        wanted.append(path)
    paths = wanted or [configured.flows_dir]
    checked = [load(path, configured) for path in paths]
    reports = [report_of(each, configured, strict=asked.strict) for each in checked]
    if asked.json:
        say_json(as_json(reports, failed=_failed(reports, strict=asked.strict)))
    else:
        _print(checked, reports, with_bounds=asked.bounds)
    return FINDINGS if _failed(reports, strict=asked.strict) else OK


def _failed(reports: Sequence[Report], *, strict: bool) -> bool:
    return any(told.is_error or strict for report in reports for told in report.told)


def _print(checked: Sequence[Checked], reports: Sequence[Report], *, with_bounds: bool) -> None:
    for report in reports:
        for line in as_lines(report):
            say(line)
    for report in reports if with_bounds else ():
        for line in bound_lines(report):
            say(line)
    for line in (line for report in reports for line in report.published):
        say(line)
    told = [told for report in reports for told in report.told]
    errors = sum(each.is_error for each in told)
    warnings = _count(len(told) - errors, "warning")
    names = ", ".join(dict.fromkeys(name for each in checked for name in each.flows))
    walks = sum(report.walks for report in reports)
    done = f"{names}: no faults" + (f", {_count(walks, 'walk')} as written" if walks else "")
    say(f"{_count(errors, 'error')}, {warnings}" if errors else f"{done}, {warnings}")


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")


def _files(folder: Path) -> Mapping[str, Path]:
    """Return the folder's flow files by the name each gives itself, without reading them as flows."""
    named: dict[str, Path] = {}
    for path in sorted(folder.glob("*.yaml")):
        found = None if path.name.endswith(".walks.yaml") else NAME_LINE.search(_head(path))
        if found:
            named[found[1]] = path
    return named


def _head(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(4096)
    except OSError:
        return ""
