"""Places calls, each at most once, and finds out what became of those whose answer was lost.

The intent is written down first. A call that was sent is never sent again: not when its answer is lost, and not when we
are started anew meanwhile. See `errors` for the three ways in which a dial fails.
"""

import asyncio
import json
import logging
import re
from collections.abc import Awaitable, Callable, Collection, Coroutine
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.parse import urlencode

from telephony.calls.model import LegId
from telephony.carriers.twilio.attempts import NAME, Attempt, Attempts
from telephony.carriers.twilio.endpoints import Kind, address_of
from telephony.carriers.twilio.placed import CannotTell, Finding, NotPlaced, Placed, same_address
from telephony.carriers.twilio.rest import Placement
from telephony.carriers.twilio.settings import TwilioSettings
from telephony.errors import (
    CarrierError,
    CarrierRefusedError,
    CarrierUnavailableError,
    OutcomeUnknownError,
    StoreUnavailableError,
)
from telephony.ports import Clock, Dial, Due, Dues

logger = logging.getLogger(__name__)

KIND = "twilio dial"
REMEMBERED = timedelta(days=7)
"""How long it is known of an attempt whether it was placed."""
_SHOWN = re.compile(r"(?:[^<>]*<)?(\+[1-9]\d{5,14})>?", re.ASCII)
_FLOW = re.compile(r"[\w.-]{1,64}", re.ASCII)
_TIDY_EVERY_S = 6 * 3600.0
_AT_ONCE = timedelta(minutes=30)
"""Two attempts to one number within this time, both unknown: a call that is found could be either's."""


class Placer(Protocol):
    """What places calls over REST."""

    async def place(self, placement: Placement) -> str:
        """Place a call and return its SID. Raises one of the three errors of a carrier."""
        ...

    async def reconcile(
        self, placement: Placement, sent_at: datetime, given_up_at: datetime, known: Callable[[], Collection[str]]
    ) -> Finding:
        """Find out whether a call was placed; never raises."""
        ...


class Placing:
    """For one account. `dues` keeps attempts over a restart; without it they are known for the server's life."""

    def __init__(
        self,
        settings: TwilioSettings,
        attempts: Attempts,
        calls: Placer,
        clock: Clock,
        *,
        dues: Dues | None,
        spawn: Callable[[Coroutine[Any, Any, None], str], object],
        carried: Callable[[], int] = lambda: 0,
        sent: Callable[[], None] = lambda: None,
    ) -> None:
        """`carried` tells how many calls are on our lines now; `sent` is told of every call that is asked for."""
        self._sent = sent
        self._carried = carried
        self._settings = settings
        self._attempts = attempts
        attempts.became = self._write_down_soon
        self._calls = calls
        self._clock = clock
        self._dues = dues
        self._spawn = spawn

    async def place(self, dial: Dial, asked: Callable[[Awaitable[str]], Awaitable[str]]) -> None:
        """Place a call; returns when the cloud has it. `asked` awaits the request.

        Raises as `ports.Carrier` does; after OutcomeUnknownError only `was_placed` may be asked.
        """
        placement = placement_of(dial, self._settings)
        attempt = Attempt(
            leg_id=dial.leg_id,
            endpoint=dial.endpoint,
            to=placement.to,
            from_=placement.from_,
            sent_at=self._clock.now(),
        )
        await self._begin(attempt)
        self._sent()
        try:
            sid = await asked(self._calls.place(placement))
        except CarrierError as fault:
            if attempt.sid:  # its call has told us of itself meanwhile
                return
            if not isinstance(fault, OutcomeUnknownError):
                self._attempts.drop(attempt)
                await self._forget(attempt)
            raise
        finally:
            attempt.given_up_at = None if attempt.sid else self._clock.now()
        self._attempts.is_call(attempt, sid)

    def _write_down_soon(self, attempt: Attempt) -> None:
        if self._dues is not None:
            self._spawn(self._write_down(attempt, self._dues), f"twilio attempt {attempt.leg_id}")

    async def was_placed(self, leg_id: LegId) -> bool | None:
        """Tell whether an attempt became a call; None when there never was such an attempt, or long ago.

        Raises OutcomeUnknownError when that cannot be told.
        """
        attempt = self._attempts.find(leg_id) or await self._from_before(leg_id)
        if attempt is None or attempt.sid:
            return None if attempt is None else True
        finding = await self._look_up(attempt)
        if attempt.is_placed():  # told while we looked
            return True
        match finding:
            case Placed(sid=sid):
                self._attempts.is_call(attempt, sid)
                return True
            case NotPlaced():
                self._attempts.drop(attempt)
                await self._forget(attempt)
                return False
            case CannotTell(why=why):
                raise OutcomeUnknownError(f"it cannot be told whether {leg_id} was placed: {why}")

    async def forget_old(self) -> None:
        """Forget attempts from long ago, for ever."""
        while self._dues is not None:
            before = self._clock.now() - REMEMBERED
            with suppress(StoreUnavailableError):
                await self._dues.settle(KIND, *(due.id for due in await self._dues.all(KIND) if due.since < before))
            await asyncio.sleep(_TIDY_EVERY_S)

    # --- one attempt ---

    async def _begin(self, attempt: Attempt) -> None:
        known = self._attempts.find(attempt.leg_id) or await self._from_before(attempt.leg_id)
        if known is not None:
            msg = f"{attempt.leg_id} was dialled already; ask `was_placed`, and dial under an id of its own"
            raise CarrierRefusedError(msg)
        limit = self._settings.account_limit
        if limit and len(self._attempts.ringing()) + self._carried() >= limit:
            msg = "there are as many calls as account_limit allows; try again in a moment"
            raise CarrierUnavailableError(msg)
        self._attempts.add(attempt)
        try:
            await self._keep(attempt)
        except BaseException:
            self._attempts.drop(attempt)
            raise

    async def _look_up(self, attempt: Attempt) -> Finding:
        if attempt.given_up_at is None:
            return CannotTell(why="it is being sent at this moment")
        if any(_could_be_either(attempt, other) for other in self._attempts.all()):
            return CannotTell(why="another call to the same number, of the same time, is not known of either")
        wanted = Placement(to=attempt.to, from_=attempt.from_, url="", status_callback="")
        try:
            others = await self._sids()
        except StoreUnavailableError:
            return CannotTell(why="the database, which knows of the other calls, does not answer")
        return await self._calls.reconcile(
            wanted,
            attempt.sent_at,
            attempt.given_up_at,
            lambda: {*others, *(each.sid for each in self._attempts.all() if each.sid)},
        )

    # --- over a restart ---

    async def _from_before(self, leg_id: LegId) -> Attempt | None:
        """Return an attempt from before a restart. Raises OutcomeUnknownError when that cannot be looked up."""
        if self._dues is None:
            return None
        try:
            due = await self._dues.get(KIND, leg_id)
        except StoreUnavailableError as fault:
            raise OutcomeUnknownError(f"it cannot be told whether {leg_id} was placed: {fault}") from fault
        if due is None:
            return None
        attempt = self._read(due)
        if due.erased and not attempt.sid:
            msg = f"it cannot be told whether {leg_id} was placed: whom it called is forgotten"
            raise OutcomeUnknownError(msg)
        known = self._attempts.find(leg_id)
        if known is None and not attempt.sid:
            self._attempts.add(attempt)
        return known or attempt

    def _read(self, due: Due) -> Attempt:
        told = json.loads(due.detail)
        longest = timedelta(seconds=self._settings.connect_limit_s + self._settings.request_limit_s)
        return Attempt(
            leg_id=LegId(due.id),
            endpoint=told["endpoint"],
            to=told["to"],
            from_=told["from"],
            sent_at=due.since,
            given_up_at=None if told["sid"] else due.since + longest,
            sid=told["sid"],
            before=True,
        )

    async def _sids(self) -> set[str]:
        """Return the calls that other attempts became, those before a restart too."""
        if self._dues is None:
            return set()
        return {json.loads(due.detail)["sid"] for due in await self._dues.all(KIND)} - {""}

    async def _keep(self, attempt: Attempt) -> None:
        """Write the intent down. Raises CarrierUnavailableError: what cannot be remembered is not sent."""
        if self._dues is None:
            return
        try:
            await self._dues.keep(_due(attempt))
        except StoreUnavailableError as fault:
            raise CarrierUnavailableError(f"nothing was dialled, for it could not be written down: {fault}") from fault

    async def _forget(self, attempt: Attempt) -> None:
        if self._dues is not None:
            try:
                await self._dues.settle(KIND, attempt.leg_id)
            except StoreUnavailableError as fault:
                told = {"action": "twilio_attempt_kept", "leg_id": attempt.leg_id, "reason": str(fault)}
                logger.warning("an attempt that called nobody could not be forgotten", extra=told)

    async def _write_down(self, attempt: Attempt, dues: Dues) -> None:
        try:
            await dues.keep(_due(attempt))
        except StoreUnavailableError as fault:
            told = {"action": "twilio_attempt_kept", "leg_id": attempt.leg_id, "reason": str(fault)}
            logger.warning("which call an attempt became could not be written down", extra=told)


