"""A private Asterisk for the tests: rendered from config/asterisk by scripts/asterisk, on ports nobody else uses."""

import json
import os
import socket
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
COMMAND = PROJECT / "scripts/asterisk"
LIMIT_S = 120


class AsteriskMissingError(Exception):
    """There is no Asterisk to test with; the text says how to have one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """The ports of one instance; SIP is UDP, the others TCP."""

    ami: int
    sip: int
    http: int
    agi: int
    """Where Ringside's FastAGI server is expected."""
    agi_2: int
    """Where the second one is."""
    trunk: int
    """Where outgoing calls are sent: the test's provider."""
    rtp: int
    """First of 400."""


@dataclass(slots=True, kw_only=True)
class AsteriskInstance:
    """One running Asterisk. Methods wait until it is done; AssertionError tells what Asterisk said if not."""

    folder: Path
    ports: Ports
    recordings: Path
    settings: list[str] = field(default_factory=list)

    @property
    def ami_secret(self) -> str:
        """The secret of the manager user `ringside`."""
        return self.secret("RINGSIDE_AMI_SECRET")

    @property
    def cel_file(self) -> Path:
        """Where the ledger's file is, once a call was made."""
        return self.folder / "log/cel-custom/Master.csv"

    @property
    def log(self) -> str:
        """What it complained about so far."""
        return (self.folder / "log/messages.log").read_text(errors="replace")

    def secret(self, name: str) -> str:
        """Return a generated secret, e.g. RINGSIDE_SIP_PASSWORD_111."""
        lines = (self.folder.parent / "secrets.env").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)[name]

    def start(self) -> None:
        """Render the configuration and start; nothing happens when it runs."""
        self._do("start", *self.settings)

    def stop(self) -> None:
        """End it with all its calls."""
        self._do("stop")

    def restart(self) -> None:
        """End it with all its calls and start it again, as after a crash."""
        self._do("restart", *self.settings)

    def rx(self, line: str) -> str:
        """Return what its command line says."""
        return self._do("rx", line)

    @property
    def pid(self) -> int:
        """Its process, e.g. to stop it without a goodbye."""
        return int(json.loads(self._do("--json", "status"))["pid"])

    def _do(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, str(COMMAND), "--dir", str(self.folder), *arguments],
            capture_output=True, text=True, errors="replace", timeout=LIMIT_S, check=False,
        )  # fmt: skip
        if done.returncode == 3:
            raise AsteriskMissingError(f"{done.stderr.strip()}\nput one up with: make asterisk")
        assert done.returncode == 0, f"scripts/asterisk {' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done.stdout


def new_instance(folder: Path) -> AsteriskInstance:
    """Return an instance below `folder`, not started, on ports that are free now."""
    ports = _free_ports()
    recordings = folder / "recordings"
    recordings.mkdir(parents=True)
    values = {
        "AMI_PORT": ports.ami, "SIP_PORT": ports.sip, "HTTP_PORT": ports.http, "AGI_PORT": ports.agi,
        "AGI_2": f"127.0.0.1:{ports.agi_2}", "TRUNK_PORT": ports.trunk,
        "RTP_START": ports.rtp, "RTP_END": ports.rtp + 399,
    }  # fmt: skip
    settings = [part for name, value in values.items() for part in ("--set", f"{name}={value}")]
    return AsteriskInstance(folder=folder / "asterisk", ports=ports, recordings=recordings, settings=settings)


def free_port(kind: socket.SocketKind = socket.SOCK_DGRAM) -> int:
    """Return a port of 127.0.0.1 that nobody uses now."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _free_ports() -> Ports:
    """Return ports that differ from each other: all are held while they are chosen."""
    tcp, udp = socket.SOCK_STREAM, socket.SOCK_DGRAM
    wanted = {"ami": tcp, "sip": udp, "http": tcp, "agi": tcp, "agi_2": tcp, "trunk": udp}
    found: dict[str, int] = {}
    with ExitStack() as held:
        for name, kind in wanted.items():
            probe = held.enter_context(socket.socket(socket.AF_INET, kind))
            probe.bind(("127.0.0.1", 0))
            found[name] = int(probe.getsockname()[1])
    # RTP ports lie below the kernel's own range, apart for each process of tests.
    return Ports(**found, rtp=16000 + (os.getpid() % 40) * 400)
