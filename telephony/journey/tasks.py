"""Owns the tasks of the journeys: each has a name, and none outlives the server."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

logger = logging.getLogger(__name__)
T = TypeVar("T")


class Tasks:
    """A group whose members may fail alone: what one raises is logged, and the others go on."""

    def __init__(self) -> None:
        self.closing = False
        self._running: set[asyncio.Task[Any]] = set()

    def spawn(self, work: Coroutine[Any, Any, T], *, name: str) -> asyncio.Task[T]:
        """Start a task."""
        task = asyncio.create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    async def close(self, limit_s: float) -> None:
        """Cancel what still runs and wait for it, at most `limit_s` seconds."""
        self.closing = True
        running = list(self._running)
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running, timeout=limit_s)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled() and task.exception() is not None:
            extra = {"action": "task_failed", "task": task.get_name()}
            logger.error("task failed", exc_info=task.exception(), extra=extra)
