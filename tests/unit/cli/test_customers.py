"""Customers come in, are known by their number, given away and forgotten."""

import json
from pathlib import Path

import pytest

from tests.unit.cli.company import Ringside
from tests.unit.cli.demo_company import ringside, with_demo

__all__ = ["ringside", "with_demo"]


def test_match_tells_who_and_why(with_demo: Ringside, capsys: pytest.CaptureFixture[str]) -> None:
    assert with_demo("match", "0888 100 001", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["number"] == "+359888100001"
    assert told["outcome"] == "one"
    assert "Georgi" in told["candidates"][0]["reason"]
    assert with_demo("match", "+359888999999") == 1
    assert with_demo("match", "anonymous") == 1
    assert with_demo("match", "101") == 1
    told_others = capsys.readouterr().out
    assert "belongs to nobody we know" in told_others
    assert "is one of our own extensions" in told_others


def test_customers_come_in_and_bad_lines_are_told(
    with_demo: Ringside, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "customers.csv"
    assert with_demo("customers", "import", str(file)) == 2
    assert capsys.readouterr().err == f"no such file: {file}; name a .csv or .json file of customers\n"
    file.write_text("id,name,phones\nc1,Ada,0888 555 001\n,Nobody,0888 555 002\n")
    assert with_demo("customers", "import", str(file)) == 1
    told = capsys.readouterr()
    assert "1 customers imported, 1 lines left out" in told.out
    assert f"{file}:3: " in told.err
    assert with_demo("match", "0888555001") == 0


def test_a_customer_is_given_away_and_forgotten(with_demo: Ringside, capsys: pytest.CaptureFixture[str]) -> None:
    assert with_demo("customers", "export", "c-1001") == 0
    assert json.loads(capsys.readouterr().out)["customer"][0]["name"] == "Georgi Stoyanov"
    assert with_demo("customers", "erase", "c-1001") == 2
    assert with_demo("customers", "erase", "c-1001", "--yes") == 0
    assert with_demo("customers", "export", "c-1001") == 1
