"""A real `ringside serve` for the tests: its own process, database and ports, beside a private Asterisk."""

import asyncio
import contextlib
import csv
import json
import os
import signal
import socket
import sqlite3
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import aiohttp

from telephony.calls.model import AgentId, QueueName
from telephony.ports import Role, User
from telephony.routing.agents import Agent
from telephony.store.database import Database
from telephony.store.demo import Credentials, load_demo
from telephony.store.migrate import upgrade
from telephony.store.users import StoredUsers
from telephony.web.passwords import hash_password
from tests.integration.asterisk import AsteriskInstance
from tests.waiting import PATIENCE_S, until

PROJECT = Path(__file__).resolve().parents[2]
PASSWORD = "a long test password"
DESK_PHONES = {"petra": "111", "paul": "112", "pia": "113"}
_HASH = hash_password(PASSWORD)


@dataclass(slots=True, kw_only=True)
class Server:
    """One Ringside, startable and killable."""

    folder: Path
    asterisk: AsteriskInstance
    port: int
    environment: dict[str, str] = field(default_factory=dict)
    process: asyncio.subprocess.Process | None = None
    log: list[dict[str, object]] = field(default_factory=list)
    _reader: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def database(self) -> Path:
        return self.folder / "data/ringside.db"

    async def prepare(self) -> None:
        """Make the database with the demo company and three agents at desk phones."""
        (self.folder / "data").mkdir(parents=True, exist_ok=True)
        url = f"sqlite:///{self.database}"
        await upgrade(url)
        async with Database(url) as database:
            await load_demo(
                database,
                PROJECT / "config/demo/company.json",
                now=datetime.now(UTC),
                credentials=lambda login: Credentials(password_hash=_HASH, sip_password=self.browser_secret(login)),
            )
            for login, extension in DESK_PHONES.items():
                await StoredUsers(database).add_user(desk_agent(login, extension))

    def browser_secret(self, login: str) -> str | None:
        extension = {"maria": "101", "ivan": "102", "anna": "103"}.get(login)
        return self.asterisk.secret(f"RINGSIDE_SIP_PASSWORD_{extension}") if extension else None

    async def start(self, *, limit_s: float = 240) -> None:
        """Start and wait until callers may come. Raises AssertionError when the server ends before that."""
        self.log.clear()
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "telephony", "serve",
            cwd=PROJECT, env=os.environ | self._environment(), stdout=PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        self._reader = asyncio.create_task(self._read(), name="server log")
        process = self.process
        await until(lambda: process.returncode is not None or self._line("ready"), limit_s, what="a ready server")
        await self._require_running()
        await until(self.is_ready)

    async def _require_running(self) -> None:
        assert self.process is not None
        if self.process.returncode is not None:
            await self._end_reader()
            raise AssertionError(f"the server ended with {self.process.returncode}: {self.log[-3:]}")

    def _line(self, action: str) -> dict[str, object] | None:
        return next((line for line in self.log if line.get("action") == action), None)

    async def stop(self) -> None:
        """Stop as an operator does."""
        if self.process is not None and self.process.returncode is None:
            self.process.terminate()
            async with asyncio.timeout(PATIENCE_S):
                await self.process.wait()
        await self._end_reader()

    async def kill(self) -> None:
        """Kill without a goodbye."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()
        await self._end_reader()

    async def logged(self, action: str, *, limit_s: float = PATIENCE_S) -> dict[str, object]:
        """Wait for a log line of this action."""
        return await until(lambda: self._line(action), limit_s, what=action)

    async def is_ready(self) -> bool:
        try:
            async with aiohttp.ClientSession() as session, session.get(f"{self.url}/readyz") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    def entries(self) -> list[dict[str, object]]:
        """Return the timeline's calls, oldest first, straight from the file."""
        with contextlib.closing(sqlite3.connect(self.database)) as connection:
            connection.row_factory = sqlite3.Row
            rows = connection.execute("SELECT * FROM entries WHERE id GLOB '[0-9]*.[0-9]*' ORDER BY at").fetchall()
        return [dict(row) for row in rows]

    async def entry(self, caller: str, *, limit_s: float = PATIENCE_S) -> dict[str, object]:
        """Wait for the finished entry of this caller."""

        def find() -> dict[str, object] | None:
            found = [each for each in self.entries() if each["caller"] == caller and each["ended_at"]]
            return found[-1] if found else None

        return await until(find, limit_s)

    async def entry_to(self, called: str, *, limit_s: float = PATIENCE_S) -> dict[str, object]:
        """Wait for the finished entry of a call to this number."""

        def find() -> dict[str, object] | None:
            found = [each for each in self.entries() if each["called"] == called and each["ended_at"]]
            return found[-1] if found else None

        return await until(find, limit_s)

    def entries_of(self, caller: str) -> list[dict[str, object]]:
        return [each for each in self.entries() if each["caller"] == caller]

    def steps_of(self, caller: str) -> list[tuple[str, str, str]]:
        return [step for entry in self.entries_of(caller) for step in self.steps(entry["id"])]

    def seen(self, caller: str) -> bool:
        """Tell whether the journal has a menu's answer of some call; `caller` is for the reader."""
        with contextlib.closing(sqlite3.connect(self.database)) as connection:
            return connection.execute("SELECT count(*) FROM steps WHERE event = 'keys'").fetchone()[0] > 0

    def ledger_mark(self) -> str | None:
        """Return up to where Asterisk's CEL file is in the timeline; None when nothing is kept yet."""
        with contextlib.closing(sqlite3.connect(self.database)) as connection:
            row = connection.execute("SELECT position FROM carrier_marks WHERE name = 'cel'").fetchone()
        return row[0] if row else None

    def has_step(self, *step: str) -> bool:
        """Tell whether the journal has this kind, event and value of any call, which may be live."""
        with contextlib.closing(sqlite3.connect(self.database)) as connection:
            query = "SELECT count(*) FROM steps WHERE (kind, event, value) = (?, ?, ?)"
            return connection.execute(query, step).fetchone()[0] > 0

    async def live_calls(self) -> int:
        async with aiohttp.ClientSession() as session, session.get(f"{self.url}/metrics") as answer:
            text = await answer.text()
        line = next(each for each in text.splitlines() if each.startswith("ringside_live_calls "))
        return int(float(line.split()[1]))

    def steps(self, call_id: object) -> list[tuple[str, str, str]]:
        with contextlib.closing(sqlite3.connect(self.database)) as connection:
            rows = connection.execute(
                "SELECT kind, event, value FROM steps WHERE call_id = ? ORDER BY seq", (call_id,)
            ).fetchall()
        return [tuple(row) for row in rows]

    def notes(self, call_id: object) -> list[str]:
        with contextlib.closing(sqlite3.connect(self.database)) as connection:
            rows = connection.execute("SELECT text FROM notes WHERE call_id = ?", (call_id,)).fetchall()
        return [row[0] for row in rows]

    def _environment(self) -> dict[str, str]:
        pbx = self.asterisk
        settings = {
            "SERVER__LISTEN_PORT": str(self.port),
            "SERVER__DATA_DIR": str(self.folder / "data"),
            "CARRIERS__ASTERISK__PORT": str(pbx.ports.ami),
            "CARRIERS__ASTERISK__AGI_PORT": str(pbx.ports.agi),
            "CARRIERS__ASTERISK__CEL_FILE": str(pbx.cel_file),
            "RECORDING__DIR": str(pbx.recordings),
            "CALENDARS__OFFICE__WEEKLY": '{ "mon-sun" = "24h" }',
            "CALENDARS__OFFICE__HOLIDAYS": '""',
            "LOG__FORMAT": "json",
            "SCREENS__RECORD_DEADLINE_MS": "5000",
            "QUEUES__SALES__RING_LIMIT_S": "6",
            "QUEUES__SALES__WRAP_UP_S": "2",
        }
        secrets = {"RINGSIDE_AMI_SECRET": pbx.ami_secret, "RINGSIDE_ENV_FILE": str(self.folder / "none.env")}
        return {f"RINGSIDE__{name}": value for name, value in settings.items()} | secrets | self.environment

    async def _read(self) -> None:
        assert self.process is not None
        assert self.process.stdout is not None
        while line := await self.process.stdout.readline():
            try:
                self.log.append(json.loads(line))
            except ValueError:
                self.log.append({"text": line.decode(errors="replace").rstrip()})

    async def _end_reader(self) -> None:
        if self._reader is not None:
            await asyncio.wait({self._reader}, timeout=5)
            self._reader.cancel()


