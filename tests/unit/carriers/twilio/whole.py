"""The carrier joined to a cloud that does what our documents say."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from telephony.calls.commands import Command
from telephony.calls.model import CallId
from telephony.carriers.twilio.carrier import TwilioCarrier
from telephony.carriers.twilio.http_session import Pace
from telephony.carriers.twilio.recordings import Fetching, Recordings
from telephony.carriers.twilio.rest import Rest
from telephony.carriers.twilio.rung_legs import RungLegs
from telephony.carriers.twilio.settings import TwilioSettings
from telephony.ports import Clock, Dues
from tests.fakes.twilio import Caller, FakeTwilio
from tests.unit.carriers.asterisk.house import FixedClock
from tests.unit.carriers.twilio.cloud import FiledPrompts, PaperRecordings, ServingTaker, write_wav
from tests.unit.carriers.twilio.house import PUBLIC, account
from tests.waiting import until

OURS = "+35924000000"


@dataclass(slots=True)
class House:
    """The carrier and the cloud it is joined to."""

    twilio: FakeTwilio
    carrier: TwilioCarrier
    taker: ServingTaker
    recordings: PaperRecordings
    """What is owed of recordings, where none are fetched."""
    rest: Rest
    settings: TwilioSettings
    rung: RungLegs
    serves: Callable[[], Awaitable[TwilioCarrier]]
    servers: AsyncExitStack

    async def ends(self) -> None:
        """Let the server end: the cloud does not reach it any more."""
        await self.servers.aclose()

    async def restarted(self) -> TwilioCarrier:
        """Let the server end and begin anew: what it kept in memory is gone."""
        await self.carrier.__aexit__(None, None, None)
        self.carrier = await self.serves()
        return self.carrier

    async def called(self, script: dict[int, tuple[Command, ...]], from_: str | None = "+359888100200") -> Caller:
        """Let somebody call, who meets these batches in turn."""
        self.taker.script = script
        return await self.twilio.incoming(to=OURS, from_=from_)

    async def over(self, caller: Caller) -> None:
        """Wait until we know that the call is over; nothing that we wrote may have been wrong."""
        await caller.until_over()
        await until(lambda: "CallFinished" in self.taker.legs())
        assert list(self.twilio.faults) == []
        assert self.taker.names().count("LineLost") == 1


@asynccontextmanager
async def house(
    tmp_path: Path,
    *,
    clock: Clock | None = None,
    pace: Pace | None = None,
    dues: Dues | None = None,
    ended: Callable[[CallId], None] = lambda _: None,
    fetching: Fetching | None = None,
    **settings: object,
) -> AsyncIterator[House]:
    """Enter both. With `fetching` recordings are fetched, else only noted."""
    (tmp_path / "prompts").mkdir()
    for name in ("hello", "bye", "menu", "one_moment", "_take_call"):
        write_wav(tmp_path / f"prompts/{name}.wav", seconds=2)
    async with AsyncExitStack() as stack:
        twilio = await FakeTwilio().__aenter__()
        given = account(
            account_sid=twilio.account_sid,
            auth_token=twilio.auth_token,
            recordings_dir=tmp_path,
            fallback_number="+35924000009",
            calls_per_second=1 / twilio.pace.scale,
            **{"api_base_url": twilio.url, **settings},
        )
        taker, recordings, clock = ServingTaker(), PaperRecordings(), clock or FixedClock()
        rest = await stack.enter_async_context(Rest(given, clock, pace))
        rung = RungLegs(rest, clock, dues)
        servers = await stack.enter_async_context(AsyncExitStack())

        async def serves() -> TwilioCarrier:
            fetched = Recordings(rest, clock, fetching, dues=dues) if fetching else None
            if fetched is not None:
                await servers.enter_async_context(fetched)
            carrier = TwilioCarrier(
                given,
                taker,
                FiledPrompts(),
                clock,
                calls=rest,
                recordings=fetched or recordings,
                dues=dues,
                ended=ended,
                rung=rung,
            )
            app = web.Application()
            carrier.add_to(app)
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
            await runner.setup()
            servers.push_async_callback(runner.cleanup)
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            twilio.resolves(PUBLIC, f"http://127.0.0.1:{runner.addresses[0][1]}")
            return await servers.enter_async_context(carrier)

        twilio.owns(
            OURS,
            f"{PUBLIC}/twilio/voice?flow=main",
            fallback_url=f"{PUBLIC}/twilio/fallback",
            status_callback=f"{PUBLIC}/twilio/status",
        )
        carrier = await serves()
        # The cloud goes first: a webhook on its way to a server that closes would leave its connection behind
        stack.push_async_exit(twilio)
        yield House(twilio, carrier, taker, recordings, rest, given, rung, serves, servers)
