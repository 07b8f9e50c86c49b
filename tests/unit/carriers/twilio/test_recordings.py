"""Recordings come to our disk whole or not at all, and leave the provider only then."""

import asyncio
import io
import json
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web

from telephony.carriers.twilio.http_session import Pace
from telephony.carriers.twilio.recordings import KIND, Fetching, Recordings
from telephony.carriers.twilio.rest import Rest
from telephony.carriers.twilio.settings import TwilioSettings
from telephony.ports import HELD, Due
from tests.fakes.dues import FakeDues
from tests.unit.carriers.asterisk.house import until
from tests.unit.carriers.twilio.bad_provider import (
    ACCOUNT,
    RECORDING,
    TOKEN,
    Answer,
    BadProvider,
    cut_off,
    fault,
    hangs_up,
    sends,
    silence,
)

PATIENT = Pace(connect_s=5.0, request_s=5.0, pauses_s=())
HASTY = Pace(connect_s=0.3, request_s=0.2, pauses_s=())
"""For what is never answered; on a busy machine it may give up what would have been answered, too."""
LIMIT_S = 5.0
NOT_READY = fault(404, 20404)
GONE = sends(b"", 204)


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


async def streamed(_provider: BadProvider, request: web.Request) -> web.StreamResponse:
    """Send it without telling its length."""
    response = web.StreamResponse()
    await response.prepare(request)
    await response.write(WAV[:100])
    await response.write(WAV[100:])
    return response


async def there(provider: BadProvider, request: web.Request) -> web.StreamResponse:
    """Have the recording, until it is deleted."""
    return await (GONE if request.method == "DELETE" else audio())(provider, request)


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
        async with asyncio.timeout(LIMIT_S):
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
    dues: FakeDues | None = None,
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


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.mark.parametrize("answer", [audio(), streamed])
async def test_a_recording_is_fetched_and_stays_at_the_provider(tmp_path: Path, answer: Answer) -> None:
    async with house(tmp_path, answer) as at:
        at.recordings.owe("calls/2026/03/02/call-1", RECORDING)
        assert [owed.name for owed in at.recordings.owed] == ["calls/2026/03/02/call-1"]
        await at.settles()
        assert at.recordings.owed == ()
        assert at.files() == ["calls/2026/03/02/call-1.wav"]
        assert (tmp_path / "calls/2026/03/02/call-1.wav").read_bytes() == WAV
        assert at.kept == [("calls/2026/03/02/call-1", tmp_path / "calls/2026/03/02/call-1.wav")]
        (asked,) = at.provider.asked
    assert asked.path == f"/2010-04-01/Accounts/{ACCOUNT}/Recordings/{RECORDING}.wav"
    assert asked.authorised


async def test_a_recording_is_deleted_there_once_it_is_here(tmp_path: Path) -> None:
    async with house(tmp_path, audio(), GONE, fetching=Fetching(folder=tmp_path, delete=True)) as at:
        at.recordings.owe("call-1", RECORDING)
        await at.settles()
        assert at.asked() == ["GET", "DELETE"]
        assert at.files() == ["call-1.wav"]


async def test_what_cannot_be_deleted_yet_is_not_fetched_again(tmp_path: Path) -> None:
    answers = (audio(), sends(b"", 503), fault(404, 20404))
    async with house(tmp_path, *answers, fetching=Fetching(folder=tmp_path, delete=True)) as at:
        at.recordings.owe("call-1", RECORDING)
        await at.settles()
        assert at.asked() == ["GET", "DELETE", "DELETE"]