@contextlib.asynccontextmanager
async def serving(
    asterisk: AsteriskInstance, folder: Path, environment: dict[str, str] | None = None
) -> AsyncIterator[Server]:
    """Have a server beside this Asterisk, with the demo company, from start to stop."""
    server = Server(folder=folder, asterisk=asterisk, port=free_tcp_port(), environment=environment or {})
    await server.prepare()
    try:
        await server.start()
        yield server
    finally:
        await server.stop()


def desk_agent(login: str, extension: str) -> User:
    """Return an agent at a desk phone who serves every queue."""
    queues = frozenset(QueueName(name) for name in ("sales", "service", "operator"))
    agent = Agent(
        id=AgentId(login), name=login.title(), extension=extension, endpoint=f"PJSIP/{extension}", queues=queues
    )
    return User(login=login, name=login.title(), role=Role.AGENT, password_hash=_HASH, agent=agent)


@dataclass(slots=True, kw_only=True)
class AgentPage:
    """An agent's page without a browser: the same socket, the same events, the same requests."""

    login: str
    url: str
    session: aiohttp.ClientSession
    socket: aiohttp.ClientWebSocketResponse
    events: list[dict[str, object]] = field(default_factory=list)

    async def sees(self, what: str, *, limit_s: float = PATIENCE_S, **fields: object) -> dict[str, object]:
        """Wait for an event of this type whose (or whose call's) fields are these."""

        def find() -> dict[str, object] | None:
            for event in self.events:
                body = event.get("call") if what == "call" else event
                if event["type"] == what and isinstance(body, dict) and fields.items() <= body.items():
                    return body
            return None

        return await until(find, limit_s)

    async def sends(self, **message: object) -> None:
        await self.socket.send_json(message)

    async def is_ready_for_calls(self) -> None:
        await self._is("ready")

    async def is_away(self) -> None:
        await self._is("away")

    async def asks(self, call_id: object, what: str, **body: str) -> int:
        """Ask something of a live call, and return the answer's status."""
        url = f"{self.url}/api/v1/calls/{call_id}/{what}"
        async with self.session.post(url, json=body, headers={"Origin": self.url}) as answer:
            return answer.status

    async def asks_as(self, login: str) -> None:
        """Let its requests be somebody else's from now on; its socket stays the agent's."""
        await log_in(self.session, self.url, login)

    async def _is(self, state: str) -> None:
        await self.sends(type="state", value=state)
        await self.sees("state", value=state)


