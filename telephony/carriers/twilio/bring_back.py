"""Has a caller who is at Asterisk sent back to us: the cloud is asked until it has answered."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from telephony.calls.model import CallId
from telephony.errors import CarrierError, CarrierRefusedError

logger = logging.getLogger(__name__)

_AGAIN_S = (0.5, 1.0, 2.0, 5.0)
"""Before the cloud is asked again."""


async def bring_back(call_id: CallId, send: Callable[[], Awaitable[None]]) -> None:
    """Have `send` send the caller on, again and again for some seconds; raises nothing of the carrier's."""
    for pause_s in (*_AGAIN_S, 0.0):
        try:
            await send()
        except CarrierRefusedError as fault:
            told = {"action": "twilio_not_brought_back", "call_id": call_id, "error": str(fault)}
            logger.info("a caller is not brought back: the cloud has no such call", extra=told)
            return
        except CarrierError as fault:  # to send a caller on twice changes nothing
            told = {"action": "twilio_not_brought_back", "call_id": call_id, "error": str(fault)}
            logger.warning("a caller is not brought back yet", extra=told)
            await asyncio.sleep(pause_s)
        else:
            return
