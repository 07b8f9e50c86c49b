"""Calls a second: the same three menus by the dialplan and by Ringside, in turn."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from bench import load, places, programs
from bench.house import House
from bench.load import Window

FIRST_STEPS, LATER_STEPS = (50, 10), (20, 10)
"""Calls/s between windows: until both sides of the border are known, and then between them."""
LOW = 20
WARM_UP = 50
STRETCH = 1.1
"""A rate holds when no call fails and the slow ones are at most so much longer than at a low rate."""
LOW_S = 4.0
HIGHEST = 900

Run = Callable[[int, float], Window]


@dataclass(slots=True, kw_only=True)
class Found:
    """What one way of serving calls reached."""

    low: Window
    held: list[int] = field(default_factory=list)
    """The highest rate held in each round."""
    windows: list[Window] = field(default_factory=list)

    @property
    def rate(self) -> int:
        """The median of the rounds."""
        return int(median(self.held))

    def at_held(self, what: Callable[[Window], float]) -> float:
        """Return the median of a figure over the windows that held, at the upper half of the rates."""
        high = [window for window in self.windows if window.rate * 2 > self.rate and self.holds(window)]
        return median(what(window) for window in high or self.windows)

    def holds(self, window: Window) -> bool:
        """Tell whether a window went as it should."""
        return window.failed == 0 and window.on_time and window.p99_s <= self.low.p99_s * STRETCH


@dataclass(frozen=True, slots=True, kw_only=True)
class Throughput:
    """Both, and the dialplan once more without its call event log."""

    native: Found
    ringside: Found
    native_without_ledger: Found | None

    @property
    def ratios(self) -> list[float]:
        """Ringside's share of what the dialplan alone holds, by round.

        A machine may become slower or faster meanwhile, so each round is held against the dialplan's before and after.
        """
        beside = [(before + after) / 2 for before, after in pairwise(self.native.held)]
        return [held / native for held, native in zip(self.ringside.held, beside, strict=True)]

    @property
    def ratio(self) -> float:
        """The median of the rounds."""
        return median(self.ratios)


def measure(house: House) -> Throughput:
    """Search the highest rates that hold, the dialplan's and Ringside's in turn, and the dialplan's once more."""
    ringside = None
    with _native(house) as run:
        native = _search(None, run, house, guess=225)
    for _ in range(house.pace.rounds):
        with _ringside(house) as run:
            ringside = _search(ringside, run, house, guess=150)
        with _native(house) as run:
            native = _search(native, run, house, guess=225)
    assert ringside is not None
    without = None
    house.pbx.ledger(on=False)
    try:
        with _native(house) as run:
            without = _search(None, run, house, guess=native.rate)
    finally:
        house.pbx.ledger(on=True)
    return Throughput(native=native, ringside=ringside, native_without_ledger=without)


@contextmanager
def _native(house: House) -> Iterator[Run]:
    with programs.reference("listener", house.pbx.secret):
        yield lambda rate, seconds: _window(house, places.NATIVE, None, rate, seconds)


@contextmanager
def _ringside(house: House) -> Iterator[Run]:
    with house.ringside() as server:
        _window(house, places.MENUS, server.pid, WARM_UP, LOW_S)  # a server that has just started is slower
        yield lambda rate, seconds: _window(house, places.MENUS, server.pid, rate, seconds)


def _window(house: House, to: str, server: int | None, rate: int, seconds: float) -> Window:
    house.quiet()
    window = load.run(to, rate, int(rate * seconds), asterisk=house.pbx.pid, server=server)
    verdict = f"{window.failed} failed" if window.failed else "late" if not window.on_time else ""
    print(f"    {to:14} {rate:4} calls/s  p99 {window.p99_s:.3f} s  {verdict}", flush=True)
    return window


def _search(found: Found | None, run: Run, house: House, guess: int) -> Found:
    """Add a round: the highest rate that holds, looked for from the last round's or else from the guess."""
    if found is None:
        found = Found(low=run(LOW, LOW_S))
        rate, (stride, step) = guess, FIRST_STEPS
    else:
        rate, (stride, step) = found.held[-1], LATER_STEPS
    good, bad = 0, HIGHEST
    while bad - good > step and 0 < rate < HIGHEST:
        window = run(rate, house.pace.window_s)
        found.windows.append(window)
        if found.holds(window):
            good = rate
        else:
            bad = rate
        if good > 0 and bad < HIGHEST:
            rate = good + step
        else:
            rate += stride if rate == good else -stride
    found.held.append(good)
    return found
