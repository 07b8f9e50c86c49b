"""What is given to a simulated call, as its command line says."""

import argparse
import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import make_url

from telephony.calls.model import CustomerId, QueueName
from telephony.calls.numbers import read_caller
from telephony.cli.clock import MachineClock
from telephony.cli.output import complain
from telephony.customers.match import MatchOutcome
from telephony.customers.record import Customer
from telephony.errors import RingsideError, StoreUnavailableError
from telephony.ivr.facts import CalendarState, CustomerFacts, FactValue, QueueFacts
from telephony.ivr.flow import Flow
from telephony.ivr.nodes.lookup import Lookup
from telephony.ivr.position import Answered
from telephony.ivr.reading import allowed, near
from telephony.ivr.walks.acts import LooksUp
from telephony.ivr.walks.file import plain_value
from telephony.ivr.walks.scene import READY, Scene
from telephony.ivr.walks.transcript import CallerOnPaper
from telephony.settings import Configuration
from telephony.settings.domain import queues_of
from telephony.store.customers import StoredCustomers
from telephony.store.database import Database

_QUEUE = re.compile(r"(waiting|ready|present|longest_wait_s):(\d{1,6})")
_FAILURES: Mapping[str, tuple[Answered, bool]] = {
    "fail": (Answered.FAILED, False),
    "slow": (Answered.FAILED, True),
    "not_found": (Answered.NOT_FOUND, False),
}


class MisuseError(RingsideError):
    """The command line asks for what cannot be; the text says what is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What holds for the call, and what the caller and the world do in it."""

    scene: Scene
    caller: CallerOnPaper


def given_by(asked: argparse.Namespace, flow: Flow, configured: Configuration) -> Given:
    """Return what the command line gives. Raises MisuseError."""
    settings = configured.settings
    zone = ZoneInfo(settings.company.timezone)
    number = read_caller(asked.caller, region=settings.company.region, extensions=settings.company.extensions)
    if asked.caller and number.e164 is None:
        raise MisuseError(f"--from must be a telephone number such as +359888000001, is {asked.caller}")
    customer = _customer(asked, flow, configured, has_number=number.e164 is not None)
    scene = Scene(
        caller=number.e164 or "",
        called=asked.called,
        at=moment(asked.at, zone, "--at").astimezone(zone),
        customer=customer,
        identified=_identified(asked, customer),
        calendars=_calendars(asked, configured),
        queues=_queues(asked, configured),
    )
    caller = CallerOnPaper(
        keys=tuple(asked.keys.split(",")) if asked.keys else (),
        nobody_answers=asked.nobody,
        message_s=asked.message,
        pin=Answered.NOT_FOUND if asked.wrong_pin else Answered.FOUND,
        lookups=_lookups(asked, flow),
        identified=scene.identified,
    )
    return Given(scene=scene, caller=caller)


def moment(text: str | None, zone: ZoneInfo, option: str) -> datetime:
    """Return a moment as it is written, by the company's clock; now for None. Raises MisuseError."""
    if text is None:
        return datetime.now(UTC)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise MisuseError(f"{option} must be a date and time such as 2026-12-24T18:00, is {text}") from None
    return at if at.tzinfo else at.replace(tzinfo=zone)


def _customer(
    asked: argparse.Namespace, flow: Flow, configured: Configuration, *, has_number: bool
) -> CustomerFacts | None:
    if asked.lang and asked.lang not in flow.languages:
        raise MisuseError(f"--lang {asked.lang}: the flow speaks {', '.join(flow.languages)}")
    facts = _facts(asked.fact)
    known = asyncio.run(_found(asked, configured)) if asked.customer or has_number else None
    if asked.customer and known is None:
        raise MisuseError(f"--customer: there is no customer {asked.customer}")
    if known is None:
        return CustomerFacts(language=asked.lang, facts=facts) if asked.lang or facts else None
    return CustomerFacts(
        name=known.name,
        language=asked.lang or known.language,
        personal_agent=known.personal_agent,
        facts={**known.facts, **facts},
    )


