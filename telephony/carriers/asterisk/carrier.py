"""Asterisk as a carrier: owns the AMI link, the FastAGI server and the one reader of events."""

import asyncio
import logging
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from datetime import datetime
from types import TracebackType
from typing import Self

from telephony.calls.events import CarrierDown, CarrierUp
from telephony.calls.model import CallId, LegId
from telephony.carriers.asterisk import actions
from telephony.carriers.asterisk.agi import AgiServer
from telephony.carriers.asterisk.agi_connection import AgiConnection
from telephony.carriers.asterisk.agi_line import AgiLine
from telephony.carriers.asterisk.agi_offer import headers_of as agi_headers_of
from telephony.carriers.asterisk.agi_offer import is_timed, language_of, offer_of
from telephony.carriers.asterisk.cel import cel_row_at_once
from telephony.carriers.asterisk.event_queue import Item, LinkDown, LinkUp, Overflowed, RawEvent
from telephony.carriers.asterisk.link import AmiLink
from telephony.carriers.asterisk.session import Fields, output_of
from telephony.carriers.asterisk.settings import AsteriskSettings
from telephony.carriers.asterisk.snapshot import take_snapshot
from telephony.carriers.asterisk.translate import Translator
from telephony.carriers.asterisk.wire import has_doubles, headers_of
from telephony.errors import CarrierError, CarrierRefusedError
from telephony.ports import CallTaker, CarrierHealth, Clock, Dial, DialOutcome, PromptFiles

logger = logging.getLogger(__name__)

_AT_ONCE = 200
"""Events told before others get a turn."""
_EARLIER_LIMIT_S = 2.0


