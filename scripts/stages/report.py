"""What the stages tell the person at the terminal."""

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
STATE = PROJECT / ".ringside"
IN_CI = bool(os.environ.get("CI"))


class StageError(Exception):
    """The stage cannot be done; the text says what to mend."""


def say(text: str) -> None:
    """Print one line at once, between the lines of the programs that we run."""
    print(text, flush=True)


def run(
    command: Sequence[str | Path],
    *,
    failure: str,
    limit_s: int = 900,
    env: Mapping[str, str] | None = None,
    cwd: Path = PROJECT,
) -> str:
    """Run a program in silence and return what it printed. Raises StageError with `failure` and its last words."""
    try:
        done = subprocess.run(
            [str(part) for part in command], cwd=cwd, env=env, text=True, errors="replace", timeout=limit_s,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
    except FileNotFoundError:
        raise StageError(f"{failure}: {command[0]} is not here") from None
    except subprocess.TimeoutExpired:
        raise StageError(f"{failure}: not done within {limit_s} s") from None
    if done.returncode != 0:
        raise StageError("\n".join((f"{failure}:", *done.stdout.strip().splitlines()[-20:])))
    return done.stdout


def show(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    limit_s: int = 3600,
    cwd: Path = PROJECT,
    into: Path | None = None,
) -> int:
    """Run a program with its output shown, or put `into` a file, and return its exit code; 124 when it was too slow."""
    try:
        with into.open("wb") if into else nullcontext() as output:
            return subprocess.run(
                [str(part) for part in command], cwd=cwd, env=env, timeout=limit_s, check=False,
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT if into else None,
            ).returncode  # fmt: skip
    except FileNotFoundError:
        say(f"{command[0]} is not here")
        return 127
    except subprocess.TimeoutExpired:
        return 124


def meanwhile(at_once: Executor, act: Callable[[Path], int], name: str) -> Callable[[], int]:
    """Begin `act`, whose output goes into a file; return what waits for its end, shows it and gives its exit code."""
    log = STATE / f"{name}.log"
    begun = at_once.submit(act, log)

    def end() -> int:
        code = begun.result()
        say(log.read_text(encoding="utf-8", errors="replace").rstrip())
        return code

    return end


@dataclass(slots=True)
class Report:
    """How each stage went, for the last lines of a run."""

    failed: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    def check(self, name: str, act: Callable[[], int]) -> None:
        """Run a stage that shows its own output and gives an exit code; go on after a failure."""
        say(f"── {name}")
        began = time.monotonic()
        try:
            code = act()
        except StageError as error:
            say(str(error))
            code = 1
        if code != 0:
            self.failed.append(name)
        say(f"── {name}: {'ok' if code == 0 else f'FAILED ({code})'} in {time.monotonic() - began:.0f} s")

    def skip(self, name: str, why: str) -> None:
        """Note what cannot be run here. In CI nothing may be skipped, so there it is a failure."""
        say(f"── {name}: skipped: {why}")
        (self.failed if IN_CI else self.skipped).append(f"{name} (skipped: {why})")

    def close(self) -> int:
        """Print the sum and return the exit code."""
        for name in self.skipped:
            say(f"skipped: {name}")
        for name in self.failed:
            say(f"FAILED: {name}")
        say("all checks passed" if not self.failed else f"{len(self.failed)} check(s) failed")
        return 1 if self.failed else 0
