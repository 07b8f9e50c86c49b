"""Opens the parts that take more than one line to open, and tells how they all do."""

import asyncio
import itertools
from collections import Counter
from contextlib import AsyncExitStack
from datetime import UTC, datetime

from telephony.carriers.asterisk.carrier import AsteriskCarrier
from telephony.carriers.simulated import Caller, SimulatedCarrier, Telephone
from telephony.crm.customer import CustomerSource
from telephony.crm.file_json import FileSource
from telephony.crm.sources import Source, Sources
from telephony.errors import SettingsError
from telephony.ivr.texts import Texts
from telephony.journey.books import Books
from telephony.journey.closings import ClosedByHand
from telephony.journey.errands import Errands
from telephony.journey.floor import Floor
from telephony.journey.flows_in_force import FlowsInForce
from telephony.journey.messages import Messages
from telephony.journey.switchboard import Switchboard
from telephony.journey.tasks import Tasks
from telephony.observe.metrics import Readings
from telephony.ports import PromptFiles, ReadNumber
from telephony.routing.calendars import Calendars
from telephony.settings import Configuration
from telephony.settings.domain import (
    asterisk_of,
    calendars_of,
    customer_lookups_of,
    file_lookups_of,
    http_lookups_of,
    voices_of,
)
from telephony.speech.missing import render_missing
from telephony.speech.prompts import PromptStore
from telephony.speech.transcribe import ProgramTranscriber
from telephony.store.closings import StoredClosings
from telephony.store.customers import StoredCustomers
from telephony.store.database import Database
from telephony.store.migrate import revision_sync
from telephony.store.pins import StoredPins
from telephony.store.promises import StoredPromises
from telephony.store.writer import Writer
from telephony.web.health import Check
from telephony.web.sockets import AgentSockets

SIMULATED_EVERY_S = 30.0
SIMULATED_CALLERS = ("+447700900104", "+359888100002", "+353871000011", "+79161000003")


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the time now, in UTC."""
        return datetime.now(UTC)


async def open_calendars(configured: Configuration, database: Database, tasks: Tasks) -> Calendars:
    """Return the opening hours, with the closings by hand of this moment and of every later one."""
    calendars = Calendars(calendars_of(configured))
    by_hand = ClosedByHand(calendars=calendars, read=StoredClosings(database).all, clock=SystemClock())
    await by_hand.look()
    tasks.spawn(by_hand.keep(), name="closings")
    return calendars


def write_messages_down(configured: Configuration, books: Books, tasks: Tasks) -> None:
    """Have callers' messages written down, where the settings name a program."""
    if command := configured.settings.speech.transcribe:
        transcriber = ProgramTranscriber(command=command, recordings=configured.recordings_dir)
        language = configured.settings.company.languages[0]
        messages = Messages(transcriber=transcriber, timeline=books.timeline, language=language)
        books.entered = messages.entered
        tasks.spawn(messages.keep(), name="messages")


async def open_errands(
    stack: AsyncExitStack,
    configured: Configuration,
    database: Database,
    customers: StoredCustomers,
    read_number: ReadNumber,
) -> Errands:
    """Open what flows ask of others than people: sources, PINs, promises."""
    clock = SystemClock()
    pins = StoredPins(database, customers, clock)
    stack.callback(pins.close)
    ours = CustomerSource(records=customers, read_number=read_number, id_of=pins.customer_of)
    own: dict[str, Source] = dict.fromkeys(customer_lookups_of(configured), ours)
    own |= {name: FileSource(path) for name, path in file_lookups_of(configured).items()}
    sources = Sources(http=http_lookups_of(configured), own=own, clock=clock)
    return Errands(
        lookups=await stack.enter_async_context(sources),
        pins=pins,
        promises=StoredPromises(database),
        clock=clock,
        read_number=read_number,
    )


def require_migrated(url: str) -> None:
    """Refuse a database whose tables are of another version. Raises SettingsError."""
    there, ours = revision_sync(url)
    if there != ours:
        raise SettingsError(
            [f"the database is at version {there or 'none'}, this Ringside needs {ours}: run `ringside db upgrade`"]
        )


async def voiced(configured: Configuration, texts: Texts) -> PromptStore:
    """Return the sound files of these texts; those that are missing are made."""
    prompts = PromptStore(
        recordings=configured.recordings_dir,
        seen_as=configured.recordings_seen_as,
        spoken=configured.flows_dir / "prompts",
        texts=texts,
        voices=voices_of(configured),
    )
    await render_missing(prompts)
    return prompts


def carrier_of(
    configured: Configuration,
    taker: Switchboard,
    prompts: PromptFiles,
    clock: SystemClock,
    endpoints: frozenset[str],
) -> AsteriskCarrier | SimulatedCarrier:
    """Return the carrier the settings name; the simulated one only when Asterisk is switched off."""
    if configured.settings.carriers.asterisk.enabled:
        return AsteriskCarrier(asterisk_of(configured), taker, prompts, clock)
    telephones = (Telephone(endpoint=endpoint, answers_after_s=6.0) for endpoint in endpoints)
    return SimulatedCarrier(taker, clock, telephones)


async def simulated_callers(carrier: SimulatedCarrier) -> None:
    """Let somebody call again and again, for ever: without a network a demo would show nothing."""
    for number in itertools.cycle(SIMULATED_CALLERS):
        await asyncio.sleep(SIMULATED_EVERY_S)
        carrier.call(Caller(number=number, keys=("1",), hangs_up_after_s=90.0))


def health(writer: Writer, carrier: AsteriskCarrier | SimulatedCarrier, flows: FlowsInForce) -> list[Check]:
    """Tell whether each part can work, without waiting."""
    return [
        Check(
            name="database",
            ok=not writer.behind,
            detail="writes wait: is the database locked or full?" if writer.behind else "",
        ),
        Check(
            name=carrier.name,
            ok=carrier.health.connected,
            detail="" if carrier.health.connected else "no link: run `ringside doctor`",
        ),
        Check(name="flows", ok=flows.serving, detail=flows.trouble),
    ]


def readings(
    switchboard: Switchboard,
    floor: Floor,
    screens: AgentSockets,
    writer: Writer,
    carrier: AsteriskCarrier | SimulatedCarrier,
) -> Readings:
    """Return the figures of this moment for /metrics."""
    states = Counter(status.state.value for status in floor.agents.values())
    link = carrier.health
    return Readings(
        live_calls=len(switchboard.calls),
        waiting=tuple((load.name, float(load.waiting)) for load in floor.loads()),
        agents=tuple((state, float(count)) for state, count in states.items()),
        screens=screens.count,
        writer_backlog=writer.backlog,
        writer_spilled=writer.counts.spilled,
        writer_dead=writer.counts.refused,
        carrier_up=((carrier.name, float(link.connected)),),
        dropped_events=((carrier.name, float(link.dropped_events)),),
        reconnects=((carrier.name, float(link.reconnects)),),
        agi_sessions=link.live_lines,
    )
