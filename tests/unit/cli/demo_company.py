"""The demo company for the tests of commands, and who of it may log in."""

import contextlib
import shutil
import sqlite3
from pathlib import Path

import pytest

from telephony.cli import main
from tests.unit.cli.company import PROJECT, Ringside
from tests.unit.cli.own_settings import own_settings

SETTINGS = f"""
[company]
region = "BG"
[server]
data_dir = "data"
[ivr]
flows_dir = "{PROJECT / "ivr_flows"}"
[queues.sales]
[queues.service]
[queues.operator]
[lookups.orders]
source = "file"
file = "{PROJECT / "config/demo/orders.json"}"
"""


@pytest.fixture
def ringside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ringside:
    """Run a command with a small company of its own."""
    file = own_settings(tmp_path, SETTINGS, monkeypatch)
    return lambda *arguments: main(["--config", str(file), *arguments])


@pytest.fixture
def with_demo(ringside: Ringside, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Ringside:
    shutil.copytree(PROJECT / "config/demo", tmp_path / "config/demo")
    assert ringside("db", "upgrade") == 0
    assert ringside("demo", "load") == 0
    capsys.readouterr()
    return ringside


def stored_user(folder: Path, login: str) -> dict[str, object]:
    with contextlib.closing(sqlite3.connect(folder / "data" / "ringside.db")) as database:
        database.row_factory = sqlite3.Row
        return dict(database.execute("SELECT * FROM users WHERE login = ?", (login,)).fetchone())
