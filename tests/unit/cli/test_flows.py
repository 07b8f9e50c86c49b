"""`ringside flows`: what the engineer and the supervisor type."""

import asyncio
import json
import sqlite3
from pathlib import Path

import pytest

from telephony.cli.doctor.published import versions
from telephony.cli.flows import publish
from telephony.settings import load_settings
from tests.fakes.flow_files import PART, WITH_PART, FlowFiles
from tests.unit.cli.flow_commands import SETTINGS, NothingSounds, Ringside, Told


def test_what_has_changed_is_published_and_the_rest_is_left(
    ringside: Ringside, told: Told, files: FlowFiles, capsys: pytest.CaptureFixture[str]
) -> None:
    files.writes("service", WITH_PART)
    files.writes("ask_order", PART)
    first = told("publish", "--note", "opening", "--by", "maria")
    assert [(v["flow"], v["version"], v["by"], v["note"]) for v in first["published"]] == [
        ("main", 1, "maria", "opening"),
        ("service", 1, "maria", "opening"),
    ]
    files.edits("ask_order", "max_digits: 5", "max_digits: 6")
    second = told("publish")
    assert [(v["flow"], v["version"], v["replaced"]) for v in second["published"]] == [("service", 2, 1)]
    assert [v["flow"] for v in second["unchanged"]] == ["main"]
    assert ringside("flows", "publish", "main") == 0
    assert "main: version 1, which is live, is the same; there is nothing to publish" in capsys.readouterr().out


def test_a_flow_with_faults_is_refused_with_their_places_and_others_are_not_held_up(
    ringside: Ringside, files: FlowFiles, capsys: pytest.CaptureFixture[str]
) -> None:
    files.writes("broken", WITH_PART.replace("flow: service", "flow: broken"))
    assert ringside("flows", "publish") == 1
    complaint = capsys.readouterr().err
    assert "broken.yaml:7:" in complaint
    assert "nothing was published" in complaint
    assert ringside("flows", "publish", "broken") == 1
    assert ringside("flows", "publish", "main") == 0
    assert "main: version 1 is live; calls under way stay on theirs" in capsys.readouterr().out


