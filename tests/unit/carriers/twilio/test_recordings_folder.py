"""A recording is written in our folder only, and never over what is there."""

from datetime import timedelta
from pathlib import Path

import pytest

from telephony.carriers.twilio.recordings import Fetching
from tests.unit.carriers.twilio.bad_provider import RECORDING
from tests.unit.carriers.twilio.recording_house import NOT_READY, WAV, Days, audio, house, wav

pytestmark = pytest.mark.usefixtures("no_proxy")


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
