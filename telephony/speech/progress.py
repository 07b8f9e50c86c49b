"""Shows how far a long work has come: a bar at a terminal, a plain line now and then elsewhere."""

import time
from collections.abc import Callable
from typing import TextIO

WIDTH = 30
REDRAW_S = 0.1
LINE_EVERY_S = 5.0


class ProgressBar:
    """Writes to `out` as it is called with how many are done, and of how many."""

    def __init__(
        self, what: str, out: TextIO, *, terminal: bool, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._what = what
        self._out = out
        self._terminal = terminal
        self._seconds = seconds
        self._began_s = self._shown_s = seconds()
        self._longest = 0

    def __call__(self, done: int, of: int) -> None:
        """Show it, though not more often than anybody can read; the end is always shown."""
        now = self._seconds()
        if done < of and now - self._shown_s < (REDRAW_S if self._terminal else LINE_EVERY_S):
            return
        self._shown_s = now
        text = f"{self._what} {bar(done, of) if self._terminal else ''}{said(done, of, now - self._began_s)}"
        self._longest = max(self._longest, len(text))
        if self._terminal:
            self._out.write(f"\r{text:<{self._longest}}" + ("\n" if done == of else ""))
        else:
            self._out.write(f"{text}\n")
        self._out.flush()


def bar(done: int, of: int) -> str:
    """Return a bar that is full when all is done, and a space after it."""
    full = WIDTH * done // max(1, of)
    return f"[{'#' * full}{'.' * (WIDTH - full)}] "


def said(done: int, of: int, elapsed_s: float) -> str:
    """Return the count, how many are done in a second, and the time that is left."""
    count = f"{done} of {of}"
    if elapsed_s <= 0 or not done:
        return count
    rate = done / elapsed_s
    if done == of:
        return f"{count}, {rate:.1f}/s, took {_time(elapsed_s)}"
    return f"{count}, {rate:.1f}/s, {_time((of - done) / rate)} left"


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