class AsteriskCarrier:
    """`ports.Carrier` for one Asterisk, from `async with` to its end.

    Entering raises CarrierRefusedError when Asterisk does not accept our manager user and CarrierUnavailableError when
    the AGI address is taken; an Asterisk that is not up yet is waited for in the background.
    """

    name = "asterisk"

    def __init__(self, settings: AsteriskSettings, taker: CallTaker, prompts: PromptFiles, clock: Clock) -> None:
        self._settings = settings
        self._taker = taker
        self._prompts = prompts
        self._clock = clock
        self._link = AmiLink(settings, clock)
        self._agi = AgiServer(settings, self._take_line)
        self._translator = Translator(settings.outside_dial)
        self._lines: dict[LegId, AgiLine] = {}
        self._served: set[CallId] = set()
        self._down_since: datetime | None = None
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            await self._link.start()
            stack.push_async_callback(self._link.stop)
            reader = asyncio.create_task(self._read(), name="asterisk-events")
            stack.push_async_callback(_end, reader)
            # Last, because callers come as soon as it listens
            await self._agi.start()
            stack.push_async_callback(self._agi.stop)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    @property
    def health(self) -> CarrierHealth:
        """Return how the link is doing now."""
        link = self._link
        return CarrierHealth(
            connected=link.connected,
            since=link.since,
            reconnects=max(0, link.connections - 1),
            dropped_events=link.dropped,
            odd_events=self._translator.odd + link.torn,
            waiting_events=link.waiting,
            last_event_at=link.last_event_at,
            told=link.connected,
            live_lines=self._agi.live_lines,
            version=link.version,
            answers_in_s=link.asked.last_s,
            failures=link.asked.failures,
            asked_at=link.asked.at,
        )

    # --- ports.Carrier ---

    def has(self, leg_id: LegId) -> bool:
        """Tell whether a caller of this leg is on a line of ours; of agents' legs nothing is kept here."""
        return leg_id in self._lines

    async def wake(self, leg_id: LegId) -> None:
        """End the `Hold` of a caller at once; goes over the caller's own AGI connection, so it needs no AMI."""
        if line := self._lines.get(leg_id):
            line.wake()

    async def hang_up(self, leg_id: LegId) -> None:
        """End a leg. Raises CarrierRefusedError when it lives no more."""
        await self._link.ask(actions.hang_up(leg_id))

    async def dial(self, dial: Dial) -> DialOutcome:
        """Place a call; what becomes of it comes as call events. Never repeated here: see `was_placed`."""
        await self._link.ask(self._originate(dial))
        return DialOutcome.PLACED

    def _originate(self, dial: Dial) -> Fields:
        settings = self._settings
        return actions.originate(dial, context=settings.outbound_context, outside_dial=settings.outside_dial)

    async def was_placed(self, leg_id: LegId) -> bool:
        """Tell whether a leg of this id lives there now."""
        try:
            await self._link.ask(actions.status(leg_id))
        except CarrierRefusedError:
            return False
        return True

    # --- beyond the port ---

    async def redirect(self, leg_id: LegId, *, context: str, exten: str) -> None:
        """Send a leg elsewhere in Asterisk's dialplan. Raises as the port's methods."""
        await self._link.ask(actions.redirect(leg_id, context=context, exten=exten))

    async def command(self, text: str) -> str:
        """Return what Asterisk's command line prints for `text` (for `ringside doctor`). Raises as the port does."""
        return output_of(await self._link.ask({"Action": "Command", "Command": text}))

    # --- callers ---

    async def _take_line(self, connection: AgiConnection, lines: list[bytes]) -> None:
        headers = agi_headers_of(lines)
        offered = offer_of(headers, self._clock.now())
        if offered is None:
            logger.warning("agi client named no channel", extra={"action": "agi_refused", "peer": connection.peer})
            connection.close()
            return
        await self._end_earlier(offered.leg_id)
        if offered.call_id in self._served:
            # Another channel of a call whose caller is here: their answers must not be mixed
            offered = replace(offered, call_id=CallId(offered.leg_id))
        line = AgiLine(
            connection,
            offered,
            language_of(headers),
            settings=self._settings,
            taker=self._taker,
            prompts=self._prompts,
            clock=self._clock,
            timed=is_timed(headers),
        )
        self._lines[offered.leg_id] = line
        self._served.add(offered.call_id)
        try:
            await line.run()
        finally:
            self._served.discard(offered.call_id)
            if self._lines.get(offered.leg_id) is line:
                del self._lines[offered.leg_id]

    async def _end_earlier(self, leg_id: LegId) -> None:
        """Have the loss of this channel's earlier line told before its new one is offered: a channel has one."""
        earlier = self._lines.get(leg_id)
        if earlier is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(_EARLIER_LIMIT_S):
                    await earlier.end()

    # --- events ---

    async def _read(self) -> None:
        while True:
            await self._link.some()
            for _ in range(_AT_ONCE):
                item = self._link.take()
                if item is None:
                    break
                await self._tell(item)
            else:
                await asyncio.sleep(0)

    async def _tell(self, item: Item) -> None:
        match item:
            case RawEvent():
                self._tell_event(item)
            case LinkUp():
                await self._tell_snapshot(self._down_since)
            case LinkDown(at):
                self._down_since = self._down_since or at
                self._taker.tell(CarrierDown(at=at))
            case Overflowed(since):
                fields = {"action": "ami_gap", "dropped": self._link.dropped, "torn": self._link.torn}
                logger.warning("events are missing; asking what is true now", extra=fields)
                await self._tell_snapshot(self._down_since or since)

    def _tell_event(self, event: RawEvent) -> None:
        row = cel_row_at_once(event.message) if event.name == b"CEL" else None
        if row is not None:
            self._translator.note(row)
            self._taker.tell(row)
            return
        headers = headers_of(event.message)
        if has_doubles(event.message, headers):
            self._link.distrust()
            return
        for told in self._translator.events(headers, self._clock.now()):
            self._taker.tell(told)

    async def _tell_snapshot(self, down_since: datetime | None) -> None:
        """Tell what lives there now; events that came meanwhile wait in the queue and are told after it."""
        try:
            snapshot = await take_snapshot(self._link, self._clock.now())
        except CarrierError as fault:
            # Without it ghosts would stay: begin anew
            self._down_since = down_since
            logger.warning("no snapshot of asterisk", extra={"action": "snapshot_failed", "reason": str(fault)})
            self._link.drop("no snapshot")
            return
        self._down_since = None
        now = self._clock.now()
        self._taker.tell(CarrierUp(live_calls=snapshot.live_calls, down_since=down_since, at=now))
        for event in (*snapshot.phones, *self._translator.catch_up(snapshot, now)):
            self._taker.tell(event)


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task})
