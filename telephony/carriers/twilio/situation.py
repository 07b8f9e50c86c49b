"""What a document depends on beside its batch, and why there may be none."""

from dataclasses import dataclass
from datetime import datetime


class CannotPerformError(Exception):
    """No document does what the batch asks; the text says why."""

    def __init__(self, text: str, *, speechless: bool = False) -> None:
        super().__init__(text)
        self.speechless = speechless


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What a document depends on beside its batch."""

    call_id: str
    at: datetime
    answered: bool = True
    music_from_s: int = 0
    """How much of the hold music was heard before."""
    ring_id: str = ""
    """Names the ring that ends the batch, and no other of any call, line or start of ours."""
    queued: bool = False
    """The phone is rung by a call of its own: the caller waits for it in a queue."""
