"""The composition root: the only file that knows who stands behind which port, and the order of start and stop."""

import asyncio
import gc
import itertools
import logging
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import cast

from telephony import __version__
from telephony.calls.events import AgentChosen
from telephony.calls.ledger import Ledger
from telephony.calls.model import CallId
from telephony.calls.numbers import CallerNumber, read_caller
from telephony.carriers.asterisk.archive import CelArchive
from telephony.carriers.asterisk.carrier import AsteriskCarrier
from telephony.carriers.simulated import Caller, SimulatedCarrier, Telephone
from telephony.errors import SettingsError, StoreUnavailableError
from telephony.ivr.loader import load_flows
from telephony.journey.books import Books
from telephony.journey.desk import Desk
from telephony.journey.floor import Floor
from telephony.journey.inbound import Inbound, NumberPlan
from telephony.journey.live_call import LiveCall
from telephony.journey.lookup import identify
from telephony.journey.phones import Phones
from telephony.journey.screen_pop import ScreenPops
from telephony.journey.switchboard import Switchboard
from telephony.journey.tasks import Tasks
from telephony.journey.waiting import WaitingRoom
from telephony.observe.metrics import Metrics, Readings
from telephony.routing.calendars import Calendars
from telephony.settings import Configuration
from telephony.settings.domain import asterisk_of, calendars_of, known_of, numbering_of, queues_of, voices_of, web_of
from telephony.speech.programs import SpeechError
from telephony.speech.prompts import PromptStore
from telephony.store.customers import StoredCustomers
from telephony.store.database import Database
from telephony.store.marks import StoredMarks
from telephony.store.migrate import revision_sync
from telephony.store.sessions import StoredSessions
from telephony.store.timeline import StoredTimeline
from telephony.store.users import StoredUsers
from telephony.store.writer import Writer
from telephony.web.health import Check
from telephony.web.server import WebServer
from telephony.web.sockets import AgentSockets

logger = logging.getLogger(__name__)
LOOK_UP_LIMIT_S = 5.0
STAFF_EVERY_S = 15.0
SESSIONS_EVERY_S = 3600.0
SIMULATED_EVERY_S = 30.0
SIMULATED_CALLERS = ("+447700900104", "+359888100002", "+353871000011", "+79161000003")
CLOSE_LIMIT_S = 5.0


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the time now, in UTC."""
        return datetime.now(UTC)


@dataclass(slots=True, kw_only=True)
class Ringside:
    """The running parts, for tests and benchmarks to look at."""

    port: int
    carrier: AsteriskCarrier | SimulatedCarrier
    switchboard: Switchboard
    floor: Floor
    desk: Desk
    screens: AgentSockets
    writer: Writer


async def serve(configured: Configuration) -> None:
    """Run until SIGINT or SIGTERM. Raises RingsideError with what to mend when it cannot start."""
    stop = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    async with running(configured) as app:
        calm_collector()
        logger.info("ready", extra={"action": "ready", "port": app.port, "carrier": app.carrier.name})
        await stop.wait()
        logger.info("stopping", extra={"action": "stopping"})


def calm_collector() -> None:
    """Take what lives since the start out of the garbage collector's rounds: a full one took up to 0.2 s."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 100)


