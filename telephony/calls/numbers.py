"""Reads telephone numbers that anybody may have written."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerNumber:
    """A caller's number. `e164` is None when it is withheld or not a public number; `shown` is safe to print, at most 32 characters."""

    e164: str | None
    shown: str
    extension: str | None = None
    """Set when the number is one of the company's own short extensions."""
