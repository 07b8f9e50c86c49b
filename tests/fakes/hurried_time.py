"""An event loop whose clock runs many times faster while it waits: minutes of a real call take seconds.

Unlike `virtual_time` it does wait, for sockets and threads too. Only waiting is hurried, not past the next moment that
somebody waits for, and not while a thread works: on a busy machine a story takes longer, but hears the same.
"""

import asyncio
import selectors
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from datetime import datetime, timedelta
from typing import Any, TypeVar, TypeVarTuple

from tests.fakes.house import FakeClock

HURRY = 50.0
ENDS_WITHIN_S = 5.0
Result = TypeVar("Result")
Given = TypeVarTuple("Given")


class _Hurried(selectors.DefaultSelector):
    """Waits for a share of the time."""

    def __init__(self) -> None:
        super().__init__()
        self.ahead_s = 0.0
        """By how much the hurried clock is ahead of the one on the wall."""
        self.threads = 0
        """How many work for somebody."""

    def select(self, timeout: float | None = None) -> Any:
        hurry = 1.0 if self.threads else HURRY
        begun = time.monotonic()
        news = super().select(timeout if timeout is None else timeout / hurry)
        waited_s = time.monotonic() - begun
        passed_s = waited_s * hurry if timeout is None else min(waited_s * hurry, timeout)
        self.ahead_s += passed_s - waited_s
        return news


class HurriedLoop(asyncio.SelectorEventLoop):
    """All its times are seconds of the hurried clock."""

    def __init__(self) -> None:
        self._hurried = _Hurried()
        super().__init__(self._hurried)

    def time(self) -> float:
        return time.monotonic() + self._hurried.ahead_s

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*Given], Result], *args: *Given
    ) -> asyncio.Future[Result]:
        work = super().run_in_executor(executor, func, *args)
        self._hurried.threads += 1
        work.add_done_callback(self._back)
        return work

    def _back(self, _work: object) -> None:
        self._hurried.threads -= 1


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
    # Who hangs up while a sound is read for them leaves behind a request that ends with the thread that reads
    if left := asyncio.all_tasks() - {asyncio.current_task()}:
        _, left = await asyncio.wait(left, timeout=ENDS_WITHIN_S)
    assert not left, f"tasks outlived their test: {[task.get_name() for task in left]}"
    return result