BAD = {
    "not ready": NOT_READY,
    "500": sends(b"", 500),
    "too often": fault(429, 20429),
    "cut off": cut_off(WAV[:2000], len(WAV)),
    "hangs up": hangs_up,
    "half a WAV, whole by HTTP": audio(WAV[:2000]),
    "HTML": sends(b"<html>" + b"x" * 500),
    "empty": audio(b""),
    "no sound": audio(wav(0)),
    "elsewhere": sends(b"", 302, headers={"Location": "http://127.0.0.1:1/"}),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
async def test_what_is_not_whole_is_fetched_again_and_never_deleted_before(tmp_path: Path, bad: Answer) -> None:
    answers = (bad, bad, audio(), GONE)
    async with house(tmp_path, *answers, fetching=Fetching(folder=tmp_path, delete=True)) as at:
        at.recordings.owe("call-1", RECORDING)
        await at.settles()
        assert at.asked() == ["GET", "GET", "GET", "DELETE"]
        assert at.files() == ["call-1.wav"]
        assert (tmp_path / "call-1.wav").read_bytes() == WAV


async def test_what_is_never_answered_is_fetched_again_and_never_deleted_before(tmp_path: Path) -> None:
    answers = (silence, silence, there)
    async with house(tmp_path, *answers, fetching=Fetching(folder=tmp_path, delete=True), pace=HASTY) as at:
        at.recordings.owe("call-1", RECORDING)
        await at.settles()
        assert at.asked()[:3] == ["GET", "GET", "GET"]
        assert at.asked() == sorted(at.asked(), reverse=True)
        assert (tmp_path / "call-1.wav").read_bytes() == WAV


async def test_a_recording_that_never_comes_is_given_up_aloud_and_leaves_no_half_file(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with house(tmp_path, cut_off(WAV[:2000], len(WAV)), clock=Days(timedelta(hours=9))) as at:
        at.recordings.owe("call-1", RECORDING)
        await at.settles()
        assert (at.files(), at.recordings.owed, at.kept) == ([], (), [])
    assert "given up" in caplog.text


async def test_a_recording_larger_than_allowed_is_left_at_the_provider(tmp_path: Path) -> None:
    fetching = Fetching(folder=tmp_path, delete=True, largest=1000)
    async with house(tmp_path, audio(), clock=Days(timedelta(hours=13)), fetching=fetching) as at:
        at.recordings.owe("call-1", RECORDING)
        await at.settles()
        assert (at.files(), set(at.asked())) == ([], {"GET"})


async def test_the_end_breaks_off_what_is_fetched_and_leaves_no_half_file(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    came = asyncio.Event()

    async def half(provider: BadProvider, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(len(WAV))})
        await response.prepare(request)
        await response.write(WAV[:2000])
        came.set()
        await provider.closing.wait()
        return response

    async with house(tmp_path, half) as at:
        at.recordings.owe("call-1", RECORDING)
        async with asyncio.timeout(LIMIT_S):
            await came.wait()
    assert at.files() == []
    assert "was not fetched before the end" in caplog.text


async def test_a_callback_that_comes_twice_fetches_once(tmp_path: Path) -> None:
    async with house(tmp_path, audio()) as at:
        at.recordings.owe("call-1", RECORDING)
        at.recordings.owe("call-1", RECORDING)
        await at.settles()
        assert at.asked() == ["GET"]


async def test_a_callback_after_it_was_fetched_and_deleted_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "call-1.wav").write_bytes(WAV)
    async with house(tmp_path, NOT_READY) as at:
        at.recordings.owe("call-1", RECORDING)
        await at.settles()
        assert at.asked() == ["GET"]
        assert (tmp_path / "call-1.wav").read_bytes() == WAV


async def test_a_recording_is_never_written_over_by_another(tmp_path: Path) -> None:
    other = wav(0.25)
    (tmp_path / "call-1.wav").write_bytes(other)
    fetching = Fetching(folder=tmp_path, delete=True)
    async with house(tmp_path, audio(), clock=Days(timedelta(hours=13)), fetching=fetching) as at:
        at.recordings.owe("call-1", RECORDING)
        with pytest.raises(ValueError, match="another recording"):
            at.recordings.owe("call-1", "RE" + "3" * 32)
        await at.settles()
        assert set(at.asked()) == {"GET"}
        assert (tmp_path / "call-1.wav").read_bytes() == other


@pytest.mark.parametrize(
    "name", ["../call", "/etc/call", "a/../../call", "", ".call", "a//b", "call\0", "ca ll", "x" * 200]
)
async def test_a_name_cannot_leave_the_folder(tmp_path: Path, name: str) -> None:
    async with house(tmp_path, audio()) as at:
        with pytest.raises(ValueError, match="unusable recording name"):
            at.recordings.owe(name, RECORDING)
        assert at.recordings.owed == ()


async def test_a_link_does_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "recordings"
    folder.mkdir()
    (folder / "out").symlink_to(tmp_path)
    async with house(folder, audio()) as at:
        with pytest.raises(ValueError, match="unusable recording name"):
            at.recordings.owe("out/call", RECORDING)


async def test_a_disk_that_cannot_be_written_to_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "calls").write_text("a file where a folder should be")
    async with house(tmp_path, audio(), clock=Days(timedelta(hours=13))) as at:
        at.recordings.owe("calls/call-1", RECORDING)
        await at.settles()
        assert at.files() == ["calls"]


