"""Starts the bench's other programs: callers, screens, and the servers Ringside is measured beside."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

from bench import places

ERRORS = places.STATE / "programs.log"
CONNECT_LIMIT_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """What a run of callers saw; see `telephones.Report`."""

    calls: int
    ended: int
    refused: int
    key_to_sound_ms: list[float]
    answer_to_sound_ms: list[float]
    rang_ns: dict[str, int]


class Screens:
    """The agents' browsers, connected."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.seen_ns: dict[str, int] = {}
        self.lost = 0

    def close(self) -> None:
        """Disconnect them, and take what they saw."""
        said, _ = self._process.communicate(timeout=CONNECT_LIMIT_S)
        found = json.loads(said)
        self.seen_ns, self.lost = found["seen_ns"], found["lost"]


def call(**asked: object) -> Called:
    """Let callers call and wait until all are through; the arguments are those of `bench.telephones`."""
    options = [part for name, value in asked.items() for part in (f"--{name.replace('_', '-')}", str(value))]
    with ERRORS.open("ab") as errors:
        done = subprocess.run(_module("bench.telephones", *options), stdout=subprocess.PIPE, stderr=errors, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return Called(**found)


@contextmanager
def screens(port: int, *, state: str = "ready", agents: int = places.AGENTS) -> Iterator[Screens]:
    """Connect the agents' browsers; what they saw is there after the block."""
    options = ("--port", str(port), "--state", state, "--agents", str(agents))
    with ERRORS.open("ab") as errors:
        process = subprocess.Popen(
            _module("bench.screens", *options), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True
        )
    assert process.stdout is not None
    try:
        assert process.stdout.readline().strip() == "connected", f"the agents' screens did not connect: see {ERRORS}"
        open_ = Screens(process)
        yield open_
        open_.close()
    finally:
        process.kill()
        process.wait()


@contextmanager
def reference(name: str, secret: str) -> Iterator[int]:
    """Run one of the servers in `reference/`; gives its process."""
    with ERRORS.open("ab") as errors:
        process = subprocess.Popen(_module(f"bench.reference.{name}", secret), stdout=errors, stderr=_same(errors))
    try:
        if name != "listener":
            _await_web(places.REFERENCE_PORT)
        else:
            time.sleep(0.5)  # it logs in at once and has no port to ask at
        yield process.pid
    finally:
        process.kill()
        process.wait()


def _module(name: str, *options: str) -> list[str]:
    return [sys.executable, "-m", name, *options]


def _same(file: IO[bytes]) -> int:
    return file.fileno()


def _await_web(port: int) -> None:
    deadline = time.monotonic() + CONNECT_LIMIT_S
    while True:
        try:
            urllib.request.urlopen(f"http://{places.HOST}:{port}/", timeout=5)
        except urllib.error.HTTPError:
            return
        except OSError:
            assert time.monotonic() < deadline, f"no server at port {port}: see {ERRORS}"
            time.sleep(0.1)
