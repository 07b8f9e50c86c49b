"""Twilio, as far as Ringside needs it: the REST API on a real socket and the telephone network behind it."""

import asyncio
import secrets
from collections.abc import Callable, Coroutine, Mapping, Sequence
from types import TracebackType
from typing import Self

from aiohttp import web

from tests.fakes.twilio.call import Call, Subscription, Target
from tests.fakes.twilio.callbacks import Callbacks
from tests.fakes.twilio.caller import Caller
from tests.fakes.twilio.document import Verb
from tests.fakes.twilio.lives import incoming_life, leg_life
from tests.fakes.twilio.misbehave import Misbehaving, Order
from tests.fakes.twilio.network import Network
from tests.fakes.twilio.pace import Pace
from tests.fakes.twilio.recordings import Recording
from tests.fakes.twilio.rest import ApiRequest, middleware
from tests.fakes.twilio.rest_account import AccountApi
from tests.fakes.twilio.rest_calls import CallsApi
from tests.fakes.twilio.rest_queues import QueuesApi
from tests.fakes.twilio.rest_recordings import RecordingsApi
from tests.fakes.twilio.sids import bare, new_sid
from tests.fakes.twilio.values import Exchange, FarPhone, Fault, Misbehaviour, PhoneNumber, SharedKey
from tests.fakes.twilio.webhooks import Webhooks

WAIT_S = 10.0
"""Real seconds after which a test that waits for something has failed."""


