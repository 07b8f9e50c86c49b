"""An event loop whose time does not wait: when nothing is left to do, it is at once the time of the next timer."""

import asyncio
import selectors
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
Result = TypeVar("Result")


class _Impatient(selectors.DefaultSelector):
    """Adds to the loop's time what it would have waited."""

    waited_s = 0.0

    def select(self, timeout: float | None = None) -> Any:
        if timeout is not None and timeout > 0:
            self.waited_s += timeout
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """Do not use threads or sockets on it: it does not wait for them."""

    def __init__(self) -> None:
        self.impatient = _Impatient()
        super().__init__(self.impatient)

    def time(self) -> float:
        return self.impatient.waited_s


class LoopClock:
    """The running loop's time as a date. Implements `ports.Clock`."""

    def now(self) -> datetime:
        return NOON + timedelta(seconds=asyncio.get_running_loop().time())


def play(story: Coroutine[Any, Any, Result]) -> Result:
    """Run a story to its end in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(story)
