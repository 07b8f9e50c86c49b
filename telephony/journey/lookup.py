"""Finds out who is calling, within a limit, so that nothing waits for a slow source."""

import asyncio
import logging
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from telephony.calls.numbers import CallerNumber
from telephony.customers.match import Match, MatchOutcome
from telephony.customers.record import CustomerRecord
from telephony.errors import StoreUnavailableError
from telephony.journey.tasks import Tasks
from telephony.ports import RecordSource

if TYPE_CHECKING:
    from telephony.journey.live_call import LiveCall

logger = logging.getLogger(__name__)


class RecordState(StrEnum):
    """How much of the record there is."""

    READY = "ready"
    LOADING = "loading"
    UNAVAILABLE = "unavailable"
    """The source failed or was too slow; the agent is told so instead of being shown a stranger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """What a look-up gave. `record` is the first candidate's when there is one."""

    match: Match
    record: CustomerRecord | None
    state: RecordState


async def identify(source: RecordSource, number: CallerNumber, limit_s: float) -> Identified:
    """Look the number up; never raises. After `limit_s` seconds, or when the source fails, the state is UNAVAILABLE."""
    nobody = Match(number=number.e164, outcome=MatchOutcome.NONE if number.e164 else MatchOutcome.WITHHELD)
    if number.e164 is None:
        return Identified(match=nobody, record=None, state=RecordState.READY)
    try:
        async with asyncio.timeout(limit_s):
            match, record = await source.identify(number)
    except (StoreUnavailableError, TimeoutError) as error:
        logger.warning("record source failed", extra={"action": "lookup_failed", "error": str(error) or "too slow"})
        return Identified(match=nobody, record=None, state=RecordState.UNAVAILABLE)
    except Exception:  # the border of the source: a bug in it must cost the record, not the call
        logger.exception("record source failed", extra={"action": "lookup_failed"})
        return Identified(match=nobody, record=None, state=RecordState.UNAVAILABLE)
    return Identified(match=match, record=record, state=RecordState.READY)


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUps:
    """Begins look-ups, each with a task of its own."""

    source: RecordSource
    tasks: Tasks
    limit_s: float = 1.0

    def begin(self, call: "LiveCall", number: CallerNumber) -> None:
        """Look up who the call is with, for its `identified`; nothing is begun while the server closes."""
        if not self.tasks.closing:
            work = identify(self.source, number, self.limit_s)
            call.identified = self.tasks.spawn(work, name=f"look up {call.id}")
