import contextlib
import errno
import io
import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from telephony.cli import main
from telephony.cli.arguments import parser
from tests.unit.cli.own_settings import own_settings

PROJECT = Path(__file__).resolve().parents[3]
SETTINGS = f"""
[company]
region = "BG"
[server]
data_dir = "data"
[ivr]
flows_dir = "{PROJECT / "ivr_flows"}"
[queues.sales]
[queues.service]
[queues.operator]
[lookups.orders]
source = "file"
file = "{PROJECT / "config/demo/orders.json"}"
"""

Ringside = Callable[..., int]


@pytest.fixture
def ringside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ringside:
    """Run a command with a small company of its own."""
    file = own_settings(tmp_path, SETTINGS, monkeypatch)
    return lambda *arguments: main(["--config", str(file), *arguments])


@pytest.fixture
def with_demo(ringside: Ringside, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Ringside:
    shutil.copytree(PROJECT / "config/demo", tmp_path / "config/demo")
    assert ringside("db", "upgrade") == 0
    assert ringside("demo", "load") == 0
    capsys.readouterr()
    return ringside


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


def test_help_and_the_ledger_load_none_of_the_servers_libraries() -> None:
    code = (
        "import sys\nfrom telephony.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "import telephony.cli.ledger\n"
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


def test_the_demo_company_prints_who_may_log_in_and_keeps_their_passwords(
    ringside: Ringside, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    shutil.copytree(PROJECT / "config/demo", tmp_path / "config/demo")
    ringside("db", "upgrade")
    assert ringside("demo", "load") == 0
    told = capsys.readouterr().out
    kept = tmp_path / "data" / "secrets.env"
    assert kept.stat().st_mode & 0o777 == 0o600
    passwords = dict(line.split("=", 1) for line in kept.read_text().splitlines())
    assert f"maria  {passwords['RINGSIDE_PASSWORD_MARIA']}" in told
    assert "RINGSIDE_SIP_PASSWORD_101" in passwords

    before = kept.read_text()
    assert ringside("demo", "load", "--json") == 0
    assert kept.read_text() == before
    users = {user["login"]: user for user in json.loads(capsys.readouterr().out)["users"]}
    assert users["maria"]["password"] == passwords["RINGSIDE_PASSWORD_MARIA"]
    assert users["boris"]["extension"] is None


def test_match_tells_who_and_why(with_demo: Ringside, capsys: pytest.CaptureFixture[str]) -> None:
    assert with_demo("match", "0888 100 001", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["number"] == "+359888100001"
    assert told["outcome"] == "one"
    assert "Georgi" in told["candidates"][0]["reason"]
    assert with_demo("match", "+359888999999") == 1
    assert with_demo("match", "anonymous") == 1
    assert with_demo("match", "101") == 1
    told_others = capsys.readouterr().out
    assert "belongs to nobody we know" in told_others
    assert "is one of our own extensions" in told_others


def test_a_user_is_added_with_the_password_from_a_pipe(
    with_demo: Ringside, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("a long password\n"))
    assert with_demo("users", "add", "petar", "--extension", "104", "--queues", "sales") == 0
    assert "petar may log in and takes calls at PJSIP/104" in capsys.readouterr().out


def test_two_agents_cannot_have_one_phone(
    with_demo: Ringside, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for arguments in (["--extension", "101"], ["--extension", "109", "--endpoint", "PJSIP/101"]):
        monkeypatch.setattr("sys.stdin", io.StringIO("a long password\n"))
        assert with_demo("users", "add", "petar", *arguments) == 1
        assert "is the phone of Maria Petrova (maria): choose another --extension" in capsys.readouterr().err


def test_a_user_who_is_there_may_get_only_a_new_password(
    with_demo: Ringside, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = stored_user(tmp_path, "maria")
    monkeypatch.setattr("sys.stdin", io.StringIO("a new password\n"))
    assert with_demo("users", "add", "maria") == 0
    assert "maria has a new password" in capsys.readouterr().out
    after = stored_user(tmp_path, "maria")
    assert after["password_hash"] != before["password_hash"]
    assert {**after, "password_hash": ""} == {**before, "password_hash": ""}


def test_an_agent_who_is_changed_keeps_the_browser_phone(
    with_demo: Ringside, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = stored_user(tmp_path, "maria")
    monkeypatch.setattr("sys.stdin", io.StringIO("a new password\n"))
    assert with_demo("users", "add", "maria", "--name", "Maria", "--extension", "101", "--queues", "sales") == 0
    after = stored_user(tmp_path, "maria")
    assert after["name"] == "Maria"
    assert after["sip_password"] == before["sip_password"]


def test_an_agent_gets_a_browser_phone_whose_secret_is_given(
    with_demo: Ringside, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    wanted = ["petar", "--extension", "104", "--browser-phone"]
    monkeypatch.setattr("sys.stdin", io.StringIO("a long password\n"))
    assert with_demo("users", "add", *wanted) == 1
    assert "set RINGSIDE_SIP_PASSWORD_104 in the environment or in" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin", io.StringIO("a long password\n"))
    monkeypatch.setenv("RINGSIDE_SIP_PASSWORD_104", "a secret")
    assert with_demo("users", "add", *wanted) == 0
    assert stored_user(tmp_path, "petar")["sip_password"] == "a secret"


def stored_user(folder: Path, login: str) -> dict[str, object]:
    with contextlib.closing(sqlite3.connect(folder / "data" / "ringside.db")) as database:
        database.row_factory = sqlite3.Row
        return dict(database.execute("SELECT * FROM users WHERE login = ?", (login,)).fetchone())


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["Petar"], "a login is made of small letters"),
        (["petar", "--queues", "sales"], "needs --extension"),
        (["petar", "--queues", "nosuch", "--extension", "104"], "no such queue: nosuch; there are sales"),
        (["petar", "--extension", "x"], "is not one of our extensions"),
        (["petar", "--extension", "104", "--endpoint", "104"], "must be an endpoint such as PJSIP/trunk"),
        (["petar"], "must have 8 characters or more"),
    ],
)
def test_a_user_that_cannot_be_is_refused_with_what_is_allowed(
    ringside: Ringside,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    told: str,
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    assert ringside("users", "add", *arguments) == 2
    assert told in capsys.readouterr().err


def test_customers_come_in_and_bad_lines_are_told(
    with_demo: Ringside, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "customers.csv"
    assert with_demo("customers", "import", str(file)) == 2
    assert capsys.readouterr().err == f"no such file: {file}; name a .csv or .json file of customers\n"
    file.write_text("id,name,phones\nc1,Ada,0888 555 001\n,Nobody,0888 555 002\n")
    assert with_demo("customers", "import", str(file)) == 1
    told = capsys.readouterr()
    assert "1 customers imported, 1 lines left out" in told.out
    assert f"{file}:3: " in told.err
    assert with_demo("match", "0888555001") == 0


def test_a_customer_is_given_away_and_forgotten(with_demo: Ringside, capsys: pytest.CaptureFixture[str]) -> None:
    assert with_demo("customers", "export", "c-1001") == 0
    assert json.loads(capsys.readouterr().out)["customer"][0]["name"] == "Georgi Stoyanov"
    assert with_demo("customers", "erase", "c-1001") == 2
    assert with_demo("customers", "erase", "c-1001", "--yes") == 0
    assert with_demo("customers", "export", "c-1001") == 1


def test_the_demo_flow_has_no_faults(ringside: Ringside, capsys: pytest.CaptureFixture[str]) -> None:
    assert ringside("check", "main", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["ok"]
    assert told["errors"] == 0
    assert ringside("check", "nosuch") == 2


def test_faults_of_flows_are_told_with_their_place(
    ringside: Ringside, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    flows = tmp_path / "flows"
    shutil.copytree(PROJECT / "ivr_flows", flows)
    (flows / "broken.yaml").write_text("flow: broken\nlanguages: [en]\nstart: nowhere\nnodes: {}\n")
    file = tmp_path / "config" / "ringside.toml"
    file.write_text(SETTINGS.replace(str(PROJECT / "ivr_flows"), str(flows)))
    assert ringside("check") == 1
    assert "broken.yaml:" in capsys.readouterr().out
    assert ringside("check", "main") == 0
    assert ringside("check", "broken") == 1


def test_a_flow_file_may_lie_anywhere(ringside: Ringside, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text((PROJECT / "ivr_flows/demo.yaml").read_text().replace("type: menu", "type: manu", 1))
    assert ringside("check", str(file)) == 1
    assert f"{file}:" in capsys.readouterr().out
    shutil.copy(PROJECT / "ivr_flows/demo.yaml", file)
    assert ringside("check", str(file), "main") == 0
    assert ringside("simulate", str(file), "--at", "2026-11-23T12:00") == 0


def test_a_flow_is_played_in_the_terminal(with_demo: Ringside, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        with_demo("simulate", "main", "--from", "0888100002", "--at", "2026-11-23T12:00", "--keys", "1", "--json") == 0
    )
    told = json.loads(capsys.readouterr().out)
    assert told["transcript"][-1] == "ends: in queue sales"
    assert any(line.startswith("hears: [bg]") for line in told["transcript"])
    assert with_demo("simulate", "nosuch") == 2
    assert with_demo("simulate", "main", "--at", "tomorrow") == 2


def test_the_ledger_prints_one_object_per_call(
    ringside: Ringside, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    rows = [
        ("CHAN_START", "0.0", "PJSIP/trunk-01", "1.1"),
        ("CHAN_END", "5.0", "PJSIP/trunk-01", "1.1"),
        ("LINKEDID_END", "5.0", "PJSIP/trunk-01", "1.1"),
    ]
    file = tmp_path / "cel.csv"
    file.write_text(
        "linkedid,uniqueid,channame,cid_num,eventtime,eventtype\n"
        + "".join(f"1.1,{uid},{chan},+359888100001,17000000{at},{kind}\n" for kind, at, chan, uid in rows)
        + "1.1,1.1,PJSIP/x,,not a time,HANGUP\n"
    )
    assert ringside("ledger", "derive", "--cel", str(file)) == 1  # the last row is a finding
    told = capsys.readouterr()
    [call] = [json.loads(line) for line in told.out.splitlines()]
    assert call["linkedid"] == "1.1"
    assert call["legs"][0]["channel"] == "PJSIP/trunk-01"
    assert f"{file}:5: left out: " in told.err
    assert ringside("ledger", "derive", "--cel", str(tmp_path / "none.csv")) == 1
    assert ringside("ledger", "derive", "--cel", str(file), "--timezone", "Mars") == 2
    file.write_text("")
    assert ringside("ledger", "derive", "--cel", str(file)) == 0
    assert "there is no call in it" in capsys.readouterr().err


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


def test_outcomes_are_counted(with_demo: Ringside, capsys: pytest.CaptureFixture[str]) -> None:
    assert with_demo("outcomes", "--since", "90d", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["calls"] == sum(told["outcomes"].values()) > 0
    assert with_demo("outcomes") == 0
    assert "inbound calls since" in capsys.readouterr().out
    assert with_demo("outcomes", "--since", "soon") == 2
    assert "--since" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "extension", "endpoint"),
    [
        (["--mobile", "+359 888 300 400"], "+359888300400", "tel:+359888300400"),
        (["--mobile", "+359888300400", "--extension", "104"], "104", "tel:+359888300400"),
        (["--client", "petar"], "petar", "client:petar"),
    ],
)
def test_an_agent_may_have_only_a_mobile_or_a_client_of_twilios(
    with_demo: Ringside,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    arguments: list[str],
    extension: str,
    endpoint: str,
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("a long password\n"))
    assert with_demo("users", "add", "petar", "--queues", "sales", *arguments) == 0
    stored = stored_user(tmp_path, "petar")
    assert (stored["extension"], stored["endpoint"]) == (extension, endpoint)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--mobile", "0888300400"], "--mobile must be a whole international number such as +359888123456"),
        (["--mobile", "+359"], "--mobile must be a whole international number such as +359888123456"),
        (["--mobile", "+359888300400;ext=1"], "--mobile must be a whole international number such as +359888123456"),
        (["--client", "petar petrov"], "--client must be a name of letters, digits, dot, - and _"),
        (["--mobile", "+359888300400", "--client", "petar"], "give only one of --mobile and --client"),
        (
            ["--extension", "104", "--mobile", "+359888300400", "--browser-phone"],
            "give only one of --mobile and --browser-phone",
        ),
    ],
)
def test_an_address_that_no_phone_can_have_is_refused(
    with_demo: Ringside,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    told: str,
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("a long password\n"))
    assert with_demo("users", "add", "petar", *arguments) == 2
    assert told in capsys.readouterr().err


def test_two_agents_cannot_have_one_mobile(
    with_demo: Ringside, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("a long password\n"))
    assert with_demo("users", "add", "petar", "--mobile", "+359888300400") == 0
    monkeypatch.setattr("sys.stdin", io.StringIO("a long password\n"))
    assert with_demo("users", "add", "pavel", "--mobile", "+359888300400", "--extension", "108") == 1
    assert "is the phone of petar (petar): choose another --mobile" in capsys.readouterr().err


def test_an_agent_who_gets_a_mobile_has_no_browser_phone_any_more(
    with_demo: Ringside, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert stored_user(tmp_path, "maria")["sip_password"]
    monkeypatch.setattr("sys.stdin", io.StringIO("a long password\n"))
    assert with_demo("users", "add", "maria", "--extension", "101", "--mobile", "+359888300400") == 0
    assert stored_user(tmp_path, "maria")["sip_password"] is None
