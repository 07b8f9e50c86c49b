"""Speaks with Piper, whose voices the operator supplies: `NAME.onnx` and beside it `NAME.onnx.json`."""

import functools
import hashlib
import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from telephony.speech.programs import SpeechError, run
from telephony.speech.voices import PiperVoice

OWN_PACE_WPM = 145
"""At this speed a voice keeps the pace it was made with."""

BETWEEN_SENTENCES_S = 0.3
"""Piper leaves none by itself, and sentences run into each other."""

START_LIMIT_S = 60.0
TEXT_LIMIT_S = 60.0


def open_voice(
    model: Path, *, speed_wpm: int = OWN_PACE_WPM, speaker: int | None = None, gain_db: float = 0.0, program: str
) -> PiperVoice:
    """Return the voice in this file. Raises SpeechError when its two files are not there or are no voice."""
    settings = model.with_name(f"{model.name}.json")
    own_scale, speakers = _read_settings(settings)
    if speaker is not None and speaker >= speakers:
        raise SpeechError(f"{model.name} has {speakers} speakers, numbered from 0; there is no speaker {speaker}")
    return PiperVoice(
        model=model,
        content=_content(model),
        length_scale=round(own_scale * OWN_PACE_WPM / speed_wpm, 3),
        speaker=speaker,
        gain_db=gain_db,
        program=program,
    )


def _read_settings(file: Path) -> tuple[float, int]:
    """Return how long the voice holds its sounds by itself, and how many speakers it has."""
    try:
        said = json.loads(file.read_bytes())
        return float(said.get("inference", {}).get("length_scale", 1.0)), int(said.get("num_speakers", 1))
    except OSError as error:
        raise SpeechError(f"{file} cannot be read ({error.strerror}); put both files of the voice there") from error
    except (ValueError, AttributeError, TypeError) as error:
        raise SpeechError(f"{file} is not the description of a Piper voice; copy it anew") from error


def _content(model: Path) -> str:
    try:
        about = model.stat()
        return _digest_of(model, about.st_size, about.st_mtime_ns)
    except OSError as error:
        raise SpeechError(f"{model} cannot be read ({error.strerror}); put both files of the voice there") from error


@functools.lru_cache(maxsize=64)
def _digest_of(model: Path, size: int, changed_ns: int) -> str:
    """Return the digest of a voice's files; `size` and `changed_ns` only tell when to read them again."""
    del size, changed_ns
    with model.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    digest.update(model.with_name(f"{model.name}.json").read_bytes())
    return digest.hexdigest()


async def speak_all(texts: Sequence[str], voice: PiperVoice, folder: Path) -> tuple[Path, ...]:
    """Speak these texts in one run, because loading a voice takes a second; return their WAV files in order.

    The files are below `folder`. Raises SpeechError when any of them could not be spoken.
    """
    spoken = Path(tempfile.mkdtemp(prefix="piper-", dir=folder))
    command = [voice.program, "--model", str(voice.model), "--output_dir", str(spoken)]
    command += ["--length_scale", f"{voice.length_scale:.3f}", "--sentence_silence", f"{BETWEEN_SENTENCES_S:g}"]
    command += [] if voice.speaker is None else ["--speaker", str(voice.speaker)]
    lines = "".join(f"{' '.join(text.split())}\n" for text in texts)
    limit_s = START_LIMIT_S + TEXT_LIMIT_S * len(texts)
    await run(command, lines, limit_s=limit_s)
    files = _in_order(spoken)
    if len(files) != len(texts):
        shutil.rmtree(spoken, ignore_errors=True)
        raise SpeechError(f"{voice.told} spoke {len(files)} of {len(texts)} texts")
    return files


def _in_order(folder: Path) -> tuple[Path, ...]:
    """Return the sound files as they were spoken: Piper names them by a rising clock, longer as time goes by."""
    return tuple(sorted(folder.glob("*.wav"), key=lambda file: (len(file.stem), file.stem)))
