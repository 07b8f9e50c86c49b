"""How requests to a carrier were answered of late."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(slots=True)
class RoundTrips:
    """The last request, and how many in a row had no answer."""

    last_s: float | None = None
    """What the last request took, answered or given up; None before the first."""
    failures: int = 0
    at: datetime | None = None
    """When it was over."""

    def note(self, took_s: float, at: datetime, *, answered: bool) -> None:
        """Take what became of a request; a refusal is an answer."""
        self.last_s, self.at = took_s, at
        self.failures = 0 if answered else self.failures + 1
