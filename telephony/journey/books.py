"""Keeps the books: turns the ledger's finished calls into timeline entries, also those nobody here saw."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

from telephony.calls.costs import Cost
from telephony.calls.events import CarrierUp, CelRow
from telephony.calls.ledger import Ledger
from telephony.calls.ledger_parts import alone, joined
from telephony.calls.model import AgentId, CallId, CallRecord, CustomerId, Direction
from telephony.calls.numbers import CallerNumber
from telephony.calls.tariffs import BETWEEN
from telephony.errors import CarrierUnavailableError, StoreUnavailableError
from telephony.journey.live_call import LiveCall
from telephony.journey.own_record import own_record
from telephony.ports import CelArchive, Clock, Marks, RecordSource, Timeline
from telephony.timeline.entry import CallEntry, PathStep
from telephony.timeline.story import entry_of, summary_of

logger = logging.getLogger(__name__)
T = TypeVar("T")

MARK = "cel"
MARK_EVERY_S = 10.0
ENTERED_AT_ONCE = 50
"""Entries whose facts are read at the same time: a long outage leaves thousands."""
REMEMBERED = 2_000
"""Calls that parts may still come to."""
MARK_SLACK = timedelta(seconds=30)
"""Rows reach the file before we hear them: in a flood of events, long before. What is read twice is written once."""
LONGEST_RETRY_S = 60.0
CLOSE_UNREAD_AFTER = timedelta(minutes=10)
"""A call whose end may be in an archive that cannot be read is told without it then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """A finished call whose entry is still to be written; path and customer are None when they must be looked up."""

    record: CallRecord
    path: tuple[PathStep, ...] | None = None
    customer_id: CustomerId | None = None
    looked_up: bool = False
    carrier: str = "asterisk"
    """The name of the carrier that the call was on."""
    again: bool = False
    """The entry was written before and is now better known: nobody is told of it a second time."""


@dataclass(slots=True)
class _Reading:
    """How far the archive was read: a new try goes on there."""

    position: str | None = None
    rows: int = 0
    calls: int = 0
    over: list[CallRecord] = field(default_factory=list)
    """Calls that ended in these rows and were given to nobody yet."""
    fault: str = ""