def test_a_flow_whose_walks_fail_is_refused(
    ringside: Ringside, files: FlowFiles, capsys: pytest.CaptureFixture[str]
) -> None:
    files.writes("main.walks", "flow: main\nwalks:\n  - {name: sales, steps: [presses 1, ends in queue other]}\n")
    assert ringside("flows", "publish") == 1
    assert "main.walks.yaml:3:" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["publish", "nosuch"], "no such flow in"),
        (["publish", "ask_order"], "is made to be a part of other flows"),
        (["rollback", "nosuch"], "there is no version before the live one"),
        (["rollback", "main", "--to", "7"], "main has no version 7; there are 1"),
        (["withdraw", "main"], "serves the calls of ivr.default_flow"),
        (["withdraw", "nosuch"], "has no live version"),
        (["show", "nosuch"], "has no live version"),
        (["show", "main", "2"], "main has no version 2; there are 1"),
        (["diff", "main", "one"], "a version is a number, 'live' or 'files', is one"),
        (["diff", "nosuch"], "nosuch has no live version"),
        (["versions", "nosuch"], "there is no flow nosuch"),
    ],
)
def test_what_is_not_there_is_told_with_what_there_is(
    ringside: Ringside, files: FlowFiles, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    files.writes("service", WITH_PART)
    files.writes("ask_order", PART)
    assert ringside("flows", "publish", "main") == 0
    assert ringside("flows", *arguments) == 2
    assert words in capsys.readouterr().err


def test_what_cannot_be_made_to_sound_is_refused_unless_that_is_wanted(
    ringside: Ringside, told: Told, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(publish, "PromptStore", NothingSounds)
    assert ringside("flows", "publish") == 1
    complaint = capsys.readouterr().err
    assert "espeak-ng is not installed" in complaint
    assert "texts have no sound: " in complaint
    assert told("versions")["versions"] == []
    assert ringside("flows", "publish", "--without-sound") == 0
    assert "hear 'sorry_hold_for_a_person'" in capsys.readouterr().err


def test_versions_show_who_moved_what_and_where_the_files_differ(
    ringside: Ringside, told: Told, files: FlowFiles, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ringside("flows", "versions") == 0
    out = capsys.readouterr().out
    assert "nothing is published" in out
    assert "main: is not published" in out
    ringside("flows", "publish", "--by", "maria")
    files.edits("main", "wait_s: 120", "wait_s: 60")
    ringside("flows", "publish", "--by", "boris", "--note", "shorter")
    ringside("flows", "rollback", "main", "--by", "maria", "--note", "too short")
    capsys.readouterr()
    assert ringside("flows", "versions", "main") == 0
    out = capsys.readouterr().out
    assert "1 -> 2" in out
    assert "2 -> 1" in out
    assert "too short" in out
    assert "main: its files differ from the live version 1; `ringside flows diff main` shows how" in out
    answer = told("versions", "main")
    assert [(v["version"], v["live"]) for v in answer["versions"]] == [(1, True), (2, False)]
    assert answer["files"] == [{"flow": "main", "state": "changed", "live": 1}]


def test_a_flow_whose_file_is_gone_is_told_and_may_be_withdrawn(
    ringside: Ringside, told: Told, files: FlowFiles, capsys: pytest.CaptureFixture[str]
) -> None:
    files.writes("service", WITH_PART)
    files.writes("ask_order", PART)
    ringside("flows", "publish")
    (files.folder / "service.yaml").unlink()
    capsys.readouterr()
    ringside("flows", "versions")
    assert "service: version 1 is live, but its file is gone" in capsys.readouterr().out
    assert told("withdraw", "service") == {"flow": "service", "from": 1, "to": None}
    assert told("versions")["files"] == [{"flow": "main", "state": "same", "live": 1}]


def test_a_rollback_is_one_command_and_goes_to_the_version_before(
    ringside: Ringside, told: Told, files: FlowFiles, capsys: pytest.CaptureFixture[str]
) -> None:
    for seconds in (120, 60, 30):
        files.writes(
            "main", files.folder.joinpath("main.yaml").read_text().replace("wait_s: 120", f"wait_s: {seconds}")
        )
        ringside("flows", "publish")
        files.edits("main", f"wait_s: {seconds}", "wait_s: 120")
    assert told("rollback", "main") == {"flow": "main", "from": 3, "to": 2}
    assert told("rollback", "main") == {"flow": "main", "from": 2, "to": 1}
    assert told("rollback", "main", "--to", "3") == {"flow": "main", "from": 1, "to": 3}
    assert ringside("flows", "rollback", "main", "--to", "3") == 0
    assert "version 3 is live already" in capsys.readouterr().out


def test_a_rollback_to_a_version_that_the_settings_no_longer_fit_is_refused(
    ringside: Ringside, files: FlowFiles, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ringside("flows", "publish")
    files.edits("main", "queue: sales", "queue: operator")
    ringside("flows", "publish")
    (tmp_path / "config" / "ringside.toml").write_text(SETTINGS.replace("[queues.sales]", ""))
    assert ringside("flows", "rollback", "main") == 1
    assert "main version 1/main.yaml:" in capsys.readouterr().err


def test_differences_are_told_node_by_node_or_as_lines(
    ringside: Ringside, told: Told, files: FlowFiles, capsys: pytest.CaptureFixture[str]
) -> None:
    ringside("flows", "publish")
    assert told("diff", "main")["differences"] == []
    files.edits("main", "flow: main", "# the company's line\nflow: main")
    capsys.readouterr()
    ringside("flows", "diff", "main")
    assert "no difference for callers, only in comments or layout" in capsys.readouterr().out
    files.edits("main", "wait_s: 120", "wait_s: 60")
    files.says(welcome="Good day.")
    ringside("flows", "diff", "main")
    out = capsys.readouterr().out
    assert out.splitlines() == [
        "main: live -> files",
        "  node sales_line wait_s: 120 -> 60",
        "  text welcome [en]: Welcome. -> Good day.",
    ]
    ringside("flows", "publish")
    assert [each["field"] for each in told("diff", "main", "1", "2")["differences"]] == ["wait_s", ""]
    ringside("flows", "diff", "main", "2", "1", "--text")
    assert "+welcome: Welcome." in capsys.readouterr().out


def test_a_version_is_shown_as_it_was_written(
    ringside: Ringside, told: Told, files: FlowFiles, capsys: pytest.CaptureFixture[str]
) -> None:
    ringside("flows", "publish", "--by", "maria")
    written = (files.folder / "main.yaml").read_text()
    files.edits("main", "wait_s: 120", "wait_s: 60")
    capsys.readouterr()
    assert ringside("flows", "show", "main") == 0
    out = capsys.readouterr().out
    assert out.startswith("# main version 1, live: published ")
    assert written.strip() in out
    assert told("show", "main", "1")["files"] == {"main.yaml": written}


def test_a_version_that_was_tampered_with_is_told(
    ringside: Ringside, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ringside("flows", "publish")
    with sqlite3.connect(tmp_path / "data" / "ringside.db") as connection:
        connection.execute("UPDATE flow_versions SET bundle = replace(bundle, 'sales', 'spies')")
    connection.close()
    assert ringside("flows", "show", "main") == 1
    assert "is not what was published" in capsys.readouterr().err


def test_a_locked_database_is_told_and_nothing_is_published(
    ringside: Ringside, told: Told, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = sqlite3.connect(tmp_path / "data" / "ringside.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert ringside("flows", "publish") == 1
    assert "is locked by another program" in capsys.readouterr().err
    other.close()
    assert told("versions")["versions"] == []


def test_before_there_is_a_database_it_is_told_how_to_make_it(
    ringside: Ringside, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data" / "ringside.db").unlink()
    assert ringside("flows", "versions") == 1
    assert "run `ringside db upgrade`" in capsys.readouterr().err
    assert not (tmp_path / "data" / "ringside.db").exists()


def test_check_tells_where_the_files_differ_beside_its_answer(
    ringside: Ringside, files: FlowFiles, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ringside("check", "main") == 0
    assert "is not published" not in capsys.readouterr().out  # before anything is, there is nothing to differ from
    ringside("flows", "publish")
    files.edits("main", "wait_s: 120", "wait_s: 60")
    files.writes("other", (files.folder / "main.yaml").read_text().replace("flow: main", "flow: other"))
    capsys.readouterr()
    assert ringside("check", "--json") == 0
    answer = capsys.readouterr()
    main, other = (line for line in json.loads(answer.out)["published"])
    assert main.startswith("main: its files differ from the live version 1")
    assert other.startswith("other: is not published")
    assert answer.err == ""
    for arguments in ([], ["main"]):
        assert ringside("check", *arguments) == 0
        answer = capsys.readouterr()
        assert (answer.out.count("files differ"), answer.err) == (1, "")
    elsewhere = tmp_path / "mine.yaml"
    elsewhere.write_text((files.folder / "main.yaml").read_text())
    ringside("check", str(elsewhere))
    assert "differ" not in capsys.readouterr().out


async def test_the_doctor_tells_of_versions_that_cannot_serve_and_of_files_that_differ(
    ringside: Ringside, files: FlowFiles, tmp_path: Path
) -> None:
    file = tmp_path / "config" / "ringside.toml"

    async def found() -> list[tuple[str, str]]:
        return [(each.level.value, each.what) for each in await versions(load_settings(file))]

    assert [level for level, _ in await found()] == ["ok"]
    assert await asyncio.to_thread(ringside, "flows", "publish") == 0
    assert await found() == [("ok", "main version 1; live, and the files are the same")]
    files.edits("main", "wait_s: 120", "wait_s: 60")
    assert await found() == [("warn", "main: its files differ from the live version 1")]
    file.write_text(SETTINGS.replace("[queues.sales]", ""))
    [(level, what)] = await found()
    assert level == "fail"
    assert what.startswith("main version 1 cannot serve callers: main version 1/main.yaml:")
