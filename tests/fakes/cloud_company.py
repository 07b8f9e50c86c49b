"""A company with only a number in the cloud: settings, database and prompts of a whole Ringside, and its account."""

import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from telephony.calls.model import AgentId, QueueName
from telephony.cli import company
from telephony.ports import Role, User
from telephony.routing.agents import Agent
from telephony.settings import Configuration, load_settings
from telephony.store.database import Database
from telephony.store.demo import Credentials, load_demo
from telephony.store.migrate import upgrade
from telephony.store.users import StoredUsers
from telephony.web.passwords import hash_password
from tests.fakes.twilio import FakeTwilio, Pace
from tests.unit.carriers.twilio.cloud import write_wav
from tests.waiting import PATIENCE_S

PROJECT = Path(__file__).parents[2]
PUBLIC = "https://ringside.example"
OURS = "+35924000000"
MOBILE = "+359888300400"
PASSWORD = "a long test password"
PETRA = AgentId("petra")
_HASH = hash_password(PASSWORD)


@dataclass(slots=True, kw_only=True)
class CloudCompany:
    """A Ringside that can be started, here or as a process of its own, and the cloud it works with."""

    folder: Path
    twilio: FakeTwilio
    port: int
    more: dict[str, str]

    @property
    def environment(self) -> dict[str, str]:
        settings = {
            "CARRIERS__ASTERISK__ENABLED": "false",
            "CARRIERS__TWILIO__ENABLED": "true",
            "CARRIERS__TWILIO__ACCOUNT_SID": self.twilio.account_sid,
            "CARRIERS__TWILIO__API_BASE_URL": self.twilio.url,
            "CARRIERS__TWILIO__FALLBACK_NUMBER": "+35924000009",
            "SERVER__PUBLIC_BASE_URL": PUBLIC,
            "SERVER__DATA_DIR": str(self.folder),
            "SERVER__LISTEN_PORT": str(self.port),
            "RECORDING__DIR": str(self.folder / "recordings"),
            "CALENDARS__OFFICE__WEEKLY": '{ "mon-sun" = "24h" }',
            "CALENDARS__OFFICE__HOLIDAYS": '""',
            "LOG__FORMAT": "json",
            "QUEUES__SALES__WRAP_UP_S": "0",
        }
        secrets = {
            "RINGSIDE_TWILIO_AUTH_TOKEN": self.twilio.auth_token,
            "RINGSIDE_ENV_FILE": str(self.folder / "none.env"),
            "RINGSIDE_CONFIG": str(PROJECT / "config/ringside.toml"),
        }
        return {f"RINGSIDE__{name}": value for name, value in settings.items()} | secrets | self.more

    @property
    def configured(self) -> Configuration:
        return load_settings(PROJECT / "config/ringside.toml", self.environment)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def prepare(self) -> None:
        """Make the database with the demo company and an agent with a mobile, and prompts of a second of silence."""
        configured = self.configured
        await upgrade(configured.database_url)
        async with Database(configured.database_url) as database:
            await load_demo(
                database,
                PROJECT / "config/demo/company.json",
                now=datetime.now(UTC),
                credentials=lambda _login: Credentials(password_hash=_HASH, sip_password=None),
            )
            await StoredUsers(database).add_user(_petra())
        silence = self.folder / "silence.wav"
        write_wav(silence, seconds=1)
        for prompt in company.prompts(configured).listed():
            prompt.file.parent.mkdir(parents=True, exist_ok=True)
            if not prompt.file.exists():
                os.link(silence, prompt.file)


@asynccontextmanager
async def cloud_company(folder: Path, twilio: FakeTwilio | None = None, **more: str) -> AsyncIterator[CloudCompany]:
    """Have the company, and its account at the cloud, with one number that leads to it."""
    async with twilio or FakeTwilio(pace=Pace(real_webhook_limit_s=PATIENCE_S)) as account:
        made = CloudCompany(folder=folder, twilio=account, port=_free_port(), more=more)
        await made.prepare()
        account.resolves(PUBLIC, made.url)
        account.owns(
            OURS,
            f"{PUBLIC}/twilio/voice",
            fallback_url=f"{PUBLIC}/twilio/fallback",
            status_callback=f"{PUBLIC}/twilio/status",
        )
        yield made


def _petra() -> User:
    queues = frozenset(QueueName(name) for name in ("sales", "service", "operator"))
    agent = Agent(id=PETRA, name="Petra", extension="201", endpoint=f"tel:{MOBILE}", queues=queues)
    return User(login="petra", name="Petra", role=Role.AGENT, password_hash=_HASH, agent=agent)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
