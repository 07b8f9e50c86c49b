"""What became of calls is told: the ledger by call, the outcomes by count."""

import io
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


CALL = """linkedid,uniqueid,channame,cid_num,eventtime,eventtype
1.1,1.1,PJSIP/4412,5551234,1700000000.0,CHAN_START
1.1,1.2,PJSIP/{phone},,1700000001.0,CHAN_START
1.1,1.2,PJSIP/{phone},,1700000005.0,CHAN_END
1.1,1.1,PJSIP/4412,5551234,1700000005.0,CHAN_END
1.1,1.1,PJSIP/4412,5551234,1700000005.0,LINKEDID_END
"""


def derived(ringside: Ringside, capsys: pytest.CaptureFixture[str], folder: Path, phone: str = "101") -> str:
    """Return the direction of a call from PJSIP/4412 to a phone."""
    (folder / "cel.csv").write_text(CALL.format(phone=phone))
    assert ringside("ledger", "derive", "--cel", str(folder / "cel.csv")) == 0
    direction: str = json.loads(capsys.readouterr().out)["direction"]
    return direction


def test_the_ledger_knows_the_trunks_of_the_settings(
    ringside: Ringside, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert derived(ringside, capsys, tmp_path) == "internal"
    monkeypatch.setenv("RINGSIDE__CARRIERS__ASTERISK__TRUNKS", '["PJSIP/4412"]')
    assert derived(ringside, capsys, tmp_path) == "inbound"


def test_the_ledger_knows_how_long_our_extensions_are(
    ringside: Ringside, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RINGSIDE__COMPANY__EXTENSION_DIGITS_MAX", "3")
    assert derived(ringside, capsys, tmp_path) == "inbound"


def test_the_ledger_knows_the_agents_phones(
    with_demo: Ringside, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert derived(with_demo, capsys, tmp_path, "maria") == "outbound"
    monkeypatch.setattr("sys.stdin", io.StringIO("a long password\n"))
    added = ("users", "add", "anna", "--extension", "177", "--endpoint", "PJSIP/maria", "--queues", "sales")
    assert with_demo(*added) == 0
    capsys.readouterr()
    assert derived(with_demo, capsys, tmp_path, "maria") == "internal"


def test_calls_are_derived_without_a_database_that_cannot_be_read(
    ringside: Ringside, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "ringside.db").write_text("no database " * 100)
    (tmp_path / "cel.csv").write_text(CALL.format(phone="101"))
    assert ringside("ledger", "derive", "--cel", str(tmp_path / "cel.csv")) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["direction"] == "internal"
    assert "the agents' phones are not known, only numbers tell them" in told.err


def test_outcomes_are_counted(with_demo: Ringside, capsys: pytest.CaptureFixture[str]) -> None:
    assert with_demo("outcomes", "--since", "90d", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["calls"] == sum(told["outcomes"].values()) > 0
    assert with_demo("outcomes") == 0
    assert "inbound calls since" in capsys.readouterr().out
    assert with_demo("outcomes", "--since", "soon") == 2
    assert "--since" in capsys.readouterr().err
