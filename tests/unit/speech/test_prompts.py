"""Prompts are rendered once, ahead, under names that tell their content. Real espeak-ng and ffmpeg where installed."""

import asyncio
import hashlib
import os
import shutil
import wave
from pathlib import Path

import pytest

from telephony.calls.commands import Prompt
from telephony.ivr.texts import Texts
from telephony.speech.missing import render_missing
from telephony.speech.programs import SpeechError
from telephony.speech.prompts import PromptStore
from telephony.speech.rendering import make_all
from telephony.speech.sources import sources_of
from telephony.speech.voices import EspeakVoice, Voices
from tests.waiting import until

HELLO = Prompt(text_id="hello", language="en")
needs_programs = pytest.mark.skipif(
    shutil.which("espeak-ng") is None or shutil.which("ffmpeg") is None, reason="apt install espeak-ng ffmpeg"
)


def store(tmp_path: Path, texts: dict[str, str] | None = None, voices: Voices | None = None) -> PromptStore:
    return PromptStore(
        recordings=tmp_path / "recordings",
        seen_as="/var/lib/recordings/",
        spoken=tmp_path / "spoken",
        texts=Texts(by_language={"en": {"hello": "Hello"} if texts is None else texts}),
        voices=voices or Voices(),
    )


def files(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "recordings" / "prompts").iterdir())


@needs_programs
async def test_a_text_becomes_a_telephone_sound(tmp_path: Path) -> None:
    prompts = store(tmp_path)
    rendering = await prompts.render()
    assert (rendering.made, rendering.kept, rendering.failed) == (1, 0, ())
    (file,) = files(tmp_path)
    assert prompts.path(HELLO) == f"/var/lib/recordings/prompts/{file.stem}"
    with wave.open(str(file)) as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (8000, 1, 2)
        assert 0.2 < sound.getnframes() / 8000 < 3
        assert max(abs(each) for each in memoryview(sound.readframes(10**6)).cast("h")) < 0.9 * 2**15


@needs_programs
async def test_what_is_there_is_not_made_again(tmp_path: Path) -> None:
    await store(tmp_path).render()
    made_at = files(tmp_path)[0].stat().st_mtime_ns
    rendering = await store(tmp_path).render()
    assert (rendering.made, rendering.kept) == (0, 1)
    assert files(tmp_path)[0].stat().st_mtime_ns == made_at


@needs_programs
async def test_progress_is_told_and_every_language_is_made(tmp_path: Path) -> None:
    texts = Texts(by_language={"ru": {"hello": "Привет"}, "bg": {"hello": "Здравейте"}, "en": {"a": "One", "b": "One"}})
    told: list[tuple[int, int]] = []
    prompts = PromptStore(recordings=tmp_path, seen_as="/x", spoken=tmp_path, texts=texts, voices=Voices())
    await prompts.render(lambda done, of: told.append((done, of)))
    assert told == [(1, 3), (2, 3), (3, 3)]
    same = [prompts.path(Prompt(text_id=text_id, language="en")) for text_id in ("a", "b")]
    assert same[0] == same[1] is not None


@needs_programs
async def test_a_recording_takes_the_place_of_the_text(tmp_path: Path) -> None:
    await store(tmp_path).render()
    (spoken,) = files(tmp_path)
    recording = tmp_path / "spoken" / "en" / "hello.wav"
    recording.parent.mkdir(parents=True)
    shutil.copy(spoken, recording)
    prompts = store(tmp_path)
    await prompts.render()
    assert len(files(tmp_path)) == 2
    assert spoken.stem not in (prompts.path(HELLO) or "")


@needs_programs
async def test_a_broken_recording_is_told_and_the_others_are_made(tmp_path: Path) -> None:
    recording = tmp_path / "spoken" / "en" / "hello.wav"
    recording.parent.mkdir(parents=True)
    recording.write_bytes(b"not a sound")
    prompts = store(tmp_path, {"hello": "Hello", "bye": "Goodbye"})
    rendering = await prompts.render()
    assert rendering.made == 1
    assert rendering.failed[0].startswith("en/hello: ffmpeg failed")
    assert prompts.path(HELLO) is None
    assert prompts.load() == (HELLO,)


@needs_programs
async def test_an_unknown_voice_is_told(tmp_path: Path) -> None:
    rendering = await store(tmp_path, voices=Voices(by_language={"en": EspeakVoice(name="klingon-x")})).render()
    assert "espeak-ng failed" in rendering.failed[0]


