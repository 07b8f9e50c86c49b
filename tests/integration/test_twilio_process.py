"""`ringside serve` with nothing but a number in the cloud: a process of its own, real sockets, no Asterisk."""

import asyncio
import contextlib
import json
import os
import sqlite3
import sys
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from tests.fakes.cloud_company import MOBILE, OURS, PASSWORD, PROJECT, CloudCompany, cloud_company
from tests.fakes.twilio import FarPhone, SharedKey
from tests.integration.ringside import agent_page
from tests.waiting import until

CALLER = "+447700900104"
SECRET = "a-shared-secret"


@dataclass(slots=True)
class Process:
    """One `ringside serve`, and all it wrote."""

    company: CloudCompany
    log: bytes = b""

    async def is_ready(self) -> bool:
        try:
            async with aiohttp.ClientSession() as session, session.get(f"{self.company.url}/readyz") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False


@contextlib.asynccontextmanager
async def serving(company: CloudCompany) -> AsyncIterator[Process]:
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "telephony", "serve",
        cwd=PROJECT, env=os.environ | company.environment, stdout=PIPE, stderr=STDOUT,
    )  # fmt: skip
    process = Process(company)
    try:
        await until(process.is_ready)
        yield process
    finally:
        started.terminate()
        async with asyncio.timeout(20):
            process.log, _ = await started.communicate()


def entries(company: CloudCompany) -> list[sqlite3.Row]:
    with contextlib.closing(sqlite3.connect(company.folder / "ringside.db")) as database:
        database.row_factory = sqlite3.Row
        return database.execute("SELECT * FROM entries WHERE id LIKE 'CA%' AND ended_at IS NOT NULL").fetchall()


async def test_a_caller_of_the_cloud_meets_the_demo_flow_and_an_agent_whose_page_pops(tmp_path: Path) -> None:
    shared = SharedKey(id="SK1", secret=SECRET)
    async with cloud_company(tmp_path, RINGSIDE_TWILIO_SHARED_KEYS=f"SK1={SECRET}") as company:
        company.twilio.phones[MOBILE] = FarPhone(rings_after_s=2, answers_after_s=15, talks_s=50, presses="1")
        async with serving(company) as process, agent_page(company, "petra") as page:
            await page.is_ready_for_calls()
            caller = await company.twilio.incoming(to=OURS, from_=CALLER)
            await caller.answers("1")
            popped = await page.sees("call", phase="ringing")
            assert popped["call_id"] == caller.sid
            assert not caller.call.is_over
            await page.sees("call", phase="talking")
            await caller.until_over()
            company.twilio.signs_with(shared)  # a second one is signed by SHA-256, and not served by anybody
            second = await company.twilio.incoming(to=OURS, from_="+359888100002")
            await second.is_asked()
            second.hangs_up()
            await until(lambda: len(entries(company)) == 2)
        served = next(row for row in entries(company) if row["id"] == caller.sid)
        assert (served["caller"], served["disposition"]) == (CALLER, "answered")
        assert json.loads(served["agents"]) == ["petra"]
        assert not company.twilio.faults
    log = process.log.decode()
    assert '"carriers": ["twilio"]' in log
    assert "Traceback" not in log
    for secret in (company.twilio.auth_token, SECRET, PASSWORD):
        assert secret not in log
