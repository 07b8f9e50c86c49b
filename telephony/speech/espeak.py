"""Speaks with espeak-ng."""

from pathlib import Path

from telephony.speech.programs import run
from telephony.speech.voices import EspeakVoice

ENDS_OF_SENTENCES = (".", "!", "?", "…", ":")


async def speak(text: str, voice: EspeakVoice, to: Path) -> None:
    """Write the spoken text as a WAV file. Raises SpeechError."""
    how = ["-v", voice.name, "-s", str(voice.speed_wpm), "-p", str(voice.pitch)]
    # Pieces such as `twenty` are joined to sentences: the pause of 0.4 s after each would tear them apart.
    joined = [] if text.endswith(ENDS_OF_SENTENCES) else ["-z"]
    await run(["espeak-ng", *how, *joined, "-b", "1", "-w", str(to), "--stdin"], text)
