"""Opens the parts that take more than one line to open, and tells how they all do."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from telephony.calls.model import CallId
from telephony.carriers.asterisk.carrier import AsteriskCarrier
from telephony.carriers.simulated import Caller, SimulatedCarrier, Telephone
from telephony.carriers.twilio.bills import Bills
from telephony.carriers.twilio.carrier import TwilioCarrier
from telephony.carriers.twilio.crossing import CloudAndAsterisk
from telephony.carriers.twilio.recordings import Fetching, Recordings
from telephony.carriers.twilio.rest import Rest
from telephony.carriers.twilio.rung_legs import RungLegs
from telephony.crm.customer import CustomerSource
from telephony.crm.file_json import FileSource
from telephony.crm.sources import Source, Sources
from telephony.errors import SettingsError, StoreUnavailableError
from telephony.ivr.texts import Texts
from telephony.journey.books import Books
from telephony.journey.closings import ClosedByHand
from telephony.journey.errands import Errands
from telephony.journey.floor import Floor
from telephony.journey.flows_in_force import FlowsInForce
from telephony.journey.messages import Messages
from telephony.journey.moves import Crossing, NoCrossing
from telephony.journey.overflow import Overflow
from telephony.journey.switchboard import Switchboard
from telephony.journey.tasks import Tasks
from telephony.journey.unended import Unended
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
    overflow_of,
    twilio_of,
    voices_of,
)
from telephony.speech.missing import render_missing
from telephony.speech.prompts import PromptStore
from telephony.speech.transcribe import ProgramTranscriber
from telephony.store.closings import StoredClosings
from telephony.store.costs import StoredCosts
from telephony.store.customers import StoredCustomers
from telephony.store.database import Database
from telephony.store.dues import StoredDues
from telephony.store.migrate import revision_sync
from telephony.store.pins import StoredPins
from telephony.store.promises import StoredPromises
from telephony.store.unfinished import StoredUnfinished
from telephony.store.writer import Writer
from telephony.web.health import Check
from telephony.web.sockets import AgentSockets

BILLS_CLOSE_LIMIT_S = 5.0
ASTERISK_REACHED_WITHIN = timedelta(seconds=10)
"""After our start; who comes back from Asterisk before is asked to wait until we know how it is doing."""
JOURNAL_LIMIT_S = 0.5
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


AnyCarrier = AsteriskCarrier | TwilioCarrier | SimulatedCarrier


async def open_carriers(
    stack: AsyncExitStack,
    configured: Configuration,
    taker: Switchboard,
    prompts: PromptFiles,
    database: Database,
    writer: Writer,
    endpoints: frozenset[str],
) -> tuple[AnyCarrier, ...]:
    """Return the carriers the settings name, still to be entered; the simulated one only when there is no other.

    What they work with is open; it outlives the web server, at which they may be told of calls to the last.
    """
    wanted, clock, carriers = configured.settings.carriers, SystemClock(), list[AnyCarrier]()
    if wanted.asterisk.enabled:  # the first is asked for legs that nobody knows
        carriers.append(AsteriskCarrier(asterisk_of(configured), taker, prompts, clock))
    if wanted.twilio.enabled:
        carriers.append(await _open_twilio(stack, configured, taker, prompts, database, writer))
    if not carriers:
        telephones = (Telephone(endpoint=endpoint, answers_after_s=6.0) for endpoint in endpoints)
        carriers.append(SimulatedCarrier(taker, clock, telephones))
    return tuple(carriers)


async def _open_twilio(
    stack: AsyncExitStack,
    configured: Configuration,
    taker: Switchboard,
    prompts: PromptFiles,
    database: Database,
    writer: Writer,
) -> TwilioCarrier:
    account, clock = twilio_of(configured), SystemClock()
    dues = StoredDues(database, clock)
    rest = await stack.enter_async_context(Rest(account, clock))
    fetching = Fetching(folder=account.recordings_dir, delete=account.delete_recordings)
    recordings = await stack.enter_async_context(Recordings(rest, clock, fetching, dues=dues))
    rung = RungLegs(rest, clock, dues)
    bills, asking = Bills(rung, StoredCosts(database, writer), dues, clock), Tasks()
    stack.push_async_callback(asking.close, BILLS_CLOSE_LIMIT_S)  # it must not outlive what it asks
    asking.spawn(bills.keep(), name="twilio prices")
    cloud = TwilioCarrier(
        account,
        taker,
        prompts,
        clock,
        calls=rest,
        recordings=recordings,
        dues=dues,
        ended=bills.owe,
        rung=rung,
    )
    ends = Unended(
        carriers=(cloud,),
        books=taker.books,
        journal=StoredUnfinished(database),
        dues=dues,
        clock=clock,
        lives=lambda call_id: call_id in taker.calls,
    )
    cloud.elsewhere.unfollowed = ends.owe
    asking.spawn(ends.keep(), name="twilio calls without an end")
    return cloud


@dataclass(frozen=True, slots=True)
class AtAsterisk:
    """What the cloud must know of Asterisk to take its callers there."""

    carriers: Sequence[AnyCarrier]
    overflow: Overflow
    switchboard: Switchboard
    since: datetime
    """When we were started."""

    def takes_calls(self) -> bool:
        """Tell whether new calls go there now."""
        return self.overflow.choose(self.carriers).carrier == AsteriskCarrier.name

    def has_lost(self, call_id: CallId) -> bool:
        """Tell whether it went away in the middle of a call."""
        return self.switchboard.has_lost(call_id)

    def is_down(self) -> bool:
        """Tell whether it cannot be reached now."""
        return AsteriskCarrier.name not in self.switchboard.up

    async def has_served(self, call_id: CallId) -> bool | None:
        """Tell whether a call from before our start was served to its end: by a dialplan that is well, or by its flow.

        None while Asterisk may just not be reached yet.
        """
        if not self.is_down():
            return True
        if self.switchboard.clock.now() - self.since < ASTERISK_REACHED_WITHIN:
            return None
        try:
            async with asyncio.timeout(JOURNAL_LIMIT_S):
                path = await self.switchboard.books.timeline.path(call_id)
        except (StoreUnavailableError, TimeoutError):
            return False  # to hear the menu once more is better than to be cut off
        return any(step.event in {"ended", "handed_over"} for step in path)


def crossing_of(carriers: Sequence[AnyCarrier], switchboard: Switchboard) -> Crossing:
    """Return the way of waiting callers between the carriers the settings name."""
    cloud = next((each for each in carriers if isinstance(each, TwilioCarrier)), None)
    if cloud is not None and any(isinstance(each, AsteriskCarrier) for each in carriers):
        return CloudAndAsterisk(cloud, switchboard.up)
    return NoCrossing()


def join_carriers(configured: Configuration, carriers: Sequence[AnyCarrier], switchboard: Switchboard) -> Overflow:
    """Return who chooses where calls go.

    By it the cloud's callers are served at Asterisk while that is well, and taken back when it goes away.
    """
    overflow = Overflow(overflow_of(configured), SystemClock(), configured.settings.overflow.prefer)
    cloud = next((each for each in carriers if isinstance(each, TwilioCarrier)), None)
    if cloud is not None and any(isinstance(each, AsteriskCarrier) for each in carriers):
        cloud.elsewhere.asterisk = AtAsterisk(carriers, overflow, switchboard, switchboard.clock.now())
        switchboard.bring_back = cloud.bring_back
    return overflow


async def simulated_callers(carrier: SimulatedCarrier) -> None:
    """Let somebody call again and again, for ever: without a network a demo would show nothing."""
    for number in itertools.cycle(SIMULATED_CALLERS):
        await asyncio.sleep(SIMULATED_EVERY_S)
        carrier.call(Caller(number=number, keys=("1",), hangs_up_after_s=90.0))


def health(writer: Writer, carriers: Sequence[AnyCarrier], flows: FlowsInForce) -> list[Check]:
    """Tell whether each part can work, without waiting."""
    return [
        Check(
            name="database",
            ok=not writer.behind,
            detail="writes wait: is the database locked or full?" if writer.behind else "",
        ),
        *(
            Check(
                name=carrier.name,
                ok=carrier.health.connected,
                detail="" if carrier.health.connected else "no link: run `ringside doctor`",
            )
            for carrier in carriers
        ),
        Check(name="flows", ok=flows.serving, detail=flows.trouble),
    ]


def readings(
    switchboard: Switchboard,
    floor: Floor,
    screens: AgentSockets,
    writer: Writer,
    carriers: Sequence[AnyCarrier],
) -> Readings:
    """Return the figures of this moment for /metrics."""
    states = Counter(status.state.value for status in floor.agents.values())
    links = [(carrier.name, carrier.health) for carrier in carriers]
    return Readings(
        live_calls=len(switchboard.calls),
        waiting=tuple((load.name, float(load.waiting)) for load in floor.loads()),
        agents=tuple((state, float(count)) for state, count in states.items()),
        screens=screens.count,
        writer_backlog=writer.backlog,
        writer_spilled=writer.counts.spilled,
        writer_dead=writer.counts.refused,
        carrier_up=tuple((name, float(link.connected)) for name, link in links),
        dropped_events=tuple((name, float(link.dropped_events)) for name, link in links),
        reconnects=tuple((name, float(link.reconnects)) for name, link in links),
        lines=tuple((name, float(link.live_lines)) for name, link in links),
        agi_sessions=sum(link.live_lines for name, link in links if name == AsteriskCarrier.name),
    )