@asynccontextmanager
async def running(configured: Configuration) -> AsyncIterator[Ringside]:
    """Open every part in order, and close them in reverse: no calls first, the database last."""
    settings, clock = configured.settings, SystemClock()
    require_migrated(configured.database_url)
    async with AsyncExitStack() as stack:
        # what remembers
        database = await stack.enter_async_context(Database(configured.database_url))
        writer = await stack.enter_async_context(Writer(database, configured.data_dir))
        timeline, marks = StoredTimeline(database, writer, clock), StoredMarks(database, writer)
        customers, users, sessions = StoredCustomers(database, clock), StoredUsers(database), StoredSessions(database)

        # what is said
        flows = load_flows(configured.flows_dir, known_of(configured))
        prompts = PromptStore(
            recordings=configured.recordings_dir,
            seen_as=configured.recordings_seen_as,
            spoken=configured.flows_dir / "prompts",
            texts=flows.texts,
            voices=voices_of(configured),
        )
        await render_missing(prompts)

        # who works here
        tasks = Tasks()
        stack.push_async_callback(tasks.close, CLOSE_LIMIT_S)
        read_number = partial(
            read_caller,
            region=settings.company.region,
            extensions=rf"\d{{{settings.company.extension_digits_min},{settings.company.extension_digits_max}}}",
        )
        screens = AgentSockets(gone_after_s=settings.screens.reload_grace_s)
        queues = queues_of(configured)

        def to_call(call_id: CallId, event: AgentChosen) -> None:
            switchboard.chosen(call_id, event)

        floor = Floor(queues=queues, clock=clock, chosen=to_call)
        floor.staff(await users.agents())
        pops = ScreenPops(screens=screens, spawn=tasks.spawn, deadline_s=settings.screens.record_deadline_ms / 1000)

        # the way of a call
        def look_up(call: LiveCall, number: CallerNumber) -> None:
            call.identified = tasks.spawn(identify(customers, number, LOOK_UP_LIMIT_S), name=f"look up {call.id}")

        books = Books(
            ledger=Ledger(numbering_of(configured, floor.endpoints())),
            timeline=timeline,
            customers=customers,
            read_number=read_number,
            agent_at=floor.agent_at,
            name_of=floor.name_of,
            marks=marks,
            clock=clock,
            archive=CelArchive(configured.cel_file) if configured.cel_file else None,
        )
        switchboard = Switchboard(
            phones=Phones(floor=floor, pops=pops, read_number=read_number, identify=look_up),
            floor=floor,
            books=books,
            journal=timeline,
            clock=clock,
            tasks=tasks,
        )
        carrier = carrier_of(configured, switchboard, prompts, clock, floor.endpoints())
        waiting = WaitingRoom(
            floor=floor,
            pops=pops,
            carrier=carrier,
            clock=clock,
            spawn=tasks.spawn,
            recording_name=lambda call: f"{call.id}-{len(call.path)}",
        )
        switchboard.way = Inbound(
            flows=lambda: flows.flows,
            plan=NumberPlan(default=settings.ivr.default_flow, flows=settings.ivr.numbers),
            queues=queues,
            calendars=Calendars(calendars_of(configured)),
            waiting=waiting,
            read_number=read_number,
            identify=look_up,
            clock=clock,
        )

        # what people see
        desk = Desk(
            floor=floor,
            pops=pops,
            screens=screens,
            carrier=carrier,
            timeline=timeline,
            marks=marks,
            clock=clock,
            calls=switchboard.calls,
        )
        await desk.recall()
        floor.changed, floor.line_changed = desk.agent_changed, desk.line_changed
        metrics = Metrics(partial(readings, switchboard, floor, screens, writer, carrier), __version__)
        books.written = lambda record: metrics.call_ended(record.direction, record.disposition)
        pops.shown = lambda view: metrics.pop_shown((clock.now() - view.rang_at).total_seconds())
        web = await stack.enter_async_context(
            WebServer(
                web_of(configured),
                desk=desk,
                screens=screens,
                users=users,
                sessions=sessions,
                customers=customers,
                history=timeline,
                health=partial(health, writer, carrier),
                clock=clock,
                metrics=metrics.render,
            )
        )

        # now calls may come
        for work, name in ((books.keep(), "books"), (books.mark(), "books mark"), (desk.beat(), "desk beat")):
            tasks.spawn(work, name=name)
        tasks.spawn(keep_staff(floor, users), name="staff")
        tasks.spawn(forget_sessions(sessions, clock), name="sessions")
        if isinstance(carrier, SimulatedCarrier):
            tasks.spawn(simulated_callers(carrier), name="simulated callers")
        await stack.enter_async_context(cast("AbstractAsyncContextManager[object]", carrier))
        yield Ringside(
            port=web.port,
            carrier=carrier,
            switchboard=switchboard,
            floor=floor,
            desk=desk,
            screens=screens,
            writer=writer,
        )


def require_migrated(url: str) -> None:
    """Refuse a database whose tables are of another version. Raises SettingsError."""
    there, ours = revision_sync(url)
    if there != ours:
        raise SettingsError(
            [f"the database is at version {there or 'none'}, this Ringside needs {ours}: run `ringside db upgrade`"]
        )


async def render_missing(prompts: PromptStore) -> None:
    """Render what is not there yet, before the first caller; what cannot be made is told, and serving goes on."""
    try:
        rendering = await prompts.render()
    except SpeechError as error:
        prompts.load()
        logger.error("prompts were not rendered", extra={"action": "prompts_missing", "error": str(error)})
        return
    for failed in rendering.failed:
        logger.error("a prompt was not rendered", extra={"action": "prompt_missing", "error": failed})


def carrier_of(
    configured: Configuration,
    taker: Switchboard,
    prompts: PromptStore,
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


async def keep_staff(floor: Floor, users: StoredUsers) -> None:
    """Take in agents who were added or changed by `ringside users`, for ever."""
    while True:
        await asyncio.sleep(STAFF_EVERY_S)
        try:
            floor.staff(await users.agents())
        except StoreUnavailableError as error:
            logger.warning("agents were not read", extra={"action": "staff_unread", "error": str(error)})


async def forget_sessions(sessions: StoredSessions, clock: SystemClock) -> None:
    """Take sessions that are over out of the database, for ever."""
    while True:
        await asyncio.sleep(SESSIONS_EVERY_S)
        try:
            await sessions.forget_expired(clock.now())
        except StoreUnavailableError as error:
            logger.warning("old sessions were kept", extra={"action": "sessions_kept", "error": str(error)})


def health(writer: Writer, carrier: AsteriskCarrier | SimulatedCarrier) -> list[Check]:
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
