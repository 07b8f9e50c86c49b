"""Keeps prompts as sound files named by their content, so that a changed text, voice or recording is a new file."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from telephony.calls.commands import Prompt
from telephony.ivr.texts import Texts
from telephony.speech.levels import seconds_of
from telephony.speech.rendering import Progress, make_all
from telephony.speech.sources import Source, sources_of, strays_of
from telephony.speech.voices import Voices


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """What `render` did. `failed` has a line for each prompt, or each missing program, that could not be helped."""

    made: int
    kept: int
    failed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A prompt as it stands: what it is made of, its file, and how long it plays; None when it is not rendered."""

    prompt: Prompt
    text: str
    made_by: str
    file: Path
    seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sound:
    path: str
    seconds: float


class PromptStore:
    """The rendered prompts below `<recordings>/prompts`. Implements `ports.PromptFiles`.

    `seen_as` is the recordings folder as the carrier's machine sees it. A recording at
    `<spoken>/<language>/<text_id>.wav` takes the place of the rendered text; where the texts name its content, only the
    recording of that content does, from the sound once made of it if the file has become another.
    """

    def __init__(self, *, recordings: Path, seen_as: str, spoken: Path, texts: Texts, voices: Voices) -> None:
        self._folder = recordings / "prompts"
        self._seen_as = f"{seen_as.rstrip('/')}/prompts"
        self._spoken = spoken
        self._texts = texts
        self._voices = voices
        self._sounds: Mapping[Prompt, _Sound] = {}

    def path(self, prompt: Prompt) -> str | None:
        """Return the file without extension as the carrier plays it; None when it is not rendered."""
        sound = self._sounds.get(prompt)
        return sound.path if sound else None

    def length_s(self, prompt: Prompt) -> float | None:
        """Return how long the prompt plays, in seconds; None when it is not rendered."""
        sound = self._sounds.get(prompt)
        return sound.seconds if sound else None

    def load(self) -> tuple[Prompt, ...]:
        """Look up which prompts there are; return those that are not rendered."""
        sources = self._sources()
        self._sounds = {
            source.prompt: _Sound(path=f"{self._seen_as}/{source.digest}", seconds=seconds)
            for source in sources
            if (seconds := self._seconds(source)) is not None
        }
        return tuple(source.prompt for source in sources if source.prompt not in self._sounds)

    async def render(self, progress: Progress | None = None) -> Rendering:
        """Make every prompt that is missing, then load all.

        Raises SpeechError when none can be made: a program is missing, or the folder cannot be written.
        """
        wanted, missing = await asyncio.to_thread(self._missing)
        failed = await make_all(missing, self._folder, progress) if missing else ()
        _, still_missing = await asyncio.to_thread(self._missing)
        await asyncio.to_thread(self.load)
        return Rendering(made=len(missing) - len(still_missing), kept=wanted - len(missing), failed=failed)

    def listed(self) -> tuple[Listed, ...]:
        """Return every prompt of every language with its file."""
        return tuple(
            Listed(
                prompt=source.prompt,
                text=source.text,
                made_by=source.made_by,
                file=self._file(source),
                seconds=self._seconds(source),
            )
            for source in self._sources()
        )

    def lost(self) -> tuple[Prompt, ...]:
        """Return the prompts whose recording is neither on the disk nor made already: their texts are spoken."""
        return tuple(source.prompt for source in self._sources() if source.lost)

    def strays(self) -> tuple[Path, ...]:
        """Return recordings that take no text's place, such as one whose name is misspelt."""
        return strays_of(self._texts, self._spoken)

    def unused(self, others: Iterable[Texts]) -> tuple[Path, ...]:
        """Return the sound files that neither these texts nor `others`, such as earlier versions', need.

        Nothing is removed. A file of a version that is left out here would have to be made again.
        """
        needed = [*self._sources()]
        for texts in others:
            needed += self._sources_of(texts)
        return unused(sorted(self._folder.glob("*.wav")), needed)

    def _missing(self) -> tuple[int, list[Source]]:
        """Return how many sound files there should be, and those to be made; two equal texts are one file."""
        by_digest = {source.digest: source for source in self._sources()}
        return len(by_digest), [source for source in by_digest.values() if self._seconds(source) is None]

    def _sources(self) -> tuple[Source, ...]:
        return self._sources_of(self._texts)

    def _sources_of(self, texts: Texts) -> tuple[Source, ...]:
        return sources_of(texts, self._voices, self._spoken, lambda digest: self._seconds_of(digest) is not None)

    def _file(self, source: Source) -> Path:
        return self._folder / f"{source.digest}.wav"

    def _seconds(self, source: Source) -> float | None:
        return self._seconds_of(source.digest)

    def _seconds_of(self, digest: str) -> float | None:
        try:
            # All files here are of one form, so the size tells the length, without opening thousands of them.
            return seconds_of((self._folder / f"{digest}.wav").stat().st_size) or None
        except OSError:
            return None


def unused(files: Iterable[Path], needed: Iterable[Source]) -> tuple[Path, ...]:
    """Return those of the sound files that none of the sources is played from."""
    names = {source.digest for source in needed}
    return tuple(file for file in files if file.stem not in names)
