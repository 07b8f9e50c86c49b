"""Files of flows are checked and played from the command line."""

import json
import shutil
from pathlib import Path

import pytest

from tests.unit.cli.company import PROJECT, Ringside
from tests.unit.cli.demo_company import SETTINGS, ringside, with_demo

__all__ = ["ringside", "with_demo"]


def test_the_demo_flow_has_no_faults(ringside: Ringside, capsys: pytest.CaptureFixture[str]) -> None:
    assert ringside("check", "main", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["ok"]
    assert told["errors"] == 0
    assert ringside("check", "nosuch") == 2


def test_faults_of_flows_are_told_with_their_place(
    ringside: Ringside, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    flows = tmp_path / "flows"
    shutil.copytree(PROJECT / "ivr_flows", flows)
    (flows / "broken.yaml").write_text("flow: broken\nlanguages: [en]\nstart: nowhere\nnodes: {}\n")
    file = tmp_path / "config" / "ringside.toml"
    file.write_text(SETTINGS.replace(str(PROJECT / "ivr_flows"), str(flows)))
    assert ringside("check") == 1
    assert "broken.yaml:" in capsys.readouterr().out
    assert ringside("check", "main") == 0
    assert ringside("check", "broken") == 1


def test_a_flow_file_may_lie_anywhere(ringside: Ringside, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text((PROJECT / "ivr_flows/demo.yaml").read_text().replace("type: menu", "type: manu", 1))
    assert ringside("check", str(file)) == 1
    assert f"{file}:" in capsys.readouterr().out
    shutil.copy(PROJECT / "ivr_flows/demo.yaml", file)
    assert ringside("check", str(file), "main") == 0
    assert ringside("simulate", str(file), "--at", "2026-11-23T12:00") == 0


def test_a_flow_is_played_in_the_terminal(with_demo: Ringside, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        with_demo("simulate", "main", "--from", "0888100002", "--at", "2026-11-23T12:00", "--keys", "1", "--json") == 0
    )
    told = json.loads(capsys.readouterr().out)
    assert told["transcript"][-1] == "ends: in queue sales"
    assert any(line.startswith("hears: [bg]") for line in told["transcript"])
    assert with_demo("simulate", "nosuch") == 2
    assert with_demo("simulate", "main", "--at", "tomorrow") == 2
