"""Brings sounds to the form and the one loudness in which telephones play them."""

import re
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from telephony.speech.programs import SpeechError, run

LEVEL_LUFS = -19.0
SILENCE_LUFS = -69.0
MOST_CHANGE_DB = 40.0
ENOUGH_S = 4.0
RATE_HZ = 8000
LONGEST_FRAMES = int(ENOUGH_S) * RATE_HZ
HEADER_BYTES = 44
"""`-bitexact` writes the plain header of WAV and nothing after the samples."""

AS_TELEPHONE = f"aformat=channel_layouts=mono,aresample={RATE_HZ}"
SUMMARY = re.compile(r"\[ebur128@m(\d+) @ [^]]*\] Summary:\s+Integrated loudness:\s+I:\s+(-?[0-9.]+) LUFS")


@dataclass(frozen=True, slots=True, kw_only=True)
class Levelling:
    """A sound file, where it is to be written, and by how much it shall be louder than -19 LUFS."""

    source: Path
    to: Path
    gain_db: float = 0.0


def seconds_of(size: int) -> float:
    """Return how long a file of this many bytes plays; 0.0 when nothing is in it."""
    return max(0, size - HEADER_BYTES) / (2 * RATE_HZ)


async def to_telephone(sounds: Sequence[Levelling]) -> None:
    """Write sound files as 8 kHz mono 16-bit WAV at one loudness, all in two runs of ffmpeg.

    Raises SpeechError when one of them is no sound or silent; then none is to be used.
    """
    loudness = await _loudness([sound.source for sound in sounds])
    filters, outputs = [], []
    for number, (sound, lufs) in enumerate(zip(sounds, loudness, strict=True)):
        change_db = max(-MOST_CHANGE_DB, min(MOST_CHANGE_DB, LEVEL_LUFS + sound.gain_db - lufs))
        level = f"volume={change_db:.2f}dB,alimiter=limit=0.84:level=disabled"
        filters.append(f"[{number}:a]{AS_TELEPHONE},{level}[o{number}]")
        outputs += ["-map", f"[o{number}]", "-c:a", "pcm_s16le", "-bitexact", "-f", "wav", str(sound.to)]
    await _ffmpeg("error", [sound.source for sound in sounds], filters, outputs)


async def _loudness(sources: Sequence[Path]) -> list[float]:
    """Return the loudness in LUFS (EBU R 128) of each, measured as a telephone will play it."""
    filters, outputs = [], []
    for number, source in enumerate(sources):
        measure = f"{_repeated(source)}apad=pad_dur=1,ebur128@m{number}=framelog=verbose"
        filters.append(f"[{number}:a]{AS_TELEPHONE},{measure}[o{number}]")
        outputs += ["-map", f"[o{number}]", "-f", "null", "-"]
    # Several summaries come for one sound when ffmpeg sets its filters up twice; the last one is of the whole.
    found = dict(SUMMARY.findall(await _ffmpeg("info", sources, filters, outputs)))
    loudness = [float(found.get(str(number), SILENCE_LUFS)) for number in range(len(sources))]
    for source, lufs in zip(sources, loudness, strict=True):
        if lufs <= SILENCE_LUFS:
            raise SpeechError(f"{source.name}: there is nothing to be heard in it")
    return loudness


def _repeated(source: Path) -> str:
    """Return the filter that repeats a short sound.

    The standard measures windows of 0.4 s: of a single short word each would hold another part, and silence.
    """
    seconds = _wav_seconds(source)
    if not 0 < seconds < ENOUGH_S:
        return ""
    return f"aloop=loop={round(ENOUGH_S / seconds)}:size={LONGEST_FRAMES},"


def _wav_seconds(source: Path) -> float:
    """Return how long a WAV file plays; 0.0 for any other file, which ffmpeg may still know."""
    try:
        with wave.open(str(source)) as sound:
            seconds: float = sound.getnframes() / sound.getframerate()
            return seconds
    except (wave.Error, OSError, EOFError, ZeroDivisionError):
        return 0.0


async def _ffmpeg(said: str, sources: Sequence[Path], filters: Sequence[str], outputs: Sequence[str]) -> str:
    inputs = [part for source in sources for part in ("-i", str(source))]
    how = ["-nostdin", "-hide_banner", "-v", said, "-y", "-filter_complex_threads", "1"]
    return await run(["ffmpeg", *how, *inputs, "-filter_complex", ";".join(filters), *outputs])