async def log_in(session: aiohttp.ClientSession, url: str, login: str) -> None:
    """Let this session's requests be this user's."""
    credentials, origin = {"login": login, "password": PASSWORD}, {"Origin": url}
    async with session.post(f"{url}/api/v1/login", json=credentials, headers=origin) as answer:
        assert answer.status == 200, await answer.text()
        # Beside a cloud the cookie is Secure, and here nothing stands before the server that speaks TLS
        session.headers["Cookie"] = "; ".join(f"{name}={morsel.value}" for name, morsel in answer.cookies.items())


class Served(Protocol):
    """A Ringside that answers at an address."""

    @property
    def url(self) -> str: ...


@contextlib.asynccontextmanager
async def agent_page(server: Served, login: str) -> AsyncIterator[AgentPage]:
    """Log in and open the agent's socket."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        await log_in(session, server.url, login)
        async with session.ws_connect(f"{server.url}/ws/agent", headers={"Origin": server.url}) as socket:
            page = AgentPage(login=login, url=server.url, session=session, socket=socket)

            async def read() -> None:
                async for message in socket:
                    page.events.append(json.loads(message.data))

            reader = asyncio.create_task(read(), name=f"page {login}")
            try:
                await page.sees("snapshot")
                yield page
            finally:
                reader.cancel()
                await asyncio.wait({reader})


def free_tcp_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def cel_rows(file: Path) -> list[list[str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.reader(lines))
