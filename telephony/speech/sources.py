"""Tells what each prompt is made of, and names its sound file by that."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from telephony.calls.commands import Prompt
from telephony.ivr.sources import digest_of
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
    """The recording's file; where its sound is made already, it may be another by now, or gone (None)."""
    content: str | None
    """The digest of the recording that the sound is of."""
    lost: str | None
    """The digest of a recording that should take the text's place, but is neither on the disk nor made already."""
    voice: Voice
    gain_db: float
    digest: str

    @property
    def made_by(self) -> str:
        """Return `recording`, or the engine and the voice."""
        return "recording" if self.content else self.voice.told


def sources_of(
    texts: Texts, voices: Voices, spoken: Path, is_made: Callable[[str], bool] = lambda _digest: False
) -> tuple[Source, ...]:
    """Return the source of every prompt of every language.

    A recording is `<spoken>/<language>/<text_id>.wav` when it has the content that the texts name. When it has
    another, `is_made` tells by the digest of a sound whether that was made in time; else the text is spoken instead.
    """
    found: list[Source] = []
    for language, each in texts.by_language.items():
        files = recordings_of(spoken, language)
        named = _on_disk(files) if texts.recordings is None else texts.recordings.get(language, {})
        prompts_of = _Language(voices=voices, files=files, named=named, is_made=is_made)
        found += (prompts_of.source(Prompt(text_id=text_id, language=language), text) for text_id, text in each.items())
    return tuple(found)


def _on_disk(files: Mapping[str, Path]) -> Mapping[str, str]:
    contents = {text_id: _content(file) for text_id, file in files.items()}
    return {text_id: content for text_id, content in contents.items() if content}


def _content(file: Path) -> str | None:
    try:
        return digest_of(file)
    except OSError:
        return None


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Language:
    """What one language's prompts can be made of."""

    voices: Voices
    files: Mapping[str, Path]
    """Recordings as they are on the disk now, by text."""
    named: Mapping[str, str]
    """The content that each recording should have, by text."""
    is_made: Callable[[str], bool]

    def source(self, prompt: Prompt, text: str) -> Source:
        content, file = self.named.get(prompt.text_id), self.files.get(prompt.text_id)
        if content is None:
            return self._source(prompt, text)
        if not self.is_made(self._sound_of(prompt, content)) and (file is None or _content(file) != content):
            return self._source(prompt, text, lost=content)
        return self._source(prompt, text, content=content, recording=file)

    def _source(
        self,
        prompt: Prompt,
        text: str,
        *,
        content: str | None = None,
        recording: Path | None = None,
        lost: str | None = None,
    ) -> Source:
        voice = self.voices.of(prompt.language)
        return Source(
            prompt=prompt,
            text=text,
            recording=recording,
            content=content,
            lost=lost,
            voice=voice,
            gain_db=self.voices.gain_of(prompt.language),
            digest=self._sound_of(prompt, *([content] if content else [text, prompt.language, *voice.sounds_by])),
        )

    def _sound_of(self, prompt: Prompt, *made_of: str) -> str:
        return _digest([RECIPE, round(self.voices.gain_of(prompt.language), 2), *made_of])


def _digest(made_of: list[object]) -> str:
    return hashlib.sha256(json.dumps(made_of, ensure_ascii=False).encode()).hexdigest()[:32]
