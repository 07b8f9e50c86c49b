"""How fast a queue is answered, and what a caller may honestly be told of the time to come."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from telephony.routing.queues import Waiting

LATELY = timedelta(minutes=30)
MOST_KEPT = 20
FEWEST = 3
"""With fewer callers who had to wait lately, too little is known."""
AT_ONCE = timedelta(seconds=1)
"""Who got an agent within this time did not wait for one, and tells nothing of the pace."""
UNDER_S = 50.0
"""What is called less than a minute: some seconds below it, for who was promised that counts along."""
BY_THE_MINUTE = 10
STEP = 5
"""Above ten minutes nobody believes single minutes."""
LONGEST = 30
"""More minutes than these are only called more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A caller who had to wait, and was answered."""

    at: datetime
    first_s: float
    """How long they were the first of the line: since the one before was answered, or since they came."""
    agents: int
    """How many worked for the queue then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How a queue was answered lately. What was measured while nobody had to wait is left out: it was no line."""

    served: tuple[Served, ...] = ()
    last_at: datetime | None = None
    """When anybody of this queue was answered last."""

    def after(self, waiting: Waiting, *, chosen_at: datetime, at: datetime, agents: int) -> "Pace":
        """Return the pace once this caller, for whom an agent was chosen at `chosen_at`, has been answered at `at`.

        `agents` are those who work for the queue; it does not matter for who did not have to wait.
        """
        if waiting.only is not None:
            return self
        served = self.served
        came_at = waiting.came_at or waiting.joined_at
        if had_to_wait(waiting, chosen_at):
            first_since = max(came_at, self.last_at or came_at)
            first_s = max(0.0, (at - first_since).total_seconds())
            served = (*served, Served(at=at, first_s=first_s, agents=max(1, agents)))[-MOST_KEPT:]
        return Pace(served=served, last_at=at)

    def expected_wait_s(self, place: int, agents: int, now: datetime) -> float | None:
        """Return how long who has this place (1 for the next) will wait yet, in seconds.

        Each who leaves the line takes as long as those of the last half hour did, shared among as many agents as work
        now. None when too little is known: fewer than three had to wait lately, or nobody works.
        """
        lately = [each for each in self.served if now - each.at <= LATELY]
        if len(lately) < FEWEST or agents < 1 or place < 1:
            return None
        work_s = sum(each.first_s * each.agents for each in lately) / len(lately)
        return place * work_s / agents


def had_to_wait(waiting: Waiting, chosen_at: datetime) -> bool:
    """Tell whether no agent was free for this caller at once."""
    return chosen_at - (waiting.came_at or waiting.joined_at) >= AT_ONCE


class Rough(StrEnum):
    """How a number of minutes is meant."""

    UNDER = "under"
    ABOUT = "about"
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoughWait:
    """A waiting time as people say it: under 1 minute; about 1 to 10, 15, 20, 25 or 30; over 30."""

    rough: Rough
    minutes: int

    def __str__(self) -> str:
        """Return it in short: `about 4 min`."""
        return f"{self.rough} {self.minutes} min"


def rough_wait(seconds: float) -> RoughWait:
    """Return a waiting time in honest words, always rounded up: nobody minds being answered early."""
    if seconds <= UNDER_S:
        return RoughWait(rough=Rough.UNDER, minutes=1)
    minutes = _up(seconds, 60)
    if minutes > BY_THE_MINUTE:
        minutes = _up(minutes, STEP) * STEP
    if minutes > LONGEST:
        return RoughWait(rough=Rough.OVER, minutes=LONGEST)
    return RoughWait(rough=Rough.ABOUT, minutes=minutes)


def _up(number: float, by: int) -> int:
    return int(-(-number // by))