def _identified(asked: argparse.Namespace, customer: CustomerFacts | None) -> CustomerFacts | None:
    """Return who the caller is once the right PIN is given: the same, and somebody without a name for a stranger."""
    return customer or CustomerFacts(language=asked.lang)


def _facts(written: list[str]) -> Mapping[str, FactValue]:
    facts: dict[str, FactValue] = {}
    for each in written:
        name, sign, value = each.partition("=")
        if not sign or not name:
            raise MisuseError(f"--fact must be written as tier=vip, is {each}")
        facts[name] = plain_value(value)
    return facts


def _calendars(asked: argparse.Namespace, configured: Configuration) -> Mapping[str, CalendarState]:
    known = configured.settings.calendars
    found: dict[str, CalendarState] = {}
    for state in CalendarState:
        for name in getattr(asked, state.value):
            if name not in known:
                raise MisuseError(f"--{state}: no calendar {name}{near(name, known)}; there are {allowed(known)}")
            found[name] = state
    return found


def _queues(asked: argparse.Namespace, configured: Configuration) -> Mapping[QueueName, QueueFacts]:
    known = queues_of(configured)
    nobody = replace(READY, agents_ready=0, agents_present=0)
    queues = dict.fromkeys(known, nobody if asked.nobody else READY)
    for each in asked.queue:
        name, _, written = each.partition("=")
        if name not in known:
            raise MisuseError(f"--queue: no queue {name}{near(name, known)}; there are {allowed(known)}")
        queues[QueueName(name)] = _queue(each, written)
    return queues


def _queue(each: str, written: str) -> QueueFacts:
    said: dict[str, int] = {}
    for part in written.split(","):
        found = _QUEUE.fullmatch(part.strip())
        if found is None:
            raise MisuseError(
                f"--queue must be written as sales=waiting:3,ready:0 (also present, longest_wait_s), is {each}"
            )
        said[found[1]] = int(found[2])
    ready = said.get("ready", READY.agents_ready)
    return QueueFacts(
        waiting=said.get("waiting", 0),
        longest_wait_s=float(said.get("longest_wait_s", 0)),
        agents_ready=ready,
        agents_present=said.get("present", ready),
    )


def _lookups(asked: argparse.Namespace, flow: Flow) -> Mapping[str, LooksUp]:
    known = {node.source for node in flow.nodes.values() if isinstance(node, Lookup)}
    found: dict[str, LooksUp] = {}
    for each in asked.lookup:
        source, _, answer = each.partition("=")
        if source not in known:
            raise MisuseError(
                f"--lookup: the flow asks no source {source}{near(source, known)}; it asks {allowed(known)}"
            )
        found[source] = lookup_answer(source, answer)
    return found


def lookup_answer(source: str, written: str) -> LooksUp:
    """Return what a source answers, as it is written. Raises MisuseError."""
    if written in _FAILURES:
        outcome, late = _FAILURES[written]
        return LooksUp(source=source, outcome=outcome, late=late)
    try:
        values = json.loads(written)
    except ValueError:
        values = None
    if not isinstance(values, dict) or not all(isinstance(each, str | int | float | bool) for each in values.values()):
        raise MisuseError(
            f"the answer of lookup {source} must be fail, slow, not_found or JSON such as"
            f' {{"status": "sent"}}, is {written}'
        )
    return LooksUp(source=source, outcome=Answered.FOUND, values=values)


async def _found(asked: argparse.Namespace, configured: Configuration) -> Customer | None:
    """Return the customer named, or whose number this is, as a call would find them; None when there is none."""
    if not _has_database(configured):
        return None
    company = configured.settings.company
    number = read_caller(asked.caller, region=company.region, extensions=company.extensions)
    try:
        async with Database(configured.database_url) as database:
            customers = StoredCustomers(database, MachineClock())
            if asked.customer:
                record = await customers.record(CustomerId(asked.customer))
                return record.customer if record else None
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
