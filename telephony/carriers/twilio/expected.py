"""Fetches recordings of which nothing was told: what a document began to record is looked up once its call is over.

A recording's status callback may be lost, or come while no server of ours runs. So it is written down what each
document records; what is still without a recording when the call is over is looked for in the cloud's list of them.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from telephony.carriers.twilio.rest import Rest
from telephony.carriers.twilio.rest_answers import RecordingState
from telephony.carriers.twilio.rounds import look_for_ever
from telephony.errors import CarrierError
from telephony.ports import HELD, Clock, Due, Dues

logger = logging.getLogger(__name__)

KIND = "twilio recording expected"
_HOLD_EVERY = HELD / 3
_BY_OUR_DOCUMENTS = frozenset({"RecordVerb", "DialVerb", ""})
"""The sources of recordings that may be ours; '' where a cloud names none."""
_WHOLE_SECOND = timedelta(seconds=1)
"""To which the cloud cuts when a recording began."""
_NOT_TOLD = datetime.max.replace(tzinfo=UTC) - _WHOLE_SECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class Expecting:
    """How calls are looked up of which something was recorded, in seconds where not said otherwise."""

    first_s: float = 60.0
    """After the document was given; each pause that follows is as long as all before it."""
    longest_s: float = 600.0
    settling: timedelta = timedelta(minutes=2)
    """How long after a call's end a recording may come into the cloud's list."""
    gather_s: float = 1.0
    """Documents given within this time are written down together."""
    at_once: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A recording that a document may have begun."""

    name: str
    call_id: str
    """Whose recording it is: our caller's call."""
    call_sid: str
    """The call that performs the document, under which the cloud lists the recording: the caller's or an agent's."""
    since: datetime
    """When the document was given."""
    sid: str = ""
    """The recording; '' while nobody has told of it."""

    def due(self) -> Due:
        """Return it as it is written down: by its name, whoever tells of the recording."""
        detail = {"call": self.call_id, "of": self.call_sid, "sid": self.sid}
        return Due(kind=KIND, id=self.name, detail=json.dumps(detail), since=self.since)


