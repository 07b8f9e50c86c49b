"""Which calls rang phones for which: the cloud lists a phone's call by itself, and bills it so."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Protocol

from telephony.calls.model import CallId
from telephony.carriers.twilio.refusals import NOT_FOUND, RefusedError
from telephony.carriers.twilio.rest_answers import CallState
from telephony.errors import OutcomeUnknownError, StoreUnavailableError
from telephony.ports import Clock, Due, Dues

KIND = "twilio rung"
_REMEMBERED = timedelta(days=7)
_MOST = 10_000
_TIDY_EVERY_S = 6 * 3600.0


class Biller(Protocol):
    """What tells of calls."""

    async def bill(self, call_sid: str) -> Sequence[CallState]:
        """Return a call and the legs it dialled. Raises one of the three errors of a carrier."""
        ...


class RungLegs:
    """For one account. `dues` keeps them over a restart; without it they are known for the server's life."""

    def __init__(self, calls: Biller, clock: Clock, dues: Dues | None = None) -> None:
        self._calls = calls
        self._clock = clock
        self._dues = dues
        self._legs: dict[CallId, tuple[str, ...]] = {}

    async def add(self, call_id: CallId, sid: str) -> None:
        """Remember that a call was placed to ring a phone for another."""
        self._legs[call_id] = (*self._legs.get(call_id, ()), sid)
        while len(self._legs) > _MOST:
            del self._legs[next(iter(self._legs))]
        with suppress(StoreUnavailableError):  # then it is known until a restart
            legs = await self._of(call_id)
            if self._dues is not None:
                await self._dues.keep(Due(kind=KIND, id=call_id, detail=" ".join(legs), since=self._clock.now()))

    async def bill(self, call_sid: str) -> list[CallState]:
        """Return a call, the legs it dialled and those that were rung for it. Raises as a carrier does."""
        try:
            rung = await self._of(CallId(call_sid))
        except StoreUnavailableError as fault:
            raise OutcomeUnknownError(f"it cannot be told what was rung for {call_sid}: {fault}") from fault
        legs = list(await self._calls.bill(call_sid))
        for sid in rung:
            try:
                legs += await self._calls.bill(sid)
            except RefusedError as fault:  # deleted by somebody at the provider
                if fault.status != NOT_FOUND:
                    raise
        return legs

    async def forget_old(self) -> None:
        """Forget those from long ago, for ever."""
        while self._dues is not None:
            before = self._clock.now() - _REMEMBERED
            with suppress(StoreUnavailableError):
                await self._dues.settle(KIND, *(due.id for due in await self._dues.all(KIND) if due.since < before))
            await asyncio.sleep(_TIDY_EVERY_S)

    async def _of(self, call_id: CallId) -> tuple[str, ...]:
        legs = self._legs.get(call_id, ())
        due = await self._dues.get(KIND, call_id) if self._dues is not None else None
        before = due.detail.split() if due is not None else []
        return tuple(dict.fromkeys((*before, *legs)))
