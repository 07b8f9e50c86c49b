"""Whether the server can do its work, part by part."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One part's answer; `detail` says what to mend when it is not `ok`."""

    name: str
    ok: bool
    detail: str = ""


Health = Callable[[], Sequence[Check]]
"""Gives every part's answer at once, without waiting for any of them."""
