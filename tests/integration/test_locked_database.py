"""Another process locks the database while the cloud's callers are served: nobody waits for it, and nothing is lost."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from tests.fakes.cloud_company import MOBILE, OURS, CloudCompany, cloud_company
from tests.fakes.twilio import Caller, FarPhone
from tests.integration.ringside import agent_page
from tests.integration.test_twilio_process import entries, serving
from tests.waiting import until

EMMA, ELENA = "+447700900104", "+359888100002"
LOCKER = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.read()
"""


@asynccontextmanager
async def locked(database: Path) -> AsyncIterator[None]:
    """Have a process that holds the database's lock and does nothing."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", LOCKER, str(database), stdin=PIPE, stdout=PIPE)
    assert process.stdout is not None
    try:
        async with asyncio.timeout(10):
            assert await process.stdout.readline() == b"locked\n"
        yield
    finally:
        process.kill()
        await process.wait()


async def database_is_well(company: CloudCompany) -> bool:
    async with aiohttp.ClientSession() as session, session.get(f"{company.url}/readyz") as answer:
        checks = {each["name"]: each["ok"] for each in (await answer.json())["checks"]}
        return bool(checks["database"])


def longest_s(*callers: Caller) -> float:
    return max(each.took_real_s for caller in callers for each in caller.requests)


async def test_a_lock_of_another_process_keeps_no_caller_waiting_and_no_entry_is_lost(tmp_path: Path) -> None:
    async with cloud_company(tmp_path) as company, serving(company), agent_page(company, "petra") as page:
        company.twilio.phones[MOBILE] = FarPhone(rings_after_s=2, answers_after_s=5, talks_s=None)
        await page.is_ready_for_calls()
        async with locked(tmp_path / "ringside.db"):
            served = await company.twilio.incoming(to=OURS, from_=EMMA)
            await served.answers("1")
            mobile = await company.twilio.called(MOBILE)
            await mobile.answers("1")
            await page.sees("call", phase="talking")
            left = await company.twilio.incoming(to=OURS, from_=ELENA)
            await left.is_asked()
            left.hangs_up()
            mobile.hangs_up()
            await served.until_over()
            await left.until_over()
            assert longest_s(served, left, mobile) < 1.0
            told = [each.took_real_s for each in company.twilio.exchanges if each.kind == "callback"]
            assert max(told) < 1.0
            # until the writer has found out: it waits for the lock at first
            await until(lambda: _is_told(company))
            assert entries(company) == []
        await until(lambda: len(entries(company)) == 2)
        found = {row["caller"]: row for row in entries(company)}
        assert (found[EMMA]["disposition"], json.loads(found[EMMA]["agents"])) == ("answered", ["petra"])
        assert found[ELENA]["disposition"] == "abandoned"
        await until(lambda: database_is_well(company))
        assert not company.twilio.faults


async def _is_told(company: CloudCompany) -> bool:
    return not await database_is_well(company)
