"""The composition root: the only file that knows who stands behind which port, and the order of start and stop."""

import asyncio
import gc
import logging
import os
import signal
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import cast
from zoneinfo import ZoneInfo

from telephony import __version__
from telephony.calls.events import AgentChosen
from telephony.calls.ledger import Ledger
from telephony.calls.model import CallId
from telephony.calls.numbers import read_caller
from telephony.calls.tariffs import Tariffs
from telephony.carriers.asterisk.archive import CelArchive
from telephony.carriers.simulated import SimulatedCarrier
from telephony.carriers.twilio.carrier import TwilioCarrier
from telephony.journey.books import Books
from telephony.journey.carriers import Carriers
from telephony.journey.chores import forget_sessions, keep_staff
from telephony.journey.desk import Desk
from telephony.journey.floor import Floor
from telephony.journey.flows_in_force import FlowsInForce, VersionedWay
from telephony.journey.inbound import Inbound, NumberPlan
from telephony.journey.lookup import LookUps
from telephony.journey.moves import Moves
from telephony.journey.onward import Onward
from telephony.journey.phones import Phones
from telephony.journey.publishing import before_publish, publish_at_start
from telephony.journey.queue_facts import LiveQueues
from telephony.journey.screen_pop import ScreenPops
from telephony.journey.switchboard import Switchboard
from telephony.journey.tasks import Tasks
from telephony.journey.waiting import WaitingRoom
from telephony.observe.metrics import Metrics
from telephony.observe.service import watched
from telephony.parts import (
    AnyCarrier,
    SystemClock,
    crossing_of,
    health,
    join_carriers,
    open_calendars,
    open_carriers,
    open_errands,
    readings,
    require_migrated,
    simulated_callers,
    voiced,
    write_messages_down,
)
from telephony.routing.calendars import Calendars
from telephony.settings import Configuration
from telephony.settings.domain import (
    calendars_of,
    names_of,
    numbering_of,
    outside_of,
    outside_on_of,
    queues_of,
    serving_names_of,
    tariffs_of,
    web_of,
)
from telephony.settings.reaches import reaches_of
from telephony.store.customers import StoredCustomers
from telephony.store.database import Database
from telephony.store.flows import StoredFlows
from telephony.store.marks import StoredMarks
from telephony.store.sessions import StoredSessions
from telephony.store.timeline import StoredTimeline
from telephony.store.users import StoredUsers
from telephony.store.writer import Writer
from telephony.web.server import WebServer
from telephony.web.sockets import AgentSockets

logger = logging.getLogger(__name__)
LOOK_UP_LIMIT_S = 5.0
CLOSE_LIMIT_S = 5.0


