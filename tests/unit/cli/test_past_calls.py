"""What became of calls is told: the ledger by call, the outcomes by count."""

import json
from pathlib import Path

import pytest

from tests.unit.cli.company import Ringside
from tests.unit.cli.demo_company import ringside, with_demo

__all__ = ["ringside", "with_demo"]


def test_the_ledger_prints_one_object_per_call(
    ringside: Ringside, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    rows = [
        ("CHAN_START", "0.0", "", ""),
        ("APP_START", "1.0", "Queue", '"support,t,,,120"'),
        ("CHAN_END", "5.0", "", ""),
        ("LINKEDID_END", "5.0", "", ""),
    ]
    file = tmp_path / "cel.csv"
    file.write_text(
        "linkedid,uniqueid,channame,cid_num,eventtime,eventtype,appname,appdata\n"
        + "".join(
            f"1.1,1.1,PJSIP/trunk-01,+359888100001,17000000{at},{kind},{app},{data}\n" for kind, at, app, data in rows
        )
        + "1.1,1.1,PJSIP/x,,not a time,HANGUP,,\n"
    )
    assert ringside("ledger", "derive", "--cel", str(file)) == 1  # the last row is a finding
    told = capsys.readouterr()
    [call] = [json.loads(line) for line in told.out.splitlines()]
    assert call["linkedid"] == "1.1"
    assert call["legs"][0]["channel"] == "PJSIP/trunk-01"
    assert [(wait["queue"], wait["wait_s"]) for wait in call["waits"]] == [("support", 4.0)]
    assert f"{file}:6: left out: " in told.err
    assert ringside("ledger", "derive", "--cel", str(tmp_path / "none.csv")) == 1
    assert ringside("ledger", "derive", "--cel", str(file), "--timezone", "Mars") == 2
    file.write_text("")
    assert ringside("ledger", "derive", "--cel", str(file)) == 0
    assert "there is no call in it" in capsys.readouterr().err


def test_outcomes_are_counted(with_demo: Ringside, capsys: pytest.CaptureFixture[str]) -> None:
    assert with_demo("outcomes", "--since", "90d", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["calls"] == sum(told["outcomes"].values()) > 0
    assert with_demo("outcomes") == 0
    assert "inbound calls since" in capsys.readouterr().out
    assert with_demo("outcomes", "--since", "soon") == 2
    assert "--since" in capsys.readouterr().err
