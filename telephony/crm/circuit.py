"""Leaves a source alone for a while after it has failed again and again, so that callers need not wait for nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from telephony.ports import Clock

FAILURES = 5
REST = timedelta(seconds=10)


@dataclass(slots=True, kw_only=True)
class Circuit:
    """One for each source. After a rest one question tries again; the others follow when it was answered."""

    clock: Clock
    failures: int = 0
    """In a row."""
    rests_until: datetime | None = None

    def may_ask(self) -> bool:
        """Tell whether the source may be asked now; when a rest is over, only the first who asks may."""
        if self.rests_until is None:
            return True
        now = self.clock.now()
        if now < self.rests_until:
            return False
        self.rests_until = now + REST
        return True

    def answered(self) -> None:
        """Note that the source works."""
        self.failures, self.rests_until = 0, None

    def failed(self) -> None:
        """Note that the source gave no answer."""
        self.failures += 1
        if self.failures >= FAILURES:
            self.rests_until = self.clock.now() + REST
