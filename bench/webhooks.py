"""How fast a call in the cloud is answered, with everything on, beside a bare handler that checks the signature."""

import base64
import hashlib
import hmac
import json
import random
import secrets
import sqlite3
import subprocess
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench import places, programs
from bench.house import House
from bench.machine import cpu_s, wait_until
from bench.server import SETTINGS, Server

RATE = 200
CONNECTIONS = 40
TALK_S = 2
"""How long after a call came it is told to be over."""
WARM_UP_S = 4
BARE_S = 10
SETTLE_LIMIT_S = 60
PUBLIC = places.PUBLIC
ACCOUNT = "AC" + "b" * 32
SCRIPT = places.HERE / "webhooks.lua"
CLOUD = f"""
[carriers.twilio]
enabled = true
account_sid = "{ACCOUNT}"
api_base_url = "http://{places.HOST}:{places.REFERENCE_PORT}"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What one run of webhooks saw. `cpu_ms` is the server's, for a call: its first webhook and its last."""

    rate: float
    p50_ms: float
    p99_ms: float
    most_ms: float
    answered: int
    odd: int
    """Answers that were not what a caller should hear."""
    lost: int
    cpu_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhooks:
    """Both servers, and how many of the calls stand in the timeline."""

    bare: Answered
    ringside: Answered
    entries: int

    @property
    def latency_ratio(self) -> float:
        """Tell how many times as long the median answer takes."""
        return self.ringside.p50_ms / self.bare.p50_ms

    @property
    def cpu_ratio(self) -> float:
        """Tell how many times as much CPU a call takes."""
        return self.ringside.cpu_ms / self.bare.cpu_ms


def measure(house: House) -> Webhooks:
    """Have calls come at the bare server, at Ringside, and at the bare one once more."""
    house.forget_calls()
    token = secrets.token_hex(16)
    settings = SETTINGS.replace("[server]\n", f'[server]\npublic_base_url = "{PUBLIC}"\n')
    settings = settings.replace("[carriers.asterisk]\n", "[carriers.asterisk]\nenabled = false\n") + CLOUD
    server = Server({"RINGSIDE_TWILIO_AUTH_TOKEN": token}, settings)
    with programs.reference("webhook", token) as bare_pid:
        before_it = _answered(bare_pid, places.REFERENCE_PORT, token, BARE_S)
        server.start()
        try:
            before = _entries()
            ringside = _answered(server.pid, places.WEB_PORT, token, house.pace.webhooks_s)
            wait_until(server.is_idle, SETTLE_LIMIT_S, "the end of all calls")
            entries = _entries() - before
        finally:
            server.stop()
        after_it = _answered(bare_pid, places.REFERENCE_PORT, token, BARE_S)
    return Webhooks(bare=_between(before_it, after_it), ringside=ringside, entries=entries)


def _between(before: Answered, after: Answered) -> Answered:
    """Return the bare handler as it was while the other was measured: a machine's speed changes by the minute."""
    return Answered(
        rate=(before.rate + after.rate) / 2,
        p50_ms=(before.p50_ms + after.p50_ms) / 2,
        p99_ms=(before.p99_ms + after.p99_ms) / 2,
        most_ms=max(before.most_ms, after.most_ms),
        answered=before.answered + after.answered,
        odd=before.odd + after.odd,
        lost=before.lost + after.lost,
        cpu_ms=(before.cpu_ms + after.cpu_ms) / 2,
    )


def _answered(pid: int, port: int, token: str, seconds: int) -> Answered:
    _run(port, token, WARM_UP_S)
    began = cpu_s(pid)
    found = _run(port, token, seconds)
    calls = found["answered"] + found["odd"]
    return Answered(**found, cpu_ms=(cpu_s(pid) - began) / calls * 1000)


def _run(port: int, token: str, seconds: int) -> dict[str, Any]:
    """Let calls come for so long, and end; return what the callers saw."""
    calls = [f"CA{secrets.token_hex(16)}" for _ in range(int(RATE * seconds * 1.3))]
    voice = _written("voice", token, [_fields(call, "ringing") for call in calls])
    status = _written("status", token, [_fields(call, "completed") for call in calls])
    coming = _wrk(port, "voice", voice, seconds, "<Gather")
    time.sleep(TALK_S)
    ending = _wrk(port, "status", status, seconds + 1, "<Response")
    said, _ = coming.communicate(timeout=seconds + 30)
    ending.communicate(timeout=seconds + 30)
    found: dict[str, Any] = json.loads(said.splitlines()[-1])
    return found


def _wrk(port: int, hook: str, requests: Path, seconds: int, expected: str) -> "subprocess.Popen[str]":
    url = f"http://{places.HOST}:{port}/"
    mean_ms = CONNECTIONS * 1000 / RATE
    options = ("-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(SCRIPT), url)
    told = (f"/twilio/{hook}", str(requests), f"{mean_ms:g}", expected)
    return subprocess.Popen(["wrk", *options, "--", *told], stdout=subprocess.PIPE, text=True)


def _fields(call: str, status: str) -> dict[str, str]:
    caller = places.number_of(random.randrange(places.CUSTOMERS))
    return {
        "AccountSid": ACCOUNT,
        "ApiVersion": "2010-04-01",
        "CallSid": call,
        "CallStatus": status,
        "Called": places.MENUS,
        "CalledCountry": "BG",
        "Caller": caller,
        "CallerCountry": "BG",
        "Direction": "inbound",
        "From": caller,
        "FromCountry": "BG",
        "To": places.MENUS,
        "ToCountry": "BG",
        "SequenceNumber": "0",
    }


def _written(hook: str, token: str, forms: list[dict[str, str]]) -> Path:
    file = places.STATE / f"webhooks-{hook}.txt"
    url = f"{PUBLIC}/twilio/{hook}"
    lines = (f"{_signature(url, form, token)}\t{urlencode(form)}\n" for form in forms)
    file.write_text("".join(lines))
    return file


def _signature(url: str, form: dict[str, str], token: str) -> str:
    signed = url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


def _entries() -> int:
    with closing(sqlite3.connect(places.DATABASE, timeout=10)) as connection:
        query = "SELECT count(*) FROM entries WHERE id LIKE 'CA%' AND ended_at IS NOT NULL"
        return int(connection.execute(query).fetchone()[0])
