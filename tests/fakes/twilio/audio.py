"""Sound: how long it lasts, and some to give away."""

import io
import wave
from collections.abc import Iterator

HZ = 8000


class NotAudioError(Exception):
    """The bytes are no sound that can be played."""


def seconds_of(content: bytes, content_type: str) -> float:
    """Tell how long it plays; sound that is not WAV is taken for 2 s. Raises NotAudioError."""
    if not content_type.startswith("audio/"):
        raise NotAudioError(f"content type is {content_type or 'missing'}, must be audio/*")
    if content_type not in {"audio/wav", "audio/wave", "audio/x-wav", "audio/vnd.wave"}:
        return 2.0
    try:
        with wave.open(io.BytesIO(content)) as sound:
            frames, hz = sound.getnframes(), sound.getframerate()
            return float(frames / hz)
    except (wave.Error, EOFError, ZeroDivisionError) as fault:
        raise NotAudioError(f"not a WAV file: {fault}") from fault


def wav(seconds: float, channels: int = 1) -> bytes:
    """Give a WAV of this length, 8 kHz, 16 bit."""
    return b"".join(wav_parts(seconds, channels))


def wav_parts(seconds: float, channels: int = 1) -> Iterator[bytes]:
    """Give such a WAV piece by piece, a second at a time; the pieces differ, so that a lost one shows."""
    head = io.BytesIO()
    with wave.open(head, "wb") as sound:
        sound.setnchannels(channels)
        sound.setsampwidth(2)
        sound.setframerate(HZ)
    header = bytearray(head.getvalue())
    data = int(seconds * HZ) * 2 * channels
    header[4:8] = (36 + data).to_bytes(4, "little")
    header[40:44] = data.to_bytes(4, "little")
    yield bytes(header)
    for number in range(0, data, HZ * 2 * channels):
        second = number // (HZ * 2 * channels)
        yield (second % 30000).to_bytes(2, "little") * (min(HZ * 2 * channels, data - number) // 2)
