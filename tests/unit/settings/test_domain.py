from datetime import UTC, date, datetime
from pathlib import Path

from telephony.calls.model import QueueName
from telephony.routing.calendars import Hours, is_open
from telephony.settings import Configuration, load_settings
from telephony.settings.domain import asterisk_of, calendars_of, names_of, numbering_of, queues_of, voices_of, web_of
from telephony.speech.voices import EspeakVoice

TEXT = """
[company]
timezone = "Europe/Sofia"
[server]
public_base_url = "https://calls.example.com/"
[carriers.asterisk]
host = "pbx"
recordings_dir = "/var/spool/asterisk/ringside"
trunks = ["PJSIP/trunk"]
[recording]
record_calls = true
[queues.sales]
ring_limit_s = 15
[queues.service]
record = false
[calendars.office]
weekly = { "mon-fri" = "09:00-18:00", "sat" = "22:00-02:00" }
holidays = "BG"
exceptions = { "2026-12-24" = "09:00-12:00" }
[speech]
voices = { en = "en-us" }
"""


def configured(folder: Path) -> Configuration:
    file = folder / "ringside.toml"
    file.write_text(TEXT)
    return load_settings(file, {"RINGSIDE_AMI_SECRET": "secret"})


def test_calendars_open_and_close_as_they_are_written(tmp_path: Path) -> None:
    office = calendars_of(configured(tmp_path))["office"]
    assert office.exceptions == {date(2026, 12, 24): (Hours(opens=540, closes=720),)}
    assert is_open(office, datetime(2026, 11, 23, 7, 0, tzinfo=UTC))  # Monday 09:00 in Sofia
    assert not is_open(office, datetime(2026, 11, 23, 16, 0, tzinfo=UTC))
    assert is_open(office, datetime(2026, 11, 28, 23, 30, tzinfo=UTC))  # Sunday 01:30, opened on Saturday
    assert not is_open(office, datetime(2026, 12, 25, 10, 0, tzinfo=UTC))  # Christmas
    assert not is_open(office, datetime(2026, 12, 24, 11, 0, tzinfo=UTC))


def test_queues_record_as_the_company_does_unless_they_say_otherwise(tmp_path: Path) -> None:
    queues = queues_of(configured(tmp_path))
    assert queues[QueueName("sales")].ring_limit_s == 15
    assert queues[QueueName("sales")].record
    assert not queues[QueueName("service")].record


def test_asterisk_is_told_its_secret_and_where_it_sees_the_recordings(tmp_path: Path) -> None:
    asterisk = asterisk_of(configured(tmp_path))
    assert (asterisk.host, asterisk.secret) == ("pbx", "secret")
    assert asterisk.recordings_dir == "/var/spool/asterisk/ringside"
    assert asterisk.recordings_seen_at == str(tmp_path / "recordings")


def test_browsers_over_tls_get_secure_cookies(tmp_path: Path) -> None:
    web = web_of(configured(tmp_path))
    assert web.public_base_url == "https://calls.example.com"
    assert web.secure


def test_flows_may_name_the_queues_and_calendars_there_are(tmp_path: Path) -> None:
    known = names_of(configured(tmp_path))
    assert known.queues == {"sales", "service"}
    assert known.calendars == {"office"}


def test_a_language_without_a_voice_is_spoken_by_the_voice_of_its_name(tmp_path: Path) -> None:
    voices = voices_of(configured(tmp_path))
    assert voices.of("en") == EspeakVoice(name="en-us", speed_wpm=145)
    assert voices.of("bg") == EspeakVoice(name="bg", speed_wpm=145)


def test_a_trunk_is_outside_whatever_its_name(tmp_path: Path) -> None:
    numbering = numbering_of(configured(tmp_path), frozenset({"PJSIP/maria"}))
    assert not numbering.is_inside("PJSIP/trunk-00000001")
    assert numbering.is_inside("PJSIP/maria-00000002")
