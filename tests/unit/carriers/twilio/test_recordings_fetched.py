"""Recordings come to our disk whole or not at all, and leave the provider only then."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web

from telephony.carriers.twilio.recordings import Fetching
from tests.unit.carriers.twilio.bad_provider import (
    ACCOUNT,
    RECORDING,
    Answer,
    BadProvider,
    cut_off,
    fault,
    hangs_up,
    sends,
    silence,
)
from tests.unit.carriers.twilio.recording_house import GONE, HASTY, NOT_READY, WAV, Days, audio, house, wav
from tests.waiting import PATIENCE_S

pytestmark = pytest.mark.usefixtures("no_proxy")


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
        async with asyncio.timeout(PATIENCE_S):
            await came.wait()
    assert at.files() == []
    assert "was not fetched before the end" in caplog.text


async def test_a_callback_that_comes_twice_fetches_once(tmp_path: Path) -> None:
    async with house(tmp_path, audio()) as at:
        at.recordings.owe("call-1", RECORDING)
        at.recordings.owe("call-1", RECORDING)
        await at.settles()
        assert at.asked() == ["GET"]
