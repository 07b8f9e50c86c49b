"""What a customer left who is forgotten is not kept, and deleted at the provider."""

from pathlib import Path

import pytest
from aiohttp import web

from telephony.carriers.twilio.recordings import KIND
from telephony.store.database import Database
from telephony.store.demo import load_demo
from telephony.store.dues import StoredDues
from telephony.store.erase import erase_customer
from telephony.store.migrate import upgrade
from telephony.store.timeline import StoredTimeline
from telephony.store.writer import Writer
from tests.fakes.dues import FakeDues
from tests.unit.carriers.twilio.bad_provider import RECORDING, BadProvider
from tests.unit.carriers.twilio.recording_house import GONE, NAME, audio, house, recording_due
from tests.unit.store.calls import GEORGI, NOON, Noon, entry, keep
from tests.unit.store.test_customers import COMPANY, secrets_of

pytestmark = pytest.mark.usefixtures("no_proxy")


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


async def test_what_is_told_of_only_after_they_were_forgotten_is_not_fetched_and_deleted_at_the_provider(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path / 'ringside.db'}"
    await upgrade(url)
    async with Database(url) as database, Writer(database, tmp_path) as writer:
        await load_demo(database, COMPANY, now=NOON, credentials=secrets_of)
        keep(StoredTimeline(database, writer, Noon()), entry("CA1"))
        await writer.settle()
        assert await erase_customer(database, GEORGI) is not None
        dues, folder = StoredDues(database, Noon()), tmp_path / "kept"
        async with house(folder, GONE, dues=dues) as at:
            at.recordings.owe(NAME, RECORDING, call_id="CA1", call_sid="CA1")
            await at.settles()
            assert (at.asked(), at.files(), at.kept) == (["DELETE"], [], [])
        assert await dues.all(KIND) == []
