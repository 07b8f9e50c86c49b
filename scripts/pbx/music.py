"""Hold music of our own making, so that nobody has rights in it: a slow arpeggio, 8 kHz mono."""

import array
import math
import sys
import wave
from pathlib import Path

RATE_HZ = 8000
NOTE_S = 0.5
CHORDS = ((220.0, 261.63, 329.63), (174.61, 220.0, 261.63), (261.63, 329.63, 392.0), (196.0, 246.94, 293.66))


def write(path: Path) -> None:
    """Write a loop of sixteen seconds, unless it is there."""
    if path.is_file():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = array.array("h")
    for chord in CHORDS * 2:
        for note in (*chord, chord[1]):
            samples.extend(_note(note))
    if sys.byteorder == "big":
        samples.byteswap()
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(samples.tobytes())


def _note(hz: float) -> list[int]:
    count = int(NOTE_S * RATE_HZ)
    turn = 2 * math.pi * hz / RATE_HZ
    # Quiet (-16 dB at its loudest), soft at both ends so that no note clicks.
    swell = (5000 * math.sin(math.pi * i / count) for i in range(count))
    return [int(loud * (0.8 * math.sin(turn * i) + 0.2 * math.sin(2 * turn * i))) for i, loud in enumerate(swell)]
