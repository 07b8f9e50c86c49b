"""`ringside users add` gives people a password and a phone of their own."""

import io
from pathlib import Path

import pytest

from tests.unit.cli.company import Ringside
from tests.unit.cli.demo_company import ringside, stored_user, with_demo

__all__ = ["ringside", "with_demo"]


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
