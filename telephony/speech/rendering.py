"""Makes sound files, many in one run of each program and as many runs at once as there are processors."""

import asyncio
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

from telephony.ivr.sources import digest_of
from telephony.speech import espeak, piper
from telephony.speech.levels import Levelling, to_telephone
from telephony.speech.programs import SpeechError, check_programs
from telephony.speech.sources import Source
from telephony.speech.voices import EspeakVoice, PiperVoice, programs_of

MOST_IN_A_RUN = 16
"""Starting ffmpeg takes ten times as long as levelling a word."""

Progress = Callable[[int, int], None]
"""Called with how many prompts are done, and of how many."""


async def make_all(missing: Sequence[Source], folder: Path, progress: Progress | None = None) -> tuple[str, ...]:
    """Make the sound file of each source in `folder`; return a line for each that could not be made.

    Raises SpeechError when none can be made: a program is missing, or the folder cannot be written.
    """
    makeable, failed = _those_with_programs(missing)
    at_once = os.cpu_count() or 1
    runs = list(_runs(makeable, max(1, min(MOST_IN_A_RUN, -(-len(makeable) // at_once)))))[::-1]
    done = 0

    async def work() -> None:
        nonlocal done
        while runs:
            batch = runs.pop()
            failed.extend(await _make_each(batch, workshop, folder))
            for _ in batch:
                done += 1
                if progress is not None:
                    progress(done, len(makeable))

    workshop = await asyncio.to_thread(_open_workshop, folder)
    try:
        async with asyncio.TaskGroup() as workers:
            for number in range(min(at_once, len(runs))):
                workers.create_task(work(), name=f"render prompts {number + 1}")
    finally:
        await asyncio.to_thread(shutil.rmtree, workshop, ignore_errors=True)
    return tuple(sorted(failed))


def _those_with_programs(missing: Sequence[Source]) -> tuple[list[Source], list[str]]:
    """Return the sources whose engine is there, and a line for each engine and language that must do without."""
    makeable: list[Source] = []
    without: Counter[str] = Counter()
    for engine, group in groupby(missing, key=lambda source: () if source.recording else (source.voice.program,)):
        sources = list(group)
        try:
            check_programs(*engine)
            makeable += sources
        except SpeechError as refused:
            without.update(f"{source.prompt.language}: {refused}" for source in sources)
    if not makeable:
        check_programs(*programs_of([source.voice for source in missing if source.recording is None]))
    check_programs("ffmpeg")
    return makeable, [f"{told} (for {number} prompts)" for told, number in without.items()]


def _runs(sources: Sequence[Source], most: int) -> Iterator[Sequence[Source]]:
    """Give the sources in runs of one voice, or of recordings."""
    for _, group in groupby(sources, key=lambda source: None if source.recording else source.voice):
        alike = list(group)
        yield from (alike[start : start + most] for start in range(0, len(alike), most))


def _open_workshop(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=".making-", dir=folder))
    except OSError as refused:
        raise SpeechError(f"{folder}: {refused.strerror}; let Ringside write there") from refused


async def _make_each(batch: Sequence[Source], workshop: Path, folder: Path) -> list[str]:
    """Make all; a run that fails is tried again in halves, until the faulty ones stand alone."""
    try:
        await _make(batch, workshop, folder)
    except SpeechError as refused:
        if len(batch) == 1:
            prompt = batch[0].prompt
            return [f"{prompt.language}/{prompt.text_id}: {refused}"]
        half = len(batch) // 2
        first = await _make_each(batch[:half], workshop, folder)
        return first + await _make_each(batch[half:], workshop, folder)
    return []


async def _make(batch: Sequence[Source], workshop: Path, folder: Path) -> None:
    raw = await _sounds_of(batch, workshop)
    ready = [workshop / f"{source.digest}.wav" for source in batch]
    await to_telephone(
        [
            Levelling(source=sound, to=file, gain_db=source.gain_db)
            for source, sound, file in zip(batch, raw, ready, strict=True)
        ]
    )
    await asyncio.to_thread(_require_unchanged, batch)
    try:
        # Asterisk may look at any moment: a file appears under its name whole or not at all.
        for file in ready:
            file.chmod(0o644)
            file.replace(folder / file.name)
    except OSError as refused:
        raise SpeechError(f"{folder}: {refused.strerror}; let Ringside write there") from refused


def _require_unchanged(batch: Sequence[Source]) -> None:
    """Raise SpeechError when a recording was exchanged meanwhile: its sound would stand under the old one's name."""
    for source in batch:
        try:
            same = source.content is None or (source.recording and digest_of(source.recording) == source.content)
        except OSError:
            same = False
        if not same:
            raise SpeechError("the recording was changed while its sound was made; try again")


async def _sounds_of(batch: Sequence[Source], workshop: Path) -> Sequence[Path]:
    """Return the sound of each source of one run, not levelled yet: recordings as they are, texts spoken."""
    recordings = [source.recording for source in batch if source.recording]
    if recordings:
        return recordings
    match batch[0].voice:
        case PiperVoice() as voice:
            return await piper.speak_all([source.text for source in batch], voice, workshop)
        case EspeakVoice() as voice:
            files = [workshop / f"{source.digest}.raw.wav" for source in batch]
            for source, file in zip(batch, files, strict=True):
                await espeak.speak(source.text, voice, file)
            return files
