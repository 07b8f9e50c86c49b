"""Hold music in pieces: a caller who is held again hears on where the last piece ended."""

import array
import io
import logging
import math
import sys
import wave
from collections.abc import Iterator
from pathlib import Path

logger = logging.getLogger(__name__)

LONGEST_PIECE_S = 120
LONGEST_FILE_S = 1800
RATE_HZ = 8000

_NOTE_S = 0.5
_CHORDS = ((220.0, 261.63, 329.63), (174.61, 220.0, 261.63), (261.63, 329.63, 392.0), (196.0, 246.94, 293.66))
_FRAME = 2


class Music:
    """Music by name: a file of the folder, or where there is none, a slow arpeggio of our own."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._loops: dict[str, bytes] = {}

    def piece(self, name: str, from_s: int, for_s: int) -> bytes:
        """Return a WAV file of this many seconds of an endless loop. Blocks while a file is read the first time."""
        loop = self._loop(name)
        start = from_s * RATE_HZ * _FRAME % len(loop)
        size = min(for_s, LONGEST_PIECE_S) * RATE_HZ * _FRAME
        heard = loop[start : start + size]
        while len(heard) < size:
            heard += loop[: size - len(heard)]
        return _wav(heard)

    def _loop(self, name: str) -> bytes:
        if name not in self._loops:
            loop = self._read(name)
            if loop is None:
                if "" not in self._loops:
                    self._loops[""] = _arpeggio()
                return self._loops[""]
            self._loops[name] = loop
        return self._loops[name]

    def _read(self, name: str) -> bytes | None:
        path = self._folder / f"{name}.wav" if self._folder else None
        if path is None or not path.is_file():
            return None
        try:
            with wave.open(str(path), "rb") as file:
                if (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE_HZ, 1, _FRAME):
                    return file.readframes(LONGEST_FILE_S * RATE_HZ) or None
        except (OSError, wave.Error, EOFError):
            pass
        told = {"action": "music_unplayable", "file": path.name}
        logger.error("hold music cannot be used: make it WAV, 8 kHz, mono, 16 bit", extra=told)
        return None


def _wav(samples: bytes) -> bytes:
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(_FRAME)
        file.setframerate(RATE_HZ)
        file.writeframes(samples)
    return made.getvalue()


def _arpeggio() -> bytes:
    """Return sixteen seconds that nobody has rights in."""
    samples = array.array("h")
    for chord in _CHORDS * 2:
        for note in (*chord, chord[1]):
            samples.extend(_note(note))
    if sys.byteorder == "big":
        samples.byteswap()
    return samples.tobytes()


def _note(hz: float) -> Iterator[int]:
    count = int(_NOTE_S * RATE_HZ)
    turn = 2 * math.pi * hz / RATE_HZ
    for i in range(count):
        # Quiet (-16 dB at its loudest), soft at both ends so that no note clicks
        loud = 5000 * math.sin(math.pi * i / count)
        yield int(loud * (0.8 * math.sin(turn * i) + 0.2 * math.sin(2 * turn * i)))
