"""An agent may take calls at a mobile or a client of Twilio's."""

import io
from pathlib import Path

import pytest

from tests.unit.cli.company import Ringside
from tests.unit.cli.demo_company import ringside, stored_user, with_demo

__all__ = ["ringside", "with_demo"]


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
