"""`ringside check`: what authors and scripts see."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from telephony.cli import main
from telephony.cli.check.report import told_of_fault
from telephony.ivr.check import Code
from telephony.ivr.texts import COMMON_TEXTS
from tests.unit.cli.own_settings import own_settings
from tests.unit.ivr.large_flow import write_large_flow

SETTINGS = """
[server]
data_dir = "data"
[ivr]
flows_dir = "flows"
[queues.sales]
[queues.service]
[queues.operator]
[calendars.office]
weekly = { "mon-fri" = "09:00-18:00" }
[lookups.orders]
url = "https://shop.example/{order}"
"""
TEXTS = ("hello", *COMMON_TEXTS)
GOOD = """\
flow: good
languages: [en]
start: menu
no_keys: sales
nodes:
  menu: {type: menu, say: hello, keys: {1: {label: sales, to: sales}, 2: {label: hear again, to: news}}}
  news: {type: play, say: hello, to: menu}
  sales: {type: queue, queue: sales, wait_s: 60, otherwise: bye}
  bye: {type: hangup, outcome: unmet}
"""

Check = Callable[..., int]


@pytest.fixture
def flows(tmp_path: Path) -> Path:
    folder = tmp_path / "flows"
    (folder / "prompts").mkdir(parents=True)
    (folder / "prompts" / "en.yaml").write_text("".join(f"{text}: Words\n" for text in TEXTS))
    (folder / "good.yaml").write_text(GOOD)
    return folder


@pytest.fixture
def check(tmp_path: Path, flows: Path, monkeypatch: pytest.MonkeyPatch) -> Check:
    """Check the folder's flows with settings of their own."""
    file = own_settings(tmp_path, SETTINGS, monkeypatch)
    return lambda *arguments: main(["--config", str(file), "check", *arguments])


def found(capsys: pytest.CaptureFixture[str]) -> Any:
    told = json.loads(capsys.readouterr().out)
    told["findings"] = [each for each in told["findings"] if each["code"] != "not_rendered"]
    return told


def test_warnings_are_told_and_do_not_fail_unless_asked(check: Check, capsys: pytest.CaptureFixture[str]) -> None:
    assert check() == 0
    told = capsys.readouterr().out
    assert "good.yaml:6:9: warning: 9 of 9 prompts are not rendered" in told
    assert told.endswith("good: no faults, 1 warning\n")
    assert check("--strict") == 1


