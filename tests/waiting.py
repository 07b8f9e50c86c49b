"""How tests wait for what must come: with a limit that only a failing test reaches, for a machine may stand still."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import TypeVar

PATIENCE_S = 30.0

_Found = TypeVar("_Found")


async def until(
    find: Callable[[], _Found | Awaitable[_Found]],
    limit_s: float = PATIENCE_S,
    *,
    every_s: float = 0.01,
    what: str = "",
) -> _Found:
    """Return what `find` gives once it is true. It must stay true: what comes and goes between two looks is missed.

    Raises AssertionError, telling `what` was waited for, after `limit_s` seconds.
    """
    try:
        async with asyncio.timeout(limit_s):
            while True:
                found = find()
                if inspect.isawaitable(found):
                    found = await found
                if found:
                    return found
                await asyncio.sleep(every_s)
    except TimeoutError:
        raise AssertionError(f"waited {limit_s:g} s in vain{': ' * bool(what)}{what}") from None
