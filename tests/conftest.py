"""What holds for every test: it is quick or needs other programs, and a task that outlives it fails it."""

import asyncio
import inspect
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

QUICK = tuple(Path(__file__).parent / name for name in ("unit", "journeys"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.function):
            item.fixturenames.insert(0, "no_leaked_tasks")
        if not item.get_closest_marker("integration") and any(item.path.is_relative_to(each) for each in QUICK):
            item.add_marker("quick")


@pytest.fixture
async def no_leaked_tasks() -> AsyncIterator[None]:
    before = asyncio.all_tasks()
    yield
    left = [task for task in asyncio.all_tasks() - before if task is not asyncio.current_task() and not task.done()]
    for task in left:
        task.cancel()
    assert not left, f"tasks outlived their test: {[task.get_name() for task in left]}"