class ExpectedRecordings:
    """For one account. `expect` never blocks; `keep` is the task that looks.

    `owe` has a recording fetched, and is to write down its SID beside what it owes: see `Expected.due`.
    """

    def __init__(
        self,
        rest: Rest,
        dues: Dues,
        clock: Clock,
        owe: Callable[[Expected], None],
        *,
        patience: timedelta,
        expecting: Expecting,
    ) -> None:
        self._rest = rest
        self._dues = dues
        self._clock = clock
        self._owe = owe
        self._patience = patience
        self._expecting = expecting
        self._new: dict[str, Expected] = {}
        self._ask_at: dict[str, datetime] = {}
        """By the call that is looked up."""
        self._hold_at: datetime | None = None

    def told(self, name: str) -> None:
        """Take the news that the recording of a name is owed, and written down with its SID."""
        self._new.pop(name, None)

    def expect(self, name: str, call_id: str, call_sid: str) -> None:
        """Take the news that a document which may record was given to a call."""
        self._new.setdefault(name, Expected(name=name, call_id=call_id, call_sid=call_sid, since=self._clock.now()))
        first_s = timedelta(seconds=self._expecting.first_s)
        self._ask_at.setdefault(call_sid, self._clock.now() + first_s)

    async def keep(self) -> None:
        """Look for ever."""
        every_s = self._expecting.gather_s
        await look_for_ever(self.look, self._leave, every_s=every_s, failed="recording_expected_failed")

    async def _leave(self) -> None:
        await self._write_down()
        await self._dues.let_go(KIND)

    async def look(self) -> None:
        """Write down what is new, and look up the calls whose time has come. Raises StoreUnavailableError."""
        await self._write_down()
        await self._hold()
        now, most = self._clock.now(), self._expecting.at_once
        ripe: dict[str, list[Expected]] = {sid: [] for sid, ask_at in self._ask_at.items() if ask_at <= now}
        for due in await self._dues.all(KIND) if ripe else ():
            each = _expected(due)
            if each.call_sid in ripe:
                ripe[each.call_sid].append(each)
        calls = list(ripe.items())
        for start in range(0, len(calls), most):
            await asyncio.gather(*(self._look_up(sid, expected) for sid, expected in calls[start : start + most]))

    async def _write_down(self) -> None:
        new = dict(self._new)
        await self._dues.keep(*(each.due() for each in new.values()), held=True)
        for name in new:
            self._new.pop(name, None)

    async def _hold(self) -> None:
        """Take up what was expected before a restart, or by a server that died; leave what is another's."""
        now = self._clock.now()
        if self._hold_at is not None and now < self._hold_at:
            return
        held = {_expected(due).call_sid for due in await self._dues.hold(KIND)}
        self._ask_at = {call_sid: self._ask_at.get(call_sid, now) for call_sid in held}
        self._hold_at = now + _HOLD_EVERY

    async def _look_up(self, call_sid: str, expected: Sequence[Expected]) -> None:
        left = await self._left(call_sid, expected) if expected else {}
        age = self._clock.now() - min((each.since for each in expected), default=self._clock.now())
        if left and age < self._patience:
            pause_s = min(max(self._expecting.first_s, age.total_seconds()), self._expecting.longest_s)
            self._ask_at[call_sid] = self._clock.now() + timedelta(seconds=pause_s)
            return
        for each, why in left.items():
            if not each.sid:
                told = {"action": "recording_expected", "call_id": each.call_id, "recording": each.name, "reason": why}
                logger.error("it cannot be told whether there is a recording; look for it at the provider", extra=told)
        await self._dues.settle(KIND, *(each.name for each in expected))
        del self._ask_at[call_sid]

    async def _left(self, call_sid: str, expected: Sequence[Expected]) -> dict[Expected, str]:
        """Have fetched what there is; return for what the call must be looked up again, and why."""
        try:
            call = await self._rest.status_of(call_sid)
            if not call.status.is_over:  # those told of are kept as well: their recordings are nobody else's
                return dict.fromkeys(expected, "the call is not over")
            if all(each.sid for each in expected):
                return {}
            listed = await self._rest.recordings_of(call_sid)
        except CarrierError as fault:
            return dict.fromkeys(expected, str(fault))
        ended_at = call.ended_at or max(each.since for each in expected)
        return self._taken(expected, listed, may_come=self._clock.now() - ended_at < self._expecting.settling)

    def _taken(
        self, expected: Sequence[Expected], listed: Sequence[RecordingState], *, may_come: bool
    ) -> dict[Expected, str]:
        left: dict[Expected, str] = {}
        found = dict(matched(expected, listed))
        for each in (each for each in expected if not each.sid):
            recording = found.get(each)
            if recording is None:
                left |= {each: "the call has just ended"} if may_come else {}
            elif not recording.is_final:
                left[each] = f"the recording is {recording.status}"
            elif not recording.is_empty:
                one = replace(each, sid=recording.sid)
                self._owe(one)
                left[one] = "it is to be written down that it is fetched"
        return left


def matched(
    expected: Sequence[Expected], listed: Sequence[RecordingState]
) -> Iterator[tuple[Expected, RecordingState]]:
    """Give with each recording in the list that nobody told of the document that has begun it. Pure.

    Both are in order of time. Where some documents have recorded nothing, a recording belongs to the last that was
    given before it began; should our clock and the cloud's differ so much that none was, to the first.
    """
    told = {each.sid for each in expected}
    free = sorted((each for each in expected if not each.sid), key=lambda each: each.since)
    # The cloud lists the newest first, and tells to a second when they began
    left = [each for each in reversed(listed) if each.sid not in told and each.source in _BY_OUR_DOCUMENTS]
    as_many = len(left) == len(free)
    for recording in sorted(left, key=_began)[: len(free)]:
        before = [each for each in free if each.since <= _began(recording) + _WHOLE_SECOND]
        one = free[0] if as_many or not before else before[-1]
        free.remove(one)
        yield one, recording


def _began(recording: RecordingState) -> datetime:
    return recording.began_at or _NOT_TOLD


def _expected(due: Due) -> Expected:
    told = json.loads(due.detail)
    return Expected(name=due.id, call_id=told["call"], call_sid=told["of"], sid=told["sid"], since=due.since)
