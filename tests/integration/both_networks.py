"""A real `ringside serve` on two networks: a real Asterisk, and a fake Twilio whose callers SIPp takes there."""

import contextlib
import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from telephony.cli import company
from telephony.ports import User
from telephony.settings import load_settings
from telephony.store.database import Database
from telephony.store.users import StoredUsers
from tests.fakes.twilio import Caller, FakeTwilio, FarPhone, Pace
from tests.integration.asterisk import AsteriskInstance
from tests.integration.ringside import PROJECT, Server, desk_agent, free_tcp_port
from tests.integration.sipp import Running, Sipp, Step
from tests.unit.carriers.twilio.cloud import write_wav

PUBLIC = "https://ringside.example"
OURS = "+35924000000"
PBX = f"sip:{OURS}@pbx.example.com"
MOBILE = "+359888300400"
SERVED = FarPhone(rings_after_s=0.1, answers_after_s=0.1, talks_s=None)


@dataclass(slots=True, kw_only=True)
class Networks:
    """The server and both of its networks. The agent `vera` has only a mobile."""

    server: Server
    twilio: FakeTwilio
    asterisk: AsteriskInstance
    sipp: Sipp

    async def calls(self, number: str) -> Caller:
        """Let somebody call the cloud's number."""
        return await self.twilio.incoming(to=OURS, from_=number)

    async def is_taken_to_asterisk(self, caller: Caller, *steps: Step) -> Running:
        """Carry the caller's <Dial><Sip> out: the real call at the real Asterisk, with what they do there."""
        await self.twilio.until(lambda: bool(caller.legs), f"{caller.sid} at Asterisk")
        return await self.sipp.cloud_calls(OURS, *steps, header=caller.sid, number=caller.call.from_ or "")

    def entries_of(self, number: str) -> list[dict[str, object]]:
        """Return the timeline's calls of this caller that are over, under whatever id."""
        with contextlib.closing(sqlite3.connect(self.server.database)) as database:
            database.row_factory = sqlite3.Row
            asked = "SELECT * FROM entries WHERE caller = ? AND legs <> '[]' AND ended_at IS NOT NULL"
            return [dict(row) for row in database.execute(asked, (number,)).fetchall()]


@asynccontextmanager
async def both_networks(asterisk: AsteriskInstance, folder: Path) -> AsyncIterator[Networks]:
    """Have them, from start to stop. The prompts are short silences where `asterisk` has none yet."""
    async with AsyncExitStack() as stack:
        twilio = await stack.enter_async_context(FakeTwilio(pace=Pace(scale=1.0)))
        server = Server(
            folder=folder, asterisk=asterisk, port=free_tcp_port(), environment=_environment(twilio.account_sid)
        )
        server.environment |= {
            "RINGSIDE_TWILIO_AUTH_TOKEN": twilio.auth_token,
            "RINGSIDE__CARRIERS__TWILIO__API_BASE_URL": twilio.url,
        }
        await server.prepare()
        async with Database(f"sqlite:///{server.database}") as database:
            await StoredUsers(database).add_user(_vera())
        hush(asterisk, folder)
        twilio.resolves(PUBLIC, server.url)
        twilio.owns(
            OURS,
            f"{PUBLIC}/twilio/voice",
            fallback_url=f"{PUBLIC}/twilio/fallback",
            status_callback=f"{PUBLIC}/twilio/status",
        )
        twilio.phones[PBX] = SERVED
        sipp = Sipp(folder=folder, asterisk=asterisk)
        stack.push_async_callback(sipp.leaves_no_call)
        await server.start()
        stack.push_async_callback(server.stop)
        yield Networks(server=server, twilio=twilio, asterisk=asterisk, sipp=sipp)


def hush(asterisk: AsteriskInstance, folder: Path) -> None:
    """Give every prompt a second of silence: nobody listens here, and real ones take a minute to make."""
    configured = load_settings(
        PROJECT / "config/ringside.toml",
        {"RINGSIDE__RECORDING__DIR": str(asterisk.recordings), "RINGSIDE_AMI_SECRET": "none"},
    )
    silence = folder / "silence.wav"
    write_wav(silence, seconds=1)
    for prompt in company.prompts(configured).listed():
        prompt.file.parent.mkdir(parents=True, exist_ok=True)
        if not prompt.file.exists():
            os.link(silence, prompt.file)


def _environment(account_sid: str) -> dict[str, str]:
    settings = {
        "SERVER__PUBLIC_BASE_URL": PUBLIC,
        "CARRIERS__TWILIO__ENABLED": "true",
        "CARRIERS__TWILIO__ACCOUNT_SID": account_sid,
        "CARRIERS__TWILIO__ASTERISK_SIP": "sip:{called}@pbx.example.com",
        "CARRIERS__ASTERISK__OUTSIDE_DIAL": "PJSIP/{number}@trunk",
        "CARRIERS__ASTERISK__TRUNKS": '["PJSIP/trunk", "PJSIP/cloud"]',
        "OVERFLOW__BACK_AFTER_S": "1",
        "QUEUES__SALES__WRAP_UP_S": "0",
    }
    return {f"RINGSIDE__{name}": value for name, value in settings.items()}


def _vera() -> User:
    user = desk_agent("vera", MOBILE)
    assert user.agent is not None
    return replace(user, agent=replace(user.agent, endpoint=f"tel:{MOBILE}"))
