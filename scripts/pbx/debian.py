"""Fetches Debian's Asterisk into a folder: no root, no chroot, nothing of the machine is changed.

apt resolves and verifies the packages as for an empty machine, dpkg-deb unpacks them, and the copy runs through its
own loader.
"""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from pbx.errors import NoAsteriskError
from pbx.places import OLDEST

PACKAGES = ("asterisk", "asterisk-core-sounds-en-wav", "asterisk-core-sounds-ru-wav")
SUITE = "forky"
"""Debian 12 and 13 package no Asterisk, their successor has 22."""
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
LIMIT_S = 600
BY_HAND = f"install Asterisk {OLDEST} or later by your system's own means, or use docker-compose.yml"


def install(root: Path, say: Callable[[str], None]) -> None:
    """Put Asterisk below `root`. Raises NoAsteriskError with the reason when this machine cannot."""
    missing = [tool for tool in ("apt-get", "apt-cache", "dpkg-deb") if shutil.which(tool) is None]
    if missing:
        raise NoAsteriskError(f"no {' and no '.join(missing)} here: {BY_HAND}")
    root.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="asterisk-", dir=root.parent) as scratch:
        work = Path(scratch)
        apt = _apt(work)
        say("fetching Debian's Asterisk and its libraries (about 115 MB)")
        _run([*apt, "update"], "the package lists cannot be fetched")
        _run(
            [*apt, "install", "--yes", "--no-install-recommends", "--download-only", *PACKAGES],
            "the packages cannot be fetched",
        )
        debs = sorted((work / "cache/archives").glob("*.deb"))
        say(f"unpacking {len(debs)} packages")
        for deb in debs:
            _run(["dpkg-deb", "--extract", str(deb), str(work / "root")], f"{deb.name} cannot be unpacked")
        for unused in ("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/perl", "usr/share/info"):
            shutil.rmtree(work / "root" / unused, ignore_errors=True)
        shutil.rmtree(root, ignore_errors=True)
        (work / "root").rename(root)


def _apt(work: Path) -> list[str]:
    """Return apt-get as for a machine on which nothing is installed, with lists and cache of its own."""
    for folder in ("lists/partial", "cache/archives/partial", "parts", "root"):
        (work / folder).mkdir(parents=True)
    (work / "status").touch()
    options = {
        "Dir::State": work, "Dir::State::lists": work / "lists", "Dir::State::status": work / "status",
        "Dir::Cache": work / "cache", "Acquire::Languages": "none", "APT::Sandbox::User": "", "Debug::NoLocking": "1",
    }  # fmt: skip
    if not _packaged_here():
        if not KEYRING.is_file():
            raise NoAsteriskError(f"this system packages no Asterisk and has no {KEYRING}: {BY_HAND}")
        sources = work / "sources.list"
        sources.write_text(f"deb [signed-by={KEYRING}] {_mirror()} {SUITE} main\n")
        options |= {
            "Dir::Etc::sourcelist": sources,
            "Dir::Etc::sourceparts": work / "parts",
            "Dir::Etc::preferencesparts": work / "parts",
        }
    return ["apt-get", "-q", *(f"-o{name}={value}" for name, value in options.items())]


def _packaged_here() -> bool:
    said = subprocess.run(
        ["apt-cache", "policy", "asterisk"], capture_output=True, text=True, timeout=60, check=False
    ).stdout
    candidate = re.search(r"Candidate: (?:\d+:)?(\d+)", said)
    return candidate is not None and int(candidate[1]) >= OLDEST


def _mirror() -> str:
    """Return the Debian mirror that this machine already uses."""
    apt = Path("/etc/apt")
    files = [
        apt / "sources.list",
        *sorted((apt / "sources.list.d").glob("*.list")),
        *sorted((apt / "sources.list.d").glob("*.sources")),
    ]
    text = "\n".join(path.read_text(errors="replace") for path in files if path.is_file())
    mirror = re.search(r"^(?:URIs:|deb\b.*?)\s*(\S+://\S*/debian)/?\s", text, re.MULTILINE)
    if mirror is None:
        raise NoAsteriskError(f"this machine's apt sources name no Debian mirror: {BY_HAND}")
    return mirror[1]


def _run(command: list[str], failure: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    except subprocess.TimeoutExpired:
        raise NoAsteriskError(f"{failure}: nothing came within {LIMIT_S} s") from None
    if done.returncode != 0:
        raise NoAsteriskError(
            f"{failure}: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else 'no reason given'}"
        )