# --- restarts ---


@pytest.mark.parametrize("bad", [NOT_READY, silence, cut_off(WAV[:2000], len(WAV))])
async def test_a_recording_that_was_owed_is_fetched_after_a_restart(tmp_path: Path, bad: Answer) -> None:
    dues = FakeDues()
    async with house(tmp_path, bad, dues=dues) as at:
        at.recordings.owe("calls/2026/03/02/call-1", RECORDING)
        await until(lambda: at.provider.asked)
    assert dues.ids(KIND) == [RECORDING]
    assert at.files() == []
    async with house(tmp_path, audio(), GONE, fetching=Fetching(folder=tmp_path, delete=True), dues=dues) as at:
        await until(lambda: at.recordings.owed)
        await at.settles()
        assert at.files() == ["calls/2026/03/02/call-1.wav"]
        assert at.asked() == ["GET", "DELETE"]
    assert dues.ids(KIND) == []


async def test_a_recording_that_was_only_to_be_deleted_is_whole_and_deleted_after_a_restart(tmp_path: Path) -> None:
    dues, fetching = FakeDues(), Fetching(folder=tmp_path, delete=True)
    async with house(tmp_path, audio(), sends(b"", 503), fetching=fetching, dues=dues) as at:
        at.recordings.owe("call-1", RECORDING)
        await until(lambda: "DELETE" in at.asked())
    assert dues.ids(KIND) == [RECORDING]
    async with house(tmp_path, audio(), GONE, fetching=fetching, dues=dues) as at:
        await at.settles()
        assert at.files() == ["call-1.wav"]
        assert at.asked() == ["GET", "DELETE"]
    assert dues.ids(KIND) == []


async def test_what_was_deleted_there_before_we_could_note_it_does_no_harm_after_a_restart(tmp_path: Path) -> None:
    dues, fetching = FakeDues(), Fetching(folder=tmp_path, delete=True)
    async with house(tmp_path, audio(), GONE, fetching=fetching, dues=dues) as at:
        at.recordings.owe("call-1", RECORDING)
        await until(lambda: dues.ids(KIND))
        dues.away = True
        await at.settles()
    dues.away = False
    assert dues.ids(KIND) == [RECORDING]
    async with house(tmp_path, NOT_READY, fault(404, 20404), fetching=fetching, dues=dues) as at:
        await at.settles()
        assert (tmp_path / "call-1.wav").read_bytes() == WAV
    assert dues.ids(KIND) == []


