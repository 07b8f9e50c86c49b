"""A program writes down what a recording says, within limits."""

import os
from pathlib import Path

import pytest

from telephony.errors import RingsideError
from telephony.speech.transcribe import LONGEST_TEXT, ProgramTranscriber
from tests.waiting import until


def program(folder: Path, script: str) -> str:
    file = folder / "hear"
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    return f"{file} {{file}} {{language}}"


def transcriber(folder: Path, script: str, limit_s: float = 5.0) -> ProgramTranscriber:
    (folder / "a message.wav").write_bytes(b"")
    return ProgramTranscriber(command=program(folder, script), recordings=folder, limit_s=limit_s)


async def test_what_the_program_prints_is_the_text_on_one_line(tmp_path: Path) -> None:
    made = transcriber(tmp_path, 'echo "in $2:"; echo; echo "  call me; rm -rf"; basename "$1"')
    assert await made.text_of("a message.wav", "bg") == "in bg: call me; rm -rf a message.wav"


@pytest.mark.parametrize(
    ("script", "reason"), [("exit 3", "exit code 3"), ("sleep 60", "did not finish"), ("sleep 60 & wait", "not finish")]
)
async def test_a_program_that_fails_or_hangs_is_ended_and_told(tmp_path: Path, script: str, reason: str) -> None:
    with pytest.raises(RingsideError, match=reason):
        await transcriber(tmp_path, script, limit_s=0.3).text_of("a message.wav", "bg")


async def test_what_a_program_started_ends_with_it(tmp_path: Path) -> None:
    script = f"sleep 60 & echo $! > {tmp_path}/pid; wait"
    with pytest.raises(RingsideError):
        await transcriber(tmp_path, script, limit_s=0.5).text_of("a message.wav", "bg")
    child = int((tmp_path / "pid").read_text())
    await until(lambda: not _runs(child))


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (ProcessLookupError, FileNotFoundError):
        return False


async def test_a_program_that_talks_without_end_is_cut_off(tmp_path: Path) -> None:
    assert len(await transcriber(tmp_path, "yes call me").text_of("a message.wav", "bg")) == LONGEST_TEXT


async def test_a_program_or_a_recording_that_is_not_there_is_told(tmp_path: Path) -> None:
    made = ProgramTranscriber(command="/nowhere/hear {file}", recordings=tmp_path)
    with pytest.raises(RingsideError, match="same recordings folder"):
        await made.text_of("a message.wav", "bg")
    (tmp_path / "a message.wav").write_bytes(b"")
    with pytest.raises(RingsideError, match=r"correct speech\.transcribe"):
        await made.text_of("a message.wav", "bg")
