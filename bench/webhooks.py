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
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
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
TURN_S = 4
"""How long each server is asked at a time: a machine's speed changes by the second, and many short turns tell more
surely than a few long ones."""
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
    latency_ratios: tuple[float, ...]
    """Of each turn, how many times as long the median answer takes as the bare handler's just before and after it."""
    entries: int

    @property
    def latency_ratio(self) -> float:
        """Return the median of all turns."""
        return median(self.latency_ratios)

    @property
    def cpu_ratio(self) -> float:
        """Tell how many times as much CPU a call takes."""
        return self.ringside.cpu_ms / self.bare.cpu_ms


def measure(house: House) -> Webhooks:
    """Have calls come at the bare server and at Ringside in turn, the bare one first and last."""
    house.forget_calls()
    token = secrets.token_hex(16)
    settings = SETTINGS.replace("[server]\n", f'[server]\npublic_base_url = "{PUBLIC}"\n')
    settings = settings.replace("[carriers.asterisk]\n", "[carriers.asterisk]\nenabled = false\n") + CLOUD
    server = Server({"RINGSIDE_TWILIO_AUTH_TOKEN": token}, settings)
    with programs.reference("webhook", token) as bare_pid:
        server.start()
        try:
            before = _entries()
            _run(places.REFERENCE_PORT, token, WARM_UP_S)
            _run(places.WEB_PORT, token, WARM_UP_S)
            bare, ringside = [_answered(bare_pid, places.REFERENCE_PORT, token)], []
            for _ in range(house.pace.webhook_turns):
                ringside.append(_answered(server.pid, places.WEB_PORT, token))
                bare.append(_answered(bare_pid, places.REFERENCE_PORT, token))
            wait_until(server.is_idle, SETTLE_LIMIT_S, "the end of all calls")
            entries = _entries() - before
        finally:
            server.stop()
    return Webhooks(
        bare=_together(bare),
        ringside=_together(ringside),
        latency_ratios=tuple(
            ours.p50_ms / ((one.p50_ms + next_one.p50_ms) / 2)
            for ours, (one, next_one) in zip(ringside, pairwise(bare), strict=True)
        ),
        entries=entries,
    )


def _together(turns: Sequence[Answered]) -> Answered:
    """Return the medians of what the turns saw; the slowest answer is the slowest of all, and so is the p99."""
    return Answered(
        rate=median(turn.rate for turn in turns),
        p50_ms=median(turn.p50_ms for turn in turns),
        p99_ms=max(turn.p99_ms for turn in turns),
        most_ms=max(turn.most_ms for turn in turns),
        answered=sum(turn.answered for turn in turns),
        odd=sum(turn.odd for turn in turns),
        lost=sum(turn.lost for turn in turns),
        cpu_ms=median(turn.cpu_ms for turn in turns),
    )


def _answered(pid: int, port: int, token: str) -> Answered:
    began = cpu_s(pid)
    found = _run(port, token, TURN_S)
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
