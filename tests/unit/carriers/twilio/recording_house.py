"""A house that fetches recordings from a provider that answers as it is told to."""

import asyncio
import io
import json
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from telephony.carriers.twilio.http_session import Pace
from telephony.carriers.twilio.recordings import KIND, Fetching, Recordings
from telephony.carriers.twilio.rest import Rest
from telephony.carriers.twilio.settings import TwilioSettings
from telephony.ports import Due, Dues
from tests.unit.carriers.twilio.bad_provider import ACCOUNT, RECORDING, TOKEN, Answer, BadProvider, fault, sends
from tests.waiting import PATIENCE_S

PATIENT = Pace(connect_s=5.0, request_s=5.0, pauses_s=())
HASTY = Pace(connect_s=0.3, request_s=0.2, pauses_s=())
"""For what is never answered; on a busy machine it may give up what would have been answered, too."""
NOT_READY = fault(404, 20404)
GONE = sends(b"", 204)
NAME = "calls/2026/03/02/call-1"


def wav(seconds: float = 0.5) -> bytes:
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\1\0" * int(8000 * seconds))
    return made.getvalue()


WAV = wav()


def audio(body: bytes = WAV) -> Answer:
    return sends(body, content_type="audio/x-wav")


def recording_due() -> Due:
    return Due(kind=KIND, id=RECORDING, detail=json.dumps({"name": NAME}), since=Days().now())


class Days:
    """A clock that moves on by so much with every look."""

    def __init__(self, a_look: timedelta = timedelta()) -> None:
        self.at = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
        self.a_look = a_look

    def now(self) -> datetime:
        self.at += self.a_look
        return self.at


@dataclass(kw_only=True)
class House:
    recordings: Recordings
    provider: BadProvider
    folder: Path
    kept: list[tuple[str, Path]] = field(default_factory=list)

    async def settles(self) -> None:
        async with asyncio.timeout(PATIENCE_S):
            await self.recordings.settled()

    def files(self) -> list[str]:
        return sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file())

    def asked(self) -> list[str]:
        return [asked.method for asked in self.provider.asked]


@asynccontextmanager
async def house(
    folder: Path,
    *answers: Answer,
    clock: Days | None = None,
    fetching: Fetching | None = None,
    dues: Dues | None = None,
    pace: Pace = PATIENT,
) -> AsyncIterator[House]:
    kept: list[tuple[str, Path]] = []
    how = replace(fetching or Fetching(folder=folder), folder=folder, pauses_s=(0.01,) * 500)
    async with BadProvider(*answers) as provider:
        settings = TwilioSettings(account_sid=ACCOUNT, auth_token=TOKEN, api_base_url=provider.url)
        async with Rest(settings, Days(), pace) as rest:
            keeping = Recordings(rest, clock or Days(), how, lambda name, path: kept.append((name, path)), dues=dues)
            async with keeping as recordings:
                yield House(recordings=recordings, provider=provider, folder=folder, kept=kept)
