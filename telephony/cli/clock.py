"""The machine's clock."""

from datetime import UTC, datetime


class MachineClock:
    """The port Clock over the machine's own."""

    def now(self) -> datetime:
        """Return the time now, in UTC."""
        return datetime.now(UTC)
