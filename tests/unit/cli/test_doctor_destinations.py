"""Whether the dialplan leads callers here, and on while this server is away, as the doctor tells it."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from telephony.cli.doctor import pbx
from telephony.cli.doctor.destinations import Line, to_us
from telephony.cli.doctor.finding import Finding, Level
from telephony.settings import load_settings
from telephony.settings.sections import AsteriskSection
from tests.unit.cli.pbx import SECRET, FakePbx, running

ONE_MACHINE = Line(here="127.0.0.1", asterisk="127.0.0.1")
TWO_MACHINES = Line(here="192.0.2.7", asterisk="192.0.2.5")


async def examined(fake: FakePbx, folder: Path) -> Sequence[Finding]:
    file = folder / "ringside.toml"
    async with running(fake):
        file.write_text(f"[carriers.asterisk]\nport = {fake.port}\nconnect_limit_s = 0.2\naction_limit_s = 0.2\n")
        found = await pbx.without_probe(load_settings(file, {"RINGSIDE_AMI_SECRET": SECRET}))
    return [each for each in found if each.about in {"agi", "dialplan", "ami rights"}]


async def told(agi: str, line: Line, agi_2: str = "", **settings: object) -> Finding:
    [finding] = await to_us(agi, agi_2, AsteriskSection.model_validate(settings), line)
    return finding


@pytest.mark.parametrize(
    ("agi", "settings", "what", "mend"),
    [
        ("", {}, "callers to 127.0.0.1:4573 (RINGSIDE_AGI is not set), Asterisk's own machine", "192.0.2.7:4573"),
        ("localhost:4573", {"agi_port": 4600}, "Asterisk's own machine and not this one", "192.0.2.7:4600"),
        ("192.0.2.7:4573", {"agi_port": 4600}, "but we wait at port 4600", "192.0.2.7:4600 in [globals]"),
        ("192.0.2.7", {"agi_port": 4600}, "but we wait at port 4600", "correct carriers.asterisk.agi_port"),
        ("192.0.2.7:4573", {"agi_host": "192.0.2.8"}, "but we wait at 192.0.2.8 only", "192.0.2.8:4573 in [globals]"),
        ("192.0.2.7:port", {}, "192.0.2.7:port, which is no host:port", "globals_custom.conf"),
    ],
)
async def test_two_machines_whose_dialplan_leads_callers_astray_are_told(
    agi: str, settings: dict[str, object], what: str, mend: str
) -> None:
    finding = await told(agi, TWO_MACHINES, **({"agi_host": "0.0.0.0"} | settings))
    assert finding.level is Level.FAIL
    assert what in finding.what
    assert "fallback" in finding.what
    assert mend in finding.mend


@pytest.mark.parametrize("name", ["a..b", "a" * 64, ""])
async def test_a_name_that_has_no_address_here_is_only_a_warning(name: str) -> None:
    finding = await told(f"{name}:4573", TWO_MACHINES, agi_host="0.0.0.0")
    assert finding.level is Level.WARN
    assert "which is not this machine" in finding.what


@pytest.mark.parametrize(
    ("agi", "settings", "what"),
    [
        ("", {"agi_port": 4600}, "(RINGSIDE_AGI is not set), but we wait at port 4600"),
        ("", {"agi_host": "192.0.2.7"}, "but we wait at 192.0.2.7 only"),
    ],
)
async def test_one_machine_whose_settings_differ_from_the_dialplan_is_told(
    agi: str, settings: dict[str, object], what: str
) -> None:
    finding = await told(agi, ONE_MACHINE, **settings)
    assert finding.level is Level.FAIL
    assert what in finding.what


@pytest.mark.parametrize(
    ("agi", "agi_2", "line", "settings"),
    [
        ("", "", ONE_MACHINE, {}),
        ("localhost", "", ONE_MACHINE, {}),
        ("127.0.0.1:4600", "", ONE_MACHINE, {"agi_port": 4600}),
        ("192.0.2.7:4573", "", TWO_MACHINES, {"agi_host": "0.0.0.0"}),
        ("192.0.2.7:4573", "", TWO_MACHINES, {"agi_host": "192.0.2.7"}),
        ("[2001:db8::7]:4573", "", Line(here="2001:db8::7", asterisk="2001:db8::5"), {"agi_host": "::"}),
        ("192.0.2.8:4573", "192.0.2.7:4573", TWO_MACHINES, {"agi_host": "0.0.0.0"}),
    ],
)
async def test_a_dialplan_that_leads_here_first_or_second_is_well(
    agi: str, agi_2: str, line: Line, settings: dict[str, object]
) -> None:
    finding = await told(agi, line, agi_2, **settings)
    assert finding.level is Level.OK, finding


async def test_another_machine_may_pass_callers_on_so_it_is_only_a_warning() -> None:
    finding = await told("192.0.2.8:4573", TWO_MACHINES, agi_host="0.0.0.0")
    assert finding.level is Level.WARN
    assert "192.0.2.8:4573, which is not this machine" in finding.what
    assert "RINGSIDE_AGI = 192.0.2.7:4573" in finding.mend


async def test_a_port_of_ours_that_no_other_machine_reaches_is_told_once() -> None:
    assert await to_us("", "", AsteriskSection(), TWO_MACHINES) == []


async def test_asterisk_is_asked_for_the_globals(tmp_path: Path) -> None:
    found = await examined(FakePbx(variables={"RINGSIDE_AGI": "127.0.0.1:4574"}), tmp_path)
    [finding] = [each for each in found if each.level is not Level.OK]
    assert finding.what.startswith("the dialplan brings callers to 127.0.0.1:4574, but we wait at port 4573")
    assert finding.mend.startswith("set RINGSIDE_AGI = 127.0.0.1:4573 in [globals]")


@pytest.mark.parametrize(
    ("fake", "what"),
    [
        (FakePbx(), "the dialplan brings callers here, to 127.0.0.1:4573"),
        (FakePbx(variables={"RINGSIDE_AGI": "(null)"}), "the dialplan brings callers here, to 127.0.0.1:4573"),
        (
            FakePbx(variables={"RINGSIDE_FALLBACK": "ext-queues,700,1", "DIALPLAN_EXISTS(ext-queues,700,1)": "1"}),
            "callers go to ext-queues,700,1 when Ringside is away",
        ),
    ],
)
async def test_globals_that_fit_have_nothing_to_mend(tmp_path: Path, fake: FakePbx, what: str) -> None:
    found = await examined(fake, tmp_path)
    assert what in [each.what for each in found]
    assert {each.level for each in found} == {Level.OK}


@pytest.mark.parametrize(
    ("variables", "what"),
    [
        (
            {"RINGSIDE_FALLBACK": "ext-queues,700,1", "DIALPLAN_EXISTS(ext-queues,700,1)": "0"},
            "RINGSIDE_FALLBACK = ext-queues,700,1 is not in the dialplan: callers meet a dead end",
        ),
        ({"RINGSIDE_FALLBACK": "ext-queues"}, "RINGSIDE_FALLBACK = ext-queues is no context,extension,priority"),
    ],
)
async def test_a_fallback_that_leads_nowhere_is_told(tmp_path: Path, variables: dict[str, str], what: str) -> None:
    found = await examined(FakePbx(variables=variables), tmp_path)
    [finding] = [each for each in found if each.level is Level.FAIL]
    assert finding.what.startswith(what)
    assert "set RINGSIDE_FALLBACK = context,extension,priority" in finding.mend


async def test_globals_of_an_include_that_is_not_there_say_nothing(tmp_path: Path) -> None:
    fake = FakePbx(contexts=frozenset({"ringside-in", "ringside-fallback"}), variables={"RINGSIDE_AGI": "192.0.2.8:1"})
    assert {each.level for each in await examined(fake, tmp_path)} == {Level.OK}


async def test_a_manager_user_who_may_not_see_the_globals_is_told_so(tmp_path: Path) -> None:
    fake = FakePbx(denied=frozenset({"Getvar"}), variables={"RINGSIDE_AGI": "192.0.2.8:1"})
    [finding] = [each for each in await examined(fake, tmp_path) if each.level is not Level.OK]
    assert "may not: Getvar (this check sees less)" in finding.what
    assert "add call to write=" in finding.mend
