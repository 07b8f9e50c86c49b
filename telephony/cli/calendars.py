"""`ringside calendars`: the opening hours now, and closing them by hand."""

import argparse
import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from telephony.cli.clock import MachineClock
from telephony.cli.output import FINDINGS, MISUSE, OK, complain, say, say_json, say_table
from telephony.cli.who import user
from telephony.routing.calendars import Calendar, Openness, openness
from telephony.routing.closings import Closing, in_force, next_change
from telephony.settings import Configuration, load_settings
from telephony.settings.domain import calendars_of
from telephony.store.closings import StoredClosings
from telephony.store.database import Database


def run(asked: argparse.Namespace) -> int:
    """List the calendars, or close or open one."""
    configured = load_settings(asked.config)
    if asked.what == "list":
        return _list(configured, as_json=asked.json)
    known = configured.settings.calendars
    if asked.name not in known:
        complain(f"which calendar? there {'is' if len(known) == 1 else 'are'} {', '.join(known)}")
        return MISUSE
    return _close(asked, configured) if asked.what == "close" else _open(asked, configured)


def _list(configured: Configuration, *, as_json: bool) -> int:
    closings, now = asyncio.run(_closings(configured)), MachineClock().now()
    told = [_now(each, closings.get(each.name), now) for each in calendars_of(configured).values()]
    if as_json:
        say_json(told)
        return OK
    zone = ZoneInfo(configured.settings.company.timezone)
    say_table(("calendar", "now", "until", "why"), (_row(each, zone) for each in told))
    return OK


async def _closings(configured: Configuration) -> Mapping[str, Closing]:
    async with Database(configured.database_url) as database:
        return {each.calendar: each for each in await StoredClosings(database).all()}


def _now(calendar: Calendar, closing: Closing | None, now: datetime) -> dict[str, object]:
    if closing is not None and in_force(closing, now):
        why = f"closed by {closing.by}" if closing.by else "closed by hand"
        why += f": {closing.reason}" if closing.reason else ""
        return {"calendar": calendar.name, "now": Openness.EMERGENCY, "until": _iso(closing.until), "why": why}
    state = openness(calendar, now)
    return {"calendar": calendar.name, "now": state, "until": _iso(next_change(calendar, now)), "why": ""}


def _row(told: Mapping[str, object], zone: ZoneInfo) -> tuple[str, ...]:
    until = datetime.fromisoformat(str(told["until"])).astimezone(zone) if told["until"] else None
    by_hand = told["now"] is Openness.EMERGENCY
    open_end = "it is opened by hand" if by_hand else "for ever"
    return (
        str(told["calendar"]),
        str(told["now"]),
        f"{until:%a %Y-%m-%d %H:%M}" if until else open_end,
        str(told["why"]),
    )


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _close(asked: argparse.Namespace, configured: Configuration) -> int:
    now = MachineClock().now()
    until = None
    if asked.until is not None:
        until = _moment(asked.until, ZoneInfo(configured.settings.company.timezone))
        if until is None or until <= now:
            complain("--until must be a date and time to come such as 2026-12-01T09:00")
            return MISUSE
    closing = Closing(calendar=asked.name, until=until, reason=asked.reason, by=user(asked.by), at=now)

    async def work() -> None:
        async with Database(configured.database_url) as database:
            await StoredClosings(database).close(closing)

    asyncio.run(work())
    if asked.json:
        say_json(_now(calendars_of(configured)[asked.name], closing, now))
        return OK
    end = f"until {asked.until}" if until else f"until `ringside calendars open {asked.name}`"
    say(f"{asked.name} is closed {end}; callers of the next moment hear it")
    return OK


def _open(asked: argparse.Namespace, configured: Configuration) -> int:
    async def work() -> bool:
        async with Database(configured.database_url) as database:
            return await StoredClosings(database).open(asked.name)

    was_closed = asyncio.run(work())
    if asked.json:
        say_json(_now(calendars_of(configured)[asked.name], None, MachineClock().now()))
    if not was_closed:
        complain(f"{asked.name} was not closed by hand")
        return FINDINGS
    if not asked.json:
        say(f"{asked.name} follows its hours again")
    return OK


def _moment(text: str, zone: ZoneInfo) -> datetime | None:
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (told if told.tzinfo else told.replace(tzinfo=zone)).astimezone(UTC)
