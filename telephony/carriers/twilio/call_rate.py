"""How soon the cloud starts a call that it is asked for now: it starts so many a second, and the others wait in line.

See https://www.twilio.com/docs/glossary/cps
"""

from collections.abc import Callable


class CallRate:
    """Of one account, as far as we know what it was asked for. `time` tells seconds of a clock that never goes back."""

    def __init__(self, calls_per_second: float, time: Callable[[], float]) -> None:
        self._every_s = 1.0 / calls_per_second
        self._time = time
        self._free_at: float | None = None
        """When a call that is asked for next is started."""

    def wait_s(self) -> float:
        """Return how long a call that is asked for now waits until it is started."""
        return 0.0 if self._free_at is None else max(0.0, self._free_at - self._time())

    def note(self) -> None:
        """Count a call that is asked for, or will be in a moment."""
        self._free_at = self._time() + self.wait_s() + self._every_s
