"""`ringside flows`: recordings are a part of versions, and versions stay what they were."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from telephony.cli.doctor.published import versions
from telephony.cli.flows import publish
from telephony.settings import load_settings
from telephony.speech.prompts import Rendering
from tests.fakes.flow_files import FlowFiles
from tests.unit.cli.flow_commands import EverythingSounds, Ringside, Told


async def test_a_recording_added_after_publishing_is_told_everywhere(
    ringside: Ringside, told: Told, files: FlowFiles, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await asyncio.to_thread(ringside, "flows", "publish")
    files.records("welcome", b"a sound")
    line = "main: its files differ from the live version 1 (recordings: welcome [en] added)"
    capsys.readouterr()
    assert await asyncio.to_thread(ringside, "flows", "versions") == 0
    assert line in capsys.readouterr().out
    assert await asyncio.to_thread(ringside, "check") == 0
    assert line in capsys.readouterr().out
    await asyncio.to_thread(ringside, "flows", "diff", "main")
    assert "recording welcome [en]: added: " in capsys.readouterr().out
    [found] = await versions(load_settings(tmp_path / "config" / "ringside.toml"))
    assert (found.level.value, found.what) == ("warn", line)
    answer = await asyncio.to_thread(told, "versions")
    assert answer["recordings"] == {"main": ["welcome [en] added"]}
    assert [v["version"] for v in (await asyncio.to_thread(told, "publish"))["published"]] == [2]
    assert "welcome" in (await asyncio.to_thread(told, "show", "main"))["recordings"]["en"]
    assert await asyncio.to_thread(ringside, "flows", "show", "main") == 0
    assert "# welcome.wav: " in capsys.readouterr().out


def test_publishing_warns_of_a_text_changed_under_its_recording(
    ringside: Ringside, told: Told, files: FlowFiles, capsys: pytest.CaptureFixture[str]
) -> None:
    files.records("welcome", b"a sound")
    assert told("publish")["warnings"] == []
    files.says(welcome="Good day.")
    assert ringside("flows", "publish") == 0
    complaint = capsys.readouterr().err
    assert "main: text welcome [en] has changed, its recording has not: does the recording say the old" in complaint
    files.says(welcome="Good evening.")
    files.records("welcome", b"another sound")
    assert told("publish")["warnings"] == []


def test_a_rollback_to_a_version_whose_recordings_are_gone_tells_which(
    ringside: Ringside, files: FlowFiles, capsys: pytest.CaptureFixture[str]
) -> None:
    file = files.records("welcome", b"a sound")
    ringside("flows", "publish")
    file.unlink()
    ringside("flows", "publish")
    capsys.readouterr()
    assert ringside("flows", "rollback", "main") == 0
    told = capsys.readouterr().err
    assert "main version 1: the voice speaks in the place of recordings that are gone: welcome [en]" in told
    files.records("welcome", b"a sound")
    ringside("flows", "rollback", "main", "--to", "1")
    assert "gone" not in capsys.readouterr().err


async def test_the_doctor_tells_of_live_recordings_that_are_gone(
    ringside: Ringside, files: FlowFiles, tmp_path: Path
) -> None:
    file = files.records("welcome", b"a sound")
    assert await asyncio.to_thread(ringside, "flows", "publish") == 0
    file.unlink()
    found = await versions(load_settings(tmp_path / "config" / "ringside.toml"))
    assert [each.what for each in found] == [
        "main version 1: the voice speaks in the place of recordings that are gone: welcome [en]",
        "main: its files differ from the live version 1 (recordings: welcome [en] removed)",
    ]


def test_recordings_changed_while_they_are_published_are_refused(
    ringside: Ringside,
    told: Told,
    files: FlowFiles,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Exchanged(EverythingSounds):
        async def render(self, progress: object = None) -> Rendering:
            files.records("welcome", b"another sound")
            return await super().render(progress)

    files.records("welcome", b"a sound")
    monkeypatch.setattr(publish, "PromptStore", Exchanged)
    assert ringside("flows", "publish") == 1
    assert "recordings were changed while they were published: welcome (en)" in capsys.readouterr().err
    assert told("versions")["versions"] == []


def test_a_version_changed_in_the_database_is_told_by_check_and_versions_and_published_anew(
    ringside: Ringside, told: Told, files: FlowFiles, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ringside("flows", "publish")
    with sqlite3.connect(tmp_path / "data" / "ringside.db") as connection:
        connection.execute("UPDATE flow_versions SET bundle = replace(bundle, 'sales', 'spies')")
    connection.close()
    line = "main version 1: is not what was published; somebody or something has changed it in the database"
    mend = "; `ringside flows publish main` makes a new version"
    capsys.readouterr()
    assert ringside("check") == 0
    assert line + mend in capsys.readouterr().out
    assert ringside("flows", "versions") == 0
    assert line + mend in capsys.readouterr().err
    assert told("versions", "main")["faults"] == [line + mend]
    assert [v["version"] for v in told("publish")["published"]] == [2]
    assert told("versions", "main")["faults"] == [line]
