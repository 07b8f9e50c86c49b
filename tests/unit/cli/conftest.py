"""A company with a folder of flows, for the tests of `ringside flows`."""

import json
from pathlib import Path
from typing import Any

import pytest

from telephony.cli import main
from telephony.cli.flows import publish
from tests.fakes.flow_files import FlowFiles
from tests.unit.cli.flow_commands import SETTINGS, EverythingSounds, Ringside, Told
from tests.unit.cli.own_settings import own_settings


@pytest.fixture
def files(tmp_path: Path) -> FlowFiles:
    return FlowFiles(tmp_path / "flows")


@pytest.fixture
def ringside(files: FlowFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ringside:
    """Run a command on a folder of flows, where everything can be rendered."""
    file = own_settings(tmp_path, SETTINGS, monkeypatch)
    monkeypatch.setattr(publish, "PromptStore", EverythingSounds)
    run: Ringside = lambda *arguments: main(["--config", str(file), *arguments])  # noqa: E731  # it has a type
    assert run("db", "upgrade") == 0
    return run


@pytest.fixture
def told(ringside: Ringside, capsys: pytest.CaptureFixture[str]) -> Told:
    """Return what a command answers as JSON."""

    def answer(*arguments: str) -> Any:
        capsys.readouterr()
        assert ringside("flows", *arguments, "--json") == 0
        return json.loads(capsys.readouterr().out)

    return answer
