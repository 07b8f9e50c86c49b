"""A caller's line over FastAGI: performs batches in order, answers each once, says once when it is lost."""

import asyncio
import logging
from collections import deque

from telephony.calls.commands import Batch, HandOver, HangUp, Hold
from telephony.calls.events import CallOffered, CommandFailed, LineEvent, LineLost
from telephony.carriers.asterisk.agi_connection import AgiConnection, LineGoneError
from telephony.carriers.asterisk.agi_perform import LineEndedError, Performer
from telephony.carriers.asterisk.settings import AsteriskSettings
from telephony.ports import CallTaker, Clock, PromptFiles

logger = logging.getLogger(__name__)


class AgiLine:
    """`ports.Line` for one AGI connection. `run` is its task."""

    def __init__(
        self,
        connection: AgiConnection,
        offered: CallOffered,
        language: str,
        *,
        settings: AsteriskSettings,
        taker: CallTaker,
        prompts: PromptFiles,
        clock: Clock,
        timed: bool = False,
    ) -> None:
        """`timed` when the dialplan takes the caller back unless it is told that we are here."""
        self.offered = offered
        self._connection = connection
        self._performer = Performer(connection, language, settings=settings, prompts=prompts, clock=clock)
        self._taker = taker
        self._clock = clock
        self._timed = timed
        self._batches: deque[Batch] = deque()
        self._waiting: asyncio.Future[None] | None = None
        self._performing: Batch | None = None
        self._lost = False
        self._over = asyncio.Event()
        connection.on_gone = self._stir

    def perform(self, batch: Batch) -> None:
        """Queue a batch; see `ports.Line`."""
        if not self._lost:
            self._batches.append(batch)
            self._stir()

    def wake(self) -> None:
        """End the `Hold` the caller is in, or is about to be in; nothing happens to one who is not held."""
        if any(_holds(batch) for batch in (self._performing, *self._batches)):
            self._performer.wake()

    async def run(self) -> None:
        """Offer the call and perform what comes until the line is lost, then say so."""
        self._taker.offer(self.offered, self)
        try:
            if self._timed:  # while it is found out what to say
                await self._performer.be_here()
            while (batch := await self._next()) is not None:
                self._performing = batch
                event = await self._perform(batch)
                self._performing = None
                self._taker.answer(self.offered.call_id, event)
                if isinstance(event, CommandFailed) and isinstance(batch.commands[-1], HangUp | HandOver):
                    break  # the flow is over: the dialplan takes the caller, who would sit in silence here
        except (LineGoneError, LineEndedError):
            pass
        finally:
            self._lost = True
            self._batches.clear()
            self._connection.close()
            self._taker.answer(self.offered.call_id, LineLost(at=self._clock.now()))
            self._over.set()

    async def end(self) -> None:
        """Give the line up; returns when its loss is told."""
        self._connection.close()
        await self._over.wait()

    async def _next(self) -> Batch | None:
        while not (self._batches or self._connection.gone or self._connection.hung_up):
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting
        return self._batches.popleft() if self._batches and not self._connection.gone else None

    async def _perform(self, batch: Batch) -> LineEvent:
        try:
            return await self._performer.perform(batch)
        except (LineGoneError, LineEndedError):
            raise
        except Exception:  # the border of the call: a bug must not take the caller's line
            fields = {"action": "agi_batch_failed", "call_id": self.offered.call_id, "turn": batch.turn}
            logger.exception("batch failed", extra=fields)
            return CommandFailed(turn=batch.turn, reason="a fault in Ringside; see its log")

    def _stir(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)


def _holds(batch: Batch | None) -> bool:
    return batch is not None and bool(batch.commands) and isinstance(batch.commands[-1], Hold)
