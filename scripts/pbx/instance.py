"""One running Asterisk below one folder: its configuration rendered from the templates, started, asked and stopped."""

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from pbx import music, secrets_file
from pbx.errors import PbxError
from pbx.places import Asterisk

START_LIMIT_S = 60
STOP_LIMIT_S = 20
PLACEHOLDER = re.compile(r"@([A-Z][A-Z0-9_]+)@")
LONGEST_SOCKET_PATH = 100
"""The kernel takes 107 characters for the control socket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What an instance is made from. `values` fill the templates' placeholders; see `defaults` in the command."""

    folder: Path
    templates: tuple[Path, ...]
    """Folders of *.conf; a file of a later one takes the place of an earlier one's."""
    secrets: Path
    values: dict[str, str] = field(default_factory=dict)


def render(asterisk: Asterisk, wanted: Wanted) -> None:
    """Write the instance's folder anew from the templates; sounds, logs and the ledger file stay."""
    folder = wanted.folder
    for name in ("etc", "var/keys", "spool", "log/cel-custom", "data/sounds"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    run_folder(folder).mkdir(parents=True, exist_ok=True)
    texts = {path.name: path.read_text() for templates in wanted.templates for path in sorted(templates.glob("*.conf"))}
    names = {name for text in texts.values() for name in PLACEHOLDER.findall(text)}
    made = secrets_file.ensure(wanted.secrets, sorted(f"RINGSIDE_{name}" for name in names if _is_secret(name)))
    values = {name.removeprefix("RINGSIDE_"): value for name, value in made.items()} | {
        "INSTANCE": str(folder), "RUN": str(run_folder(folder)), "MODULES": str(asterisk.modules), **wanted.values,
    }  # fmt: skip
    unknown = sorted(names - values.keys())
    if unknown:
        raise PbxError(f"{', '.join(map(str, wanted.templates))}: nothing fills {', '.join(unknown)}")
    for name, text in texts.items():
        _write(folder / "etc" / name, PLACEHOLDER.sub(lambda found: values[found[1]], text))
    _data(asterisk, folder / "data")
    # Ringside may look for the ledger before the first call makes it.
    (folder / "log/cel-custom/Master.csv").touch()


def run_folder(folder: Path) -> Path:
    """Return where the control socket is: below the folder, or in /tmp when that path is too long for a socket."""
    inside = folder / "run"
    if len(str(inside)) + len("/asterisk.ctl") <= LONGEST_SOCKET_PATH:
        return inside
    return Path(tempfile.gettempdir()) / f"ringside-{os.getuid()}-{abs(hash_of(str(folder))):08x}"


def hash_of(text: str) -> int:
    """Return the same number for the same text in every process (`hash` does not)."""
    number = 0
    for byte in text.encode():
        number = (number * 31 + byte) & 0xFFFFFFFF
    return number


def check_ports(wanted: Wanted) -> None:
    """Raise PbxError when somebody else has a port that this instance is to have; Asterisk itself would only log it."""
    for name, kind in (("AMI", socket.SOCK_STREAM), ("HTTP", socket.SOCK_STREAM), ("SIP", socket.SOCK_DGRAM)):
        host, port = wanted.values[f"{name}_BIND"], wanted.values[f"{name}_PORT"]
        with socket.socket(socket.AF_INET, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(kind == socket.SOCK_STREAM))
            try:
                probe.bind((host, int(port)))
            except OSError as error:
                other = f"export RINGSIDE_PBX_{name}_PORT={10_000 + int(port) % 10_000}"
                choose = f"end what uses it, or choose another in every terminal, e.g. {other}"
                raise PbxError(f"port {port} of {host} cannot be had ({error.strerror}): {choose}") from None


def pid(folder: Path) -> int | None:
    """Return the process of this folder's Asterisk, None when it does not run."""
    try:
        number = int((folder / "asterisk.pid").read_text())
        # The number may be somebody else's by now: the program's arguments tell.
        arguments = Path(f"/proc/{number}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return None
    return number if str(folder / "etc/asterisk.conf").encode() in arguments else None


def command(asterisk: Asterisk, folder: Path) -> list[str]:
    """Return the program with this instance's configuration."""
    return [*asterisk.command, "-C", str(folder / "etc/asterisk.conf")]


def start(asterisk: Asterisk, folder: Path) -> None:
    """Start it and wait until it takes calls. Raises PbxError with the end of its log when it does not."""
    if pid(folder) is not None:
        return
    log = folder / "log/console.log"
    with log.open("ab") as console:
        process = subprocess.Popen(
            [*command(asterisk, folder), "-f"], stdin=subprocess.DEVNULL, stdout=console, stderr=console,
            start_new_session=True, cwd=folder,
        )  # fmt: skip
    (folder / "asterisk.pid").write_text(str(process.pid))
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise PbxError(f"Asterisk ended at once (code {process.returncode}); its last words:\n{_tail(folder)}")
        if "fully booted" in rx(asterisk, folder, "core waitfullybooted"):
            return
        time.sleep(0.1)
    stop(folder)
    raise PbxError(f"Asterisk does not answer within {START_LIMIT_S} s; its last words:\n{_tail(folder)}")


def stop(folder: Path) -> bool:
    """End it, calls included; tell whether it ran."""
    number = pid(folder)
    if number is None:
        return False
    os.kill(number, signal.SIGTERM)
    deadline = time.monotonic() + STOP_LIMIT_S
    while pid(folder) is not None:
        _reap(number)
        if time.monotonic() > deadline:
            os.kill(number, signal.SIGKILL)
        time.sleep(0.05)
    (folder / "asterisk.pid").unlink(missing_ok=True)
    return True


def rx(asterisk: Asterisk, folder: Path, line: str) -> str:
    """Return what Asterisk's command line says to `line`; '' when it cannot be reached."""
    asked = subprocess.run(
        [*command(asterisk, folder), "-rx", line],
        capture_output=True,
        text=True,
        errors="replace",
        timeout=30,
        check=False,
    )
    return asked.stdout if asked.returncode == 0 else ""


def _is_secret(name: str) -> bool:
    return name == "AMI_SECRET" or name.startswith("SIP_PASSWORD_")


def _data(asterisk: Asterisk, data: Path) -> None:
    """Give the instance sounds by language, whatever the distribution calls their folders."""
    music.write(data / "moh/ringside.wav")
    _link(data / "documentation", asterisk.share / "documentation")
    for language in ("en", "ru", "bg"):
        voices = sorted(
            path for path in asterisk.sounds.glob(f"{language}*") if path.is_dir() and any(path.glob("vm-goodbye.*"))
        )
        if voices:
            _link(data / "sounds" / language, voices[0])


def _link(link: Path, target: Path) -> None:
    if link.is_symlink():
        link.unlink()
    if not link.exists():
        link.symlink_to(target)


def _write(path: Path, text: str) -> None:
    """Write a file that holds secrets."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)


def _reap(number: int) -> None:
    """Take our own ended child off the process table, if it was ours."""
    try:
        os.waitpid(number, os.WNOHANG)
    except ChildProcessError:
        return


def _tail(folder: Path) -> str:
    lines: list[str] = []
    for name in ("log/console.log", "log/messages.log"):
        if (folder / name).is_file():
            lines += (folder / name).read_text(errors="replace").splitlines()[-15:]
    return "\n".join(lines)


def remove(folder: Path) -> None:
    """Remove a stopped instance with all it wrote."""
    shutil.rmtree(run_folder(folder), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
