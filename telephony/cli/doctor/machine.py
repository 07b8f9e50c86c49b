"""Checks this machine: folders, disk, programs, secrets."""

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from telephony.cli.doctor.finding import Finding, fail, ok, warn
from telephony.errors import SettingsError
from telephony.settings import Configuration
from telephony.settings.domain import voices_of
from telephony.speech.voices import programs_of

LOW_DISK = 2 * 1024**3
NO_DISK = 200 * 1024**2
GIB = 1024**3


async def settings(configured: Configuration) -> Sequence[Finding]:
    """Tell which settings are used, and whether they hang together."""
    where = str(configured.file) if configured.file else "built-in defaults (there is no config/ringside.toml)"
    found = [ok("settings", where)]
    carriers = configured.settings.carriers
    if not carriers.asterisk.enabled and not carriers.twilio.enabled and not carriers.simulated.enabled:
        mend = "set carriers.asterisk.enabled = true, or carriers.twilio.enabled"
        found.append(fail("settings", "no carrier is enabled", mend))
    speech = configured.settings.speech
    found += [
        warn("settings", f"no voice is named for {language}", f"set speech.voices.{language}, else it is {language}")
        for language in configured.settings.company.languages
        if language not in speech.voices
    ]
    return found


async def secrets_file(configured: Configuration) -> Sequence[Finding]:
    """Tell whether others on this machine can read the secrets."""
    try:
        mode = configured.env_file.stat().st_mode
    except OSError:
        return []
    if mode & 0o077:
        return [warn("secrets", f"{configured.env_file} can be read by others", f"chmod 600 {configured.env_file}")]
    return [ok("secrets", f"{configured.env_file} is read by its owner only")]


async def folders(configured: Configuration) -> Sequence[Finding]:
    """Tell whether we can write where we must."""
    return [
        _writable("data folder", configured.data_dir, "server.data_dir"),
        _writable("recordings", configured.recordings_dir, "recording.dir"),
    ]


def _writable(about: str, folder: Path, key: str) -> Finding:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return fail(
            about, f"{folder} cannot be written: {error.strerror}", f"give this user the right to, or change {key}"
        )
    return ok(about, f"{folder} can be written")


async def disk(configured: Configuration) -> Sequence[Finding]:
    """Tell how much room is left."""
    found = []
    for folder in dict.fromkeys(_existing(path) for path in (configured.data_dir, configured.recordings_dir)):
        free = shutil.disk_usage(folder).free
        said = f"{free / GIB:.1f} GiB free at {folder}"
        if free < NO_DISK:
            found.append(fail("disk", said, "free some: a recorded hour takes 55 MiB"))
        elif free < LOW_DISK:
            found.append(warn("disk", said, "free some soon: a recorded hour takes 55 MiB"))
        else:
            found.append(ok("disk", said))
    return list({finding.what.split(" at ")[0]: finding for finding in found}.values())


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.exists())


async def programs(configured: Configuration) -> Sequence[Finding]:
    """Tell whether the programs that render prompts are there."""
    try:
        wanted = programs_of(voices_of(configured).by_language.values())
    except SettingsError:
        return []  # told by the prompts
    missing = [name for name in wanted if shutil.which(name, path=os.environ.get("PATH")) is None]
    if missing:
        names = " ".join(missing)
        return [fail("programs", f"missing: {names}; prompts cannot be rendered", f"apt install {names}")]
    return [ok("programs", f"{' and '.join(wanted)} are here")]
