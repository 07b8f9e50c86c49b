"""Voices of Piper, with a stand-in for the program: the real voices are the operator's and none is kept here."""

import shutil
from pathlib import Path

import pytest

from telephony.calls.commands import Prompt
from telephony.ivr.texts import Texts
from telephony.speech.piper import open_voice
from telephony.speech.programs import SpeechError
from telephony.speech.prompts import PromptStore
from telephony.speech.sources import sources_of
from telephony.speech.voices import EspeakVoice, Voice, Voices
from tests.unit.speech import stand_in

needs_ffmpeg = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="apt install ffmpeg")


def prompts_of(tmp_path: Path, texts: dict[str, str], voice: Voice) -> PromptStore:
    return PromptStore(
        recordings=tmp_path / "recordings",
        seen_as="/x",
        spoken=tmp_path / "spoken",
        texts=Texts(by_language={"en": texts}),
        voices=Voices(by_language={"en": voice}),
    )


def seconds(prompts: PromptStore, text_id: str) -> float:
    told = prompts.length_s(Prompt(text_id=text_id, language="en"))
    assert told is not None
    return told


def digest(voice: Voice) -> str:
    (source,) = sources_of(
        Texts(by_language={"en": {"hello": "Hello"}}), Voices(by_language={"en": voice}), Path("nowhere")
    )
    return source.digest


@needs_ffmpeg
async def test_each_text_gets_its_own_sound_from_few_runs(tmp_path: Path) -> None:
    program = stand_in.install(tmp_path)
    voice = open_voice(stand_in.voice(tmp_path), program=str(program))
    texts = {f"t{length}": "a" * length for length in range(10, 50)}
    prompts = prompts_of(tmp_path, texts, voice)
    assert (await prompts.render()).failed == ()
    for text_id, text in texts.items():
        assert seconds(prompts, text_id) == pytest.approx(0.05 * len(text) * 1.2, abs=0.01)
    runs = (tmp_path / "runs").read_text().splitlines()
    assert len(runs) < 10
    assert "--length_scale 1.200" in runs[0]


@needs_ffmpeg
async def test_a_text_that_cannot_be_spoken_is_told_and_the_others_are_made(tmp_path: Path) -> None:
    program = stand_in.install(tmp_path)
    voice = open_voice(stand_in.voice(tmp_path), program=str(program))
    rendering = await prompts_of(tmp_path, {"a": "One", "dots": "...", "b": "Two", "c": "Three"}, voice).render()
    assert rendering.made == 3
    assert len(rendering.failed) == 1
    assert rendering.failed[0].startswith(f"en/dots: {program} failed: wave.Error")


@needs_ffmpeg
async def test_twice_the_speed_is_half_the_time(tmp_path: Path) -> None:
    program, model = str(stand_in.install(tmp_path)), stand_in.voice(tmp_path)
    slow = prompts_of(tmp_path, {"hello": "Hello, hello, hello"}, open_voice(model, program=program))
    fast = prompts_of(tmp_path, {"hello": "Hello, hello, hello"}, open_voice(model, speed_wpm=290, program=program))
    await slow.render()
    await fast.render()
    assert seconds(slow, "hello") == pytest.approx(2 * seconds(fast, "hello"), rel=0.02)


@needs_ffmpeg
async def test_languages_whose_engine_is_here_are_rendered_though_piper_is_missing(tmp_path: Path) -> None:
    if shutil.which("espeak-ng") is None:
        pytest.skip("apt install espeak-ng")
    voice = open_voice(stand_in.voice(tmp_path), program="piper-that-is-not-there")
    prompts = PromptStore(
        recordings=tmp_path / "recordings",
        seen_as="/x",
        spoken=tmp_path / "spoken",
        texts=Texts(by_language={"en": {"a": "One", "b": "Two"}, "bg": {"a": "Едно"}}),
        voices=Voices(by_language={"en": voice, "bg": EspeakVoice(name="bg")}),
    )
    rendering = await prompts.render()
    assert rendering.made == 1
    (told,) = rendering.failed
    assert told.startswith("en: piper-that-is-not-there not found; install with: pip install piper-tts")
    assert told.endswith("(for 2 prompts)")


def test_whatever_changes_the_sound_changes_the_name(tmp_path: Path) -> None:
    model = stand_in.voice(tmp_path, speakers=3)
    voice = open_voice(model, program="piper")
    louder = open_voice(model, gain_db=2, program="piper")
    slower = open_voice(model, speed_wpm=120, program="piper")
    other = open_voice(model, speaker=1, program="piper")
    elsewhere = open_voice(stand_in.voice(tmp_path / "b", speakers=3), program="/opt/piper")
    exchanged = open_voice(stand_in.voice(tmp_path / "c", speakers=3, content=b"another"), program="piper")
    assert digest(elsewhere) == digest(voice)
    assert len({digest(each) for each in (voice, louder, slower, other, exchanged)}) == 5


def test_a_voice_exchanged_under_the_same_name_is_noticed(tmp_path: Path) -> None:
    before = open_voice(stand_in.voice(tmp_path), program="piper")
    after = open_voice(stand_in.voice(tmp_path, content=b"a longer model"), program="piper")
    assert before.content != after.content


def test_a_voice_without_its_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpeechError, match=r"none\.onnx\.json cannot be read .*put both files of the voice there"):
        open_voice(tmp_path / "none.onnx", program="piper")
    stand_in.voice(tmp_path).unlink()
    with pytest.raises(SpeechError, match=r"hum-low\.onnx cannot be read"):
        open_voice(tmp_path / "en_XX-hum-low.onnx", program="piper")


@pytest.mark.parametrize("said", ["", "[]", "{", '{"inference": {"length_scale": "slow"}}', '{"num_speakers": null}'])
def test_a_broken_description_is_refused(tmp_path: Path, said: str) -> None:
    model = stand_in.voice(tmp_path)
    model.with_name(f"{model.name}.json").write_text(said)
    with pytest.raises(SpeechError, match="is not the description of a Piper voice"):
        open_voice(model, program="piper")


def test_a_speaker_the_voice_does_not_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpeechError, match="has 2 speakers, numbered from 0; there is no speaker 2"):
        open_voice(stand_in.voice(tmp_path, speakers=2), speaker=2, program="piper")