async def test_fetching_does_not_wait_for_the_database_and_what_was_owed_is_read_when_it_is_back(
    tmp_path: Path,
) -> None:
    dues = FakeDues()
    async with house(tmp_path, NOT_READY, dues=dues) as at:
        at.recordings.owe("call-1", RECORDING)
        await until(lambda: dues.ids(KIND))
    dues.away = True
    async with house(tmp_path, audio(), dues=dues) as at:
        at.recordings.owe("call-2", "RE" + "3" * 32)
        await until(lambda: at.files() == ["call-2.wav"])
        dues.away = False
        await until(lambda: at.files() == ["call-1.wav", "call-2.wav"])
        await at.settles()
    assert dues.ids(KIND) == []


# --- several servers, and customers who are forgotten ---

NAME = "calls/2026/03/02/call-1"


def recording_due() -> Due:
    return Due(kind=KIND, id=RECORDING, detail=json.dumps({"name": NAME}), since=Days().now())


async def test_a_recording_that_another_server_fetches_is_not_fetched_and_not_deleted(tmp_path: Path) -> None:
    theirs = FakeDues()
    await theirs.keep(recording_due(), held=True)
    fetching = Fetching(folder=tmp_path, delete=True)
    async with house(tmp_path, dues=FakeDues(beside=theirs), fetching=fetching) as at:
        await at.settles()
        at.recordings.owe(NAME, RECORDING)  # its callback came here, too
        await at.settles()
        assert (at.asked(), at.files(), at.recordings.owed) == ([], [], ())
    assert theirs.ids(KIND) == [RECORDING]


async def test_a_recording_of_a_server_that_died_is_fetched_by_another(tmp_path: Path) -> None:
    clock = Days()
    theirs = FakeDues(clock=clock)
    await theirs.keep(recording_due(), held=True)
    clock.at += HELD
    async with house(tmp_path, audio(), dues=FakeDues(beside=theirs, clock=clock)) as at:
        await at.settles()
        assert at.files() == [f"{NAME}.wav"]
    assert theirs.ids(KIND) == []


async def test_what_a_server_did_not_fetch_before_its_end_is_free_at_once(tmp_path: Path) -> None:
    dues = FakeDues()
    async with house(tmp_path, NOT_READY, dues=dues) as at:
        at.recordings.owe(NAME, RECORDING)
        await until(lambda: at.recordings.owed and at.recordings.owed[0].tries)
    assert [due.id for due in await FakeDues(beside=dues).hold(KIND)] == [RECORDING]


async def test_a_recording_lost_to_another_server_while_it_was_fetched_is_not_deleted(tmp_path: Path) -> None:
    dues, other = FakeDues(), FakeDues()
    fetching = Fetching(folder=tmp_path, delete=True)

    async def fetched(provider: BadProvider, request: web.Request) -> web.StreamResponse:
        dues.held[KIND, RECORDING] = (other, None)  # this server slept for too long
        return await audio()(provider, request)

    async with house(tmp_path, fetched, dues=dues, fetching=fetching) as at:
        at.recordings.owe(NAME, RECORDING)
        await at.settles()
        assert at.asked() == ["GET"]
    assert dues.ids(KIND) == [RECORDING]


async def test_what_a_customer_left_who_is_forgotten_is_not_fetched_and_deleted_at_the_provider(tmp_path: Path) -> None:
    dues = FakeDues()
    await dues.keep(recording_due())
    dues.erase(KIND, RECORDING)
    async with house(tmp_path, GONE, dues=dues) as at:
        await at.settles()
        assert (at.asked(), at.files(), at.kept) == (["DELETE"], [], [])
    assert dues.ids(KIND) == []


async def test_a_customer_may_be_forgotten_while_what_they_left_is_fetched(tmp_path: Path) -> None:
    dues = FakeDues()

    async def fetched(provider: BadProvider, request: web.Request) -> web.StreamResponse:
        dues.erase(KIND, RECORDING)
        return await audio()(provider, request)

    async with house(tmp_path, fetched, GONE, dues=dues) as at:
        at.recordings.owe(NAME, RECORDING)
        await at.settles()
        assert (at.asked(), at.files()) == (["GET", "DELETE"], [])
    assert dues.ids(KIND) == []
