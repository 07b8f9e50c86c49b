"""Runs the programs that make prompts, each as a separate process (espeak-ng and Piper are GPL-3)."""

import asyncio
import contextlib
import os
import re
import shutil
from collections.abc import Sequence

from telephony.errors import RingsideError

RUN_LIMIT_S = 120.0
"""Two minutes of speech take espeak-ng and ffmpeg about a second each, and a run has at most 16 of them."""

NICE = 10
PACKAGES = {"espeak-ng": "apt install espeak-ng", "ffmpeg": "apt install ffmpeg"}
PIPER = "pip install piper-tts"


class SpeechError(RingsideError):
    """A prompt could not be made; the text says why and how to mend it."""


def check_programs(*names: str) -> None:
    """Raise SpeechError, telling how to install them, when a program is missing."""
    missing = [name for name in names if shutil.which(name) is None]
    if missing:
        raise SpeechError(f"{' and '.join(missing)} not found; install with: {_how_to_install(missing)}")


def _how_to_install(missing: Sequence[str]) -> str:
    packages = [name for name in missing if name in PACKAGES]
    ways = [f"apt install {' '.join(packages)}"] if packages else []
    if len(packages) < len(missing):
        ways.append(f"{PIPER}, and set speech.piper to its path")
    return "; ".join(ways)


async def run(command: Sequence[str], given: str | None = None, *, limit_s: float = RUN_LIMIT_S) -> str:
    """Run a program and return all it said. Raises SpeechError when it is missing, fails or takes too long."""
    try:
        program = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE if given is not None else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
    except OSError:
        raise SpeechError(f"{command[0]} not found; install with: {_how_to_install([command[0]])}") from None
    # A program inherits the server's high priority; rendering must not stand in the way of callers.
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, program.pid, NICE)
    try:
        async with asyncio.timeout(limit_s):
            told, complaint = await program.communicate(given.encode() if given is not None else None)
    except TimeoutError:
        raise SpeechError(f"{command[0]} did not finish within {limit_s:g} s") from None
    finally:
        if program.returncode is None:
            program.kill()
            await program.wait()
    if program.returncode != 0:
        raise SpeechError(f"{command[0]} failed: {_why(complaint) or f'exit code {program.returncode}'}")
    return told.decode(errors="replace") + complaint.decode(errors="replace")


def _why(complaint: bytes) -> str:
    """Return the line that tells the reason; programs say much else besides."""
    lines = complaint.decode(errors="replace").strip().splitlines()
    if lines and any(line.startswith("Traceback") for line in lines):
        return lines[-1]
    telling = [line for line in lines if re.search(r"error|invalid|no such", line, re.IGNORECASE)]
    return (telling or lines or [""])[0]
