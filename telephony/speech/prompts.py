"""Keeps prompts as sound files named by their content, so that a changed text, voice or recording is a new file."""

import asyncio
import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from telephony.calls.commands import Prompt
from telephony.ivr.texts import Texts
from telephony.speech.programs import SpeechError, check_programs, speak, to_telephone
from telephony.speech.voices import ENGINE, Voices

RECIPE = 1
"""Changes whenever the same input shall sound different: all prompts are then made anew."""

AT_ONCE = 2
HEADER_BYTES = 44


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a prompt is made of: a text to be spoken, or a recording that takes its place."""

    prompt: Prompt
    text: str
    recording: Path | None
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """What `render` did. `failed` has a line for each prompt that could not be made."""

    made: int
    kept: int
    failed: tuple[str, ...]


Progress = Callable[[int, int], None]
"""Called with how many prompts are done, and of how many."""


class PromptStore:
    """The rendered prompts below `<recordings>/prompts`. Implements `ports.PromptFiles`.

    `seen_as` is the recordings folder as the carrier's machine sees it. A recording at
    `<spoken>/<language>/<text_id>.wav` takes the place of the rendered text.
    """

    def __init__(self, *, recordings: Path, seen_as: str, spoken: Path, texts: Texts, voices: Voices) -> None:
        self._folder = recordings / "prompts"
        self._seen_as = f"{seen_as.rstrip('/')}/prompts"
        self._spoken = spoken
        self._texts = texts
        self._voices = voices
        self._paths: Mapping[Prompt, str] = {}

    def path(self, prompt: Prompt) -> str | None:
        """Return the file without extension as the carrier plays it; None when it is not rendered."""
        return self._paths.get(prompt)

    def load(self) -> tuple[Prompt, ...]:
        """Look up which prompts there are; return those that are not rendered."""
        sources = self._sources()
        there = [source for source in sources if self._is_made(source)]
        self._paths = {source.prompt: f"{self._seen_as}/{source.digest}" for source in there}
        return tuple(source.prompt for source in sources if source.prompt not in self._paths)

    async def render(self, progress: Progress | None = None) -> Rendering:
        """Make every prompt that is missing, then load all.

        Raises SpeechError when a program is missing or the folder cannot be written.
        """
        sources, missing = await asyncio.to_thread(self._missing)
        if missing:
            speaks = any(source.recording is None for source in missing)
            check_programs(*(["espeak-ng"] if speaks else []), "ffmpeg")
            failed = await self._make_all(missing, progress)
        else:
            failed = ()
        await asyncio.to_thread(self.load)
        return Rendering(made=len(missing) - len(failed), kept=sources - len(missing), failed=failed)

    def _missing(self) -> tuple[int, list[Source]]:
        """Return how many sound files there should be, and those to be made; two equal texts are one file."""
        by_digest = {source.digest: source for source in self._sources()}
        return len(by_digest), [source for source in by_digest.values() if not self._is_made(source)]

    async def _make_all(self, missing: list[Source], progress: Progress | None) -> tuple[str, ...]:
        failed: list[str] = []
        waiting = list(reversed(missing))
        done = 0

        async def work() -> None:
            nonlocal done
            while waiting:
                source = waiting.pop()
                try:
                    await self._make(source, workshop)
                except SpeechError as refused:
                    failed.append(f"{source.prompt.language}/{source.prompt.text_id}: {refused}")
                done += 1
                if progress is not None:
                    progress(done, len(missing))

        workshop = await asyncio.to_thread(self._open_workshop)
        try:
            async with asyncio.TaskGroup() as workers:
                for number in range(AT_ONCE):
                    workers.create_task(work(), name=f"render prompts {number + 1}")
        finally:
            await asyncio.to_thread(shutil.rmtree, workshop, ignore_errors=True)
        return tuple(sorted(failed))

    def _open_workshop(self) -> Path:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            return Path(tempfile.mkdtemp(prefix=".making-", dir=self._folder))
        except OSError as refused:
            raise SpeechError(f"{self._folder}: {refused.strerror}; let Ringside write there") from refused

    async def _make(self, source: Source, workshop: Path) -> None:
        raw, ready = workshop / f"{source.digest}.raw.wav", workshop / f"{source.digest}.wav"
        if source.recording is None:
            await speak(source.text, self._voices.of(source.prompt.language), raw)
        await to_telephone(source.recording or raw, ready, gain_db=self._voices.gain_db)
        try:
            # Asterisk may look at any moment: a file appears under its name whole or not at all.
            ready.chmod(0o644)
            ready.replace(self._file(source))
            raw.unlink(missing_ok=True)
        except OSError as refused:
            raise SpeechError(f"{self._folder}: {refused.strerror}; let Ringside write there") from refused

    def _sources(self) -> list[Source]:
        return [
            self._source(Prompt(text_id=text_id, language=language), text)
            for language, texts in self._texts.by_language.items()
            for text_id, text in texts.items()
        ]

    def _source(self, prompt: Prompt, text: str) -> Source:
        recording = self._spoken / prompt.language / f"{prompt.text_id}.wav"
        try:
            content = hashlib.sha256(recording.read_bytes()).hexdigest()
        except OSError:
            voice = self._voices.of(prompt.language)
            by = [ENGINE, voice.name, voice.speed_wpm, voice.pitch]
            return Source(prompt=prompt, text=text, recording=None, digest=self._digest([text, prompt.language, by]))
        return Source(prompt=prompt, text=text, recording=recording, digest=self._digest([content]))

    def _digest(self, made_of: list[object]) -> str:
        recipe = json.dumps([RECIPE, self._voices.gain_db, *made_of], ensure_ascii=False)
        return hashlib.sha256(recipe.encode()).hexdigest()[:32]

    def _file(self, source: Source) -> Path:
        return self._folder / f"{source.digest}.wav"

    def _is_made(self, source: Source) -> bool:
        try:
            return self._file(source).stat().st_size > HEADER_BYTES
        except OSError:
            return False
