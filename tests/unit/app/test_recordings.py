"""A recording belongs to the version it was published with, through restarts, changed files and rollbacks."""

import io
import math
import shutil
import struct
import wave
from functools import partial
from pathlib import Path

import pytest

from telephony.journey.flows_in_force import FlowsInForce, VersionedPrompt
from telephony.parts import voiced
from telephony.settings import load_settings
from tests.fakes.flow_files import NAMES, FlowFiles
from tests.fakes.published import FakePublished
from tests.unit.app.test_published import SETTINGS

pytestmark = pytest.mark.skipif(
    shutil.which("espeak-ng") is None or shutil.which("ffmpeg") is None, reason="apt install espeak-ng ffmpeg"
)


def tone(hz: int) -> bytes:
    """Return a sound of half a second, as a recording."""
    kept = io.BytesIO()
    with wave.open(kept, "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        samples = (int(8000 * math.sin(math.tau * hz * n / 8000)) for n in range(4000))
        sound.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return kept.getvalue()


class Company:
    """Flows, published versions, and a server that can be started again and again."""

    def __init__(self, folder: Path) -> None:
        file = folder / "config" / "ringside.toml"
        file.parent.mkdir()
        file.write_text(f'[server]\ndata_dir = "data"\n[recording]\ndir = "recordings"\n{SETTINGS}')
        self.configured = load_settings(file, {})
        self.files = FlowFiles(folder / "flows")
        self.published = FakePublished()

    async def started(self) -> FlowsInForce:
        voice = partial(voiced, self.configured)
        server = FlowsInForce(published=self.published, names=NAMES, voice=voice)
        await server.refresh()
        return server


def welcome(server: FlowsInForce) -> str | None:
    """Return the sound that the next caller is welcomed with."""
    version = server.flows()["main"].version
    return server.path(VersionedPrompt(text_id="welcome", language="en", version=version))


@pytest.fixture
def company(tmp_path: Path) -> Company:
    return Company(tmp_path)


async def test_a_version_keeps_its_sound_through_restarts_and_rollbacks(company: Company) -> None:
    company.files.records("welcome", tone(400))
    company.published.takes(company.files.load())
    server = await company.started()
    first = welcome(server)
    company.files.records("welcome", tone(800))
    restarted = await company.started()
    assert welcome(restarted) == first is not None
    company.published.takes(company.files.load())
    await restarted.refresh()
    second = welcome(restarted)
    assert second not in (first, None)
    company.published.goes_back("main", 1)
    await restarted.refresh()
    assert welcome(restarted) == first
    assert welcome(await company.started()) == first


async def test_a_recording_added_or_removed_after_publishing_changes_nothing_until_it_is_published(
    company: Company,
) -> None:
    company.published.takes(company.files.load())
    spoken = welcome(await company.started())
    file = company.files.records("welcome", tone(400))
    assert welcome(await company.started()) == spoken is not None
    company.published.takes(company.files.load())
    recorded = welcome(await company.started())
    assert recorded not in (spoken, None)
    file.unlink()
    assert welcome(await company.started()) == recorded


async def test_a_recording_gone_with_its_sound_is_told_and_the_voice_speaks_for_it(
    company: Company, caplog: pytest.LogCaptureFixture
) -> None:
    company.files.records("welcome", tone(400))
    company.published.takes(company.files.load())
    recorded = welcome(await company.started())
    company.files.records("welcome", tone(800))
    shutil.rmtree(company.configured.recordings_dir)
    spoken = welcome(await company.started())
    assert spoken not in (recorded, None)
    assert [each.__dict__["text"] for each in caplog.records if each.message.startswith("a recording of a")] == [
        "welcome"
    ]
