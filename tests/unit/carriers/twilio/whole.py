"""The carrier joined to a cloud that does what our documents say."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from telephony.calls.commands import Command
from telephony.carriers.twilio.carrier import TwilioCarrier
from telephony.carriers.twilio.rest import Rest
from tests.fakes.twilio import Caller, FakeTwilio
from tests.unit.carriers.asterisk.house import FixedClock, until
from tests.unit.carriers.twilio.cloud import FiledPrompts, PaperRecordings, ServingTaker, write_wav
from tests.unit.carriers.twilio.house import PUBLIC, account

OURS = "+35924000000"


@dataclass(slots=True)
class House:
    """The carrier and the cloud it is joined to."""

    twilio: FakeTwilio
    carrier: TwilioCarrier
    taker: ServingTaker
    recordings: PaperRecordings

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
async def house(tmp_path: Path, **settings: object) -> AsyncIterator[House]:
    (tmp_path / "prompts").mkdir()
    for name in ("hello", "bye", "menu", "one_moment"):
        write_wav(tmp_path / f"prompts/{name}.wav", seconds=2)
    async with AsyncExitStack() as stack:
        twilio = await FakeTwilio().__aenter__()
        given = account(
            account_sid=twilio.account_sid,
            auth_token=twilio.auth_token,
            api_base_url=twilio.url,
            recordings_dir=tmp_path,
            fallback_number="+35924000009",
            **settings,
        )
        taker, recordings, clock = ServingTaker(), PaperRecordings(), FixedClock()
        rest = await stack.enter_async_context(Rest(given, clock))
        carrier = TwilioCarrier(given, taker, FiledPrompts(), clock, calls=rest, recordings=recordings)
        app = web.Application()
        carrier.add_to(app)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        twilio.resolves(PUBLIC, f"http://127.0.0.1:{runner.addresses[0][1]}")
        twilio.owns(
            OURS,
            f"{PUBLIC}/twilio/voice?flow=main",
            fallback_url=f"{PUBLIC}/twilio/fallback",
            status_callback=f"{PUBLIC}/twilio/status",
        )
        await stack.enter_async_context(carrier)
        # The cloud goes first: a webhook on its way to a server that closes would leave its connection behind
        stack.push_async_exit(twilio)
        yield House(twilio, carrier, taker, recordings)