@needs_programs
async def test_a_rendering_that_is_cancelled_leaves_no_half_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = tmp_path / "begun"
    endless = tmp_path / "bin" / "ffmpeg"
    endless.parent.mkdir()
    endless.write_text(f"#!/bin/sh\n: > '{begun}'\nexec sleep 600\n")
    endless.chmod(0o755)
    monkeypatch.setenv("PATH", f"{endless.parent}:{os.environ['PATH']}")
    task = asyncio.create_task(store(tmp_path).render(), name="render")
    await until(begun.exists)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert files(tmp_path) == []


async def test_missing_programs_are_told_with_how_to_mend_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SpeechError, match="espeak-ng and ffmpeg not found; install with: apt install espeak-ng ffmpeg"):
        await store(tmp_path).render()


async def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "recordings").write_text("a file where a folder should be")
    with pytest.raises(SpeechError, match=r"recordings/prompts: .*; let Ringside write there|not found"):
        await store(tmp_path).render()


def test_nothing_is_played_before_it_is_rendered(tmp_path: Path) -> None:
    prompts = store(tmp_path)
    assert prompts.load() == (HELLO,)
    assert prompts.path(HELLO) is None


@pytest.mark.parametrize(
    ("texts", "voices"),
    [
        ({"hello": "Hello!"}, Voices()),
        ({"hello": "Hello"}, Voices(gain_db=3)),
        ({"hello": "Hello"}, Voices(by_language={"en": EspeakVoice(name="en-us")})),
        ({"hello": "Hello"}, Voices(by_language={"en": EspeakVoice(name="en-gb", speed_wpm=120)})),
        ({"hello": "Hello"}, Voices(by_language={"en": EspeakVoice(name="en-gb", pitch=40)})),
        ({"hello": "Hello"}, Voices(by_language={"en": EspeakVoice(name="en-gb", gain_db=1)})),
    ],
)
def test_whatever_changes_the_sound_changes_the_name(tmp_path: Path, texts: dict[str, str], voices: Voices) -> None:
    old, new = store(tmp_path), store(tmp_path, texts, voices)
    folder = tmp_path / "recordings" / "prompts"
    folder.mkdir(parents=True)
    (folder / f"{name_of_hello(tmp_path)}.wav").write_bytes(b"x" * 100)
    assert old.load() == ()
    assert new.load() == (HELLO,)


def name_of_hello(tmp_path: Path) -> str:
    (source,) = sources_of(Texts(by_language={"en": {"hello": "Hello"}}), Voices(), tmp_path / "spoken")
    return source.digest


@needs_programs
async def test_the_length_of_a_prompt_is_known_once_it_is_rendered(tmp_path: Path) -> None:
    prompts = store(tmp_path)
    assert prompts.length_s(HELLO) is None
    await prompts.render()
    with wave.open(str(files(tmp_path)[0])) as sound:
        assert prompts.length_s(HELLO) == pytest.approx(sound.getnframes() / 8000)


@needs_programs
async def test_the_list_tells_what_is_rendered_and_by_whom(tmp_path: Path) -> None:
    await store(tmp_path).render()
    hello, bye = store(tmp_path, {"hello": "Hello", "bye": "Goodbye"}).listed()
    assert (hello.made_by, hello.file) == ("espeak-ng en-gb", files(tmp_path)[0])
    assert hello.seconds is not None
    assert bye.seconds is None


@needs_programs
async def test_a_piece_of_a_spoken_value_can_be_recorded(tmp_path: Path) -> None:
    texts = {"_n21": "twenty one"}
    await store(tmp_path, texts).render()
    recording = tmp_path / "spoken" / "en" / "_n21.wav"
    recording.parent.mkdir(parents=True)
    shutil.copy(files(tmp_path)[0], recording)
    prompts = store(tmp_path, texts)
    assert (await prompts.render()).made == 1
    assert [each.made_by for each in prompts.listed()] == ["recording"]


@needs_programs
async def test_no_pause_follows_a_piece_of_a_sentence(tmp_path: Path) -> None:
    prompts = store(tmp_path, {"_n21": "twenty one", "whole": "twenty one."})
    await prompts.render()
    piece, whole = (prompts.length_s(Prompt(text_id=each, language="en")) for each in ("_n21", "whole"))
    assert piece is not None
    assert whole is not None
    assert whole - piece > 0.2


def test_a_recording_with_a_misspelt_name_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "spoken" / "en"
    folder.mkdir(parents=True)
    (folder / "hallo.wav").write_bytes(b"")
    (folder / "hello.wav").write_bytes(b"")
    assert store(tmp_path).strays() == (folder / "hallo.wav",)