@dataclass(slots=True, kw_only=True)
class Ringside:
    """The running parts, for tests and benchmarks to look at."""

    port: int
    carriers: tuple[AnyCarrier, ...]
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
    async with running(configured) as app, watched(os.environ):
        calm_collector()
        names = [carrier.name for carrier in app.carriers]
        logger.info("ready", extra={"action": "ready", "port": app.port, "carriers": names})
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
    asterisk = settings.carriers.asterisk
    require_migrated(configured.database_url)
    async with AsyncExitStack() as stack:
        # what remembers
        database = await stack.enter_async_context(Database(configured.database_url))
        writer = await stack.enter_async_context(Writer(database, configured.data_dir))
        timeline, marks = StoredTimeline(database, writer, clock), StoredMarks(database, writer)
        customers, users, sessions = StoredCustomers(database, clock), StoredUsers(database), StoredSessions(database)

        # what is said
        published, names = StoredFlows(database), names_of(configured)
        serving = serving_names_of(configured)
        flows = FlowsInForce(published=published, names=serving, voice=partial(voiced, configured))
        on_start = settings.ivr.publish == "on_start"
        checks = before_publish(ZoneInfo(settings.company.timezone), Calendars(calendars_of(configured)), clock.now())
        await publish_at_start(published, configured.flows_dir, names, checks, clock.now(), on_start=on_start)
        await flows.refresh()

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

        floor = Floor(queues=queues, clock=clock, chosen=to_call, reaches=reaches_of(configured))
        floor.staff(await users.agents())
        pops = ScreenPops(screens=screens, spawn=tasks.spawn, deadline_s=settings.screens.record_deadline_ms / 1000)

        # the way of a call
        look_up = LookUps(source=customers, tasks=tasks, limit_s=LOOK_UP_LIMIT_S).begin
        books = Books(
            ledger=Ledger(numbering_of(configured, floor.endpoints())),
            timeline=timeline,
            customers=customers,
            read_number=read_number,
            agent_at=floor.agent_at,
            name_of=floor.name_of,
            marks=marks,
            clock=clock,
            archive=CelArchive(configured.cel_file) if configured.cel_file and asterisk.enabled else None,
        )
        tariffs = Tariffs(of=tariffs_of(configured), e164=lambda text: read_number(text).e164)
        books.cost_of, books.cost_beside = tariffs.cost_of, tariffs.cost_beside
        switchboard = Switchboard(
            phones=Phones(floor=floor, pops=pops, read_number=read_number, identify=look_up),
            floor=floor,
            books=books,
            journal=timeline,
            clock=clock,
            tasks=tasks,
        )
        carriers = await open_carriers(stack, configured, switchboard, flows, database, writer, floor.endpoints())
        carrier = Carriers(carriers, join_carriers(configured, carriers, switchboard))
        waiting = WaitingRoom(
            floor=floor,
            pops=pops,
            carrier=carrier,
            clock=clock,
            spawn=tasks.spawn,
            recording_name=lambda call: f"{call.id}-{len(call.path)}",
            outside=outside_of(configured),
            outside_on=outside_on_of(configured),
            heard=carrier.heard,
            speaks=flows.speaks,
        )
        inbound = Inbound(
            flows=flows.flows,
            plan=NumberPlan(default=settings.ivr.default_flow, flows=settings.ivr.numbers),
            queues=queues,
            calendars=await open_calendars(configured, database, tasks),
            waiting=waiting,
            onward=Onward(waiting=waiting, floor=floor, queues=queues, clock=clock),
            read_number=read_number,
            identify=look_up,
            clock=clock,
            errands=await open_errands(stack, configured, database, customers, read_number),
            queue_facts=LiveQueues(floor, clock),
            zone=ZoneInfo(settings.company.timezone),
        )
        switchboard.way = VersionedWay(inbound)
        flows.flows_of_calls = lambda: [call.flow for call in switchboard.calls.values()]

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
        metrics = Metrics(partial(readings, switchboard, floor, screens, writer, carriers), __version__)
        books.written = lambda entry: metrics.call_ended(entry.record.direction, entry.record.disposition)
        pops.shown = lambda view: metrics.pop_shown((clock.now() - view.rang_at).total_seconds())
        web = await stack.enter_async_context(
            WebServer(
                web_of(configured),
                desk=desk,
                moves=Moves(
                    floor=floor,
                    calls=switchboard.calls,
                    carrier=carrier,
                    clock=clock,
                    fetch=waiting.fetch,
                    may_call=waiting.may_call,
                    crossing=crossing_of(carriers, switchboard),
                ),
                screens=screens,
                users=users,
                sessions=sessions,
                customers=customers,
                history=timeline,
                health=partial(health, writer, carriers, flows),
                clock=clock,
                metrics=metrics.render,
                webhooks=[route for each in carriers if isinstance(each, TwilioCarrier) for route in each.routes()],
            )
        )

        # now calls may come
        write_messages_down(configured, books, tasks)
        for work, name in (
            (books.keep(), "books"),
            (books.mark(), "books mark"),
            (desk.beat(), "desk beat"),
            (flows.watch(), "flows"),
            (keep_staff(floor, users), "staff"),
            (forget_sessions(sessions.forget_expired, clock), "sessions"),
        ):
            tasks.spawn(work, name=name)
        for each in carriers:
            if isinstance(each, SimulatedCarrier):
                tasks.spawn(simulated_callers(each), name="simulated callers")
            await stack.enter_async_context(cast("AbstractAsyncContextManager[object]", each))
        yield Ringside(
            port=web.port,
            carriers=carriers,
            switchboard=switchboard,
            floor=floor,
            desk=desk,
            screens=screens,
            writer=writer,
        )
