"""What Ringside asks of the cloud, over its REST API."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import aiohttp
from twilio.base.exceptions import TwilioException
from twilio.rest import Client

from telephony.carriers.twilio.http_client import HttpClient
from telephony.carriers.twilio.http_session import Pace, authorization, new_session, told_plainly
from telephony.carriers.twilio.placed import FAR, CannotTell, Finding, NotPlaced, Placed, same_address, the_one_placed
from telephony.carriers.twilio.refusals import refusal
from telephony.carriers.twilio.rest_answers import (
    LIVE,
    AccountState,
    CallState,
    CallStatus,
    OurNumber,
    PlacedCall,
    RecordingState,
    account_state,
    call_state,
    our_number,
    placed_call,
    recording_state,
    sid_of,
)
from telephony.carriers.twilio.settings import TwilioSettings
from telephony.errors import CarrierError, OutcomeUnknownError
from telephony.ports import Clock

logger = logging.getLogger(__name__)

_EVENTS = ("initiated", "ringing", "answered", "completed")
_PAGE, _MOST = 100, 1000
_REMEMBERED = 10_000
_LONGEST_RING_S = 600
_DAY = timedelta(days=1)
_NOT_OURS = {"TWILIO_EDGE": "", "TWILIO_REGION": ""}
"""The library would read these from the environment and ask another host."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """A call to be placed. Addresses are ours, to be called by the cloud; `to` and `from_` as the cloud writes them."""

    to: str
    from_: str
    url: str
    """Asked when the call is answered."""
    status_callback: str
    fallback_url: str = ""
    ring_s: int = 30
    detect_machine: bool = False
    call_token: str = field(default="", repr=False)
    """Of the caller for whom the call is placed: it may show their number then."""


class Rest:
    """One account, from `async with` to its end.

    Methods raise CarrierUnavailableError (nothing was sent), RefusedError (a CarrierRefusedError that has the cloud's
    `code` and `status`) and OutcomeUnknownError. Only questions are repeated, and within their limit.
    """

    def __init__(self, settings: TwilioSettings, clock: Clock, pace: Pace | None = None) -> None:
        self._settings = settings
        self._clock = clock
        self._pace = pace or Pace(connect_s=settings.connect_limit_s, request_s=settings.request_limit_s)
        self._ours: deque[str] = deque(maxlen=_REMEMBERED)

    async def __aenter__(self) -> Self:
        self._session = new_session(self._settings.api_base_url, self._pace)
        self._api = Client(
            self._settings.account_sid,
            self._settings.auth_token,
            http_client=HttpClient(self._session, self._settings.api_base_url, self._pace),
            environment=_NOT_OURS,
        ).api.account
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def redirect(self, call_sid: str, url: str) -> None:
        """Have a live call go on at `url` at once, whatever it plays."""
        with _read_safely():
            await self._api.calls(call_sid).update_async(url=url, method="POST")

    async def hang_up(self, call_sid: str) -> None:
        """End a call, be it queued, ringing or in progress."""
        with _read_safely():
            await self._api.calls(call_sid).update_async(status=CallStatus.COMPLETED.value)

    async def drop_queue(self, queue_sid: str) -> None:
        """Delete a queue in which nobody waits."""
        with _read_safely():
            await self._api.queues(queue_sid).delete_async()

    async def place(self, placement: Placement) -> str:
        """Place a call and return its SID. It is sent once; after OutcomeUnknownError ask `reconcile`."""
        wanted: dict[str, object] = {
            "to": placement.to,
            "from_": placement.from_,
            "url": placement.url,
            "method": "POST",
            "status_callback": placement.status_callback,
            "status_callback_method": "POST",
            "status_callback_event": list(_EVENTS),
            "timeout": min(placement.ring_s, _LONGEST_RING_S),
        }
        if placement.fallback_url:
            wanted |= {"fallback_url": placement.fallback_url, "fallback_method": "POST"}
        if placement.detect_machine:
            wanted["machine_detection"] = "Enable"
        if placement.call_token:
            wanted["call_token"] = placement.call_token
        with _read_safely():
            sid = sid_of(await self._api.calls.create_async(**wanted))
        self._ours.append(sid)
        return sid

    async def find_placed(self, to: str, from_: str, since: datetime, until: datetime) -> list[PlacedCall]:
        """Return the calls from one number to another that were created in this time, undated ones too, newest first.

        Raises OutcomeUnknownError also when there are more than can be looked through.
        """
        # By day, and by when it was dialled: calls that wait to be dialled are asked for first, lest one slip through
        from_day = (since - _DAY).replace(hour=0, minute=0, second=0, microsecond=0)
        calls = {
            call.sid: call
            for call in (
                *await self._listed(to=to, from_=from_, status=CallStatus.QUEUED.value),
                *await self._listed(to=to, from_=from_, start_time_after=from_day),
            )
            if same_address(call.to, to) and same_address(call.from_, from_)
        }
        found = [call for call in calls.values() if call.created_at is None or since <= call.created_at <= until]
        return sorted(found, key=lambda call: call.created_at or until, reverse=True)

    async def reconcile(
        self,
        placement: Placement,
        sent_at: datetime,
        given_up_at: datetime,
        known: Callable[[], Collection[str]] = tuple,
    ) -> Finding:
        """Find out whether a call whose placing had an unknown outcome was placed; see `the_one_placed` for the rule.

        Looks again and again until the list cannot lag any more. `known` gives the SIDs that belong to other attempts,
        those before a restart and on other nodes too: an earlier call to the same number that nobody knows of leaves
        it unknown. Those this object placed or found are known to it. Never raises.
        """
        lag = timedelta(seconds=self._pace.list_lag_s)
        finding: Finding = CannotTell(why="the provider was not asked yet")
        for _ in range(self._looks()):
            looked_at = self._clock.now()
            try:
                candidates = await self.find_placed(placement.to, placement.from_, sent_at - FAR, given_up_at + FAR)
            except CarrierError as fault:
                finding = CannotTell(why=str(fault))
            else:
                finding = the_one_placed(
                    candidates,
                    to=placement.to,
                    from_=placement.from_,
                    sent_at=sent_at,
                    given_up_at=given_up_at,
                    looked_at=looked_at,
                    list_lag=lag,
                    known={*self._ours, *known()},
                )
            if isinstance(finding, Placed):
                self._ours.append(finding.sid)
            if not isinstance(finding, CannotTell):
                break
            await asyncio.sleep(self._pace.look_again_s)
        logger.warning("a call was sent and not answered for; looked it up", extra=_told(finding))
        return finding

    async def status_of(self, call_sid: str) -> CallState:
        """Return how a call is doing, or how it ended."""
        with _read_safely():
            return call_state(await self._api.calls(call_sid).fetch_async())

    async def bill(self, call_sid: str) -> list[CallState]:
        """Return a call and the legs it dialled: each is billed by itself."""
        with _read_safely(), told_plainly():
            whole = call_state(await self._api.calls(call_sid).fetch_async())
            async with asyncio.timeout(3 * self._pace.request_s):
                legs: Iterable[Any] = await self._api.calls.list_async(
                    parent_call_sid=call_sid, page_size=_PAGE, limit=_MOST
                )
        return [whole, *(call_state(leg) for leg in legs)]

    async def live_calls(self) -> list[PlacedCall]:
        """Return the calls that are not over, incoming and outgoing, legs of others included."""
        live: dict[str, PlacedCall] = {}
        for status in LIVE:
            live |= {call.sid: call for call in await self._listed(status=status.value)}
        return list(live.values())

    async def account(self) -> AccountState:
        """Return what the account is; asking shows whether its id and token are right."""
        with _read_safely():
            return account_state(await self._api.fetch_async())

    async def numbers(self) -> list[OurNumber]:
        """Return the account's numbers, the first thousand."""
        with _read_safely(), told_plainly():
            async with asyncio.timeout(3 * self._pace.request_s):
                found: Iterable[Any] = await self._api.incoming_phone_numbers.list_async(page_size=_PAGE, limit=_MOST)
        return [our_number(number) for number in found]

    async def recording(self, sid: str) -> RecordingState:
        """Return what the cloud tells of a recording."""
        with _read_safely():
            return recording_state(await self._api.recordings(sid).fetch_async())

    async def recordings_of(self, call_sid: str) -> list[RecordingState]:
        """Return what the cloud tells of the recordings of a call, those that are not ready too."""
        with _read_safely(), told_plainly():
            async with asyncio.timeout(3 * self._pace.request_s):
                found: Iterable[Any] = await self._api.calls(call_sid).recordings.list_async(
                    page_size=_PAGE, limit=_MOST
                )
        return [recording_state(each) for each in found]

    async def delete_recording(self, sid: str) -> None:
        """Delete a recording at the cloud."""
        with _read_safely():
            await self._api.recordings(sid).delete_async()

    @asynccontextmanager
    async def recording_file(self, sid: str) -> AsyncIterator[aiohttp.ClientResponse]:
        """Open the recording as WAV, to be read in pieces. 404 (RefusedError) while the file is not ready."""
        path = f"/2010-04-01/Accounts/{self._settings.account_sid}/Recordings/{quote(sid, safe='')}.wav"
        limits = aiohttp.ClientTimeout(
            total=self._pace.download_s, connect=self._pace.connect_s, sock_read=self._pace.request_s
        )
        who = {"Authorization": authorization(self._settings.account_sid, self._settings.auth_token)}
        with told_plainly():
            async with self._session.get(
                self._settings.api_base_url.rstrip("/") + path, headers=who, timeout=limits, allow_redirects=False
            ) as response:
                if response.status >= 500:
                    raise OutcomeUnknownError(f"the provider answered with status {response.status}")
                if response.status != 200:
                    raise refusal(response.status, await response.content.read(4096))
                yield response

    def _looks(self) -> int:
        """How often the list is looked at: until it cannot lag any more, and once after."""
        return int(self._pace.list_lag_s / self._pace.look_again_s) + 2

    async def _listed(self, **wanted: object) -> list[PlacedCall]:
        with _read_safely(), told_plainly():
            async with asyncio.timeout(3 * self._pace.request_s):
                found: Iterable[Any] = await self._api.calls.list_async(page_size=_PAGE, limit=_MOST, **wanted)
        calls = [placed_call(call) for call in found]
        if len(calls) >= _MOST:
            raise OutcomeUnknownError(f"the provider lists {_MOST} calls or more: too many to look through")
        return calls


def _told(finding: Finding) -> dict[str, str]:
    match finding:
        case Placed(sid=sid):
            return {"action": "twilio_reconciled", "outcome": "placed", "call_sid": sid}
        case NotPlaced():
            return {"action": "twilio_reconciled", "outcome": "not placed"}
        case CannotTell(why=why):
            return {"action": "twilio_reconciled", "outcome": "cannot tell", "reason": why}


@contextmanager
def _read_safely() -> Iterator[None]:
    """Take whatever the library stumbles over in an answer of the wrong shape for an answer that cannot be used."""
    try:
        yield
    except (TwilioException, AttributeError, KeyError, TypeError, ValueError):
        raise OutcomeUnknownError("the provider's answer is not what its documents promise") from None
