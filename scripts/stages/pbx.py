"""The Asterisk stage: one is put up where the machine allows it, and otherwise we say why not."""

import json
import os
import subprocess
import sys

from stages.report import PROJECT, StageError, run, say

COMMAND = (sys.executable, str(PROJECT / "scripts/asterisk"))
NONE_HERE = 3


def install() -> str | None:
    """Find or fetch an Asterisk; return why there can be none, or None. Raises StageError on anything else."""
    done = subprocess.run(
        [*COMMAND, "install"], stdout=subprocess.PIPE, text=True, cwd=PROJECT, timeout=1200, check=False
    )
    if done.returncode == NONE_HERE:
        return "this machine cannot have an Asterisk of its own (see above)"
    if done.returncode != 0:
        raise StageError("Asterisk cannot be put up (see above)")
    say(done.stdout.strip())
    return None


def start() -> None:
    """Start it, or have a running one read its configuration anew."""
    say(run([*COMMAND, "start"], failure="Asterisk does not start").strip())


def stop() -> None:
    """End it."""
    say(run([*COMMAND, "stop"], failure="Asterisk does not stop").strip())


def runs() -> bool:
    """Tell whether our instance runs."""
    done = subprocess.run(
        [*COMMAND, "--json", "status"], stdout=subprocess.PIPE, text=True, cwd=PROJECT, timeout=60, check=False
    )
    return bool(done.stdout and json.loads(done.stdout)["pid"])


def ringside_settings() -> dict[str, str]:
    """Return the environment that makes Ringside fit ports chosen by RINGSIDE_PBX_..., see scripts/asterisk."""
    chosen = {
        "AMI_PORT": "RINGSIDE__CARRIERS__ASTERISK__PORT",
        "AGI_PORT": "RINGSIDE__CARRIERS__ASTERISK__AGI_PORT",
        "AGI_HOST": "RINGSIDE__CARRIERS__ASTERISK__AGI_HOST",
    }
    settings = {
        name: os.environ[f"RINGSIDE_PBX_{placeholder}"]
        for placeholder, name in chosen.items()
        if f"RINGSIDE_PBX_{placeholder}" in os.environ
    }
    http = os.environ.get("RINGSIDE_PBX_HTTP_PORT")
    return settings | ({"RINGSIDE__CARRIERS__ASTERISK__PHONE_WS_URL": f"ws://127.0.0.1:{http}/ws"} if http else {})
