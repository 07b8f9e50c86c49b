"""`ringside callbacks`: the callbacks that callers were promised, and what became of them."""

import argparse
import asyncio
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from telephony.cli.clock import MachineClock
from telephony.cli.output import FINDINGS, MISUSE, OK, complain, say, say_json, say_table
from telephony.cli.who import user
from telephony.settings import Configuration, load_settings
from telephony.store.database import Database
from telephony.store.promises import KeptPromise, PromiseState, StoredPromises

SETTLED = {"done": PromiseState.DONE, "cancel": PromiseState.CANCELLED}


def run(asked: argparse.Namespace) -> int:
    """List the callbacks, or settle one."""
    configured = load_settings(asked.config)
    if asked.what == "list":
        return _list(asked, configured)
    if asked.id is None:
        complain(f"which one? say `ringside callbacks {asked.what} ID`; `ringside callbacks` lists them")
        return MISUSE
    return _settle(asked, configured, SETTLED[asked.what])


def _list(asked: argparse.Namespace, configured: Configuration) -> int:
    async def work() -> Sequence[KeptPromise]:
        async with Database(configured.database_url) as database:
            return await StoredPromises(database).listed(queue=asked.queue, everything=asked.all)

    found = asyncio.run(work())
    if asked.json:
        say_json([_as_json(each) for each in found])
    elif found:
        zone = ZoneInfo(configured.settings.company.timezone)
        say_table(("id", "since", "queue", "number", "customer", "state"), (_row(each, zone) for each in found))
    else:
        say("no callbacks" if asked.all else "no callbacks are owed")
    return OK


def _settle(asked: argparse.Namespace, configured: Configuration, state: PromiseState) -> int:
    async def work() -> KeptPromise | None:
        async with Database(configured.database_url) as database:
            return await StoredPromises(database).settle(asked.id, state, by=by, at=now)

    by, now = user(asked.by), MachineClock().now()
    found = asyncio.run(work())
    if found is None:
        complain(f"there is no callback {asked.id}")
        return FINDINGS
    if (found.state, found.done_at) != (state, now):
        complain(f"callback {asked.id} was settled before: {_state(found)}")
        return FINDINGS
    if asked.json:
        say_json(_as_json(found))
    else:
        say(f"callback {asked.id} is {_state(found)}")
    return OK


def _row(kept: KeptPromise, zone: ZoneInfo) -> tuple[str, ...]:
    promise = kept.promise
    who = kept.customer_name or promise.customer_id or ""
    return (str(kept.id), _shown(promise.at, zone), promise.queue, promise.number, who, _state(kept))


def _state(kept: KeptPromise) -> str:
    return f"{kept.state} by {kept.done_by}" if kept.done_by else str(kept.state)


def _shown(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


def _as_json(kept: KeptPromise) -> dict[str, object]:
    promise = kept.promise
    return {
        "id": kept.id,
        "call_id": promise.call_id,
        "queue": promise.queue,
        "number": promise.number,
        "language": promise.language,
        "customer_id": promise.customer_id,
        "at": promise.at.isoformat(),
        "state": kept.state.value,
        "done_at": kept.done_at.isoformat() if kept.done_at else None,
        "done_by": kept.done_by,
    }
