"""Without Asterisk the simulated carrier takes its place: the same server and desk, nobody on a wire."""

import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

from telephony import app, parts
from telephony.calls.model import AgentId
from telephony.errors import SettingsError
from telephony.routing.agents import AgentState
from telephony.settings import load_settings
from telephony.speech.prompts import Rendering
from telephony.store.database import Database
from telephony.store.demo import Credentials, load_demo
from telephony.store.migrate import upgrade
from tests.waiting import until

PROJECT = Path(__file__).parents[3]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(folder: Path) -> dict[str, str]:
    return {
        "RINGSIDE__CARRIERS__ASTERISK__ENABLED": "false",
        "RINGSIDE__SERVER__DATA_DIR": str(folder),
        "RINGSIDE__SERVER__LISTEN_PORT": str(free_port()),
        "RINGSIDE__RECORDING__DIR": str(folder / "recordings"),
        "RINGSIDE__CALENDARS__OFFICE__WEEKLY": '{ "mon-sun" = "24h" }',
        "RINGSIDE__CALENDARS__OFFICE__HOLIDAYS": '""',
    }


async def test_a_simulated_caller_reaches_an_agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "SIMULATED_EVERY_S", 0.01)
    monkeypatch.setattr(parts.PromptStore, "render", no_rendering)
    configured = load_settings(PROJECT / "config/ringside.toml", environment(tmp_path))
    await upgrade(configured.database_url)
    async with Database(configured.database_url) as database:
        await load_demo(
            database,
            PROJECT / "config/demo/company.json",
            now=datetime.now(UTC),
            credentials=lambda _login: Credentials(password_hash="x", sip_password=None),
        )
    async with app.running(configured) as ringside:
        maria = AgentId("maria")
        ringside.floor.wish(maria, AgentState.READY)
        await until(lambda: ringside.floor.agents[maria].state is AgentState.RINGING)
        assert [carrier.name for carrier in ringside.carriers] == ["simulated"]


async def test_a_database_of_another_version_is_refused_with_what_to_do(tmp_path: Path) -> None:
    configured = load_settings(PROJECT / "config/ringside.toml", environment(tmp_path))
    with pytest.raises(SettingsError, match="run `ringside db upgrade`"):
        async with app.running(configured):
            pass


async def no_rendering(*_: object) -> object:
    return Rendering(made=0, kept=0, failed=())