def placement_of(dial: Dial, settings: TwilioSettings) -> Placement:
    """Return what the cloud is asked for. Raises CarrierRefusedError for what it could not do."""
    address = address_of(dial.endpoint, sip_dial=settings.sip_dial)
    shown = _SHOWN.fullmatch(dial.caller_id or settings.caller_id)
    fault = ""
    if address is None:
        fault = f"{dial.endpoint!r} is no phone that can be called from here: use tel:+..., client:..., or set sip_dial"
    elif shown is None:
        fault = "there is no number to show: set caller_id to one of the account's, as +<country><number>"
    elif not NAME.fullmatch(dial.leg_id) or not _FLOW.fullmatch(dial.flow):
        fault = "the leg's id and the flow's name may hold letters, digits and . _ - only"
    if fault or address is None or shown is None:
        raise CarrierRefusedError(f"{fault}; nothing was dialled")
    told = urlencode({"flow": dial.flow, "attempt": dial.leg_id})
    here = f"{settings.public_base_url}/twilio"
    return Placement(
        to=f"client:{address.text}" if address.kind is Kind.CLIENT else address.text,
        from_=shown[1],
        url=f"{here}/voice?{told}",
        fallback_url=f"{here}/fallback?{told}",
        status_callback=f"{here}/status?attempt={dial.leg_id}",
        ring_s=max(1, dial.limit_s),
        detect_machine=dial.detect_machine,
    )


def _due(attempt: Attempt) -> Due:
    detail = {"endpoint": attempt.endpoint, "to": attempt.to, "from": attempt.from_, "sid": attempt.sid}
    return Due(kind=KIND, id=attempt.leg_id, detail=json.dumps(detail), since=attempt.sent_at)


def _could_be_either(attempt: Attempt, other: Attempt) -> bool:
    return (
        other is not attempt
        and not other.sid
        and same_address(other.to, attempt.to)
        and same_address(other.from_, attempt.from_)
        and abs(other.sent_at - attempt.sent_at) < _AT_ONCE
    )
