"""The whole server takes versions while it runs, and says in what state they are."""

import asyncio
from pathlib import Path

import aiohttp
import pytest

from telephony import app, parts
from telephony.carriers.simulated import Caller, SimulatedCarrier
from telephony.cli import main
from telephony.cli.flows import publish
from telephony.settings import load_settings
from telephony.store.migrate import upgrade
from tests.fakes.flow_files import FlowFiles
from tests.unit.app.test_simulated import environment, no_rendering
from tests.waiting import until

SETTINGS = '[ivr]\nflows_dir = "flows"\n[queues.sales]\n[queues.operator]\n'


class Company:
    """A company's folder, with its settings and flows."""

    def __init__(self, folder: Path) -> None:
        self.settings = folder / "config" / "ringside.toml"
        self.settings.parent.mkdir()
        self.settings.write_text(SETTINGS)
        self.files = FlowFiles(folder / "flows")

    async def types(self, *arguments: str) -> int:
        return await asyncio.to_thread(main, ["--config", str(self.settings), *arguments])


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Company:
    monkeypatch.setattr(parts.PromptStore, "render", no_rendering)
    monkeypatch.setattr(publish.PromptStore, "load", lambda _self: ())
    monkeypatch.setattr(parts, "SIMULATED_EVERY_S", 3600.0)
    for name, value in environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    return Company(tmp_path)


async def calls_flow(ringside: app.Ringside) -> str:
    """Let somebody call; return the flow and version that serves them."""
    [carrier] = ringside.carriers
    assert isinstance(carrier, SimulatedCarrier)
    line = carrier.call(Caller(number="+447700900104", hangs_up_after_s=60.0))
    await until(lambda: bool(ringside.switchboard.calls[line.call_id].flow))
    return ringside.switchboard.calls[line.call_id].flow


async def readiness(ringside: app.Ringside) -> tuple[int, str]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{ringside.port}/readyz") as answer,
    ):
        checks = (await answer.json())["checks"]
        return answer.status, next(check["detail"] for check in checks if check["name"] == "flows")


async def test_a_version_published_while_the_server_runs_serves_the_next_call_within_two_seconds(
    company: Company,
) -> None:
    configured = load_settings(company.settings)
    await upgrade(configured.database_url)
    async with app.running(configured) as ringside:
        assert await readiness(ringside) == (200, "")
        before = await calls_flow(ringside)
        company.files.edits("main", "wait_s: 120", "wait_s: 60")
        assert await company.types("flows", "publish", "--note", "shorter") == 0
        flows = {before}
        async with asyncio.timeout(2):
            while len(flows) == 1:
                flows.add(await calls_flow(ringside))
                await asyncio.sleep(0.1)
        served = [call.flow for call in ringside.switchboard.calls.values()]
        assert served[0] == before
        assert served[-1] != before
        assert ringside.switchboard.failures == 0
        assert await company.types("flows", "rollback", "main") == 0
        async with asyncio.timeout(2):
            while await calls_flow(ringside) != before:
                await asyncio.sleep(0.1)


async def test_a_live_version_that_the_settings_no_longer_fit_leaves_the_server_up_and_unready(
    company: Company,
) -> None:
    configured = load_settings(company.settings)
    await upgrade(configured.database_url)
    assert await company.types("flows", "publish") == 0
    company.settings.write_text(SETTINGS.replace("[queues.sales]", ""))
    async with app.running(load_settings(company.settings)) as ringside:
        status, detail = await readiness(ringside)
        assert status == 503
        assert "main version 1 cannot be used, no version serves its callers" in detail
        company.files.edits("main", "queue: sales", "queue: operator")
        company.files.edits("main", "mailbox: sales", "mailbox: operator")
        assert await company.types("flows", "publish") == 0
        async with asyncio.timeout(3):
            while (await readiness(ringside))[0] != 200:
                await asyncio.sleep(0.1)
