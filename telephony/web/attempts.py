"""Counts attempts, so that passwords cannot be guessed."""

from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

_MOST_KEYS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """At most `most` attempts under `key` within `within`."""

    key: str
    most: int
    within: timedelta


class Attempts:
    """Remembers attempts within bounded memory: the keys used longest ago are forgotten first."""

    def __init__(self) -> None:
        self._made: OrderedDict[str, deque[datetime]] = OrderedDict()

    def take(self, allowances: Sequence[Allowance], now: datetime) -> int:
        """Count an attempt under every key and return 0, or count none and return the seconds to wait.

        Counted before the outcome is known, so that a hundred attempts at once are a hundred attempts.
        """
        waits = [self._wait(allowance, now) for allowance in allowances]
        if longest := max(waits, default=0):
            return longest
        for allowance in allowances:
            self._made.setdefault(allowance.key, deque()).append(now)
            self._made.move_to_end(allowance.key)
        while len(self._made) > _MOST_KEYS:
            self._made.popitem(last=False)
        return 0

    def forgive(self, key: str) -> None:
        """Forget the attempts under a key: the last one was right."""
        self._made.pop(key, None)

    def give_back(self, key: str) -> None:
        """Uncount one attempt: it was right, and others under this key count on."""
        if made := self._made.get(key):
            made.pop()

    def _wait(self, allowance: Allowance, now: datetime) -> int:
        made = self._made.get(allowance.key)
        if not made:
            return 0
        while made and made[0] <= now - allowance.within:
            made.popleft()
        if len(made) < allowance.most:
            return 0
        return max(1, int((made[0] + allowance.within - now).total_seconds()) + 1)
