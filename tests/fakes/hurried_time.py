"""An event loop whose clock runs many times faster than the one on the wall: minutes of a real call take seconds.

Unlike `virtual_time` it does wait, for sockets and threads too; what the machine needs for them counts so many times.
"""

import asyncio
import selectors
import time
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Any, TypeVar

from tests.fakes.house import FakeClock

HURRY = 25.0
Result = TypeVar("Result")


class _Hurried(selectors.DefaultSelector):
    """Waits for a share of the time."""

    def select(self, timeout: float | None = None) -> Any:
        return super().select(timeout if timeout is None else timeout / HURRY)


class HurriedLoop(asyncio.SelectorEventLoop):
    """All its times are seconds of the hurried clock."""

    def __init__(self) -> None:
        super().__init__(_Hurried())

    def time(self) -> float:
        return time.monotonic() * HURRY


class RunningClock(FakeClock):
    """Noon when it is made, and from then on the running loop's time."""

    def __init__(self) -> None:
        super().__init__()
        self._noon_s = asyncio.get_running_loop().time()

    def now(self) -> datetime:
        return self.time + timedelta(seconds=asyncio.get_running_loop().time() - self._noon_s)


def play(story: Coroutine[Any, Any, Result]) -> Result:
    """Run a story to its end; a task that outlives it is a fault."""
    with asyncio.Runner(loop_factory=HurriedLoop) as runner:
        return runner.run(_alone(story))


async def _alone(story: Coroutine[Any, Any, Result]) -> Result:
    result = await story
    left = asyncio.all_tasks() - {asyncio.current_task()}
    assert not left, f"tasks outlived their test: {[task.get_name() for task in left]}"
    return result
