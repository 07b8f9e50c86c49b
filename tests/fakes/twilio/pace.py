"""Time at the fake: seconds of the real Twilio, shortened by a scale."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


def wall_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True, kw_only=True)
class Pace:
    """How long things take, in Twilio's seconds, except where a name says `real`. May be changed at any time."""

    scale: float = 0.02
    """Real seconds per second of Twilio's."""
    now: Callable[[], datetime] = wall_clock
    """What Twilio's dates are taken from: not scaled, so that they compare with the customer's own clock."""
    real_webhook_limit_s: float | None = None
    """After so many real seconds a webhook is given up; None is Twilio's 15 s scaled, but at least 3 real seconds."""
    key_gap_s: float = 0.1
    beep_s: float = 0.5
    words_per_s: float = 2.5
    tone_s: float = 0.5
    machine_detection_s: float = 3.0
    recording_ready_s: float = 1.0
    """From the end of a recording until it can be fetched and its callback is sent."""
    price_after_s: float = 5.0
    queued_s: float = 0.0
    """How long a call made by the API waits before it is dialled: until then it has no start time."""
    listed_after_s: float = 0.0
    """How long a new call cannot yet be found by listing."""

    @property
    def webhook_limit(self) -> float:
        """Tell the limit of a webhook in real seconds."""
        return max(15.0 * self.scale, 3.0) if self.real_webhook_limit_s is None else self.real_webhook_limit_s

    def seconds(self) -> float:
        """Tell the time in Twilio's seconds, from some moment on."""
        return asyncio.get_running_loop().time() / self.scale

    def at(self, seconds: float) -> float:
        """Tell the loop's time of a moment of `seconds()`."""
        return seconds * self.scale

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds * self.scale)
