"""What holds for every command: help, misuse, faults told in plain lines."""

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from telephony.cli import main
from telephony.cli.arguments import parser
from tests.unit.cli.company import Ringside
from tests.unit.cli.demo_company import ringside

__all__ = ["ringside"]


def every_command() -> list[list[str]]:
    found: list[list[str]] = []

    def walk(made: object, path: list[str]) -> None:
        for action in made._actions:  # type: ignore[attr-defined]  # argparse has no public way to list them
            if hasattr(action, "_name_parser_map"):
                for name, inner in action.choices.items():
                    walk(inner, [*path, name])
                return
        found.append(path)

    walk(parser(), [])
    return found


@pytest.mark.parametrize("path", every_command(), ids=" ".join)
def test_every_command_tells_what_it_does(path: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*path, "--help"])
    assert ended.value.code == 0
    assert " ".join(path) in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["db"], ["ledger", "derive"], ["match"]])
def test_misuse_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: ringside" in capsys.readouterr().err


def test_help_and_the_ledgers_own_code_load_none_of_the_servers_libraries() -> None:
    code = (
        "import sys\nfrom telephony.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "import telephony.carriers.asterisk.celfile\n"
        "heavy = {'pydantic', 'sqlalchemy', 'aiohttp', 'panoramisk', 'phonenumbers', 'alembic'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr


def test_faulty_settings_are_plain_lines_without_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "ringside.toml"
    file.write_text("[server]\nlisten_port = 0\n[log]\nlevel = 1\n")
    assert main(["--config", str(file), "db", "upgrade"]) == 1
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 2
    assert all("must be" in line for line in told)


def test_a_command_before_the_database_is_made_says_to_make_it(
    ringside: Ringside, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    assert ringside("match", "0888100001") == 1
    assert "ringside db upgrade" in capsys.readouterr().err


def test_a_port_that_is_taken_is_told_without_a_traceback(
    ringside: Ringside, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from telephony.cli import serve  # noqa: PLC0415  # it loads the whole server

    async def finds_the_port_taken(_configured: object) -> None:
        raise OSError(errno.EADDRINUSE, "address already in use")

    monkeypatch.setattr(serve, "serve", finds_the_port_taken)
    monkeypatch.setattr(serve, "set_up", lambda *_: None)
    assert ringside("serve") == 1
    assert "address already in use; does Ringside run already?" in capsys.readouterr().err
