"""Tells what each prompt is made of, and names its sound file by that."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from telephony.calls.commands import Prompt
from telephony.ivr.texts import Texts
from telephony.speech.voices import Voice, Voices

RECIPE = 2
"""Changes whenever the same input shall sound different: all prompts are then made anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a prompt is made of: a text to be spoken, or a recording that takes its place.

    `digest` names the sound file. It depends on the recording's content, else on the text, its language and all of
    the voice; and on the loudness.
    """

    prompt: Prompt
    text: str
    recording: Path | None
    voice: Voice
    gain_db: float
    digest: str

    @property
    def made_by(self) -> str:
        """Return `recording`, or the engine and the voice."""
        return "recording" if self.recording else self.voice.told


def sources_of(texts: Texts, voices: Voices, spoken: Path) -> tuple[Source, ...]:
    """Return the source of every prompt of every language; recordings are `<spoken>/<language>/<text_id>.wav`."""
    return tuple(
        _source(Prompt(text_id=text_id, language=language), text, voices, recorded.get(text_id))
        for language, each in texts.by_language.items()
        for recorded in (recordings_of(spoken, language),)
        for text_id, text in each.items()
    )


def strays_of(texts: Texts, spoken: Path) -> tuple[Path, ...]:
    """Return recordings that take no text's place, such as one whose name is misspelt."""
    return tuple(_strays(texts, spoken))


def _strays(texts: Texts, spoken: Path) -> Iterator[Path]:
    for language, each in texts.by_language.items():
        recorded = recordings_of(spoken, language)
        yield from (recorded[text_id] for text_id in sorted(recorded) if text_id not in each)


def recordings_of(spoken: Path, language: str) -> dict[str, Path]:
    """Return a language's recordings by the text whose place they take."""
    return {file.stem: file for file in (spoken / language).glob("*.wav")}


def _source(prompt: Prompt, text: str, voices: Voices, recording: Path | None) -> Source:
    voice, gain_db = voices.of(prompt.language), voices.gain_of(prompt.language)
    try:
        content = hashlib.sha256(recording.read_bytes()).hexdigest() if recording else None
    except OSError:
        content, recording = None, None
    made_of = [content] if content else [text, prompt.language, *voice.sounds_by]
    return Source(
        prompt=prompt,
        text=text,
        recording=recording,
        voice=voice,
        gain_db=gain_db,
        digest=_digest([RECIPE, round(gain_db, 2), *made_of]),
    )


def _digest(made_of: list[object]) -> str:
    return hashlib.sha256(json.dumps(made_of, ensure_ascii=False).encode()).hexdigest()[:32]
