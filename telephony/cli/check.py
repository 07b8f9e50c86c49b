"""`ringside check`: every fault of the flows, with file, line and column."""

import argparse
import re
from collections.abc import Mapping
from pathlib import Path

from telephony.cli import company
from telephony.cli.output import FINDINGS, MISUSE, OK, complain, say, say_json
from telephony.errors import FlowError
from telephony.settings import Configuration, load_settings

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
    faults = [fault for path in wanted or [configured.flows_dir] for fault in _faults(path, configured)]
    if asked.json:
        say_json({"ok": not faults, "faults": faults})
    else:
        for fault in faults:
            say(fault)
        say(f"{len(faults)} faults" if faults else f"{', '.join(asked.flows or known)}: no faults")
    return FINDINGS if faults else OK


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


def _faults(path: Path, configured: Configuration) -> list[str]:
    try:
        company.flow_in(path, configured)
    except FlowError as error:
        return error.faults
    return []
