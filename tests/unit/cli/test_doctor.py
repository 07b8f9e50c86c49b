import asyncio
import json
import os
from pathlib import Path

import pytest

from telephony.cli import doctor, main
from telephony.cli.doctor import cel, machine, parts, reach
from telephony.cli.doctor.finding import Finding, Level, ok
from telephony.settings import Configuration, load_settings

NO_ASTERISK = "[carriers.asterisk]\nenabled = false\n[carriers.simulated]\nenabled = true\n"


def configured(folder: Path, text: str = "") -> Configuration:
    file = folder / "ringside.toml"
    file.write_text(text)
    return load_settings(file, {})


async def test_a_fresh_database_is_told_to_be_upgraded_and_is_not_made(tmp_path: Path) -> None:
    made = configured(tmp_path)
    [finding] = await parts.database(made)
    assert finding.mend == "ringside db upgrade"
    assert await parts.agents(made) == []
    assert not (tmp_path / ".ringside").exists()


async def test_a_folder_that_cannot_be_written_is_told_with_its_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = await machine.folders(configured(tmp_path, '[server]\ndata_dir = "file/data"'))
    assert found[0].level is Level.FAIL
    assert "server.data_dir" in found[0].mend
    assert found[1].level is Level.OK


async def test_secrets_that_others_can_read_are_told(tmp_path: Path) -> None:
    made = configured(tmp_path)
    assert await machine.secrets_file(made) == []
    made.env_file.parent.mkdir()
    made.env_file.write_text("")
    made.env_file.chmod(0o644)
    assert (await machine.secrets_file(made))[0].mend == f"chmod 600 {made.env_file}"
    made.env_file.chmod(0o600)
    assert (await machine.secrets_file(made))[0].level is Level.OK


async def test_missing_programs_are_told_with_their_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert (await machine.programs(configured(tmp_path)))[0].mend == "apt install espeak-ng ffmpeg"


async def test_a_full_disk_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "NO_DISK", 1 << 62)
    found = await machine.disk(configured(tmp_path))
    assert [finding.level for finding in found] == [Level.FAIL]


async def test_no_carrier_at_all_is_a_fault(tmp_path: Path) -> None:
    found = await machine.settings(configured(tmp_path, "[carriers.asterisk]\nenabled = false\n"))
    assert "no carrier is enabled" in [finding.what for finding in found]


async def test_our_agi_port_is_looked_at(tmp_path: Path) -> None:
    async def take(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(take, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        found = await reach.agi(configured(tmp_path, f"[carriers.asterisk]\nagi_port = {port}\n"))
    assert [finding.level for finding in found] == [Level.OK]
    found = await reach.agi(configured(tmp_path, f"[carriers.asterisk]\nagi_port = {port}\n"))
    assert found[0].mend == "ringside serve"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('host = "192.0.2.7"', "Asterisk at 192.0.2.7 cannot reach 127.0.0.1"),
        ('host = "192.0.2.7"\nagi_host = "0.0.0.0"', "calls from Asterisk at 192.0.2.7 are turned away"),
    ],
)
async def test_an_asterisk_elsewhere_must_reach_us_and_be_let_in(tmp_path: Path, text: str, told: str) -> None:
    found = await reach.agi(configured(tmp_path, f"[carriers.asterisk]\nagi_port = 9\n{text}\n"))
    assert told in [finding.what.partition(":")[0] for finding in found]


async def test_the_cel_file_is_told_for_each_way_it_can_be_wrong(tmp_path: Path) -> None:
    folder = tmp_path / "cel"
    made = configured(tmp_path, '[carriers.asterisk]\ncel_file = "cel/Master.csv"\n')

    async def found() -> Finding:
        [finding] = await cel.cel_file(made)
        return finding

    assert "cel is not there" in (await found()).what
    folder.mkdir()
    assert (await found()).level is Level.WARN
    (folder / "Master.csv").write_text("hello\n")
    assert "is no CEL file" in (await found()).what
    (folder / "Master.csv").write_text('"CHAN_START","1795325830.98","","","","","s"\n')
    assert (await found()).level is Level.OK
    assert "none is set" in (await cel.cel_file(configured(tmp_path)))[0].what


