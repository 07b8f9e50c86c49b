"""How requests to a carrier were answered of late."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(slots=True)
class RoundTrips:
    """The last request that tells how swift a carrier is, and how many in a row had no answer."""

    last_s: float | None = None
    """What it took, answered or given up; None before the first."""
    failures: int = 0
    at: datetime | None = None
    """When it was over."""

    def note(self, took_s: float, at: datetime, *, answered: bool, timed: bool = True) -> None:
        """Take what became of a request; a refusal is an answer.

        One that is not `timed` was long by what was asked (a list, several requests in one): that it was answered
        counts, how long that took does not.
        """
        self.failures = 0 if answered else self.failures + 1
        if timed or not answered:
            self.last_s, self.at = took_s, at