def test_a_sound_that_an_earlier_version_needs_is_not_unused(tmp_path: Path) -> None:
    folder = tmp_path / "recordings" / "prompts"
    folder.mkdir(parents=True)
    needed, old = folder / f"{name_of_hello(tmp_path)}.wav", folder / "0123.wav"
    for file in (needed, old):
        file.write_bytes(b"x")
    now = store(tmp_path, {"hello": "Good day"})
    assert set(now.unused([])) == {needed, old}
    assert now.unused([Texts(by_language={"en": {"hello": "Hello"}})]) == (old,)


# --- recordings that the texts name by their content ----------------------------------------------------------------


def named(tmp_path: Path, content: bytes | None) -> PromptStore:
    """Return the prompts of a version in which `hello` is this recording, or none."""
    recordings = {} if content is None else {"en": {"hello": hashlib.sha256(content).hexdigest()}}
    return PromptStore(
        recordings=tmp_path / "recordings",
        seen_as="/x",
        spoken=tmp_path / "spoken",
        texts=Texts(by_language={"en": {"hello": "Hello"}}, recordings=recordings),
        voices=Voices(),
    )


def records(tmp_path: Path, content: bytes) -> Path:
    file = tmp_path / "spoken" / "en" / "hello.wav"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


@pytest.fixture
async def takes(tmp_path: Path) -> tuple[bytes, bytes]:
    """Give two sounds, as somebody would record them."""
    prompts = store(tmp_path / "studio", {"a": "Welcome to us", "b": "Good day"})
    await prompts.render()
    first, second = (each.file.read_bytes() for each in prompts.listed())
    return first, second


@needs_programs
async def test_an_older_version_keeps_its_recording_after_the_file_has_become_another(
    tmp_path: Path, takes: tuple[bytes, bytes]
) -> None:
    old, new = takes
    records(tmp_path, old)
    before = named(tmp_path, old)
    await before.render()
    sound = before.path(HELLO)
    records(tmp_path, new)
    again, after = named(tmp_path, old), named(tmp_path, new)
    assert (await again.render()).made == 0
    assert (await after.render()).made == 1
    assert again.path(HELLO) == sound
    assert again.lost() == ()
    assert [each.made_by for each in again.listed()] == ["recording"]
    assert after.path(HELLO) not in (sound, None)
    assert again.unused([]) == (tmp_path / "recordings" / "prompts" / f"{Path(after.path(HELLO) or '').name}.wav",)


@needs_programs
async def test_a_recording_that_is_gone_is_told_and_its_text_is_spoken(
    tmp_path: Path, takes: tuple[bytes, bytes], caplog: pytest.LogCaptureFixture
) -> None:
    old, new = takes
    records(tmp_path, new)
    prompts = named(tmp_path, old)
    await render_missing(prompts)
    assert prompts.lost() == (HELLO,)
    spoken = f"/x/prompts/{name_of_hello(tmp_path / 'nowhere')}"
    assert prompts.path(HELLO) == spoken
    [record] = [record for record in caplog.records if record.__dict__.get("action") == "recording_lost"]
    assert (record.__dict__["language"], record.__dict__["text"]) == ("en", "hello")
    records(tmp_path, old)
    await prompts.render()
    assert prompts.lost() == ()
    assert prompts.path(HELLO) not in (spoken, None)


@needs_programs
async def test_a_version_without_a_recording_does_not_take_one_that_was_added_later(
    tmp_path: Path, takes: tuple[bytes, bytes]
) -> None:
    records(tmp_path, takes[0])
    prompts = named(tmp_path, None)
    await prompts.render()
    assert prompts.path(HELLO) == f"/x/prompts/{name_of_hello(tmp_path / 'nowhere')}"


@needs_programs
async def test_a_recording_exchanged_while_it_is_made_never_stands_under_the_old_ones_name(
    tmp_path: Path, takes: tuple[bytes, bytes]
) -> None:
    old, new = takes
    file = records(tmp_path, old)
    [source] = sources_of(
        Texts(by_language={"en": {"hello": "Hello"}}, recordings={"en": {"hello": hashlib.sha256(old).hexdigest()}}),
        Voices(),
        tmp_path / "spoken",
    )
    file.write_bytes(new)
    failed = await make_all([source], tmp_path / "recordings" / "prompts")
    assert failed == ("en/hello: the recording was changed while its sound was made; try again",)
    assert files(tmp_path) == []
