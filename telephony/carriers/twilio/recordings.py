"""Brings recordings from the cloud to our disk, whole or not at all, and then deletes them there if so wished.

What is owed is written down, and forgotten only when nothing is left to do: a restart in between takes it up again.
Of several servers one does it; when that one dies, another. Of a customer who is forgotten meanwhile nothing is kept.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, ParamSpec, Self, TypeVar

import aiohttp

from telephony.calls.model import CallId
from telephony.carriers.twilio import recording_file
from telephony.carriers.twilio.expected import Expected, ExpectedRecordings, Expecting
from telephony.carriers.twilio.refusals import NOT_FOUND, RefusedError
from telephony.carriers.twilio.rest import Rest
from telephony.errors import CarrierError, OutcomeUnknownError, StoreUnavailableError
from telephony.ports import HELD, Clock, Due, Dues

logger = logging.getLogger(__name__)

KIND = "twilio recording"
_PIECE = 256 * 1024
_END_LIMIT_S = 2.0
_HOLD_EVERY_S = HELD.total_seconds() / 3
_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")


class _DiskError(CarrierError):
    """The disk, not the cloud."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetching:
    """How recordings are fetched."""

    folder: Path
    delete: bool = False
    """Delete them at the cloud once they are here."""
    largest: int = 1024 * 1024 * 1024
    """Bytes; a larger one is left at the cloud. A GiB is more than 18 hours."""
    at_once: int = 4
    pauses_s: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 300.0)
    """Before each new try; the last one for all that follow."""
    patience: timedelta = timedelta(days=1)
    """After so long it is given up, and stays at the cloud."""
    expecting: Expecting = field(default_factory=Expecting)
    """How those are looked up of which nothing was told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """A recording that is not done with."""

    name: str
    sid: str
    since: datetime
    call_id: str = ""
    """Whose recording it is; '' when not known, as after a restart."""
    call_sid: str = ""
    """The call under which the cloud lists it: the caller's, or an agent's."""
    tries: int = 0
    here: bool = False
    """It is on our disk, and only to be deleted at the cloud."""
    why: str = ""
    """What went wrong last."""
    erased: bool = False
    """Whose it is wants to be forgotten: it is not kept here, and deleted at the cloud."""


class Recordings:
    """Fetches in the background, from `async with` to its end; `dues` keeps what is owed then for the next time.

    Without `dues` it is forgotten, and lies at the cloud. `kept` is called with the name and the path of each
    recording once it is on the disk; it must not raise.
    """

    def __init__(
        self,
        rest: Rest,
        clock: Clock,
        fetching: Fetching,
        kept: Callable[[str, Path], None] = lambda _name, _path: None,
        *,
        dues: Dues | None = None,
    ) -> None:
        self._rest = rest
        self._clock = clock
        self._fetching = fetching
        self._kept = kept
        self._dues = dues
        self._expected: ExpectedRecordings | None = None
        if dues is not None:
            self._expected = ExpectedRecordings(
                rest, dues, clock, self._owe_expected, patience=fetching.patience, expecting=fetching.expecting
            )
        self._owed: dict[str, Owed] = {}
        self._held_until: dict[str, datetime] = {}
        """Until when no other server does it; of what could not be written down nobody else knows."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._for_ever: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(fetching.at_once)

    async def __aenter__(self) -> Self:
        if self._dues is not None and self._expected is not None:
            self._spawn(self._take_up(self._dues), "twilio-recordings-owed")
            self._for_ever = {
                asyncio.create_task(self._hold_for_ever(self._dues), name="twilio-recordings-held"),
                asyncio.create_task(self._expected.keep(), name="twilio-recordings-expected"),
            }
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if left := self._tasks | self._for_ever:
            for task in left:
                task.cancel()
            await asyncio.wait(left, timeout=_END_LIMIT_S)
        await self._let_go()
        for owed in self._owed.values():
            fields = {"action": "recording_owed", "recording_sid": owed.sid, "recording": owed.name}
            if self._dues is None:
                logger.warning("a recording was not fetched before the end; it is at the provider still", extra=fields)
            else:
                logger.info("a recording is fetched after the next start", extra=fields)

    @property
    def owed(self) -> tuple[Owed, ...]:
        """What is still to be fetched or deleted."""
        return tuple(self._owed.values())

    def expect(self, name: str, call_id: str, call_sid: str) -> None:
        """Fetch what the call `call_sid` records for a caller of ours, also when nothing tells of it. Never blocks."""
        if self._expected is not None:
            self._expected.expect(name, call_id, call_sid)

    def owe(self, name: str, sid: str, *, call_id: str = "", call_sid: str = "") -> None:
        """Fetch the recording `sid` to `<folder>/<name>.wav`; the same one a second time changes nothing.

        `call_id` and `call_sid` are told where they are known, as to `expect`. Never blocks. Raises ValueError for a
        name that would leave the folder, or that another recording is fetched to.
        """
        owed = Owed(name=name, sid=sid, since=self._clock.now(), call_id=call_id, call_sid=call_sid)
        self._owe(owed, is_new=True)

    def _owe_expected(self, found: Expected) -> None:
        try:
            self.owe(found.name, found.sid, call_id=found.call_id, call_sid=found.call_sid)
        except ValueError as fault:
            told = {"action": "recording_owed", "recording_sid": found.sid, "reason": str(fault)}
            logger.warning("a recording of which nothing was told is not fetched", extra=told)

    def _owe(self, owed: Owed, *, is_new: bool) -> None:
        name, sid = owed.name, owed.sid
        path = recording_file.file_of(self._fetching.folder, name)
        if sid in self._owed:
            return
        if any(other.name == name for other in self._owed.values()):
            msg = f"another recording is fetched to {name!r} already"
            raise ValueError(msg)
        self._owed[sid] = owed
        self._spawn(self._settle(sid, path, is_new=is_new), f"twilio-recording-{sid}")

    def _spawn(self, work: Coroutine[None, None, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settled(self) -> None:
        """Wait until nothing is owed."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _settle(self, sid: str, path: Path, *, is_new: bool) -> None:
        if is_new:
            await self._write_down(sid)
        else:
            self._held_until[sid] = self._clock.now() + HELD
        if await self._is_settled(sid, path):
            # What is taken up once more, because this could not be written, finds the file here and does no harm
            await self._is_written(lambda dues: dues.settle(KIND, sid))
        del self._owed[sid]
        self._held_until.pop(sid, None)

    async def _is_settled(self, sid: str, path: Path) -> bool:
        """Do all there is to do, however long it takes; False when another server does it."""
        while await self._is_ours(sid):
            done = await self._done(sid, path)
            if done is not None:
                return done
            owed = self._owed[sid]
            if self._clock.now() - owed.since >= self._fetching.patience:
                self._tell(logging.ERROR, "a recording is given up; fetch it at the provider by hand", owed)
                return True
            pauses_s = self._fetching.pauses_s
            await asyncio.sleep(pauses_s[min(owed.tries, len(pauses_s)) - 1])
            if sid not in self._held_until:
                await self._write_down(sid)
        return False

    async def _write_down(self, sid: str) -> None:
        owed = self._owed[sid]
        if not await self._is_written(lambda dues: dues.keep(*_dues(owed), held=True)):
            return
        self._held_until[sid] = self._clock.now() + HELD
        if self._expected is not None:
            self._expected.told(owed.name)

    async def _is_ours(self, sid: str) -> bool:
        """Hold it for a while longer, and learn whether it is still wanted; False when another server does it."""
        if self._dues is None or sid not in self._held_until:
            return True
        try:
            held = await self._dues.hold(KIND, sid)
        except StoreUnavailableError:
            return self._clock.now() < self._held_until[sid]
        for due in held:
            self._held_until[sid] = self._clock.now() + HELD
            self._owed[sid] = replace(self._owed[sid], erased=due.erased)
        return bool(held)

    async def _is_written(self, write: Callable[[Dues], Awaitable[None]]) -> bool:
        """Write to the database, if there is one; False when it takes nothing now: fetching does not wait for it."""
        if self._dues is None:
            return True
        try:
            await write(self._dues)
        except StoreUnavailableError:
            return False
        return True

    async def _hold_for_ever(self, dues: Dues) -> None:
        while True:
            await asyncio.sleep(_HOLD_EVERY_S)
            with suppress(StoreUnavailableError):
                self._take(await dues.hold(KIND))

    async def _let_go(self) -> None:
        """Let another server do at once what is left, or the next one here."""
        if self._dues is not None:
            with suppress(StoreUnavailableError, TimeoutError):
                async with asyncio.timeout(_END_LIMIT_S):
                    await self._dues.let_go(KIND)

    def _take(self, dues: Iterable[Due]) -> None:
        """Go on with what was owed before a restart, or by a server that died."""
        for due in dues:
            if due.id in self._owed:
                self._held_until[due.id] = self._clock.now() + HELD
                continue
            try:
                self._owe(Owed(name=json.loads(due.detail)["name"], sid=due.id, since=due.since), is_new=False)
            except ValueError as fault:
                told = {"action": "recording_owed", "recording_sid": due.id, "reason": str(fault)}
                logger.error("a recording that was owed cannot be fetched; it is at the provider still", extra=told)

    async def _take_up(self, dues: Dues) -> None:
        for pause_s in (*self._fetching.pauses_s, 0.0):
            try:
                self._take(await dues.hold(KIND))
            except StoreUnavailableError:
                await asyncio.sleep(pause_s)  # and then it is taken up with what others leave
            else:
                return

    async def _done(self, sid: str, path: Path) -> bool | None:
        """Do what is left to do; False when another server does it meanwhile, None when it must be tried again."""
        try:
            async with self._slots:
                if not self._owed[sid].here and not self._owed[sid].erased:
                    await self._bring(sid, path)
                if not await self._is_ours(sid):  # a long recording takes longer than a due is held
                    return False
                if self._owed[sid].erased:
                    await _on_disk(partial(path.unlink, missing_ok=True))
                if self._fetching.delete or self._owed[sid].erased:
                    await self._delete(sid)
        except CarrierError as fault:
            owed = self._owed[sid]
            self._owed[sid] = replace(owed, tries=owed.tries + 1, why=str(fault))
            self._tell(logging.WARNING, "a recording could not be settled yet", self._owed[sid])
            return None
        return True

    async def _bring(self, sid: str, path: Path) -> None:
        try:
            async with self._rest.recording_file(sid) as response:
                await self._write(response, path)
        except RefusedError as refused:
            # Fetched and deleted before a restart, and told to us once more
            if refused.status != NOT_FOUND or not await _on_disk(recording_file.is_whole_wav, path):
                raise
        self._owed[sid] = replace(self._owed[sid], here=True)
        self._kept(self._owed[sid].name, path)

    async def _write(self, response: aiohttp.ClientResponse, path: Path) -> None:
        file = await _begin(path)
        try:
            await self._copy(response, file)
            await _on_disk(file.flush)
            if not await _on_disk(recording_file.is_whole_wav, recording_file.part_of(path)):
                raise OutcomeUnknownError("what the provider sent is no whole WAV")
            if not await _on_disk(recording_file.keep, path, file):
                raise _DiskError("another recording lies under this name, and stays")
        finally:
            await _to_its_end(asyncio.create_task(asyncio.to_thread(recording_file.drop, path, file)))

    async def _copy(self, response: aiohttp.ClientResponse, file: BinaryIO) -> None:
        size = 0
        async for piece in response.content.iter_chunked(_PIECE):
            size += len(piece)
            if size > self._fetching.largest:
                raise OutcomeUnknownError(f"the recording is larger than {self._fetching.largest} bytes")
            await _on_disk(file.write, piece)
        if response.content_length not in (None, size):
            raise OutcomeUnknownError("the recording broke off")

    async def _delete(self, sid: str) -> None:
        try:
            await self._rest.delete_recording(sid)
        except RefusedError as refused:
            if refused.status != NOT_FOUND:  # else it is gone, as is wanted
                raise

    def _tell(self, level: int, text: str, owed: Owed) -> None:
        fields = {
            "action": "recording_owed",
            "recording_sid": owed.sid,
            "recording": owed.name,
            "tries": owed.tries,
            "reason": owed.why,
        }
        logger.log(level, text, extra=fields)


def _dues(owed: Owed) -> Iterator[Due]:
    """Give what is written down: together, so that nothing is taken for told of that is not owed."""
    detail = json.dumps({"name": owed.name})
    yield Due(kind=KIND, id=owed.sid, detail=detail, since=owed.since, call_id=CallId(owed.call_id) or None)
    if owed.call_sid:
        told = Expected(name=owed.name, call_id=owed.call_id, call_sid=owed.call_sid, since=owed.since, sid=owed.sid)
        yield told.due()


async def _begin(path: Path) -> BinaryIO:
    """Open the file's beginnings; who is stopped meanwhile leaves none."""
    opening = asyncio.create_task(_on_disk(recording_file.begin, path), name=f"open {path.name}")
    try:
        return await _to_its_end(opening)
    except asyncio.CancelledError:
        if opening.done() and opening.exception() is None:
            recording_file.drop(path, opening.result())
        raise


async def _to_its_end(task: asyncio.Task[_Result]) -> _Result:
    """Await what a thread does; who is stopped waits too, for the thread goes on all the same."""
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise


async def _on_disk(act: Callable[_Given, _Result], *args: _Given.args, **kwargs: _Given.kwargs) -> _Result:
    """Do it in a thread; the disk's faults are told apart from the network's, which are OSErrors too."""
    try:
        return await asyncio.to_thread(act, *args, **kwargs)
    except OSError as fault:
        raise _DiskError(f"it cannot be written: {fault.strerror}") from None
