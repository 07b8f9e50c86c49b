"""`ringside demo load` makes a company whose people may log in."""

import json
import shutil
from pathlib import Path

import pytest

from tests.unit.cli.company import PROJECT, Ringside
from tests.unit.cli.demo_company import ringside

__all__ = ["ringside"]


def test_the_demo_company_prints_who_may_log_in_and_keeps_their_passwords(
    ringside: Ringside, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    shutil.copytree(PROJECT / "config/demo", tmp_path / "config/demo")
    ringside("db", "upgrade")
    assert ringside("demo", "load") == 0
    told = capsys.readouterr().out
    kept = tmp_path / "data" / "secrets.env"
    assert kept.stat().st_mode & 0o777 == 0o600
    passwords = dict(line.split("=", 1) for line in kept.read_text().splitlines())
    assert f"maria  {passwords['RINGSIDE_PASSWORD_MARIA']}" in told
    assert "RINGSIDE_SIP_PASSWORD_101" in passwords

    before = kept.read_text()
    assert ringside("demo", "load", "--json") == 0
    assert kept.read_text() == before
    users = {user["login"]: user for user in json.loads(capsys.readouterr().out)["users"]}
    assert users["maria"]["password"] == passwords["RINGSIDE_PASSWORD_MARIA"]
    assert users["boris"]["extension"] is None
