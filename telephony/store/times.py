"""Times as the database keeps them: microseconds since 1970 UTC."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_us(at: datetime) -> int:
    """Return the microseconds of a timezone-aware time, exactly."""
    return (at - _EPOCH) // _MICROSECOND


def to_us_or_none(at: datetime | None) -> int | None:
    """Return the microseconds, or None for None."""
    return None if at is None else to_us(at)


def from_us(us: int) -> datetime:
    """Return the time in UTC."""
    return _EPOCH + timedelta(microseconds=us)


def from_us_or_none(us: int | None) -> datetime | None:
    """Return the time in UTC, or None for None."""
    return None if us is None else from_us(us)
