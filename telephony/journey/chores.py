"""What the server does now and then, whoever calls."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

from telephony.errors import StoreUnavailableError
from telephony.journey.floor import Floor
from telephony.ports import Clock, Users

logger = logging.getLogger(__name__)

STAFF_EVERY_S = 15.0
SESSIONS_EVERY_S = 3600.0


async def keep_staff(floor: Floor, users: Users) -> None:
    """Take in agents who were added or changed by `ringside users`, for ever."""
    while True:
        await asyncio.sleep(STAFF_EVERY_S)
        try:
            floor.staff(await users.agents())
        except StoreUnavailableError as error:
            logger.warning("agents were not read", extra={"action": "staff_unread", "error": str(error)})


async def forget_sessions(forget_expired: Callable[[datetime], Awaitable[None]], clock: Clock) -> None:
    """Take sessions that are over out of the database, for ever."""
    while True:
        await asyncio.sleep(SESSIONS_EVERY_S)
        try:
            await forget_expired(clock.now())
        except StoreUnavailableError as error:
            logger.warning("old sessions were kept", extra={"action": "sessions_kept", "error": str(error)})
