"""Looks at what is due again and again: what bills and recordings that are awaited have in common."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from telephony.errors import StoreUnavailableError

logger = logging.getLogger(__name__)

_END_LIMIT_S = 2.0


async def look_for_ever(
    look: Callable[[], Awaitable[None]], leave: Callable[[], Awaitable[None]], *, every_s: float, failed: str
) -> None:
    """Look every `every_s` seconds until cancelled, and then leave; `failed` is the action by which a bug is logged."""
    try:
        while True:
            await _look_safely(look, failed)
            await asyncio.sleep(every_s)
    finally:
        with suppress(StoreUnavailableError, TimeoutError):
            async with asyncio.timeout(_END_LIMIT_S):
                await leave()


async def _look_safely(look: Callable[[], Awaitable[None]], failed: str) -> None:
    try:
        await look()
    except StoreUnavailableError:
        pass  # what is not written down yet is in memory
    except Exception:  # the border of one round: a bug must not end those that follow
        logger.exception("what is due could not be looked at", extra={"action": failed})
