"""Short words and long texts come out equally loud. Real espeak-ng and ffmpeg where installed."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from telephony.ivr.texts import Texts
from telephony.speech.prompts import PromptStore
from telephony.speech.voices import EspeakVoice, Voices

TEXTS = {
    "en": {
        "_n1": "one",
        "_n6": "six",
        "_n8": "eight",
        "_n21": "twenty one",
        "welcome": "Good day. You have called us.",
    },
    "ru": {"_n1": "один", "_n6": "шесть", "_n100": "сто", "_and": "и"},
    "bg": {"_n2": "две", "_n100": "сто", "welcome": "Добър ден. Натиснете едно за продажби."},
}
needs_programs = pytest.mark.skipif(
    shutil.which("espeak-ng") is None or shutil.which("ffmpeg") is None, reason="apt install espeak-ng ffmpeg"
)


def loudness(file: Path) -> float:
    """Return LUFS as ffmpeg measures them: the standard's windows of 0.4 s need more than one short word."""
    command = ["ffmpeg", "-nostdin", "-hide_banner", "-stream_loop", "50", "-i", str(file), "-t", "7.3"]
    told = subprocess.run(
        [*command, "-af", "ebur128", "-f", "null", "-"], capture_output=True, text=True, check=True, timeout=20
    ).stderr
    return float(re.findall(r"I:\s+(-?[0-9.]+) LUFS", told)[-1])


async def rendered(folder: Path, voices: Voices) -> dict[tuple[str, str], float]:
    prompts = PromptStore(recordings=folder, seen_as="/x", spoken=folder, texts=Texts(by_language=TEXTS), voices=voices)
    assert (await prompts.render()).failed == ()
    return {(each.prompt.language, each.prompt.text_id): loudness(each.file) for each in prompts.listed()}


@needs_programs
async def test_every_word_is_as_loud_as_a_sentence(tmp_path: Path) -> None:
    for told, lufs in (await rendered(tmp_path, Voices())).items():
        assert lufs == pytest.approx(-19, abs=1), told


@needs_programs
async def test_a_language_can_be_softer_than_the_others(tmp_path: Path) -> None:
    voices = Voices(by_language={"bg": EspeakVoice(name="bg", gain_db=-4)}, gain_db=-2)
    for (language, text_id), lufs in (await rendered(tmp_path, voices)).items():
        assert lufs == pytest.approx(-25 if language == "bg" else -21, abs=1), (language, text_id)
