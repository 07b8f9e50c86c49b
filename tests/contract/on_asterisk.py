"""The real Asterisk on the suite's stage: SIP callers, SIP phones, and keys as Asterisk gets them."""

import asyncio
import contextlib
import wave
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from telephony.calls.commands import Prompt
from telephony.calls.events import PhoneState
from telephony.calls.model import LegId
from telephony.carriers.asterisk.carrier import AsteriskCarrier
from telephony.carriers.asterisk.settings import AsteriskSettings
from tests.contract.run import MESSAGE, OUTSIDE_NUMBER, PHONES, Exchange
from tests.contract.script import Script
from tests.fakes.house import FakeClock
from tests.integration.asterisk import AsteriskInstance
from tests.integration.sipp import Phone, Sipp, Speak

PROMPT_S = 0.1
MANY = 10_000
TRIES = 3
BETWEEN_KEYS_S = 0.12
SPEAKS_S = 1.5


class ShortPrompts:
    """Every prompt is there, and short: the story is the same, and told sooner."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "short"
        with wave.open(f"{self._path}.wav", "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes(bytes(2 * int(8000 * PROMPT_S)))

    def path(self, prompt: Prompt) -> str | None:
        return str(self._path)


class AsteriskStage:
    """A private Asterisk with its callers and phones."""

    name = "asterisk"
    outside = f"PJSIP/{OUTSIDE_NUMBER}@trunk"

    def __init__(self, carrier: AsteriskCarrier, exchange: Exchange, sipp: Sipp, manager: "Manager") -> None:
        self.carrier = carrier
        self._exchange = exchange
        self._sipp = sipp
        self._manager = manager

    async def calls(self, script: Script, called: str) -> None:
        run = self._exchange.runs[called]
        for _ in range(TRIES):
            caller = await self._sipp.call(Speak(100), to=called, number=script.facts.caller or "anonymous")
            while run.leg_id is None and not caller.is_over:  # SIPp cannot begin when others have just taken its ports
                await asyncio.sleep(0.05)
            if run.leg_id is not None:
                return

    async def presses(self, leg_id: LegId, keys: str) -> None:
        await asyncio.sleep(SPEAKS_S if keys == MESSAGE else BETWEEN_KEYS_S)
        for key in keys:
            await self._manager.presses(leg_id, key)
            await asyncio.sleep(BETWEEN_KEYS_S)


class Manager:
    """A second manager of Asterisk's, which presses callers' keys."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def presses(self, leg_id: LegId, key: str) -> None:
        """Have Asterisk take a key as if the caller's phone had sent it."""
        await self.send(Action="PlayDTMF", Channel=leg_id, Digit=key, Receive="true", Duration="80")

    async def send(self, **fields: str) -> None:
        """Send an action; its answer is not waited for."""
        self._writer.write("".join(f"{key}: {value}\r\n" for key, value in fields.items()).encode() + b"\r\n")
        await self._writer.drain()

    async def read(self) -> None:
        """Throw away what Asterisk tells."""
        while await self._reader.read(65_536):
            pass


@asynccontextmanager
async def manager_of(asterisk: AsteriskInstance) -> AsyncIterator[Manager]:
    reader, writer = await asyncio.open_connection("127.0.0.1", asterisk.ports.ami)
    manager = Manager(reader, writer)
    await manager.send(Action="Login", Username="ringside", Secret=asterisk.ami_secret, Events="off")
    reading = asyncio.create_task(manager.read(), name="second manager")
    try:
        yield manager
    finally:
        reading.cancel()
        writer.close()
        await asyncio.wait([reading])
        with contextlib.suppress(OSError):
            await writer.wait_closed()


@asynccontextmanager
async def asterisk_stage(exchange: Exchange, asterisk: AsteriskInstance, sipp: Sipp) -> AsyncIterator[AsteriskStage]:
    settings = AsteriskSettings(
        port=asterisk.ports.ami,
        secret=asterisk.ami_secret,
        agi_port=asterisk.ports.agi,
        recordings_dir=str(asterisk.recordings),
    )
    answers = Phone(ring_s=0.1, hang_up_after_s=0.4)
    async with AsyncExitStack() as stack:
        prompts = ShortPrompts(asterisk.recordings)
        carrier = await stack.enter_async_context(AsteriskCarrier(settings, exchange, prompts, FakeClock()))
        manager = await stack.enter_async_context(manager_of(asterisk))
        for endpoint in PHONES.values():
            await stack.enter_async_context(sipp.phone(endpoint[-3:], answers, times=MANY))
        await sipp.provider(answers, times=MANY)
        async with asyncio.timeout(20):
            while any(exchange.phones.get(endpoint) is not PhoneState.IDLE for endpoint in PHONES.values()):
                await asyncio.sleep(0.1)
        yield AsteriskStage(carrier, exchange, sipp, manager)
