"""The time."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The time, so that tests can have their own."""

    def now(self) -> datetime:
        """Return the time now, in UTC, timezone-aware."""
        ...
