"""Programs that are not Python's: taken from the machine, or installed by apt where we may."""

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from stages.report import StageError, run, say


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program, the Debian package that has it, and what is not to be had without it."""

    name: str
    package: str
    wanted_for: str

    def is_here(self) -> bool:
        """Tell whether it can be run."""
        if "/" in self.name:
            return any(Path("/").glob(self.name.lstrip("/")))
        return shutil.which(self.name) is not None


PROMPTS = (
    Program(name="espeak-ng", package="espeak-ng", wanted_for="rendering prompts"),
    Program(name="ffmpeg", package="ffmpeg", wanted_for="rendering prompts"),
)
CALLS = (Program(name="sipp", package="sip-tester", wanted_for="placing test calls"),)
TESTS = (
    Program(name="chromium", package="chromium", wanted_for="the browser tests"),
    Program(name="/usr/lib/postgresql/*/bin/postgres", package="postgresql", wanted_for="the PostgreSQL tests"),
)


def ensure(programs: Iterable[Program]) -> list[Program]:
    """Install what is missing where we are root on a Debian, and return what is still missing."""
    missing = [program for program in programs if not program.is_here()]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        packages = sorted({program.package for program in missing})
        say(f"installing {' '.join(packages)}")
        try:
            apt_install(packages)
        except StageError as error:
            say(str(error))
    return [program for program in missing if not program.is_here()]


def apt_install(packages: Iterable[str]) -> None:
    """Install Debian packages. Raises StageError."""
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "update", "-q"], failure="apt cannot fetch its lists", env=env)
    run(["apt-get", "install", "-q", "-y", "--no-install-recommends", *packages], failure="apt cannot install", env=env)


def how_to_mend(missing: Iterable[Program]) -> str:
    """Return one line that tells what is missing and how to have it."""
    programs = list(missing)
    wants = ", ".join(sorted({program.wanted_for for program in programs}))
    names = ", ".join(program.name for program in programs)
    packages = " ".join(sorted({program.package for program in programs}))
    if shutil.which("apt-get") is None:
        return f"{names} missing for {wants}: install them by your system's own means (on Debian: {packages})"
    return f"{names} missing for {wants}: apt install {packages}"
