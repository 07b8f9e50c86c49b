"""The Twilio carrier as it runs: with its REST client and its web server, joined to a cloud that is a fake."""

import wave
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from telephony.calls.commands import Prompt
from telephony.carriers.twilio.carrier import TwilioCarrier
from telephony.carriers.twilio.recordings import Fetching, Recordings
from telephony.carriers.twilio.rest import Rest
from telephony.carriers.twilio.settings import TwilioSettings
from telephony.ports import CallTaker, Clock
from tests.fakes.twilio import FakeTwilio

PUBLIC = "https://ringside.example.com"
PBX = "pbx.example.com"


class PromptsOf:
    """Every prompt is there, so long, in a file of its own `<language>-<text>.wav`. Implements `ports.PromptFiles`."""

    def __init__(self, folder: Path, seconds: float) -> None:
        self._folder = folder
        self._sound = bytes(2 * int(8000 * seconds))

    def path(self, prompt: Prompt) -> str | None:
        file = self._folder / f"{prompt.language}-{prompt.text_id}.wav"
        if not file.exists():
            with wave.open(str(file), "wb") as sound:
                sound.setparams((1, 2, 8000, 0, "NONE", ""))
                sound.writeframes(self._sound)
        return str(file.with_suffix(""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """The carrier, and what it fetches of recordings."""

    carrier: TwilioCarrier
    recordings: Recordings


def owns(twilio: FakeTwilio, number: str) -> None:
    """Give the account a number whose calls come to us."""
    twilio.owns(
        number,
        f"{PUBLIC}/twilio/voice",
        fallback_url=f"{PUBLIC}/twilio/fallback",
        status_callback=f"{PUBLIC}/twilio/status",
    )


@asynccontextmanager
async def joined(
    twilio: FakeTwilio, taker: CallTaker, folder: Path, clock: Clock, *, prompt_s: float, limit_s: float
) -> AsyncIterator[Joined]:
    """Enter the cloud and the carrier. `limit_s` is how long each may take to answer the other."""
    (folder / "prompts").mkdir()
    async with AsyncExitStack() as stack:
        await twilio.__aenter__()
        settings = TwilioSettings(
            account_sid=twilio.account_sid,
            auth_token=twilio.auth_token,
            api_base_url=twilio.url,
            public_base_url=PUBLIC,
            sip_dial=f"sip:{{extension}}@{PBX};transport=tls",
            recordings_dir=folder,
            answer_limit_s=limit_s,
            request_limit_s=limit_s,
            connect_limit_s=limit_s,
            calls_per_second=1 / twilio.pace.scale,
        )
        rest = await stack.enter_async_context(Rest(settings, clock))
        recordings = await stack.enter_async_context(Recordings(rest, clock, Fetching(folder=folder)))
        prompts = PromptsOf(folder / "prompts", prompt_s)
        carrier = TwilioCarrier(settings, taker, prompts, clock, calls=rest, recordings=recordings)
        app = web.Application()
        carrier.add_to(app)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        twilio.resolves(PUBLIC, f"http://127.0.0.1:{runner.addresses[0][1]}")
        await stack.enter_async_context(carrier)
        # The cloud goes first: a webhook on its way to a server that closes would leave its connection behind
        stack.push_async_exit(twilio)
        yield Joined(carrier=carrier, recordings=recordings)
