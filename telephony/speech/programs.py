"""The two programs that make prompts, as separate processes (espeak-ng is GPL-3): espeak-ng speaks, ffmpeg levels."""

import asyncio
import re
import shutil
from pathlib import Path

from telephony.errors import RingsideError
from telephony.speech.voices import Voice

SAY_LIMIT_S = 60.0
"""Two minutes of speech take espeak-ng and ffmpeg about a second each."""

LEVEL_LUFS = -19.0
SILENCE_LUFS = -69.0
MOST_CHANGE_DB = 40.0
AS_TELEPHONE = "aformat=channel_layouts=mono,aresample=8000"


class SpeechError(RingsideError):
    """A prompt could not be made; the text says why and how to mend it."""


def check_programs(*names: str) -> None:
    """Raise SpeechError, naming the packages, when a program is missing."""
    missing = [name for name in names if shutil.which(name) is None]
    if missing:
        raise SpeechError(f"{' and '.join(missing)} not found; install with: apt install espeak-ng ffmpeg")


async def speak(text: str, voice: Voice, to: Path) -> None:
    """Write the spoken text as a WAV file. Raises SpeechError."""
    speed, pitch = str(voice.speed_wpm), str(voice.pitch)
    command = ["espeak-ng", "-v", voice.name, "-s", speed, "-p", pitch, "-b", "1", "-w", str(to), "--stdin"]
    await _run(command, text.encode())


async def to_telephone(source: Path, to: Path, *, gain_db: float = 0.0) -> None:
    """Write a sound file as telephones play it: 8 kHz mono 16-bit, at one loudness. Raises SpeechError."""
    change_db = max(-MOST_CHANGE_DB, min(MOST_CHANGE_DB, LEVEL_LUFS + gain_db - await _loudness(source)))
    level = f"{AS_TELEPHONE},volume={change_db:.2f}dB,alimiter=limit=0.84:level=disabled"
    form = ["-c:a", "pcm_s16le", "-bitexact", "-f", "wav"]
    await _run(["ffmpeg", "-nostdin", "-v", "error", "-y", "-i", str(source), "-af", level, *form, str(to)])


async def _loudness(source: Path) -> float:
    """Return the loudness in LUFS (EBU R 128), measured as a telephone will play it."""
    # Padding: the standard measures windows of 0.4 s, and a short word may have none; silence does not count.
    measure = f"{AS_TELEPHONE},apad=pad_dur=1,ebur128=framelog=verbose"
    told = await _run(
        ["ffmpeg", "-nostdin", "-hide_banner", "-v", "info", "-i", str(source), "-af", measure, "-f", "null", "-"]
    )
    found = re.findall(r"I:\s+(-?[0-9.]+) LUFS", told)
    if not found or float(found[-1]) <= SILENCE_LUFS:
        raise SpeechError(f"{source.name}: there is nothing to be heard in it")
    return float(found[-1])


async def _run(command: list[str], given: bytes | None = None) -> str:
    try:
        program = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE if given is not None else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
    except FileNotFoundError:
        raise SpeechError(f"{command[0]} not found; install with: apt install espeak-ng ffmpeg") from None
    try:
        async with asyncio.timeout(SAY_LIMIT_S):
            told, complaint = await program.communicate(given)
    except TimeoutError:
        raise SpeechError(f"{command[0]} did not finish within {SAY_LIMIT_S:g} s") from None
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
    telling = [line for line in lines if re.search(r"error|invalid|no such", line, re.IGNORECASE)]
    return (telling or lines or [""])[0]
