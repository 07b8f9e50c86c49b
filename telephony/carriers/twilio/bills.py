"""Asks the cloud what calls cost, until it says so: it knows the price some time after a call has ended."""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from telephony.calls.costs import Cost, provider_cost, sum_of
from telephony.calls.model import CallId
from telephony.carriers.twilio.refusals import NOT_FOUND, RefusedError
from telephony.carriers.twilio.rest_answers import CallState, CallStatus
from telephony.carriers.twilio.rounds import look_for_ever
from telephony.errors import CarrierError, StoreUnavailableError
from telephony.ports import HELD, Clock, Costs, Due, Dues

logger = logging.getLogger(__name__)

KIND = "twilio price"
_HOLD_EVERY = HELD / 3


class Biller(Protocol):
    """What knows of prices."""

    async def bill(self, call_sid: str) -> Sequence[CallState]:
        """Return a call and the legs it dialled. Raises one of the three errors of a carrier."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """How long is waited, in seconds where not said otherwise."""

    first_s: float = 60.0
    """After the end of a call; each pause that follows is as long as all before it."""
    longest_s: float = 7200.0
    patience: timedelta = timedelta(days=1)
    gather_s: float = 1.0
    """Calls that end within this time are written down together."""
    at_once: int = 4


@dataclass(slots=True)
class _Open:
    since: datetime
    ask_at: datetime


class Bills:
    """For one account. `owe` never blocks; `keep` is the task that asks, and goes on after a restart with what is left.

    Until the cloud has named its price the tariff's word stands, and when it never does, too.
    """

    def __init__(self, rest: Biller, costs: Costs, dues: Dues, clock: Clock, asking: Asking | None = None) -> None:
        self._rest = rest
        self._costs = costs
        self._dues = dues
        self._clock = clock
        self._asking = asking or Asking()
        self._open: dict[CallId, _Open] = {}
        self._new: dict[CallId, datetime] = {}
        self._hold_at: datetime | None = None

    @property
    def owed(self) -> tuple[CallId, ...]:
        """Return the calls whose price is not known."""
        return (*self._open, *self._new)

    def owe(self, call_id: CallId) -> None:
        """Ask for the price of a call that has ended."""
        if call_id not in self._open:
            self._new.setdefault(call_id, self._clock.now())

    async def keep(self) -> None:
        """Ask for prices, for ever."""
        await look_for_ever(self.look, self._leave, every_s=self._asking.gather_s, failed="price_failed")

    async def _leave(self) -> None:
        await self._write_down()
        await self._dues.let_go(KIND)

    async def look(self) -> None:
        """Write down what is new, and ask for all whose time has come."""
        await self._hold()
        await self._write_down()
        now = self._clock.now()
        due = [call_id for call_id, each in self._open.items() if each.ask_at <= now]
        for start in range(0, len(due), self._asking.at_once):
            settled = await asyncio.gather(*(self._settle(each) for each in due[start : start + self._asking.at_once]))
            await self._forget([call_id for call_id in settled if call_id])

    async def _hold(self) -> None:
        """Take up what was owed before a restart, or by a server that died; leave what is another's."""
        now = self._clock.now()
        if self._hold_at is not None and now < self._hold_at:
            return
        with suppress(StoreUnavailableError):
            held = {CallId(due.id): due for due in await self._dues.hold(KIND)}
            self._open = {call_id: self._open.get(call_id) or _Open(due.since, now) for call_id, due in held.items()}
            self._hold_at = now + _HOLD_EVERY

    async def _write_down(self) -> None:
        first = timedelta(seconds=self._asking.first_s)
        new = dict(self._new)
        with suppress(StoreUnavailableError):  # then it is in memory only, and is written when it is back
            dues = (Due(kind=KIND, id=call_id, detail="", since=at) for call_id, at in new.items())
            await self._dues.keep(*dues, held=True)
            for call_id, at in new.items():
                del self._new[call_id]
                self._open[call_id] = _Open(at, at + first)

    async def _forget(self, settled: list[CallId]) -> None:
        for call_id in settled:
            del self._open[call_id]
        with suppress(StoreUnavailableError):  # asked for once more after a restart, which does no harm
            await self._dues.settle(KIND, *settled)

    async def _settle(self, call_id: CallId) -> CallId | None:
        """Return the call when nothing more is to be done for its price."""
        why = await self._ask(call_id)
        if not why:
            return call_id
        each, now = self._open[call_id], self._clock.now()
        age = now - each.since
        if age >= self._asking.patience:
            told = {"action": "price_unknown", "call_id": call_id, "reason": why}
            logger.warning("the cloud named no price for a call; the tariff's stands, if there is one", extra=told)
            return call_id
        pause_s = min(max(self._asking.first_s, age.total_seconds()), self._asking.longest_s)
        each.ask_at = now + timedelta(seconds=pause_s)
        return None

    async def _ask(self, call_id: CallId) -> str:
        """Ask once; return why it must be asked again, '' when the price is kept or there never will be one."""
        try:
            legs = await self._rest.bill(call_id)
            if not all(_is_settled(leg) for leg in legs):
                return "it is not known yet"
            cost = _cost_of(legs)
            if cost is None or await self._costs.put(call_id, cost):
                return ""
        except RefusedError as fault:
            return "" if fault.status == NOT_FOUND else str(fault)
        except (CarrierError, StoreUnavailableError) as fault:
            return str(fault)
        return "the call is not in the timeline yet"


def _is_settled(leg: CallState) -> bool:
    """Tell whether nothing more will be said of the leg's price; one that was not answered costs nothing."""
    return leg.price is not None or (leg.status.is_over and leg.status is not CallStatus.COMPLETED)


def _cost_of(legs: Iterable[CallState]) -> Cost | None:
    costs = (provider_cost(leg.price if leg.price is not None else "0", leg.currency) for leg in legs)
    total = sum_of(cost for cost in costs if cost is not None)
    if total is None:
        told = {"action": "price_unknown", "reason": "it is in several currencies, or in none"}
        logger.warning("what a call costs cannot be told", extra=told)
    return total