@pytest.mark.parametrize(
    ("kinds", "level"),
    [
        (("CHAN_START", "CHAN_END"), Level.FAIL),
        (("CHAN_START", "CHAN_START", "CHAN_END"), Level.OK),
        (("CHAN_START", "CHAN_END", "LINKEDID_END"), Level.OK),
        (("ANSWER",), Level.OK),
    ],
)
async def test_a_cel_file_must_tell_when_calls_are_over(tmp_path: Path, kinds: tuple[str, ...], level: Level) -> None:
    rows = [
        f'"{kind}","1795325830.98","","","","","s","","PJSIP/trunk-1","","","1.1","1.1","","",""\n' for kind in kinds
    ]
    (tmp_path / "Master.csv").write_text("".join(rows))
    [finding] = await cel.cel_file(configured(tmp_path, '[carriers.asterisk]\ncel_file = "Master.csv"\n'))
    assert finding.level is level
    assert level is Level.OK or "LINKEDID_END" in finding.what


async def test_a_call_that_asterisk_has_just_logged_must_be_in_the_cel_file(tmp_path: Path) -> None:
    made = configured(tmp_path, '[carriers.asterisk]\ncel_file = "Master.csv"\n')
    file = tmp_path / "Master.csv"

    async def found() -> Finding:
        [finding] = await cel.cel_file_after_a_call(made)
        return finding

    assert "module load cel_custom.so" in (await found()).mend
    file.write_text("")
    assert (await found()).level is Level.OK
    long_ago = file.stat().st_mtime - 3600
    os.utime(file, (long_ago, long_ago))
    assert (await found()).level is Level.FAIL


async def test_a_missing_cel_folder_is_told_with_the_commands_that_make_it(tmp_path: Path) -> None:
    made = configured(tmp_path, '[carriers.asterisk]\ncel_file = "cel-custom/Master.csv"\n')
    [finding] = await cel.cel_file(made)
    assert finding.level is Level.FAIL
    assert f"mkdir -p {tmp_path}/cel-custom && chown asterisk:" in finding.mend


async def test_a_flow_that_settings_name_must_be_there(tmp_path: Path) -> None:
    [finding] = await parts.flows(configured(tmp_path, "[ivr]\nflows_dir = 'none'\n"))
    assert finding.level is Level.FAIL
    assert "holds no flow" in finding.what


async def test_a_check_that_breaks_does_not_stop_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def breaks(_configured: Configuration) -> list[Finding]:
        raise KeyError("x")

    async def hangs(_configured: Configuration) -> list[Finding]:
        await asyncio.Event().wait()
        return []

    async def works(_configured: Configuration) -> list[Finding]:
        return [ok("works", "well")]

    monkeypatch.setattr(doctor, "EVERYWHERE", (breaks, hangs, works))
    monkeypatch.setattr(doctor, "LIMIT_S", 0.05)
    found = await doctor.examine(configured(tmp_path, NO_ASTERISK))
    assert [finding.about for finding in found] == ["breaks", "hangs", "works"]
    assert [finding.level for finding in found] == [Level.FAIL, Level.FAIL, Level.OK]


def test_faulty_settings_are_findings_of_the_doctor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "ringside.toml"
    file.write_text("[server]\nlisten_port = 0\n")
    assert main(["--config", str(file), "doctor", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is False
    assert "listen_port: must be 1 to 65535" in told["findings"][0]["what"]


def test_the_table_ends_with_what_to_mend(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "EVERYWHERE", (parts.database,))
    file = tmp_path / "ringside.toml"
    file.write_text(NO_ASTERISK)
    assert main(["--config", str(file), "doctor"]) == 1
    assert capsys.readouterr().out.splitlines()[-1].strip() == "-> ringside db upgrade"
