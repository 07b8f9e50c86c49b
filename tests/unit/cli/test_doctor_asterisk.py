import socket
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from telephony.cli.doctor import asterisk, pbx
from telephony.cli.doctor.entry import logged_in
from telephony.cli.doctor.finding import Finding, Level
from telephony.settings import Configuration, load_settings
from tests.unit.cli.pbx import SECRET, FakePbx, running


def configured(folder: Path, port: int, secret: str = SECRET) -> Configuration:
    file = folder / "ringside.toml"
    file.write_text(f"[carriers.asterisk]\nport = {port}\nconnect_limit_s = 0.2\naction_limit_s = 0.2\n")
    return load_settings(file, {"RINGSIDE_AMI_SECRET": secret})


async def examined(fake: FakePbx, folder: Path, secret: str = SECRET) -> Sequence[Finding]:
    async with running(fake):
        return await pbx.with_probe(configured(folder, fake.port, secret))


def faulty(found: Sequence[Finding]) -> list[Finding]:
    return [finding for finding in found if finding.level is not Level.OK]


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


async def test_an_asterisk_set_up_as_it_should_be_has_nothing_to_mend(tmp_path: Path) -> None:
    found = await examined(FakePbx(), tmp_path)
    assert faulty(found) == []
    assert {finding.about for finding in found} == {
        "agi", "ami", "ami rights", "asterisk", "clock", "modules", "dialplan", "events", "cel",
    }  # fmt: skip


async def test_nothing_listening_is_told_with_the_address(tmp_path: Path) -> None:
    port = free_port()
    [finding] = await pbx.with_probe(configured(tmp_path, port))
    assert finding.level is Level.FAIL
    assert finding.what == f"nothing listens at 127.0.0.1:{port}"
    assert "manager.conf" in finding.mend


async def test_a_wrong_secret_is_told_with_the_user_and_where_to_mend_it(tmp_path: Path) -> None:
    [finding] = await examined(FakePbx(), tmp_path, "wrong")
    assert finding.what == "Asterisk refuses the manager user ringside: Authentication failed"
    assert "RINGSIDE_AMI_SECRET" in finding.mend
    assert "permit=" in finding.mend


async def test_no_secret_at_all_is_told_before_anything_is_sent(tmp_path: Path) -> None:
    fake = FakePbx()
    [finding] = await examined(fake, tmp_path, "")
    assert finding.what == "no secret for the manager user is set"
    assert fake.asked == []


async def test_a_web_server_at_the_port_is_not_taken_for_asterisk(tmp_path: Path) -> None:
    [finding] = await examined(FakePbx(greeting=b"HTTP/1.1 400 Bad Request\r\n"), tmp_path)
    assert "is not Asterisk's manager: it says 'HTTP/1.1 400 Bad Request'" in finding.what


@pytest.mark.parametrize("fake", [FakePbx(greeting=b""), FakePbx(answers_login=False)])
async def test_one_that_says_nothing_is_given_up_within_the_limit(tmp_path: Path, fake: FakePbx) -> None:
    began = time.monotonic()
    [finding] = await examined(fake, tmp_path)
    assert finding.level is Level.FAIL
    assert "hang" in finding.mend
    assert time.monotonic() - began < 2


async def test_missing_rights_are_named_with_their_class_and_what_is_lost(tmp_path: Path) -> None:
    found = await examined(FakePbx(denied=frozenset({"Originate", "Hangup", "ModuleCheck"})), tmp_path)
    [finding] = [finding for finding in found if finding.about == "ami rights"]
    assert "Hangup (agents cannot hang up)" in finding.what
    assert "add call,originate,system to write=" in finding.mend
    assert not [finding for finding in found if finding.about == "modules" and finding.level is Level.FAIL]


async def test_asking_for_rights_touches_no_call(tmp_path: Path) -> None:
    fake = FakePbx()
    await examined(fake, tmp_path)
    for action in fake.asked:
        if action["Action"] in {"Hangup", "Redirect"}:
            assert action["Channel"] == "ringside-doctor/nobody"
        if action["Action"] == "Originate" and "Channel" in action:
            assert action["Channel"] == "Local/ringside-doctor@ringside-in"


