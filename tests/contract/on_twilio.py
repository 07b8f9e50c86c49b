"""Twilio on the suite's stage: a cloud that does what our documents say, with its callers and its phones."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from telephony.calls.events import PhoneChanged, PhoneState
from telephony.calls.model import LegId
from tests.contract.run import MESSAGE, OUTSIDE_NUMBER, PHONES, Exchange
from tests.contract.script import Script
from tests.fakes.house import FakeClock
from tests.fakes.joined_cloud import PBX, Joined, joined, owns
from tests.fakes.twilio import FakeTwilio, FarPhone, Pace
from tests.waiting import PATIENCE_S

PROMPT_S = 0.2
SPEAKS_S = 1.5
FETCHED_WITHIN_S = 10.0
# Keys come in one go, lest a busy machine makes a caller stop between them
PACE = Pace(scale=0.08, key_gap_s=0.0, beep_s=0.1, recording_ready_s=0.1, real_webhook_limit_s=PATIENCE_S)
ANSWERS = FarPhone(rings_after_s=0.1, answers_after_s=0.2, talks_s=1.0)


class TwilioStage:
    """A cloud with its callers and phones."""

    name = "twilio"
    outside = f"tel:{OUTSIDE_NUMBER}"

    def __init__(self, cloud: Joined, twilio: FakeTwilio, folder: Path) -> None:
        self.carrier = cloud.carrier
        self._cloud = cloud
        self._twilio = twilio
        self._folder = folder

    async def calls(self, script: Script, called: str) -> None:
        owns(self._twilio, called)
        await self._twilio.incoming(to=called, from_=script.facts.caller or "anonymous")

    async def presses(self, leg_id: LegId, keys: str) -> None:
        caller = self._twilio.caller(leg_id)
        if keys == MESSAGE:
            await caller.speaks(SPEAKS_S)
            await caller.presses(keys)
        else:
            await caller.answers(keys)

    def heard(self, called: str) -> list[str]:
        """Return the prompts that the one who called this number heard, e.g. `en:welcome`."""
        sounds = [sound for sound in self._twilio.calls(to=called)[0].sounds if "/music/" not in sound]
        files = [sound.rpartition("/")[2].removesuffix(".wav") for sound in sounds]
        return [":".join(file.split("-", 1)) for file in files]

    async def mistakes(self) -> list[str]:
        """Return what the cloud found wrong, every key that nobody heard, and recordings that are not on our disk."""
        found = [f"{fault.code} {fault.message} at {fault.url}" for fault in self._twilio.faults]
        found += [f"lost {caller.lost_keys}: {caller.story()}" for caller in self._twilio.calls() if caller.lost_keys]
        try:
            async with asyncio.timeout(FETCHED_WITHIN_S):
                while missing := self._not_fetched():
                    await asyncio.sleep(0.02)
        except TimeoutError:
            found.append(f"{missing} recordings were not fetched")
        return found

    def _not_fetched(self) -> int:
        return len(self._twilio.network.recordings) - len(list(self._folder.glob("calls/**/[!.]*.wav")))


@asynccontextmanager
async def twilio_stage(exchange: Exchange, folder: Path) -> AsyncIterator[TwilioStage]:
    twilio, clock = FakeTwilio(pace=PACE), FakeClock()
    async with joined(twilio, exchange, folder, clock, prompt_s=PROMPT_S, limit_s=10.0) as cloud:
        for endpoint in PHONES.values():
            twilio.phones[f"sip:{endpoint[-3:]}@{PBX}"] = ANSWERS
            exchange.tell(PhoneChanged(endpoint=endpoint, state=PhoneState.IDLE, at=clock.now()))
        twilio.phones[OUTSIDE_NUMBER] = ANSWERS
        yield TwilioStage(cloud, twilio, folder)
