"""Prints answers for people, and as JSON for programs."""

import json
import sys
from collections.abc import Iterable, Sequence

OK = 0
FINDINGS = 1
MISUSE = 2


def say(text: str = "") -> None:
    """Print a line of the answer."""
    sys.stdout.write(text + "\n")


def complain(text: str) -> None:
    """Print what is wrong, beside the answer."""
    sys.stderr.write(text + "\n")


def say_json(value: object) -> None:
    """Print one JSON value on one line; whatever JSON does not know is printed as text."""
    say(json.dumps(value, ensure_ascii=False, default=str))


def say_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print columns as wide as their widest cell; the last one may be as long as it likes."""
    cells = [list(heads), *(list(row) for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(heads) - 1)]
    for row in cells:
        say("  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]).rstrip())