@pytest.mark.parametrize(
    ("fake", "about", "what", "mend"),
    [
        (FakePbx(modules=frozenset()), "modules", "res_agi is not loaded: callers cannot", "module load res_agi.so"),
        (FakePbx(contexts=frozenset({"ringside-fallback"})), "dialplan", "no context ringside-in", "#include"),
        (FakePbx(contexts=frozenset({"ringside-in"})), "dialplan", "no context ringside-fallback", "#include"),
        (FakePbx(events=frozenset()), "events", "does not tell of calls", "add call to read="),
        (FakePbx(events=frozenset({"Hangup"})), "cel", "does not reach us", "enable=yes"),
        (FakePbx(events=frozenset({"Hangup", "CEL CHAN_START"})), "cel", "when a call is over", "events="),
        (FakePbx(stamped=False), "cel", "local time and whole seconds", "timestampevents=yes"),
        (FakePbx(version="16.30.0"), "asterisk", "older than 18", "upgrade"),
        (FakePbx(clock="1000000000.0"), "clock", "s off ours", "NTP"),
    ],
)
async def test_each_fault_is_told_with_how_to_mend_it(
    tmp_path: Path, fake: FakePbx, about: str, what: str, mend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("telephony.cli.doctor.hearing.PROBE_S", 0.1)
    finding = next(finding for finding in faulty(await examined(fake, tmp_path)) if finding.about == about)
    assert what in finding.what
    assert mend in finding.mend


async def test_how_long_asterisk_needs_to_tell_the_time_is_not_taken_for_a_wrong_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asterisk, "SKEW_LIMIT_S", 0.01)
    found = await examined(FakePbx(pong_after_s=0.05), tmp_path)
    assert [(each.level, each.what) for each in found if each.about == "clock"] == [
        (Level.OK, "Asterisk's clock is 0.0 s off ours")
    ]


@pytest.mark.parametrize(("hours", "told"), [(-1, "is -3"), (1, "is +3")])
async def test_a_clock_that_is_ahead_or_behind_is_told_with_its_sign(tmp_path: Path, hours: int, told: str) -> None:
    found = await examined(FakePbx(clock=f"{time.time() + 3600 * hours:.6f}"), tmp_path)
    [finding] = [each for each in found if each.about == "clock"]
    assert finding.level is Level.WARN
    assert told in finding.what


async def test_an_asterisk_that_does_not_tell_the_time_is_not_blamed_for_it(tmp_path: Path) -> None:
    found = await examined(FakePbx(clock="unknown"), tmp_path)
    assert "clock" not in {each.about for each in found}


async def test_without_a_probe_nothing_is_placed_in_asterisk(tmp_path: Path) -> None:
    async with running(FakePbx()) as fake:
        await pbx.without_probe(configured(tmp_path, fake.port))
    assert not [action for action in fake.asked if action["Action"] == "Originate" and "Channel" in action]


async def test_agents_phones_are_looked_for_and_the_missing_named(tmp_path: Path) -> None:
    fake = FakePbx(endpoints={"101": "Not in use", "102": "Unavailable"})
    async with running(fake), logged_in(configured(tmp_path, fake.port)) as opened:
        found = await asterisk.endpoints(opened, ["PJSIP/101", "PJSIP/102", "PJSIP/103", "SIP/old"])
    assert [(finding.level, finding.what) for finding in found] == [
        (Level.FAIL, "Asterisk knows no endpoint PJSIP/103"),
        (Level.WARN, "not registered: 102"),
    ]


async def test_browser_phones_whose_talk_would_outlive_a_crash_are_named(tmp_path: Path) -> None:
    fake = FakePbx(endpoints={"101": "Not in use", "102": "In use"}, endless=frozenset({"102"}))
    async with running(fake), logged_in(configured(tmp_path, fake.port)) as opened:
        found = await asterisk.endpoints(opened, ["PJSIP/101", "PJSIP/102"])
    assert [finding.what for finding in found] == ["a browser that crashes leaves its caller in silence: 102"]
    assert "rtp_timeout = 15" in found[0].mend
