"""Takes over calendars that were closed or opened by hand while the server runs."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from telephony.errors import StoreUnavailableError
from telephony.ports import Clock
from telephony.routing.calendars import Calendars
from telephony.routing.closings import Closing, in_force

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0


@dataclass(slots=True, kw_only=True)
class ClosedByHand:
    """Keeps `calendars.closed` as the store has it; while the store is away, what was read last holds."""

    calendars: Calendars
    read: Callable[[], Awaitable[Sequence[Closing]]]
    clock: Clock
    _away: bool = False

    async def keep(self) -> None:
        """Look again and again, for ever."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Read the closings once; never raises."""
        try:
            closings = await self.read()
        except StoreUnavailableError as error:
            if not self._away:
                told = {"action": "closings_unread", "error": str(error)}
                logger.warning("closings by hand were not read; those known stay", extra=told)
            self._away = True
            return
        self._away = False
        self._take(closings)

    def _take(self, closings: Sequence[Closing]) -> None:
        now, before = self.clock.now(), self.calendars.closed
        closed = {each.calendar: each.until for each in closings if in_force(each, now)}
        for each in closings:
            if each.calendar in closed and before.get(each.calendar, now) != each.until:
                told = {"action": "calendar_closed", "calendar": each.calendar, "by": each.by, "until": each.until}
                logger.warning("a calendar is closed by hand", extra=told)
        for name in before.keys() - closed.keys():
            logger.info("a calendar follows its hours again", extra={"action": "calendar_opened", "calendar": name})
        self.calendars.closed = closed