class FakeTwilio:
    """An account at Twilio. Enter it to have it listen; leaving it ends every call at once and tells nobody."""

    def __init__(
        self,
        *,
        pace: Pace | None = None,
        account_sid: str = "",
        auth_token: str = "",
        signing_key: str = "",
        api_prefix: str = "",
    ) -> None:
        """Make an account; what is not given is made up.

        `signing_key` signs webhooks instead of the token, and `api_prefix` stands before `/2010-04-01`, as clouds in
        Twilio's likeness have it (SignalWire: `/api/laml`).
        """
        self.pace = pace or Pace()
        self.account_sid = account_sid or new_sid("AC")
        self.auth_token = auth_token or secrets.token_hex(16)
        self.webhooks = Webhooks(self.pace, signing_key or self.auth_token)
        self.callbacks = Callbacks(self.pace, self.webhooks, self._spawn)
        self.phones: dict[str, FarPhone] = {}
        """The phones out there, by number, `sip:user@host` or `client:name`; change them at any time."""
        self.network = Network(
            account_sid=self.account_sid,
            pace=self.pace,
            webhooks=self.webhooks,
            callbacks=self.callbacks,
            spawn=self._spawn,
            start_leg=self._start_leg,
            phones=self.phones,
        )
        self.api_requests: list[ApiRequest] = []
        """Everything the REST API was asked, in order."""
        self.crashes: list[BaseException] = []
        """Bugs of this fake; leaving it raises the first."""
        self._prefix = api_prefix
        self._misbehaving = Misbehaving()
        self._calls_api = CallsApi(self.network)
        self.account = AccountApi(self.network)
        """What the API tells of the account; change its `status` and `type` at any time."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._callers: dict[str, Caller] = {}
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        guard = middleware(self.account_sid, self.auth_token, self._misbehaving, self.api_requests, self.crashes)
        app = web.Application(middlewares=[guard])
        recordings = RecordingsApi(self.network)
        for api in (self._calls_api, self.account, recordings, QueuesApi(self.network)):
            app.add_routes(api.routes(self._prefix))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.network.base_url = f"http://{host}:{port}{self._prefix}"
        await self.webhooks.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._misbehaving.close()
        for task in tuple(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self.webhooks.__aexit__(kind, fault, trace)
        if self._runner is not None:
            await self._runner.cleanup()
        if self.crashes and fault is None:
            raise self.crashes[0]

    # --- the account -------------------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """Tell where the REST API is, to stand for https://api.twilio.com; no slash at its end."""
        return self.network.base_url

    @property
    def faults(self) -> Sequence[Fault]:
        """Give what the customer did wrong, as Twilio's debugger would have it."""
        return self.network.faults

    @property
    def exchanges(self) -> Sequence[Exchange]:
        """Give every request to the customer, in order: documents, callbacks and media."""
        return self.webhooks.exchanges

    def callbacks_of(self, call_sid: str) -> list[Exchange]:
        """Give the callbacks sent about a call, in the order they were sent."""
        return [one for one in self.exchanges if one.kind == "callback" and one.call_sid == call_sid]

    def owns(
        self,
        number: str,
        voice_url: str,
        *,
        fallback_url: str = "",
        status_callback: str = "",
        voice_method: str = "POST",
    ) -> None:
        """Give the account a number and say where its calls are asked about."""
        self.network.numbers[number] = PhoneNumber(
            number=number,
            voice_url=voice_url,
            voice_method=voice_method,
            fallback_url=fallback_url,
            status_callback=status_callback,
        )

    def may_show(self, number: str) -> None:
        """Let the account show this number though it is not its own."""
        self.network.verified.add(number)

    def resolves(self, public_url: str, real_url: str) -> None:
        """Let URLs that start with a public one be asked at a real one; the signature is over the public URL."""
        self.webhooks.places[public_url] = real_url

    def signs_with(self, key: SharedKey | None) -> None:
        """Sign webhooks by a shared key and SHA-256 from now on; None goes back to the token and SHA-1."""
        self.webhooks.shared_key = key

    def costs(self, price: str) -> None:
        """Set the price of every call, e.g. `-0.00850`; it is told `pace.price_after_s` after the end."""
        self._calls_api.price = price

    def loses_recordings(self, yes: bool = True) -> None:
        """Let recordings come out `absent`."""
        self.network.absent_recordings = yes

    # --- faults ------------------------------------------------------------------------------------------------------

    def misbehaves(
        self,
        how: Misbehaviour,
        *,
        method: str = "",
        path: str = "",
        times: int | None = 1,
        late_real_s: float = 0.5,
        retry_after_s: int = 1,
    ) -> None:
        """Let the REST API answer badly, so many times (None: always), where method and a part of the path fit."""
        self._misbehaving.orders.append(
            Order(
                how=how,
                method=method,
                path=path,
                times=times,
                late_real_s=late_real_s,
                retry_after_s=retry_after_s,
            )
        )

    def behaves(self) -> None:
        """Let the REST API answer well again."""
        self._misbehaving.orders.clear()

    # --- calls -------------------------------------------------------------------------------------------------------

    async def incoming(
        self,
        *,
        to: str,
        from_: str | None = "+359888100200",
        caller_name: str = "",
        forwarded_from: str = "",
        hangs_up_after_s: float | None = None,
        extra: Mapping[str, str] | None = None,
    ) -> Caller:
        """Let somebody call a number of the account; `from_` may be anything, None leaves the field out.

        Returns at once, before the voice URL is asked.
        """
        number = self.network.numbers[to]
        call = Call(
            pace=self.pace,
            account_sid=self.account_sid,
            direction="inbound",
            from_=from_,
            to=to,
            status="ringing",
            caller_name=caller_name,
            forwarded_from=forwarded_from,
            fallback_url=number.fallback_url,
            extra=dict(extra or {}),
        )
        call.started_at = call.created_at
        if number.status_callback:
            call.subscription = Subscription(url=number.status_callback)
        self.network.add(call)
        # A call that is made for this one may show its caller's number by this: voice/api/call-resource#calltoken
        token = new_sid("")
        if from_:
            self.network.tokens[token] = from_
        first = Target(url=number.voice_url, method=number.voice_method, fields=(("CallToken", token),))
        self._spawn(incoming_life(self.network, call, first), f"twilio call {call.sid}")
        caller = self.caller(call.sid)
        if hangs_up_after_s is not None:
            self._spawn(self._hang_up_after(caller, hangs_up_after_s), f"twilio caller of {call.sid}")
        return caller

    def caller(self, sid: str) -> Caller:
        """Give the person on a call: who called in, or who was called. Raises KeyError for a call that is not there."""
        if sid not in self._callers:
            self._callers[sid] = Caller(self.network.calls[sid])
        return self._callers[sid]

    def calls(self, *, to: str = "", direction: str = "") -> list[Caller]:
        """Give the calls to an address, and of a direction, in the order they were made."""
        return [
            self.caller(call.sid)
            for call in tuple(self.network.calls.values())
            if to in ("", call.to, bare(call.to)) and direction in ("", call.direction)
        ]

    async def called(self, to: str, *, number: int = 1) -> Caller:
        """Wait until an address has been called so many times, by the API or by <Dial>; give the last of them."""
        await self.until(lambda: len(self.calls(to=to)) >= number, f"call {number} to {to}")
        return self.calls(to=to)[number - 1]

    async def recorded(self, *, number: int = 1) -> Recording:
        """Wait until so many recordings are ready; give the last of them."""
        await self.until(lambda: len(self._ready()) >= number, f"recording {number}")
        return self._ready()[number - 1]

    def _ready(self) -> list[Recording]:
        return [one for one in self.network.recordings.values() if one.status in ("completed", "absent")]

    async def told(self, call_sid: str, *, number: int = 1) -> list[Exchange]:
        """Wait until so many callbacks about a call were answered; give them."""
        await self.until(lambda: len(self._answered(call_sid)) >= number, f"{number} callbacks about {call_sid}")
        return self._answered(call_sid)

    def _answered(self, call_sid: str) -> list[Exchange]:
        return [one for one in self.callbacks_of(call_sid) if one.status is not None or one.error_code is not None]

    async def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait until something holds of the calls, recordings and exchanges. Raises AssertionError after WAIT_S."""
        await self.network.until(condition, WAIT_S / self.pace.scale)
        if not condition():
            raise AssertionError(f"waited in vain for {what}; faults: {list(self.faults)}, crashes: {self.crashes}")

    # --- requests by hand --------------------------------------------------------------------------------------------

    async def posts(self, url: str, fields: Mapping[str, str], *, headers: Mapping[str, str] | None = None) -> Exchange:
        """Send a signed form of the test's own; `headers` replace those it would have, the signature's too."""
        exchange = self.webhooks.form(url, fields, kind="by hand")
        exchange.headers = {**exchange.headers, **(headers or {})}
        return await self.webhooks.send(exchange)

    async def posts_json(self, url: str, body: bytes) -> Exchange:
        """Send a signed body that is not a form, with its hash in the URL."""
        return await self.webhooks.ask_json(url, body)

    async def repeats(self, exchange: Exchange) -> Exchange:
        """Send a request once more as it was, signature and all."""
        return await self.webhooks.send(
            Exchange(
                url=exchange.url,
                method=exchange.method,
                fields=exchange.fields,
                headers=exchange.headers,
                body=exchange.body,
                call_sid=exchange.call_sid,
                kind="repeated",
            )
        )

    # --- tasks -------------------------------------------------------------------------------------------------------

    def _start_leg(self, leg: Call, noun: Verb, timeout_s: float) -> None:
        self._spawn(leg_life(self.network, leg, noun, timeout_s), f"twilio leg {leg.sid}")

    async def _hang_up_after(self, caller: Caller, seconds: float) -> None:
        await self.pace.sleep(seconds)
        caller.hangs_up()

    def _spawn(self, work: Coroutine[None, None, None], name: str) -> "asyncio.Task[None]":
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        self.network.news.set()
        if not task.cancelled() and task.exception() is not None:
            self.crashes.append(task.exception() or RuntimeError(task.get_name()))
