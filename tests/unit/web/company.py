"""A small company behind the web server: everything the server asks for, kept in memory."""

from collections.abc import Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
from argon2 import PasswordHasher

from telephony.calls.model import (
    AgentId,
    CallId,
    CallRecord,
    Channel,
    CustomerId,
    Direction,
    Disposition,
    LedgerLeg,
    LegId,
    Party,
    QueueName,
)
from telephony.calls.numbers import CallerNumber
from telephony.customers.match import Match, MatchOutcome
from telephony.customers.record import Customer, CustomerRecord, Identity, PastContact
from telephony.errors import RingsideError, StoreUnavailableError
from telephony.journey.floor import QueueLoad
from telephony.journey.moves import Asker, Colleague, MoveRefusedError, Places
from telephony.journey.sent import Destination, ToAgent, ToQueue
from telephony.ports import CallFilter, Role, User
from telephony.routing.agents import Agent, AgentState
from telephony.timeline.entry import CallEntry, PathStep
from telephony.web.health import Check
from telephony.web.passwords import Passwords
from telephony.web.server import WebServer
from telephony.web.settings import WebSettings
from telephony.web.sockets import AgentSockets

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PASSWORD = "correct horse"
HASH = QUICK.hash(PASSWORD)
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
MARIA = AgentId("maria")
IVAN = AgentId("ivan")


def agent(agent_id: AgentId, name: str, extension: str) -> Agent:
    queues = frozenset({QueueName("sales"), QueueName("support")})
    return Agent(id=agent_id, name=name, extension=extension, endpoint=f"PJSIP/{extension}", queues=queues)


def users() -> dict[str, User]:
    maria = User(
        login="maria",
        name="Maria Petrova",
        role=Role.AGENT,
        password_hash=HASH,
        agent=agent(MARIA, "Maria Petrova", "101"),
        sip_password="phone secret",
    )
    ivan = replace(maria, login="ivan", name="Ivan Ivanov", agent=agent(IVAN, "Ivan Ivanov", "102"), sip_password=None)
    boss = User(login="boss", name="Olga Boss", role=Role.SUPERVISOR, password_hash=HASH)
    return {user.login: user for user in (maria, ivan, boss)}


