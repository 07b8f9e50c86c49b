"""The doctor at a real Asterisk: healthy, then wrong in the ways that people meet."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from telephony.cli.doctor import asterisk as checks
from telephony.cli.doctor import hearing, pbx
from telephony.cli.doctor.entry import logged_in
from telephony.cli.doctor.finding import Finding, Level
from telephony.settings import Configuration, load_settings
from tests.integration.asterisk import AsteriskInstance
from tests.waiting import PATIENCE_S

pytestmark = pytest.mark.integration

BY_ADDRESS = """context = ringside-in
; By its address alone: it asks for no password, and a name may be sent by anybody.
identify_by = ip
"""


def configured(folder: Path, asterisk: AsteriskInstance, secret: str | None = None) -> Configuration:
    file = folder / "ringside.toml"
    ports = asterisk.ports
    file.write_text(f"[carriers.asterisk]\nport = {ports.ami}\nagi_port = {ports.agi}\n")
    return load_settings(file, {"RINGSIDE_AMI_SECRET": secret or asterisk.ami_secret})


def faulty(found: Sequence[Finding]) -> list[tuple[str, str]]:
    return [(finding.about, finding.what) for finding in found if finding.level is not Level.OK]


@contextmanager
def edited(asterisk: AsteriskInstance, name: str, old: str, new: str, reload: str) -> Iterator[None]:
    """Change a configuration file for a while."""
    file = asterisk.folder / "etc" / name
    before = file.read_text()
    assert old in before
    file.write_text(before.replace(old, new))
    asterisk.rx(reload)
    try:
        yield
    finally:
        file.write_text(before)
        asterisk.rx(reload)


async def healthy(made: Configuration) -> Sequence[Finding]:
    """Look where every event of the probe comes, however late."""
    with pytest.MonkeyPatch.context() as patient:
        patient.setattr(hearing, "PROBE_S", PATIENCE_S)
        return await pbx.with_probe(made)


async def test_the_projects_own_asterisk_has_nothing_to_mend(asterisk: AsteriskInstance, tmp_path: Path) -> None:
    found = await healthy(configured(tmp_path, asterisk))
    assert faulty(found) == []
    assert {"agi", "ami", "ami rights", "modules", "dialplan", "events", "cel", "clock"} <= {
        each.about for each in found
    }


async def test_the_probe_rings_nobody_and_leaves_no_channel(asterisk: AsteriskInstance, tmp_path: Path) -> None:
    await healthy(configured(tmp_path, asterisk))
    assert "0 active channels" in asterisk.rx("core show channels")


async def test_a_wrong_secret_is_told(asterisk: AsteriskInstance, tmp_path: Path) -> None:
    found = await pbx.with_probe(configured(tmp_path, asterisk, "wrong"))
    assert faulty(found) == [("ami", "Asterisk refuses the manager user ringside: Authentication failed")]


@pytest.mark.parametrize(
    ("name", "old", "new", "reload", "about", "told"),
    [
        (
            "ringside-manager.conf",
            "write = system,call,",
            "write = system,",
            "manager reload",
            "ami rights",
            "may not: Redirect",
        ),
        ("ringside-manager.conf", "read = system,call,", "read = system,", "manager reload", "events", "nothing pops"),
        ("ringside-manager.conf", "name(CEL)", "name(Nothing)", "manager reload", "cel", "does not reach us"),
        ("manager.conf", "timestampevents = yes", "timestampevents = no", "manager reload", "cel", "whole seconds"),
        ("cel.conf", "enable = yes", "enable = no", "module reload cel", "cel", "does not reach us"),
        ("cel.conf", ",LINKEDID_END", "", "module reload cel", "cel", "when a call is over"),
        (
            "ringside-include.conf",
            "[ringside-fallback]",
            "[other]",
            "dialplan reload",
            "dialplan",
            "no context ringside-fallback",
        ),
        (
            "pjsip.conf",
            BY_ADDRESS,
            "context = ringside-in\n",
            "module reload res_pjsip.so",
            "trunks",
            "calls themselves trunk is let into ringside-in",
        ),
    ],
)
async def test_what_is_wrong_in_asterisks_configuration_is_told(
    asterisk: AsteriskInstance, tmp_path: Path, name: str, old: str, new: str, reload: str, about: str, told: str
) -> None:
    made = configured(tmp_path, asterisk)
    with edited(asterisk, name, old, new, reload):
        found = faulty(await pbx.with_probe(made))
    assert any(each == about and told in what for each, what in found), found
    assert faulty(await healthy(made)) == []


@pytest.mark.parametrize(
    ("name", "value", "about", "told"),
    [
        ("RINGSIDE_AGI", "127.0.0.1:9", "agi", "the dialplan brings callers to 127.0.0.1:9, but we wait at port"),
        ("RINGSIDE_AGI", '""', "agi", "callers to 127.0.0.1:4573 (RINGSIDE_AGI is not set), but we wait at port"),
        ("RINGSIDE_FALLBACK", "ringside-fallback,s,99", "dialplan", "ringside-fallback,s,99 is not in the dialplan"),
        ("RINGSIDE_FALLBACK", "nowhere", "dialplan", "nowhere is no context,extension,priority"),
    ],
)
async def test_globals_that_lead_callers_astray_are_told(
    asterisk: AsteriskInstance, tmp_path: Path, name: str, value: str, about: str, told: str
) -> None:
    made = configured(tmp_path, asterisk)
    usual = {"RINGSIDE_AGI": f"127.0.0.1:{asterisk.ports.agi}", "RINGSIDE_FALLBACK": '""'}
    asterisk.rx(f"dialplan set global {name} {value}")
    try:
        found = faulty(await pbx.with_probe(made))
    finally:
        asterisk.rx(f"dialplan set global {name} {usual[name]}")
    assert [each for each, what in found if told in what] == [about], found
    assert faulty(await pbx.with_probe(made)) == []


async def test_a_fallback_that_is_in_the_dialplan_has_nothing_to_mend(
    asterisk: AsteriskInstance, tmp_path: Path
) -> None:
    asterisk.rx("dialplan set global RINGSIDE_FALLBACK ringside-fallback,s,1")
    try:
        found = await pbx.with_probe(configured(tmp_path, asterisk))
    finally:
        asterisk.rx('dialplan set global RINGSIDE_FALLBACK ""')
    assert faulty(found) == []
    assert "callers go to ringside-fallback,s,1 when Ringside is away" in [each.what for each in found]


async def test_a_module_that_is_not_loaded_is_told(asterisk: AsteriskInstance, tmp_path: Path) -> None:
    made = configured(tmp_path, asterisk)
    asterisk.rx("module unload cel_manager.so")
    try:
        found = faulty(await pbx.with_probe(made))
    finally:
        asterisk.rx("module load cel_manager.so")
    assert ("modules", "cel_manager is not loaded: the ledger hears of no call") in found


async def test_phones_that_asterisk_does_not_know_are_told(asterisk: AsteriskInstance, tmp_path: Path) -> None:
    async with logged_in(configured(tmp_path, asterisk)) as opened:
        found = await checks.endpoints(opened, ["PJSIP/111", "PJSIP/999"])
    assert faulty(found) == [
        ("phones", "Asterisk knows no endpoint PJSIP/999"),
        ("phones", "not registered: 111"),
    ]


async def test_a_browser_phone_whose_talk_would_outlive_a_crash_is_told(
    asterisk: AsteriskInstance, tmp_path: Path
) -> None:
    made = configured(tmp_path, asterisk)
    told = ("phones", "a browser that crashes leaves its caller in silence: 101")
    with edited(asterisk, "pjsip.conf", "rtp_timeout = 15\n", "", "module reload res_pjsip.so"):
        async with logged_in(made) as opened:
            assert told in faulty(await checks.endpoints(opened, ["PJSIP/101", "PJSIP/111"]))
    async with logged_in(made) as opened:
        assert told not in faulty(await checks.endpoints(opened, ["PJSIP/101", "PJSIP/111"]))
