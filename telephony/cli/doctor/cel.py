"""Checks the file that Asterisk writes by itself: calls that came while Ringside was down are read from it."""

import csv
import os
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from telephony.cli.doctor.finding import Finding, Level, fail, ok, warn
from telephony.settings import Configuration

FRESH_S = 120.0
"""A mounted folder may tell old times for a minute."""
TAIL = 256 * 1024
LINKEDID = 12
"""Its column in the file, as config/asterisk/cel_custom.conf has it."""


async def cel_file(configured: Configuration) -> Sequence[Finding]:
    """Tell whether calls that Asterisk carried while Ringside was down can be read back."""
    path = configured.cel_file
    if path is None:
        return [
            warn(
                "cel file",
                "none is set: calls while Ringside is down stay out of the timeline",
                "set carriers.asterisk.cel_file, e.g. /var/log/asterisk/cel-custom/Master.csv",
            )
        ]
    return [_readable(path)]


async def cel_file_after_a_call(configured: Configuration) -> Sequence[Finding]:
    """Tell the same when Asterisk has just logged a call: that one must be in the file."""
    found = await cel_file(configured)
    path = configured.cel_file
    if path is None or not path.parent.is_dir() or any(finding.level is Level.FAIL for finding in found):
        return found
    if path.exists() and time.time() - path.stat().st_mtime < FRESH_S:
        return found
    return [
        fail(
            "cel file",
            f"Asterisk has just logged a call, but not into {path}: calls while Ringside is down are lost",
            "look at cel_custom.conf and its folder, then `asterisk -rx 'module load cel_custom.so'`: "
            "a reload does not wake a module that found no configuration when Asterisk started",
        )
    ]


def _readable(path: Path) -> Finding:
    try:
        with path.open("rb") as file:
            first = file.readline(4096)
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - TAIL))
            rows = file.read(TAIL).decode(errors="replace").splitlines()[1 if size > TAIL else 0 :]
    except FileNotFoundError:
        if path.parent.is_dir():
            return warn(
                "cel file", f"{path} is not there yet", "it comes with the first call; if not, see cel_custom.conf"
            )
        return fail(
            "cel file",
            f"the folder {path.parent} is not there: calls while Ringside is down are lost to the timeline",
            f"Asterisk does not make it: mkdir -p {path.parent} && chown asterisk: {path.parent}; "
            "where Asterisk is elsewhere mount its folder; else correct carriers.asterisk.cel_file",
        )
    except OSError as error:
        return fail(
            "cel file",
            f"{path} cannot be read: {error.strerror}",
            "add this user to Asterisk's group (usermod -aG asterisk USER) and log in anew",
        )
    if first and first.count(b",") < 5:
        return fail("cel file", f"{path} is no CEL file", "set its columns in cel_custom.conf as config/asterisk does")
    if not _tells_ends(rows):
        return fail(
            "cel file",
            f"{path} does not tell when a call is over: there is no LINKEDID_END in it",
            "in cel.conf [general] set events= as config/asterisk/cel.conf does; `asterisk -rx 'module reload cel'`, "
            "and make a call before you look again",
        )
    return ok("cel file", f"{path} can be read")


def _tells_ends(rows: Sequence[str]) -> bool:
    """Tell whether ends of calls are logged, as far as these rows show: one must have had all its channels end."""
    started: Counter[str] = Counter()
    ended: Counter[str] = Counter()
    # One by one: a row cut off in its quotes must not swallow the others.
    for row in (next(csv.reader([line]), []) for line in rows):
        if len(row) <= LINKEDID:
            continue
        if row[0] == "LINKEDID_END":
            return True
        started[row[LINKEDID]] += row[0] == "CHAN_START"
        ended[row[LINKEDID]] += row[0] == "CHAN_END"
    return all(ended[call] < channels for call, channels in started.items() if channels)