@dataclass
class HandClock:
    """A clock that is moved by hand."""

    time: datetime = NOON

    def now(self) -> datetime:
        return self.time

    def passes(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@dataclass
class UsersInMemory:
    users: dict[str, User] = field(default_factory=users)
    down: bool = False

    async def get(self, login: str) -> User | None:
        if self.down:
            raise StoreUnavailableError("database is locked")
        return self.users.get(login)

    async def agents(self) -> Sequence[Agent]:
        return [user.agent for user in self.users.values() if user.agent]


@dataclass
class SessionsInMemory:
    open_: dict[str, tuple[str, datetime]] = field(default_factory=dict)

    async def open(self, token_hash: str, login: str, until: datetime) -> None:
        self.open_[token_hash] = (login, until)

    async def login_of(self, token_hash: str, now: datetime) -> str | None:
        login, until = self.open_.get(token_hash, ("", now))
        return login if until > now else None

    async def close(self, token_hash: str) -> None:
        self.open_.pop(token_hash, None)


def record_of_elena() -> CustomerRecord:
    customer = Customer(
        id=CustomerId("c-1"),
        name="Elena Georgieva",
        language="bg",
        personal_agent=MARIA,
        note="Prefers to be called after five.",
        identities=(
            Identity(channel=Channel.PHONE, value="+359888123456"),
            Identity(channel=Channel.EMAIL, value="elena@example.com"),
        ),
        facts={"tier": "gold", "debt": 0, "vip": True},
    )
    past = PastContact(
        entry_id="e-1",
        channel=Channel.EMAIL,
        direction="inbound",
        at=NOON - timedelta(days=1),
        summary="Asked for the invoice",
        outcome="answered",
    )
    return CustomerRecord(customer=customer, recent=(past,), as_of=NOON)


@dataclass
class Customers:
    records: dict[str, CustomerRecord] = field(default_factory=lambda: {"c-1": record_of_elena()})

    async def find(self, number: CallerNumber) -> Match:
        return Match(number=number.e164, outcome=MatchOutcome.NONE)

    async def record(self, customer_id: CustomerId) -> CustomerRecord | None:
        return self.records.get(customer_id)

    async def identify(self, number: CallerNumber) -> tuple[Match, CustomerRecord | None]:
        return await self.find(number), None


def entry(number: int = 1, *, customer: str | None = "c-1", talked: AgentId = MARIA, recording: str = "") -> CallEntry:
    began = NOON - timedelta(hours=number)
    leg = LedgerLeg(
        leg_id=LegId(f"{number}.1"),
        channel="PJSIP/101-00000001",
        number="101",
        name="Maria Petrova",
        started_at=began + timedelta(seconds=20),
        answered_at=began + timedelta(seconds=26),
        ended_at=began + timedelta(seconds=146),
        talk_s=120.0,
    )
    record = CallRecord(
        linkedid=CallId(f"call-{number}"),
        direction=Direction.INBOUND,
        caller="+359888123456",
        called="+35924000000",
        started_at=began,
        answered_at=began + timedelta(seconds=26),
        ended_at=began + timedelta(seconds=146),
        talk_s=120.0,
        disposition=Disposition.ANSWERED,
        hung_up_by=Party.CALLER,
        legs=(leg,),
    )
    step = PathStep(
        call_id=record.linkedid,
        seq=0,
        at=began,
        flow="main",
        node="topic",
        kind="menu",
        event="keys",
        value="1",
        label="sales",
    )
    return CallEntry(
        record=record,
        customer_id=CustomerId(customer) if customer else None,
        path=(step,),
        queue="sales",
        wait_s=14.0,
        agents=(talked,),
        recordings=(recording,) if recording else (),
        note="Wants the new offer.",
    )


@dataclass
class History:
    entries: list[CallEntry] = field(default_factory=list)
    asked: list[CallFilter] = field(default_factory=list)

    async def calls(self, wanted: CallFilter) -> Sequence[CallEntry]:
        self.asked.append(wanted)
        found = [replace(each, path=()) for each in self.entries if _is_wanted(each, wanted)]
        return sorted(found, key=lambda each: each.record.started_at, reverse=True)[: wanted.limit]

    async def call(self, call_id: CallId) -> CallEntry | None:
        return next((each for each in self.entries if each.record.linkedid == call_id), None)


def _is_wanted(each: CallEntry, wanted: CallFilter) -> bool:
    return (
        (wanted.customer_id is None or each.customer_id == wanted.customer_id)
        and (wanted.agent is None or wanted.agent in each.agents)
        and (wanted.before is None or each.record.started_at < wanted.before)
    )


@dataclass
class Desk:
    """Keeps what browsers asked for; `refuses` is the text it refuses everything with."""

    said: list[tuple[object, ...]] = field(default_factory=list)
    calls: list[dict[str, object]] = field(default_factory=list)
    refuses: str = ""
    breaks: bool = False

    def snapshot(self, agent: AgentId) -> dict[str, object]:
        state = {"value": "ready", "wanted": "ready", "since": NOON.isoformat(), "until": None, "reason": ""}
        return {
            "agent": {"id": agent},
            "state": state,
            "calls": list(self.calls),
            "queues": [],
            "now": NOON.isoformat(),
        }

    def opened(self, agent: AgentId) -> None:
        self.said.append(("opened", agent))

    def closed(self, agent: AgentId) -> None:
        self.said.append(("closed", agent))

    async def set_state(self, agent: AgentId, state: AgentState) -> None:
        self._do("state", agent, state)

    def acknowledge(self, agent: AgentId, pop_id: str) -> None:
        self._do("ack", agent, pop_id)

    async def decline(self, agent: AgentId, call_id: CallId) -> None:
        self._do("decline", agent, call_id)

    async def hang_up(self, agent: AgentId, call_id: CallId) -> None:
        self._do("hang_up", agent, call_id)

    def wrap_up(self, agent: AgentId, call_id: CallId, note: str, *, done: bool) -> None:
        self._do("wrap_up", agent, call_id, note, done)

    def _do(self, *what: object) -> None:
        if self.breaks:
            raise ZeroDivisionError("a bug")
        if self.refuses:
            raise RingsideError(self.refuses)
        self.said.append(what)


@dataclass
class Moves:
    """Keeps who asked for what; `refuses` is what it answers instead."""

    said: list[tuple[object, ...]] = field(default_factory=list)
    refuses: MoveRefusedError | None = None
    others: tuple[Colleague, ...] = ()

    def places(self, asker: Asker, call_id: CallId) -> Places:
        self._do("places", asker, call_id)
        load = QueueLoad(name=QueueName("sales"), waiting=2, longest_since=NOON, ready=1)
        ivan = Colleague(agent=IVAN, name="Ivan Ivanov", state=AgentState.READY, free=True)
        return Places(queues=(load,), agents=(ivan, *self.others))

    async def move(self, asker: Asker, call_id: CallId, to: ToQueue | ToAgent | None, carrier: str = "") -> None:
        self._do("move", asker, call_id, to, carrier)

    async def transfer(self, asker: Asker, call_id: CallId, to: Destination) -> None:
        self._do("transfer", asker, call_id, to)

    def _do(self, *what: object) -> None:
        if self.refuses is not None:
            raise self.refuses
        self.said.append(what)


@dataclass
class Company:
    """The server, running, with all that stands behind it."""

    settings: WebSettings
    clock: HandClock = field(default_factory=HandClock)
    users: UsersInMemory = field(default_factory=UsersInMemory)
    sessions: SessionsInMemory = field(default_factory=SessionsInMemory)
    customers: Customers = field(default_factory=Customers)
    history: History = field(default_factory=History)
    desk: Desk = field(default_factory=Desk)
    moves: Moves = field(default_factory=Moves)
    checks: list[Check] = field(default_factory=lambda: [Check(name="database", ok=True)])
    screens: AgentSockets = field(default_factory=AgentSockets)
    url: str = ""

    @asynccontextmanager
    async def opens(self):
        server = WebServer(
            self.settings,
            desk=self.desk,
            moves=self.moves,
            screens=self.screens,
            users=self.users,
            sessions=self.sessions,
            customers=self.customers,
            history=self.history,
            health=lambda: self.checks,
            clock=self.clock,
            metrics=lambda: b"ringside_calls 1\n",
            passwords=Passwords(QUICK),
        )
        async with server:
            self.url = f"http://127.0.0.1:{server.port}"
            yield self

    @asynccontextmanager
    async def visits(self, login: str = "", **options: object):
        """Give somebody's browser; with a login name, they have logged in."""
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(self.url, cookie_jar=jar, **options) as browser:
            if login:
                async with browser.post("/api/v1/login", json={"login": login, "password": PASSWORD}) as answer:
                    assert answer.status == 200, await answer.text()
            yield browser


def settings(folder: Path, **changes: object) -> WebSettings:
    static = folder / "static"
    static.mkdir()
    (static / "assets").mkdir()
    (static / "index.html").write_text('<html><meta name="csp-nonce" content="__CSP_NONCE__"></html>')
    (static / "assets" / "app-1a2b.js").write_text("1")
    (folder / "secret.txt").write_text("secret")
    (folder / "recordings").mkdir()
    base = WebSettings(port=0, static=static, recordings=folder / "recordings", shutdown_limit_s=2.0)
    return replace(base, **changes)
