"""Who speaks each language, and how."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class EspeakVoice:
    """A voice of espeak-ng: its name, words a minute (80 to 450), and pitch (0 to 99)."""

    name: str
    speed_wpm: int = 150
    pitch: int = 50
    gain_db: float = 0.0

    @property
    def program(self) -> str:
        """Return the program that speaks."""
        return "espeak-ng"

    @property
    def told(self) -> str:
        """Return the engine and the voice, for people."""
        return f"espeak-ng {self.name}"

    @property
    def sounds_by(self) -> tuple[str, ...]:
        """Return all that the sound depends on, loudness aside."""
        return ("espeak-ng", self.name, str(self.speed_wpm), str(self.pitch))


@dataclass(frozen=True, slots=True, kw_only=True)
class PiperVoice:
    """A voice of Piper, as `piper.open_voice` makes it from the two files of a voice."""

    model: Path
    content: str
    """A digest of both files: another voice under the same name is another voice."""

    length_scale: float = 1.0
    """How long each sound is held; 0.5 is twice as fast as 1."""

    speaker: int | None = None
    """Which of the voice's speakers, counted from 0; None for the first."""

    gain_db: float = 0.0
    program: str = "piper"

    @property
    def told(self) -> str:
        """Return the engine and the voice, for people."""
        return f"piper {self.model.stem}"

    @property
    def sounds_by(self) -> tuple[str, ...]:
        """Return all that the sound depends on, loudness aside."""
        return ("piper", self.content, f"{self.length_scale:.3f}", str(self.speaker or 0))


Voice = EspeakVoice | PiperVoice


def _usual_voices() -> Mapping[str, Voice]:
    return MappingProxyType(
        {
            "en": EspeakVoice(name="en-gb"),
            "ru": EspeakVoice(name="ru", speed_wpm=140),
            "bg": EspeakVoice(name="bg", speed_wpm=140),
        }
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Voices:
    """The voice of every language; one without an entry is spoken by espeak-ng's voice of its own name."""

    by_language: Mapping[str, Voice] = field(default_factory=_usual_voices)
    gain_db: float = 0.0
    """Louder or softer than the usual level of -19 LUFS; each voice adds its own."""

    def of(self, language: str) -> Voice:
        """Return who speaks this language."""
        return self.by_language.get(language) or EspeakVoice(name=language)

    def gain_of(self, language: str) -> float:
        """Return by how much this language is louder or softer than usual, in dB."""
        return self.gain_db + self.of(language).gain_db


def programs_of(voices: Iterable[Voice]) -> tuple[str, ...]:
    """Return the programs that rendering with these voices needs, each once."""
    return (*sorted({voice.program for voice in voices}), "ffmpeg")
