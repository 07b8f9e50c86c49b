"""The folder of a private Asterisk: rendered from templates, with secrets that are made once."""

import socket
import stat
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(PROJECT / "scripts"))

from pbx import instance, secrets_file  # noqa: E402
from pbx.defaults import DEFAULTS  # noqa: E402
from pbx.errors import PbxError  # noqa: E402
from pbx.places import Asterisk  # noqa: E402


@pytest.fixture
def asterisk(tmp_path: Path) -> Asterisk:
    voice = tmp_path / "share/sounds/en_US_f_Allison"
    voice.mkdir(parents=True)
    (voice / "vm-goodbye.wav").touch()
    share = tmp_path / "share"
    (share / "documentation").mkdir()
    return Asterisk(command=("false",), modules=share, share=share, sounds=share / "sounds", version="22", where="here")


def wanted(tmp_path: Path, *templates: Path) -> instance.Wanted:
    return instance.Wanted(
        folder=tmp_path / "pbx",
        templates=templates or (PROJECT / "config/asterisk",),
        secrets=tmp_path / "secrets.env",
        values=dict(DEFAULTS),
    )


def test_the_projects_templates_are_filled_and_secrets_are_only_the_owners(tmp_path: Path, asterisk: Asterisk) -> None:
    instance.render(asterisk, wanted(tmp_path))
    files = list((tmp_path / "pbx/etc").glob("*.conf"))
    assert not [path.name for path in files if instance.PLACEHOLDER.search(path.read_text())]
    assert {stat.S_IMODE(path.stat().st_mode) for path in (*files, tmp_path / "secrets.env")} == {0o600}


def test_secrets_are_made_once_and_stand_in_the_configuration(tmp_path: Path, asterisk: Asterisk) -> None:
    instance.render(asterisk, wanted(tmp_path))
    first = secrets_file.read(tmp_path / "secrets.env")
    instance.render(asterisk, wanted(tmp_path))
    assert secrets_file.read(tmp_path / "secrets.env") == first
    assert f"secret = {first['RINGSIDE_AMI_SECRET']}" in (tmp_path / "pbx/etc/ringside-manager.conf").read_text()
    assert len(set(first.values())) == len(first) == 7


def test_a_line_that_somebody_else_wrote_into_the_secrets_stays(tmp_path: Path) -> None:
    file = tmp_path / "secrets.env"
    file.write_text("RINGSIDE_PASSWORD_MARIA=kept\n")
    secrets_file.ensure(file, ["RINGSIDE_AMI_SECRET"])
    assert secrets_file.read(file)["RINGSIDE_PASSWORD_MARIA"] == "kept"


def test_a_placeholder_that_nothing_fills_is_named(tmp_path: Path, asterisk: Asterisk) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own/x.conf").write_text("port = @NO_SUCH_PORT@\n")
    with pytest.raises(PbxError, match="NO_SUCH_PORT"):
        instance.render(asterisk, wanted(tmp_path, tmp_path / "own"))


def test_a_language_finds_its_voice_whatever_the_folder_is_called(tmp_path: Path, asterisk: Asterisk) -> None:
    instance.render(asterisk, wanted(tmp_path))
    assert (tmp_path / "pbx/data/sounds/en/vm-goodbye.wav").is_file()


def test_a_process_number_that_belongs_to_somebody_else_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "asterisk.pid").write_text("1")
    assert instance.pid(tmp_path) is None


def test_a_socket_path_too_long_for_the_kernel_is_put_elsewhere(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 120)
    assert len(str(instance.run_folder(deep))) < instance.LONGEST_SOCKET_PATH
    assert instance.run_folder(deep) == instance.run_folder(deep)


def test_a_port_that_somebody_else_has_is_named_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = wanted(tmp_path)
        taken.values["AMI_PORT"] = str(other.getsockname()[1])
        with pytest.raises(PbxError, match="RINGSIDE_PBX_AMI_PORT"):
            instance.check_ports(taken)
