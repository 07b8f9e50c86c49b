"""`ringside simulate FLOW`: plays a flow in the terminal and prints what the caller hears."""

import argparse
import asyncio
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import make_url

from telephony.calls.model import CallId
from telephony.calls.numbers import read_caller
from telephony.cli import company
from telephony.cli.clock import MachineClock
from telephony.cli.output import MISUSE, OK, complain, say, say_json
from telephony.customers.match import MatchOutcome
from telephony.customers.record import Customer
from telephony.errors import StoreUnavailableError
from telephony.ivr.facts import CustomerFacts, Facts
from telephony.ivr.transcript import CallerOnPaper, simulate
from telephony.routing.calendars import Calendars
from telephony.settings import Configuration, load_settings
from telephony.settings.domain import calendars_of
from telephony.store.customers import StoredCustomers
from telephony.store.database import Database


def run(asked: argparse.Namespace) -> int:
    """Play the flow."""
    configured = load_settings(asked.config)
    file = Path(asked.flow)
    loaded = company.flow_in(file, configured) if file.is_file() else company.flows(configured)
    flow = next(iter(loaded.flows.values())) if file.is_file() else loaded.flows.get(asked.flow)
    if flow is None:
        complain(f"no such flow: {asked.flow}; there are {', '.join(loaded.flows)}")
        return MISUSE
    at = _moment(asked.at, configured)
    if at is None:
        complain(f"--at must be a date and time such as 2026-12-24T18:00, is {asked.at}")
        return MISUSE
    caller = CallerOnPaper(keys=tuple(asked.keys.split(",")) if asked.keys else (), nobody_answers=asked.nobody)
    lines = simulate(flow, loaded.texts, _facts(asked, configured, at), caller)
    if asked.json:
        say_json({"flow": flow.name, "version": flow.version, "at": at.isoformat(), "transcript": list(lines)})
    else:
        for line in lines:
            say(line)
    return OK


def _moment(text: str | None, configured: Configuration) -> datetime | None:
    if text is None:
        return datetime.now(UTC)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(configured.settings.company.timezone))


def _facts(asked: argparse.Namespace, configured: Configuration, at: datetime) -> Facts:
    settings = configured.settings
    number = read_caller(asked.caller, region=settings.company.region, extensions=settings.company.extensions)
    known = asyncio.run(_customer(asked.caller, configured)) if number.e164 else None
    customer = None
    if known:
        customer = CustomerFacts(
            name=known.name,
            language=asked.lang or known.language,
            personal_agent=known.personal_agent,
            facts=known.facts,
        )
    elif asked.lang:
        customer = CustomerFacts(language=asked.lang)
    return Facts(
        call_id=CallId("simulated"),
        caller=number.e164 or "",
        customer=customer,
        open=Calendars(calendars_of(configured)).open_now(at),
    )


async def _customer(caller: str, configured: Configuration) -> Customer | None:
    """Return the customer whose number this is, as a call would find them; None also when there is no database yet."""
    if not _has_database(configured):
        return None
    company_ = configured.settings.company
    number = read_caller(caller, region=company_.region, extensions=company_.extensions)
    try:
        async with Database(configured.database_url) as database:
            customers = StoredCustomers(database, MachineClock())
            match = await customers.find(number)
            if match.outcome is not MatchOutcome.ONE:
                return None
            record = await customers.record(match.candidates[0].customer_id)
    except StoreUnavailableError as error:
        complain(f"callers are not looked up: {error}")
        return None
    return record.customer if record else None


def _has_database(configured: Configuration) -> bool:
    url = make_url(configured.database_url)
    return url.get_backend_name() != "sqlite" or Path(url.database or "").is_file()
