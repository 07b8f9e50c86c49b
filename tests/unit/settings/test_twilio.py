"""What must be set before callers may come from a cloud, and that none of its secrets is ever shown."""

from pathlib import Path

import pytest

from telephony.settings.domain import twilio_of
from telephony.settings.twilio import check_asterisk_sip
from tests.unit.settings.test_load import faults, loaded

ACCOUNT = "AC" + "0123456789abcdef" * 2
ENABLED = f"""
[server]
public_base_url = "https://calls.example.com/"
[carriers.twilio]
enabled = true
account_sid = "{ACCOUNT}"
"""
TOLD = "/config/ringside.toml: "


def test_an_account_with_a_token_and_a_public_address_is_enough(tmp_path: Path) -> None:
    account = twilio_of(loaded(tmp_path, ENABLED, RINGSIDE_TWILIO_AUTH_TOKEN="hunter2"))
    assert (account.account_sid, account.auth_token) == (ACCOUNT, "hunter2")
    assert account.public_base_url == "https://calls.example.com"
    assert account.recordings_dir == tmp_path / "recordings"
    assert (account.signing_keys, account.shared_keys) == ((), ())


def test_nothing_is_asked_of_a_company_without_a_cloud(tmp_path: Path) -> None:
    assert not loaded(tmp_path).settings.carriers.twilio.enabled


def test_all_that_is_missing_is_told_at_once(tmp_path: Path) -> None:
    text = '[carriers.twilio]\nenabled = true\ncaller_id = "0888"\nsip_dial = "sip:pbx"\nfallback_number = "x"\n'
    told = "\n".join(faults(tmp_path, text, RINGSIDE_TWILIO_SHARED_KEYS="a=hunter2,hunter3"))
    assert f"{TOLD}carriers.twilio.account_sid: must be set" in told
    assert f"{TOLD}carriers.twilio.caller_id: must be a whole international number such as +35921234567" in told
    assert f"{TOLD}carriers.twilio.sip_dial: must be an address with one {{extension}}" in told
    assert f"{TOLD}carriers.twilio.fallback_number: must be a whole" in told
    assert f"{TOLD}server.public_base_url: must be set to the address" in told
    assert "environment: RINGSIDE_TWILIO_AUTH_TOKEN: must be set" in told
    assert "environment: RINGSIDE_TWILIO_SHARED_KEYS: must be ID=SECRET" in told
    assert len(told.splitlines()) == 7
    assert "hunter" not in told


@pytest.mark.parametrize("account", ["AC123", "ac" + "0" * 32, "PN" + "0" * 32, "AC" + "g" * 32])
def test_an_account_that_cannot_be_one_is_refused(tmp_path: Path, account: str) -> None:
    [told] = faults(tmp_path, ENABLED.replace(ACCOUNT, account), RINGSIDE_TWILIO_AUTH_TOKEN="x")
    assert told.startswith(f"{TOLD}carriers.twilio.account_sid: must be AC and 32 hexadecimal digits")


def test_a_project_of_signalwire_is_an_account_too(tmp_path: Path) -> None:
    text = ENABLED.replace(ACCOUNT, "b2c3d4e5-0000-4000-8000-123456789abc")
    made = loaded(
        tmp_path,
        f'{text}api_base_url = "https://example.signalwire.com/api/laml/"\n',
        RINGSIDE_TWILIO_AUTH_TOKEN="PT-token",
        RINGSIDE_TWILIO_SIGNING_KEY="PSK-key",
        RINGSIDE_TWILIO_SHARED_KEYS="SK1=one, SK2=two",
    )
    account = twilio_of(made)
    assert account.api_base_url == "https://example.signalwire.com/api/laml"
    assert account.signing_keys == ("PSK-key",)
    assert account.shared_keys == (("SK1", "one"), ("SK2", "two"))


@pytest.mark.parametrize(
    ("public", "is_allowed"),
    [("http://calls.example.com", False), ("http://localhost:8080", True), ("http://127.0.0.1:8080", True)],
)
def test_the_public_address_is_https_unless_it_is_this_machine(tmp_path: Path, public: str, is_allowed: bool) -> None:
    text = ENABLED.replace("https://calls.example.com/", public)
    if is_allowed:
        made = loaded(tmp_path, text, RINGSIDE_TWILIO_AUTH_TOKEN="x")
        assert made.settings.server.public_base_url == public
    else:
        [told] = faults(tmp_path, text, RINGSIDE_TWILIO_AUTH_TOKEN="x")
        assert told.startswith(f"{TOLD}server.public_base_url: must begin with https://")


def test_the_token_is_not_sent_over_plain_http(tmp_path: Path) -> None:
    [told] = faults(
        tmp_path, f'{ENABLED}api_base_url = "http://api.example.com"\n', RINGSIDE_TWILIO_AUTH_TOKEN="hunter2"
    )
    assert told.startswith(f"{TOLD}carriers.twilio.api_base_url: must begin with https://")


@pytest.mark.parametrize(
    ("key", "secret"),
    [
        ("auth_token", "RINGSIDE_TWILIO_AUTH_TOKEN"),
        ("signing_key", "RINGSIDE_TWILIO_SIGNING_KEY"),
        ("shared_keys", "RINGSIDE_TWILIO_SHARED_KEYS"),
    ],
)
def test_a_secret_in_the_file_is_refused_and_not_shown(tmp_path: Path, key: str, secret: str) -> None:
    [told] = faults(tmp_path, f'{ENABLED}{key} = "hunter2"\n', RINGSIDE_TWILIO_AUTH_TOKEN="x")
    assert told.endswith(f"put it into the environment as {secret}")
    assert "hunter" not in told


def test_no_secret_is_shown_by_repr(tmp_path: Path) -> None:
    made = loaded(
        tmp_path,
        ENABLED,
        RINGSIDE_TWILIO_AUTH_TOKEN="hunter1",
        RINGSIDE_TWILIO_SIGNING_KEY="hunter2",
        RINGSIDE_TWILIO_SHARED_KEYS="SK=hunter3",
    )
    assert "hunter" not in repr(made) + repr(twilio_of(made))


@pytest.mark.parametrize(
    "tariff", ['incoming = "cheap"', 'rates = {"359" = "0.02"}', 'rates = {"+359" = 0.02}', 'currency = "euro"']
)
def test_a_tariff_that_cannot_be_read_is_refused(tmp_path: Path, tariff: str) -> None:
    assert len(faults(tmp_path, f"[carriers.asterisk.tariff]\n{tariff}\n")) == 1


def test_the_way_to_asterisk_has_a_place_for_the_number() -> None:
    assert check_asterisk_sip("sip:{called}@pbx.example.com;transport=tls")
    with pytest.raises(ValueError, match=r"sip:\{called\}@pbx"):
        check_asterisk_sip("sip:100@pbx.example.com")
