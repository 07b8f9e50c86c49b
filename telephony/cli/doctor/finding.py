"""What a check found, and how it is mended."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from telephony.settings import Configuration


class Level(StrEnum):
    """How bad it is: only FAIL makes the command end with 1."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the doctor's answer; `mend` is '' for OK."""

    level: Level
    about: str
    what: str
    mend: str = ""


Check = Callable[[Configuration], Awaitable[Sequence[Finding]]]
"""Looks at one part. It may raise RingsideError or OSError: that is a finding too."""


def ok(about: str, what: str) -> Finding:
    """Return that all is well."""
    return Finding(level=Level.OK, about=about, what=what)


def warn(about: str, what: str, mend: str) -> Finding:
    """Return what works, but not as it should."""
    return Finding(level=Level.WARN, about=about, what=what, mend=mend)


def fail(about: str, what: str, mend: str) -> Finding:
    """Return what does not work."""
    return Finding(level=Level.FAIL, about=about, what=what, mend=mend)