def test_errors_fail(check: Check, flows: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (flows / "good.yaml").write_text(GOOD + "  lonely: {type: hangup}\n")
    assert check() == 1
    told = capsys.readouterr().out
    assert "good.yaml:10:11: error: node 'lonely' is never reached" in told
    assert "[unreachable]" in told
    assert told.endswith("1 error, 0 warnings\n")


def test_json_gives_each_finding_in_its_parts(check: Check, flows: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = GOOD.replace("otherwise: bye", "otherwise: by") + "  lonely: {type: hangup, too: 1}\n"
    (flows / "good.yaml").write_text(broken)
    assert check("--json") == 1
    told = found(capsys)
    assert (told["ok"], told["errors"], told["warnings"]) == (False, 2, 0)
    first, second = told["findings"]
    assert (first["severity"], first["code"], first["line"], first["node"]) == ("error", "fault", 8, "sales")
    assert first["file"].endswith("flows/good.yaml")
    assert "there is no node 'by'" in first["text"]
    assert (second["line"], second["column"], second["node"]) == (10, 26, "lonely")


def test_a_flow_without_errors_is_looked_at_beside_one_with(
    check: Check, flows: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (flows / "broken.yaml").write_text("flow: broken\n")
    assert check("good", "broken", "--json") == 1
    told = found(capsys)
    assert {each["file"].rpartition("/")[2] for each in told["findings"]} == {"broken.yaml"}
    assert told["bounds"].keys() == {"good"}


PART = """\
flow: part
languages: [en]
start: news
nodes:
  news: {type: branch, when: [{if: call.withheld, to: bye}, {if: call.withheld, to: end}], else: end}
  bye: {type: hangup, outcome: unmet}
  end: {type: hangup, outcome: unmet}
"""
WALKS = """\
flow: good
walks:
  - name: the line in one key
    steps: [hears hello, presses 1, %s]
"""


def test_a_part_s_finding_is_told_once_however_many_flows_lead_into_it(
    check: Check, flows: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (flows / "part.yaml").write_text(PART)
    (flows / "good.yaml").write_text(GOOD.replace("{type: hangup, outcome: unmet}", "{type: goto, flow: part}"))
    assert check("--json") == 0
    assert [(each["code"], each["node"]) for each in found(capsys)["findings"]] == [("same_condition", "news")]
    assert check("good", "--json") == 0
    assert [each["node"] for each in found(capsys)["findings"]] == ["part:news"], "it is not looked at by itself"


def test_walks_beside_a_flow_are_run(check: Check, flows: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (flows / "good.walks.yaml").write_text(WALKS % "ends in queue sales")
    assert check("good") == 0
    assert "good: no faults, 1 walk as written" in capsys.readouterr().out
    (flows / "good.walks.yaml").write_text(WALKS % "hears hello")
    assert check("--json") == 1
    (told,) = found(capsys)["findings"]
    assert (told["code"], told["line"]) == ("walk_failed", 4)
    assert "walk 'the line in one key': expected 'hears hello', but heard nothing more" in told["text"]


def test_walks_of_no_flow_are_told_when_the_folder_is_checked(
    check: Check, flows: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (flows / "odd.walks.yaml").write_text((WALKS % "ends in queue sales").replace("flow: good", "flow: goof"))
    assert check("good") == 0
    assert check() == 1
    assert "odd.walks.yaml:1:1: error: there is no flow 'goof' (did you mean 'good'?)" in capsys.readouterr().out


def test_bounds_are_printed_for_people_and_for_programs(check: Check, capsys: pytest.CaptureFixture[str]) -> None:
    assert check("--bounds") == 0
    told = capsys.readouterr().out
    # The menu and five repeats, the news, the line, the end.
    assert "good: without going round: at most 9 steps, 1 min 2" in told
    assert "good: who presses nothing reaches people or an end within 16 s" in told
    assert "good: going round menu -> news -> menu: ended after 500 steps" in told
    assert check("--json") == 0
    assert found(capsys)["bounds"]["good"]["most_steps"] == 500


def test_hours_of_the_settings_are_proved(
    check: Check, flows: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hours = "  door: {type: hours, calendar: office, open: menu, closed: bye}\n"
    (flows / "good.yaml").write_text(GOOD.replace("start: menu", "start: door") + hours)
    file = tmp_path / "config" / "ringside.toml"
    assert check("--json") == 0
    assert found(capsys)["findings"] == []
    file.write_text(SETTINGS.replace("09:00-18:00", "closed"))
    assert check("--json") == 1
    assert [each["code"] for each in found(capsys)["findings"]] == ["never_open"]
    file.write_text(SETTINGS.replace('"mon-fri" = "09:00-18:00"', '"mon-sun" = "24h"'))
    assert check("--json") == 0
    assert [each["code"] for each in found(capsys)["findings"]] == ["always_open"]


def test_a_text_that_is_never_said_is_looked_for_when_strict(
    check: Check, flows: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (flows / "prompts" / "en.yaml").open("a") as file:
        file.write("old_news: Gone\n")
    assert check("--json") == 0
    assert found(capsys)["findings"] == []
    assert check("--json", "--strict") == 1
    (told,) = found(capsys)["findings"]
    assert (told["code"], told["line"], told["file"].rpartition("/")[2]) == ("unused_text", 10, "en.yaml")
    assert check("good", "--json", "--strict") == 1
    assert found(capsys)["findings"] == [], "a single flow cannot tell what others say"


def test_a_fault_of_any_form_is_taken() -> None:
    told = told_of_fault("a:b/flow.yaml:3:14: node 'x': 'to' is missing")
    assert (told.file, told.line, told.column, told.node, told.code) == ("a:b/flow.yaml", 3, 14, "x", Code.FAULT)
    assert told_of_fault("f.yaml:1:1: too many [too_large]").code is Code.TOO_LARGE
    assert told_of_fault("f.yaml:1:1: in [brackets]").text == "in [brackets]"
    assert told_of_fault("nothing of the kind").text == "nothing of the kind"


# --- the figure ------------------------------------------------------------------------------------------------------

LIMIT_S = 2.0
NODES = 2_000


def run_s(*command: str) -> tuple[float, float]:
    """Run a program; return how long it took, and how long a processor worked for it."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    began, before = time.monotonic(), os.times()
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, env=environment, check=False)
    took, after = time.monotonic() - began, os.times()
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    worked = after.children_user + after.children_system - before.children_user - before.children_system
    return took, worked


def test_two_thousand_nodes_are_proved_within_two_seconds(check: Check, tmp_path: Path) -> None:
    file = write_large_flow(tmp_path / "large", NODES)
    assert file.read_text().count("type: ") == NODES
    config = str(tmp_path / "config" / "ringside.toml")
    command = ["-m", "telephony", "--config", config, "check", str(file), "--json"]
    run_s(*command)  # Python keeps the modules it has compiled
    runs = [run_s(*command) for _ in range(3)]
    bare = run_s("-c", "pass")
    shown = f"{median(took for took, _ in runs):.2f} s, a processor {median(worked for _, worked in runs):.2f} s"
    print(f"{NODES} nodes: {shown}; Python itself {bare[0]:.2f} s")
    # Other work on the machine makes the time on the wall longer, and is none of ours.
    assert median(worked for _, worked in runs) < LIMIT_S, shown
