"""What callers hear is fetched by its name, and by no name is anything else fetched."""

import io
import wave
from pathlib import Path

import pytest
from yarl import URL

from telephony.calls.commands import Prompt
from telephony.carriers.twilio.media import Media
from telephony.carriers.twilio.music import Music
from tests.unit.carriers.twilio.cloud import FiledPrompts, cloud, write_wav
from tests.unit.carriers.twilio.house import PUBLIC, account

HELLO = Prompt(text_id="hello", language="en")


async def test_a_prompt_is_fetched_by_anybody_and_kept_for_ever(tmp_path: Path) -> None:
    async with cloud(tmp_path) as twilio, twilio.http.get(f"{twilio.base}/twilio/media/hello.wav") as answer:
        assert answer.status == 200
        assert answer.content_type == "audio/wav"
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert await answer.read() == (tmp_path / "prompts/hello.wav").read_bytes()
        async with twilio.http.head(answer.url) as head:
            assert (head.status, head.content_length) == (200, answer.content_length)


@pytest.mark.parametrize(
    "path",
    [
        "../secret.wav",
        "%2e%2e%2fsecret.wav",
        "..%5csecret.wav",
        "absent.wav",
        ".wav",
        "hello.mp3",
        "a.b.wav",
        "music/%2e%2e%2fsecret.wav?from_s=0&for_s=1",
        "%00.wav",
    ],
)
async def test_by_no_name_is_anything_else_fetched(tmp_path: Path, path: str) -> None:
    async with cloud(tmp_path) as twilio:
        url = URL(f"{twilio.base}/twilio/media/{path}", encoded=True)
        async with twilio.http.get(url) as answer:
            assert answer.status == 404


def test_a_prompt_has_an_address_and_a_length(tmp_path: Path) -> None:
    (tmp_path / "prompts").mkdir()
    write_wav(tmp_path / "prompts/hello.wav", seconds=3)
    media = Media(account(recordings_dir=tmp_path), FiledPrompts())
    assert media.url(HELLO) == f"{PUBLIC}/twilio/media/hello.wav"
    assert media.seconds(HELLO) == 3.0
    assert media.url(Prompt(text_id="missing", language="en")) is None
    assert media.seconds(Prompt(text_id="absent", language="en")) == 0.0
    with pytest.raises(ValueError, match="name"):
        media.file("../secret")


# --- music ---


def heard(piece: bytes) -> tuple[int, bytes]:
    with wave.open(io.BytesIO(piece)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
        return file.getnframes(), file.readframes(file.getnframes())


def test_music_goes_on_from_piece_to_piece_and_begins_anew_at_its_end() -> None:
    music = Music(None)
    frames, whole = heard(music.piece("default", 0, 40))
    assert frames == 40 * 8000
    assert heard(music.piece("default", 12, 10))[1] == whole[12 * 16000 : 22 * 16000]
    assert heard(music.piece("default", 16, 4))[1] == whole[: 4 * 16000]
    assert any(whole)


def test_music_of_the_company_is_played_by_its_name(tmp_path: Path) -> None:
    write_wav(tmp_path / "jazz.wav", seconds=2)
    _, whole = heard(Music(tmp_path).piece("jazz", 1, 3))
    assert whole == b"\1\2" * 8000 * 3


def test_music_that_cannot_be_played_is_replaced_and_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_wav(tmp_path / "high.wav", seconds=2, rate_hz=44100)
    (tmp_path / "odd.wav").write_bytes(b"RIFF")
    music = Music(tmp_path)
    ours = music.piece("default", 0, 1)
    assert music.piece("high", 0, 1) == ours
    assert music.piece("odd", 0, 1) == ours
    assert caplog.text.count("8 kHz") == 2


@pytest.mark.parametrize("asked", ["", "?from_s=0", "?from_s=0&for_s=0", "?from_s=-1&for_s=1", "?from_s=0&for_s=9999"])
async def test_music_is_asked_for_by_whole_seconds(tmp_path: Path, asked: str) -> None:
    async with cloud(tmp_path) as twilio:
        async with twilio.http.get(f"{twilio.base}/twilio/media/music/default.wav{asked}") as answer:
            assert answer.status == 400
        async with twilio.http.get(f"{twilio.base}/twilio/media/music/default.wav?from_s=3&for_s=1") as answer:
            assert heard(await answer.read())[0] == 8000
