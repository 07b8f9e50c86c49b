"""Finds calls whose end nobody heard, on carriers that keep no ledger for us, and has their entries written.

A caller of the cloud may hang up while no server of ours runs, and the news may be lost. Such a call has steps in the
journal and no entry. Its carrier is asked what became of it; nothing is guessed. After `Asking.patience` the entry says
that its end is not known.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from telephony.calls.model import CallId, CallRecord, Direction, Disposition
from telephony.errors import CarrierError, StoreUnavailableError
from telephony.journey.books import Books
from telephony.ports import Clock, Due, Dues, PastCalls, Unfinished
from telephony.timeline.untaken import without_untaken

logger = logging.getLogger(__name__)

KIND = "call's end"
LET_GO_LIMIT_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """How carriers are asked."""

    look_every_s: float = 15.0
    search_every: timedelta = timedelta(minutes=10)
    """How often calls of servers that died are searched for."""
    search_back: timedelta = timedelta(days=7)
    overlap: timedelta = timedelta(hours=1)
    """How far a search goes back behind the one before: steps may be kept late. What that has found is due already."""
    young: timedelta = timedelta(minutes=2)
    """A call that began so lately is not searched for but at the start: who serves it is there."""
    settling: timedelta = timedelta(seconds=20)
    """How long after its end a call's own server, or a ledger, may still write the entry."""
    longest_pause: timedelta = timedelta(minutes=10)
    patience: timedelta = timedelta(days=1)
    at_once: int = 4
    most_in_a_round: int = 40


@dataclass(slots=True)
class Unended:
    """For all carriers of one server. `owe` never blocks; `keep` is the task that looks."""

    carriers: Sequence[PastCalls]
    books: Books
    journal: Unfinished
    dues: Dues
    clock: Clock
    lives: Callable[[CallId], bool]
    """Tells whether a call is served here now: its own task writes its entry."""
    asking: Asking = field(default_factory=Asking)
    _new: dict[CallId, datetime] = field(default_factory=dict)
    _ask_at: dict[CallId, datetime] = field(default_factory=dict)
    _searched_at: datetime | None = None

    def owe(self, call_id: CallId) -> None:
        """See to it that a call that is over, and that nobody here followed, has an entry."""
        self._new.setdefault(call_id, self.clock.now())

    async def keep(self) -> None:
        """Look for ever."""
        try:
            while True:
                await self._look_safely()
                await asyncio.sleep(self.asking.look_every_s)
        finally:
            with suppress(StoreUnavailableError, TimeoutError):
                async with asyncio.timeout(LET_GO_LIMIT_S):
                    await self.dues.let_go(KIND)

    async def _look_safely(self) -> None:
        try:
            await self.look()
        except StoreUnavailableError:
            pass  # what is owed is in the journal, and in memory what is not
        except Exception:  # the border of one round
            logger.exception("ends could not be looked for", extra={"action": "call_end_failed"})

    async def look(self) -> None:
        """Search, and ask of all whose time has come. Raises StoreUnavailableError."""
        await self._search()
        now, held = self.clock.now(), {CallId(due.id): due for due in await self.dues.hold(KIND)}
        self._ask_at = {call_id: self._ask_at.get(call_id, now) for call_id in held}
        ripe = [due for call_id, due in held.items() if self._ask_at[call_id] <= now and not self.lives(call_id)]
        ripe = ripe[: self.asking.most_in_a_round]
        for start in range(0, len(ripe), self.asking.at_once):
            some = ripe[start : start + self.asking.at_once]
            done = await asyncio.gather(*(self._settled(due) for due in some))
            await self.dues.settle(KIND, *(due.id for due, is_done in zip(some, done, strict=True) if is_done))

    async def _search(self) -> None:
        now = self.clock.now()
        if self._searched_at is None or now - self._searched_at >= self.asking.search_every:
            since, until = now - self.asking.search_back, now
            if self._searched_at is not None:
                since, until = self._searched_at - self.asking.overlap, now - self.asking.young
            begun = await self._begun(since, until)
            for call_id, at in begun.items():
                if self._carrier_of(call_id) is not None and not self.lives(call_id):
                    self._new.setdefault(call_id, at)
            self._searched_at = now
        new = dict(self._new)
        await self.dues.keep(
            *(Due(kind=KIND, id=call_id, detail="", since=at) for call_id, at in new.items()), held=True
        )
        for call_id in new:
            del self._new[call_id]

    async def _begun(self, since: datetime, until: datetime) -> dict[CallId, datetime]:
        """Read portion by portion: those of other carriers must not hide ours."""
        begun: dict[CallId, datetime] = {}
        while portion := await self.journal.begun_without_entry(since, until):
            if portion[-1][0] in begun:
                break
            begun.update(portion)
            since = portion[-1][1]
        return begun

    async def _settled(self, due: Due) -> bool:
        """Do what can be done for one call; tell whether it stands in the timeline."""
        call_id, now = CallId(due.id), self.clock.now()
        entry = await self.books.timeline.call(call_id)
        age = now - due.since
        if entry is not None and (entry.record.ended_at is not None or age >= self.asking.patience):
            return True
        carrier = self._carrier_of(call_id)
        record, why = await self._asked(carrier, call_id)
        if record is not None and carrier is not None:
            if now - (record.ended_at or due.since) >= self.asking.settling:
                path = await self.books.timeline.path(call_id)
                self.books.write(without_untaken(record, path), carrier.name)
            self._ask_at[call_id] = now + self.asking.settling  # then it is looked whether the entry is there
            return False
        if age >= self.asking.patience and why:
            told = {"action": "call_end_unknown", "call_id": call_id, "reason": why}
            logger.warning("what became of a call cannot be told; its entry says so", extra=told)
            self.books.write(await self._of_unknown_end(call_id, due.since), carrier.name if carrier else "unknown")
        else:
            self._ask_at[call_id] = now + min(max(age, self.asking.settling), self.asking.longest_pause)
        return False

    async def _asked(self, carrier: PastCalls | None, call_id: CallId) -> tuple[CallRecord | None, str]:
        """Return what the carrier says of a call, or why it says nothing; neither for one that lives."""
        if carrier is None:
            return None, "no carrier of ours has such calls: is one switched off in the settings?"
        try:
            return await carrier.finished(call_id), ""
        except CarrierError as fault:
            told = {"action": "call_end_not_known", "call_id": call_id, "reason": str(fault)}
            logger.warning("a call without an end could not be looked up yet", extra=told)
            return None, str(fault) or "it does not say why"

    async def _of_unknown_end(self, call_id: CallId, began: datetime) -> CallRecord:
        """Return what our own journal knows."""
        path = await self.books.timeline.path(call_id)
        through = any(step.event == "ended" for step in path)
        return CallRecord(
            linkedid=call_id,
            direction=Direction.INBOUND,
            caller="",
            called="",
            started_at=began,
            answered_at=None,
            ended_at=None,
            talk_s=0.0,
            disposition=Disposition.SELF_SERVED if through else Disposition.UNKNOWN,
            hung_up_by=None,
            legs=(),
        )

    def _carrier_of(self, call_id: CallId) -> PastCalls | None:
        return next((each for each in self.carriers if each.names_a_call(call_id)), None)
