"""The parts under test together: one Asterisk for the whole run, and one Ringside at a time beside it."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from bench import places
from bench.machine import wait_until
from bench.pbx import CEL_FILE, Pbx
from bench.server import Server

QUIET_LIMIT_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long everything is measured: `quick` tells less surely, in two minutes."""

    window_s: float
    rounds: int
    keys_s: float
    pops_s: dict[int, float]
    """Seconds by calls a second."""
    held: int
    many: int
    webhook_turns: int
    """How often Ringside and a bare handler are asked in turn."""


FULL = Pace(window_s=7, rounds=3, keys_s=12, pops_s={1: 15, 10: 10, 50: 12}, held=1000, many=10_000, webhook_turns=15)
QUICK = Pace(window_s=4, rounds=1, keys_s=4, pops_s={10: 4, 50: 6}, held=300, many=1000, webhook_turns=3)


@dataclass(slots=True, kw_only=True)
class House:
    """What every part of the bench works with."""

    pbx: Pbx
    server: Server
    pace: Pace

    @contextmanager
    def ringside(self) -> Iterator[Server]:
        """Run Ringside; calls from before are none of its business."""
        self.quiet()
        self.forget_calls()
        self.server.start()
        try:
            yield self.server
        finally:
            self.server.stop()

    def quiet(self) -> None:
        """Wait until no call lives."""
        wait_until(lambda: self.pbx.channels() == 0, QUIET_LIMIT_S, "the end of all calls")
        time.sleep(0.5)

    @staticmethod
    def forget_calls() -> None:
        """Have Ringside not take the calls before its start for calls it missed."""
        CEL_FILE.write_text("")
        with closing(sqlite3.connect(places.DATABASE, timeout=10)) as connection, connection:
            connection.execute("DELETE FROM carrier_marks")
