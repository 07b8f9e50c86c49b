"""Of several servers one fetches a recording, and only that one deletes it at the provider."""

from pathlib import Path

import pytest
from aiohttp import web

from telephony.carriers.twilio.recordings import KIND, Fetching
from telephony.ports import HELD
from tests.fakes.dues import FakeDues
from tests.unit.carriers.twilio.bad_provider import RECORDING, BadProvider
from tests.unit.carriers.twilio.recording_house import NAME, NOT_READY, Days, audio, house, recording_due
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("no_proxy")


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
