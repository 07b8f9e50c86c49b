"""What was owed before a restart, or while the database was away, is fetched and deleted all the same."""

from pathlib import Path

import pytest
from aiohttp import web

from telephony.carriers.twilio.recordings import KIND, Fetching
from tests.fakes.dues import FakeDues
from tests.unit.carriers.twilio.bad_provider import RECORDING, Answer, BadProvider, cut_off, fault, sends, silence
from tests.unit.carriers.twilio.recording_house import GONE, NOT_READY, WAV, audio, house
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("no_proxy")


@pytest.mark.parametrize("bad", [NOT_READY, silence, cut_off(WAV[:2000], len(WAV))])
async def test_a_recording_that_was_owed_is_fetched_after_a_restart(tmp_path: Path, bad: Answer) -> None:
    dues = FakeDues()
    async with house(tmp_path, bad, dues=dues) as at:
        at.recordings.owe("calls/2026/03/02/call-1", RECORDING)
        await until(lambda: at.provider.asked)
    assert dues.ids(KIND) == [RECORDING]
    assert at.files() == []
    async with house(tmp_path, audio(), GONE, fetching=Fetching(folder=tmp_path, delete=True), dues=dues) as at:
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

    async def gone_and_so_is_the_database(provider: BadProvider, request: web.Request) -> web.StreamResponse:
        dues.away = True
        return await GONE(provider, request)

    async with house(tmp_path, audio(), gone_and_so_is_the_database, fetching=fetching, dues=dues) as at:
        at.recordings.owe("call-1", RECORDING)
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