@dataclass(slots=True)
class Books:
    """One for all calls. `row`, `write` and `settle` never block; `keep` is the task that writes."""

    ledger: Ledger
    timeline: Timeline
    customers: RecordSource
    read_number: Callable[[str], CallerNumber]
    agent_at: Callable[[str], AgentId | None]
    marks: Marks
    clock: Clock
    name_of: Callable[[AgentId], str] = str
    archive: CelArchive | None = None
    written: Callable[[CallEntry], None] = lambda _entry: None
    """Sees each entry that was written: its record is the ledger's, put right by what we know of the call."""
    entered: Callable[[CallEntry], None] = lambda _entry: None
    """Sees it too, its path included."""
    cost_of: Callable[[CallRecord, str], Cost | None] = lambda _record, _carrier: None
    """Gives what a finished call on a carrier of this name costs there, as far as that is known by then."""
    cost_beside: Callable[[CallRecord], Cost | None] = lambda _record: None
    """Gives what its legs at Asterisk cost, when its caller is on another carrier."""
    retry_s: float = 2.0
    owed: asyncio.Queue[Owed] = field(default_factory=asyncio.Queue)
    _entering: bool = False
    _wholes: dict[CallId, Owed] = field(default_factory=dict)
    """The latest calls of carriers without a ledger: parts of them may come late."""
    _parts: dict[CallId, list[CallRecord]] = field(default_factory=dict)
    """What the ledger has of calls on other carriers, by the whole call's id."""
    _due: set[CallId] = field(default_factory=set)
    """Finished calls whose entry nobody owes yet: their own task is about to."""
    _listening: bool = False
    """All rows reach us, and what was written before they did is read."""
    _hearing: int = 0
    """Counts how often rows began or ceased to reach us."""
    _catching_up: bool = False
    _lively: set[CallId] = field(default_factory=set)
    """Calls heard of while we catch up: the snapshot may be older than they are."""
    _samples: deque[tuple[datetime, str]] = field(default_factory=lambda: deque(maxlen=10_000))

    def row(self, row: CelRow) -> CallRecord | None:
        """Add one row; return the call's record when this row ends the call."""
        if self._catching_up:
            self._lively.add(CallId(row.linkedid))
        return self._finished(row)

    def _finished(self, row: CelRow) -> CallRecord | None:
        record = self.ledger.add(row)
        if record is not None:
            self._due.add(record.linkedid)
        return record

    def write(self, record: CallRecord, carrier: str = "asterisk") -> None:
        """Owe the timeline an entry for a call that nobody here followed; one that it has is left as it is."""
        self._due.discard(record.linkedid)
        self.owed.put_nowait(Owed(record=record, carrier=carrier))

    def add_part(self, part: CallRecord) -> None:
        """Keep what the ledger has of a live call on another carrier, whose entry has it once that call is settled.

        Until then it is due: after a restart it is read again.
        """
        if part.part_of is None:
            return
        known = self._parts.setdefault(part.part_of.call_id, [])
        if all(each.linkedid != part.linkedid for each in known):
            known.append(part)
        _forget_oldest(self._parts)

    def settle(self, call: LiveCall) -> None:
        """Owe the timeline an entry for a call we followed to its end.

        What the ledger has rows of is its own to tell: this call's channels may live on in another call.
        """
        if call.record is None and self.ledger.knows(call.id):
            return
        record = _named(call.record, call) if call.record else own_record(call, self.clock.now())
        identified = call.identified.result() if call.identified and call.identified.done() else None
        sure = identified is not None and len(identified.match.candidates) == 1
        self._due.discard(record.linkedid)
        owed = Owed(
            record=record,
            path=None if call.first_seq else tuple(call.path),  # one that came again has older steps too
            customer_id=identified.match.candidates[0].customer_id if identified and sure else None,
            looked_up=identified is not None and identified.state.value == "ready",
            carrier=BETWEEN if call.offered and call.offered.part_of else call.carrier,
        )
        if call.record is None:
            self._wholes[call.id] = owed
            _forget_oldest(self._wholes)
        self.owed.put_nowait(owed)

    async def keep(self) -> None:
        """Write what is owed, for ever; an entry whose facts cannot be read now waits for better times."""
        while True:
            group = [await self.owed.get()]
            while len(group) < ENTERED_AT_ONCE and not self.owed.empty():
                group.append(self.owed.get_nowait())
            self._entering = True
            unread = [owed for owed in group if not await self._entered_at_once(owed)]
            if unread:
                await asyncio.gather(*(self._until_entered(owed) for owed in unread))
            self._entering = False

    async def _entered_at_once(self, owed: Owed) -> bool:
        """Enter a call of which nothing must be read; a task for each of them would cost as much again."""
        return owed.path is not None and owed.looked_up and await self._entered(owed)

    async def _until_entered(self, owed: Owed) -> None:
        entered = await self._entered(owed)
        while not entered:
            await asyncio.sleep(self.retry_s)
            entered = await self._entered(owed)

    async def _entered(self, owed: Owed) -> bool:
        try:
            await self._enter(owed)
        except StoreUnavailableError:
            return False
        except Exception:  # one entry that cannot be made must not keep all others from being written
            logger.exception("entry failed", extra={"action": "entry_failed", "call_id": owed.record.linkedid})
        return True

    async def _enter(self, owed: Owed) -> None:
        if owed.record.part_of is not None:
            owed = await self._whole_of(owed)
        call_id, path = owed.record.linkedid, owed.path
        if path is None:
            if call_id not in self._parts and await self.timeline.has(call_id):
                return
            path = tuple(await self.timeline.path(call_id))
            owed = _from_its_first_step(owed, path)
        customer_id = owed.customer_id if owed.looked_up else await self._customer(owed.record)
        # Nothing is waited for from here on: of two who write one entry, the later knows of every part
        parts = self._parts.get(call_id, [])
        record = joined(owed.record, parts)
        cost = record.cost or self.cost_of(record, owed.carrier)
        cost_beside = self.cost_beside(record) or record.cost_beside
        if (cost, cost_beside) != (record.cost, record.cost_beside):
            record = replace(record, cost=cost, cost_beside=cost_beside)
        entry = entry_of(record, path, customer_id=customer_id, agent_at=self.agent_at)
        self.timeline.put(replace(entry, summary=summary_of(entry, name_of=self.name_of)))
        self._due.difference_update(part.linkedid for part in parts)
        if not owed.again:
            self.written(entry)
            self.entered(entry)

    async def _whole_of(self, owed: Owed) -> Owed:
        """Return the call that a part belongs to, to be written with it; the part alone when nobody knows that call."""
        part = owed.record
        whole_id = part.part_of.call_id if part.part_of else part.linkedid
        whole = self._wholes.get(whole_id) or await self._written_before(whole_id, part)
        if whole is None:
            told = {"action": "part_of_unknown_call", "call_id": part.linkedid, "whole": whole_id}
            logger.warning("a call names another that is not ours; it is written by itself", extra=told)
            return replace(owed, record=replace(part, part_of=None))
        whole = self._wholes[whole_id] = replace(whole, again=True)
        _forget_oldest(self._wholes)
        self.add_part(part)
        return whole

    async def _written_before(self, whole_id: CallId, part: CallRecord) -> Owed | None:
        """Return a call that was here before a restart, by its entry or its steps; None when it never was."""
        entry = await self.timeline.call(whole_id)
        if entry is not None:
            return Owed(
                record=entry.record,
                path=entry.path,
                customer_id=entry.customer_id,
                looked_up=True,
                carrier=BETWEEN,
                again=True,
            )
        path = tuple(await self.timeline.path(whole_id))
        return Owed(record=alone(part), path=path, carrier=BETWEEN) if path else None

    async def _customer(self, record: CallRecord) -> CustomerId | None:
        theirs = record.called if record.direction is Direction.OUTBOUND else record.caller
        number = self.read_number(theirs)
        if number.e164 is None:
            return None
        match = await self.customers.find(number)
        return match.candidates[0].customer_id if len(match.candidates) == 1 else None

    # --- what we did not hear ----------------------------------------------------------------------------------------

    def unheard(self) -> None:
        """Note that rows do not reach us now: the mark must not pass them."""
        self._listening = False
        self._hearing += 1

    def heard_again(self) -> None:
        """Note that rows reach us again from here on; `catch_up` follows."""
        self._listening = False
        self._hearing += 1
        self._catching_up = True
        self._lively.clear()

    async def catch_up(self, up: CarrierUp) -> AsyncIterator[list[CallRecord]]:
        """Read the archive from the last mark; while that fails, try again with growing pauses.

        Gives after each try the calls that are over. Those whose end nobody wrote come when all is read, or
        `CLOSE_UNREAD_AFTER` without it. Ends when all is read or rows cease to reach us: what is heard next reads it.
        Called once after each `heard_again`.
        """
        hearing, reading, pause_s = self._hearing, _Reading(), self.retry_s
        while True:
            is_read = await self._read(reading)
            over, reading.over = reading.over, []
            is_ours = hearing == self._hearing
            if is_ours and is_read:
                self._listening, self._catching_up = True, False
            if is_ours and (is_read or self.clock.now() - up.at >= CLOSE_UNREAD_AFTER):
                over += self.ledger.close(live=up.live_calls | self._lively, at=up.down_since or up.at)
            yield over
            if is_read or not is_ours:
                return
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_RETRY_S)
            if hearing != self._hearing:
                return
            self._lively = {call_id for call_id in self._lively if self.ledger.knows(call_id)}  # else it only grows

    async def _read(self, reading: _Reading) -> bool:
        """Read on to the archive's end; tell whether that was reached."""
        try:
            if self.archive is not None:
                await self._read_on(self.archive, reading)
        except (CarrierUnavailableError, StoreUnavailableError) as error:
            if str(error) != reading.fault:
                told = {"action": "back_fill_failed", "error": str(error)}
                logger.warning("calls are not back-filled yet; it is tried again until it succeeds", extra=told)
            reading.fault = str(error)
            return False
        except Exception:  # the border of one try: a bug must not leave calls open for ever
            logger.exception("calls are not back-filled", extra={"action": "back_fill_failed"})
            return False
        return True

    async def _read_on(self, archive: CelArchive, reading: _Reading) -> None:
        if reading.position is None:
            reading.position = await self.marks.get(MARK)
        if reading.position is None:  # the first start ever: calls from before Ringside are not ours to tell
            self.marks.put(MARK, await archive.end())
            return
        while True:
            rows, reading.position = await archive.read(reading.position)
            if not rows:
                break
            over = [record for row in rows if (record := self._finished(row)) is not None]
            reading.over += over
            reading.rows, reading.calls = reading.rows + len(rows), reading.calls + len(over)
            await asyncio.sleep(0)  # live calls come first
        told = {"action": "back_fill", "rows": reading.rows, "calls": reading.calls}
        logger.info("archive read", extra=told)

    async def mark(self) -> None:
        """Remember, for ever, up to where the archive is in the timeline, so that a restart reads only what is new."""
        told = ""
        while self.archive is not None:
            fault = await self._marked(self.archive)
            if fault and fault != told:
                logger.warning("archive cannot be read", extra={"action": "archive_unreadable", "error": fault})
            elif told and not fault:
                logger.info("archive can be read again", extra={"action": "archive_readable"})
            told = fault
            await asyncio.sleep(MARK_EVERY_S)

    async def _marked(self, archive: CelArchive) -> str:
        """Return why the archive's end cannot be told now; nothing when it can."""
        try:
            self.sample(await archive.end())
        except CarrierUnavailableError as error:
            return str(error)
        self.put_mark()
        return ""

    def sample(self, end: str) -> None:
        """Note where the archive ends now."""
        self._samples.append((self.clock.now(), end))

    def put_mark(self) -> None:
        """Keep the latest position before which every call is written."""
        if not self._listening or self._entering or self._due or not self.owed.empty():
            return
        safe = (self.ledger.oldest_open() or self.clock.now()) - MARK_SLACK
        position = None
        while self._samples and self._samples[0][0] <= safe:
            position = self._samples.popleft()[1]
        if position is not None:
            self.marks.put(MARK, position)


def _from_its_first_step(owed: Owed, path: tuple[PathStep, ...]) -> Owed:
    """Return it as begun when its path began: a call that went on over a restart is older than what we saw of it."""
    began = min((step.at for step in path), default=owed.record.started_at)
    return replace(owed, record=replace(owed.record, started_at=min(began, owed.record.started_at)))


def _forget_oldest(memory: dict[CallId, T]) -> None:
    while len(memory) > REMEMBERED:
        del memory[next(iter(memory))]


def _named(record: CallRecord, call: LiveCall) -> CallRecord:
    """Return the ledger's record with whom we called: Asterisk does not tell that of calls it places for us."""
    offered = call.offered
    if record.called or offered is None or offered.direction is not Direction.OUTBOUND:
        return record
    return replace(record, called=offered.called)
