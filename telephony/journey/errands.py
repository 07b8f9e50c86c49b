"""Does what a flow asks of others than people: looks up, checks a PIN, promises a callback. Each within a limit."""

import asyncio
import logging
from dataclasses import dataclass

from telephony.calls.numbers import CallerNumber
from telephony.customers.match import Candidate, Match, MatchOutcome
from telephony.customers.record import CustomerRecord
from telephony.errors import LookupFailedError, StoreUnavailableError
from telephony.ivr.position import Answered, LookedUp, LookUp, Promise, Promised, Verified, Verify
from telephony.journey.live_call import LiveCall
from telephony.journey.lookup import Identified, RecordState
from telephony.ports import CallbackPromise, Clock, Lookups, Pins, Promises, ReadNumber

logger = logging.getLogger(__name__)

PROMISE_LIMIT_S = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Errands:
    """Runs the errands of all calls. None of its methods raises: what fails is an outcome."""

    lookups: Lookups
    pins: Pins
    promises: Promises
    clock: Clock
    read_number: ReadNumber

    async def look_up(self, task: LookUp, turn: int) -> LookedUp:
        """Ask a source, within the node's limit."""
        values = {given.name: str(given.value) for given in task.values}
        try:
            async with asyncio.timeout(task.limit_s):
                found = await self.lookups.ask(task.source, values, task.gives)
        except LookupFailedError as error:
            reason = str(error)
        except TimeoutError:
            reason = f"no answer within {task.limit_s:g} s"
        except Exception:  # the border of the source: a bug in it must cost the answer, not the call
            logger.exception("lookup broke", extra={"action": "lookup_broke", "source": task.source})
            reason = "the source broke; see the log"
        else:
            if found is None:
                return LookedUp(turn=turn, outcome=Answered.NOT_FOUND)
            return LookedUp(turn=turn, outcome=Answered.FOUND, values=tuple(found.items()))
        logger.warning("lookup failed", extra={"action": "lookup_failed", "source": task.source, "error": reason})
        return LookedUp(turn=turn, outcome=Answered.FAILED, reason=reason[:200])

    async def verify(self, call: LiveCall, task: Verify, turn: int) -> Verified:
        """Check number and PIN; the call is this customer's from then on."""
        try:
            async with asyncio.timeout(task.limit_s):
                record = await self.pins.verify(task.number, task.pin)
        except (StoreUnavailableError, TimeoutError) as error:
            told = {"action": "verify_failed", "call_id": call.id, "error": str(error) or "too slow"}
            logger.warning("a PIN was not checked", extra=told)
            return Verified(turn=turn, outcome=Answered.FAILED)
        if record is None:
            return Verified(turn=turn, outcome=Answered.NOT_FOUND)
        call.identified = _as_identified(call.number, record)
        return Verified(turn=turn, outcome=Answered.FOUND, customer_id=record.customer.id)

    async def promise(self, call: LiveCall, task: Promise, turn: int) -> Promised:
        """Write a promise down; only what is written is promised."""
        number = self.read_number(task.number).e164
        if number is None:
            return Promised(turn=turn, kept=False)
        known = call.identified.result() if call.identified and call.identified.done() else None
        sure = known is not None and len(known.match.candidates) == 1
        promise = CallbackPromise(
            call_id=call.id,
            queue=task.queue,
            number=number,
            language=task.language,
            customer_id=known.match.candidates[0].customer_id if known and sure else None,
            at=self.clock.now(),
        )
        try:
            async with asyncio.timeout(PROMISE_LIMIT_S):
                await self.promises.keep(promise)
        except (StoreUnavailableError, TimeoutError) as error:
            told = {"action": "promise_failed", "call_id": call.id, "error": str(error) or "too slow"}
            logger.warning("a callback was not promised", extra=told)
            return Promised(turn=turn, kept=False)
        return Promised(turn=turn, kept=True)


def _as_identified(number: CallerNumber | None, record: CustomerRecord) -> "asyncio.Future[Identified]":
    customer = record.customer
    sure = Candidate(customer_id=customer.id, name=customer.name, reason="gave the customer number and the PIN")
    match = Match(number=number.e164 if number else None, outcome=MatchOutcome.ONE, candidates=(sure,))
    done: asyncio.Future[Identified] = asyncio.get_running_loop().create_future()
    done.set_result(Identified(match=match, record=record, state=RecordState.READY))
    return done
