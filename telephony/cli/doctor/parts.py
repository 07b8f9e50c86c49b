"""Checks our own parts: the database, the flows, the prompts, the browser apps."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import make_url

import telephony.web
from telephony.cli import company
from telephony.cli.doctor.finding import Finding, fail, ok, warn
from telephony.errors import FlowError, RingsideError, SettingsError
from telephony.routing.agents import Agent
from telephony.settings import Configuration
from telephony.store.database import Database
from telephony.store.migrate import revision_sync
from telephony.store.users import StoredUsers

SHOWN_FAULTS = 3


async def database(configured: Configuration) -> Sequence[Finding]:
    """Tell whether the database can be reached and has this version's tables."""
    url = make_url(configured.database_url)
    place = url.render_as_string(hide_password=True)
    if url.get_backend_name() == "sqlite" and not _is_there(url.database):
        return [fail("database", f"{place} is not there yet", "ringside db upgrade")]
    try:
        has, wants = await asyncio.to_thread(revision_sync, configured.database_url)
    except RingsideError as error:
        return [fail("database", str(error), "check database.url, and that the database runs")]
    if has != wants:
        return [
            fail("database", f"{place} has not this version's tables ({has}, wanted {wants})", "ringside db upgrade")
        ]
    return [ok("database", f"{place} is reachable and up to date"), await _users(configured)]


def _is_there(file: str | None) -> bool:
    return Path(file or "").is_file()


async def _users(configured: Configuration) -> Finding:
    found = len(await agents(configured))
    if not found:
        return warn("agents", "there are none: callers wait for nobody", "ringside users add, or ringside demo load")
    return ok("agents", f"{found} take calls")


async def agents(configured: Configuration) -> Sequence[Agent]:
    """Return everybody who takes calls; nobody while there is no database (opening one that is not there makes it)."""
    url = make_url(configured.database_url)
    if url.get_backend_name() == "sqlite" and not _is_there(url.database):
        return []
    async with Database(configured.database_url) as opened:
        return await StoredUsers(opened).agents()


async def flows(configured: Configuration) -> Sequence[Finding]:
    """Tell whether the flows can serve callers."""
    try:
        loaded = await asyncio.to_thread(company.flows, configured)
    except FlowError as error:
        more = len(error.faults) - SHOWN_FAULTS
        return [
            *(fail("flows", fault, "correct it; `ringside check` shows all") for fault in error.faults[:SHOWN_FAULTS]),
            *([fail("flows", f"{more} more faults", "ringside check")] if more > 0 else []),
        ]
    ivr = configured.settings.ivr
    wanted = {ivr.default_flow: "ivr.default_flow"} | {
        flow: f'ivr.numbers."{did}"' for did, flow in ivr.numbers.items()
    }
    found = [
        fail(
            "flows",
            f"{key} names the flow {flow}, which is not there",
            f"correct it: there are {', '.join(loaded.flows)}",
        )
        for flow, key in wanted.items()
        if flow not in loaded.flows
    ]
    return found or [ok("flows", f"{', '.join(loaded.flows)} can serve callers")]


async def prompts(configured: Configuration) -> Sequence[Finding]:
    """Tell whether every prompt has its sound file."""
    try:
        missing = await asyncio.to_thread(lambda: company.prompts(configured).load())
    except FlowError:
        return []  # told by the flows
    except SettingsError as error:
        return [fail("prompts", fault, "mend the settings of [speech]") for fault in error.faults]
    if missing:
        first = ", ".join(f"{prompt.text_id} ({prompt.language})" for prompt in missing[:SHOWN_FAULTS])
        return [fail("prompts", f"{len(missing)} are not rendered: {first} …", "ringside prompts render")]
    return [ok("prompts", "all are rendered")]


async def browser_apps(_configured: Configuration) -> Sequence[Finding]:
    """Tell whether the agents' page was built."""
    if (Path(telephony.web.__file__).parent / "static" / "index.html").is_file():
        return [ok("agent page", "is built")]
    return [warn("agent page", "is not built: browsers get nothing to show", "make web")]
