"""Who speaks each language, and how."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

ENGINE = "espeak-ng"


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """A voice of espeak-ng: its name, words a minute (80 to 450), and pitch (0 to 99)."""

    name: str
    speed_wpm: int = 150
    pitch: int = 50


def _usual_voices() -> Mapping[str, Voice]:
    return MappingProxyType(
        {
            "en": Voice(name="en-gb"),
            "ru": Voice(name="ru", speed_wpm=140),
            "bg": Voice(name="bg", speed_wpm=140),
        }
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Voices:
    """The voice of every language; one without an entry is spoken by the voice of its own name."""

    by_language: Mapping[str, Voice] = field(default_factory=_usual_voices)
    gain_db: float = 0.0
    """Louder or softer than the usual level of -19 LUFS."""

    def of(self, language: str) -> Voice:
        """Return who speaks this language."""
        return self.by_language.get(language) or Voice(name=language)
