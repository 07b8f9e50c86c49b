"""The Ringside under test: a process of its own, asked for its metrics as an operator would."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping

from bench import places
from bench.pbx import CEL_FILE, PROMPT_S, write_tone

START_LIMIT_S = 60
STOP_LIMIT_S = 30
LOG = places.STATE / "ringside.log"

SETTINGS = f"""
[server]
listen_port = {places.WEB_PORT}
data_dir = "{places.DATA}"
[carriers.asterisk]
port = {places.AMI_PORT}
agi_port = {places.AGI_PORT}
trunks = ["PJSIP/trunk"]
cel_file = "{CEL_FILE}"
[ivr]
flows_dir = "{places.FLOWS}"
default_flow = "bench"
publish = "on_start"
[ivr.numbers]
"{places.MENUS}" = "bench"
"{places.LINE}" = "line"
"{places.LONG_MENU}" = "long_menu"
[recording]
dir = "{places.RECORDINGS}"
[queues.support]
wrap_up_s = 0
[log]
format = "json"
"""


class Server:
    """One `ringside serve`, with these secrets of the environment."""

    def __init__(self, secrets: Mapping[str, str], settings: str = SETTINGS) -> None:
        self._secrets = secrets
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        shutil.rmtree(places.FLOWS, ignore_errors=True)
        shutil.copytree(places.HERE / "flows", places.FLOWS)
        # A recording takes the place of a spoken text: every text of the bench is the short tone.
        for line in (places.FLOWS / "prompts/en.yaml").read_text().splitlines():
            if line and line[0].isalpha():
                write_tone(places.FLOWS / "prompts/en" / f"{line.partition(':')[0]}.wav", PROMPT_S)

    @property
    def pid(self) -> int:
        """Its process."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start and wait until callers may come."""
        assert not self._is_ready(), f"another server listens at port {places.WEB_PORT}: stop it first"
        (places.STATE / "ringside.toml").write_text(self._settings)
        environment = os.environ | {
            "RINGSIDE_CONFIG": str(places.STATE / "ringside.toml"),
            "RINGSIDE_ENV_FILE": str(places.STATE / "none.env"),
            **self._secrets,
        }
        with LOG.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "telephony", "serve"],
                cwd=places.PROJECT,
                env=environment,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + START_LIMIT_S
        while not self._is_ready():
            assert self._process.poll() is None, f"Ringside ended at once: see {LOG}"
            assert time.monotonic() < deadline, f"Ringside is not ready within {START_LIMIT_S} s: see {LOG}"
            time.sleep(0.1)

    def stop(self) -> None:
        """Stop as an operator does."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def reading(self, name: str) -> float:
        """Return the sum of a metric over all its labels."""
        lines = self._get("/metrics").splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith((f"{name} ", f"{name}{{")))

    def is_idle(self) -> bool:
        """Tell whether no call lives there and everything is written."""
        return self.reading("ringside_live_calls") == 0 and self.reading("ringside_writer_backlog") == 0

    def _is_ready(self) -> bool:
        try:
            return bool(json.loads(self._get("/readyz")))
        except OSError:
            return False

    def _get(self, path: str) -> str:
        with urllib.request.urlopen(f"http://{places.HOST}:{places.WEB_PORT}{path}", timeout=10) as answer:
            return str(answer.read().decode())
