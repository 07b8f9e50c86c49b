"""How the settings say who speaks each language."""

from pathlib import Path

import pytest

from telephony.errors import SettingsError
from telephony.settings import load_settings
from telephony.settings.domain import voices_of
from telephony.speech.voices import EspeakVoice, PiperVoice, Voices


def voices(folder: Path, text: str) -> Voices:
    file = folder / "ringside.toml"
    file.write_text(text)
    return voices_of(load_settings(file, {}))


def faults(folder: Path, text: str) -> list[str]:
    with pytest.raises(SettingsError) as told:
        voices(folder, text)
    return told.value.faults


def put_voice(folder: Path, name: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.onnx").write_bytes(b"a model")
    (folder / f"{name}.onnx.json").write_text('{"num_speakers": 2}')


def test_speed_pitch_and_loudness_can_differ_in_one_language(tmp_path: Path) -> None:
    text = "[speech]\nspeed_wpm = 150\ngain_db = -1\n[speech.languages.ru]\nspeed_wpm = 120\npitch = 40\ngain_db = 2\n"
    told = voices(tmp_path, text)
    assert told.of("ru") == EspeakVoice(name="ru", speed_wpm=120, pitch=40, gain_db=2)
    assert told.of("bg") == EspeakVoice(name="bg", speed_wpm=150)
    assert (told.gain_of("ru"), told.gain_of("bg")) == (1, -1)


@pytest.mark.parametrize("name", ["piper:en_GB-alba-medium", "piper:en_GB-alba-medium.onnx"])
def test_a_voice_of_piper_is_named_by_its_file(tmp_path: Path, name: str) -> None:
    put_voice(tmp_path / "voices", "en_GB-alba-medium")
    told = voices(tmp_path, f'[speech.voices]\nen = "{name}"\n[speech.languages.en]\nspeaker = 1\nspeed_wpm = 290\n')
    voice = told.of("en")
    assert isinstance(voice, PiperVoice)
    assert voice.model == tmp_path / "voices" / "en_GB-alba-medium.onnx"
    assert (voice.speaker, voice.length_scale, voice.program) == (1, 0.5, "piper")


def test_the_program_piper_can_lie_elsewhere(tmp_path: Path) -> None:
    put_voice(tmp_path / "speakers", "x")
    told = voices(tmp_path, '[speech]\npiper = "opt/piper"\npiper_voices = "speakers"\nvoices = { en = "piper:x" }\n')
    assert told.of("en").program == str(tmp_path / "opt/piper")


def test_every_voice_with_a_fault_is_told_with_file_and_key(tmp_path: Path) -> None:
    text = """
[speech.voices]
en = "piper:en_GB-alba-medium"
[speech.languages.ru]
speaker = 1
"""
    file = tmp_path / "ringside.toml"
    why = "No such file or directory"
    lost = tmp_path / "voices" / "en_GB-alba-medium.onnx.json"
    assert faults(tmp_path, text) == [
        f"{file}: speech.voices.en: {lost} cannot be read ({why}); put both files of the voice there",
        f"{file}: speech.languages.ru.speaker: only a voice of Piper has speakers; remove it",
    ]


def test_a_voice_of_piper_has_no_pitch(tmp_path: Path) -> None:
    put_voice(tmp_path / "voices", "x")
    (told,) = faults(tmp_path, '[speech]\nvoices = { en = "piper:x" }\n[speech.languages.en]\npitch = 40\n')
    assert told.endswith("speech.languages.en.pitch: only a voice of espeak-ng has a pitch; remove it")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('voices = { en = "festival:kal" }', "speech.voices.en: must name one of the engines espeak-ng, piper before"),
        (
            'voices = { en = "piper:../x" }',
            "speech.voices.en: must be a voice such as en-gb or piper:en_GB-alba-medium",
        ),
        ('voices = { en = "" }', "speech.voices.en: must be a voice such as"),
        ('voices = { en = "-w" }', "speech.voices.en: must be a voice such as"),
        ("languages = { ru = { speed_wpm = 20 } }", "speech.languages.ru.speed_wpm: must be 80 to 450, is 20"),
        ("languages = { ru = { gain_db = 20 } }", "speech.languages.ru.gain_db: must be -12 to 6, is 20"),
        ("languages = { ru = { speed = 90 } }", "speech.languages.ru.speed: is not a setting; did you mean"),
    ],
)
def test_a_faulty_setting_is_told(tmp_path: Path, text: str, told: str) -> None:
    (fault,) = faults(tmp_path, f"[speech]\n{text}\n")
    assert fault.endswith(told) or f"ringside.toml: {told}" in fault
