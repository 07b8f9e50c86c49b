"""Has a program of the operator's write down what a recording says."""

import asyncio
import contextlib
import os
import shlex
import signal
from dataclasses import dataclass
from pathlib import Path

from telephony.errors import RingsideError

LIMIT_S = 300.0
END_LIMIT_S = 5.0
MOST_BYTES = 64 * 1024
LONGEST_TEXT = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramTranscriber:
    """Implements the port Transcriber: a separate program for each recording, whose output is the text."""

    command: str
    """As at a prompt, with `{file}` and, where it is wanted, `{language}`; no shell reads it."""
    recordings: Path
    limit_s: float = LIMIT_S

    async def text_of(self, recording: str, language: str) -> str:
        """Return what is said in a file below the recordings folder, on one line. Raises RingsideError."""
        file = self.recordings / recording
        if not await asyncio.to_thread(file.is_file):
            raise RingsideError("the recording is not there: do Asterisk and Ringside see the same recordings folder?")
        words = [
            word.replace("{file}", str(file)).replace("{language}", language) for word in shlex.split(self.command)
        ]
        try:
            async with asyncio.timeout(self.limit_s):
                return await _output_of(words)
        except TimeoutError:
            raise RingsideError(f"{words[0]} did not finish within {self.limit_s:g} s") from None


async def _output_of(words: list[str]) -> str:
    try:
        program = await asyncio.create_subprocess_exec(
            *words,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,  # so that what it starts ends with it
        )
    except OSError as error:
        raise RingsideError(f"{words[0]} cannot be run ({error.strerror}): correct speech.transcribe") from error
    code: int | None = None
    try:
        told = await _first(program.stdout, MOST_BYTES) if program.stdout else b""
        code = await program.wait() if len(told) < MOST_BYTES else 0
    finally:
        if code is None or program.returncode is None:
            await _end(program)
    if code != 0:
        raise RingsideError(f"{words[0]} ended with exit code {code}")
    return " ".join(told.decode(errors="replace").split())[:LONGEST_TEXT]


async def _end(program: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(program.pid, signal.SIGKILL)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(END_LIMIT_S):
            # From Python 3.12 on a program has ended only once all that it said is read.
            while program.stdout and await program.stdout.read(MOST_BYTES):
                pass
            await program.wait()


async def _first(stream: asyncio.StreamReader, most: int) -> bytes:
    told = b""
    while len(told) < most and (part := await stream.read(most - len(told))):
        told += part
    return told
