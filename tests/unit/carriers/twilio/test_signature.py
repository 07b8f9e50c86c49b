"""Only who holds a secret of the account may tell us of calls, and each secret by its own algorithm."""

import hashlib

import pytest
from multidict import MultiDict
from twilio.request_validator import RequestValidator

from telephony.carriers.twilio.signature import Signatures
from tests.unit.carriers.twilio.house import PUBLIC, TOKEN, account, fields

URL = f"{PUBLIC}/twilio/voice/next?turn=1&why="
SHARED = "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"
FORM = MultiDict(fields())


def sign(secret: str = TOKEN, url: str = URL, signed: MultiDict[str] | None = None, algorithm: str = "") -> str:
    made = RequestValidator(secret).compute_signature(url, FORM if signed is None else signed, algorithm or None)
    return str(made)


def keys(**more: object) -> Signatures:
    return Signatures(account(shared_keys=(("webhooks_sharedkey_1", "shared-secret"),), **more))


def test_what_the_auth_token_signed_is_believed() -> None:
    assert keys().fault(URL, FORM, sign(), "") == ""


def test_what_another_key_of_ours_signed_is_believed() -> None:
    assert keys(signing_keys=("signalwire-key",)).fault(URL, FORM, sign("signalwire-key"), "") == ""


def test_what_a_shared_key_signed_by_sha_256_is_believed() -> None:
    assert keys().fault(URL, FORM, sign("shared-secret", algorithm="HMAC_SHA256"), SHARED) == ""


@pytest.mark.parametrize("port", ["https://ringside.example.com:443", "https://ringside.example.com"])
def test_the_default_port_may_be_signed_or_not(port: str) -> None:
    assert keys().fault(URL, FORM, sign(url=URL.replace(PUBLIC, port)), "") == ""


def test_blank_fields_and_doubles_are_signed_too() -> None:
    doubled = MultiDict([*FORM.items(), ("Tag", "b"), ("Tag", "a"), ("Blank", "")])
    assert keys().fault(URL, doubled, sign(signed=doubled), "") == ""
    assert keys().fault(URL, FORM, sign(signed=doubled), "")


@pytest.mark.parametrize(
    ("signature", "named"),
    [
        ("", ""),
        ("AAAA", ""),
        ("Ж" * 28, ""),
        ("\udcff" * 28, ""),
        (sign("last-years-token"), ""),
        (sign(url=URL + "&more=1"), ""),
        (sign("shared-secret"), ""),
        (sign("shared-secret"), "key=webhooks_sharedkey_1,algorithm=HMAC_SHA1"),
        (sign(TOKEN, algorithm="HMAC_SHA256"), ""),
        (sign(TOKEN, algorithm="HMAC_SHA256"), SHARED),
        (sign(TOKEN, algorithm="HMAC_SHA256"), "algorithm=HMAC_SHA256"),
        (sign("shared-secret", algorithm="HMAC_SHA256"), "key=another,algorithm=HMAC_SHA256"),
        (sign("shared-secret", algorithm="HMAC_SHA256"), "key=webhooks_sharedkey_1,algorithm=HMAC_SHA512"),
        (sign("shared-secret", algorithm="HMAC_SHA256"), SHARED + ",key=x"),
        (sign(), "nonsense"),
    ],
)
def test_all_else_is_not_believed(signature: str, named: str) -> None:
    assert keys().fault(URL, FORM, signature, named)
    assert keys().fault(URL + "\udcff", FORM, signature, named)


def test_an_empty_secret_is_none() -> None:
    empty = Signatures(account(auth_token="", signing_keys=("",), shared_keys=(("id", ""),)))
    assert empty.fault(URL, FORM, sign(""), "")
    assert empty.fault(URL, FORM, sign("", algorithm="HMAC_SHA256"), "key=id,algorithm=HMAC_SHA256")


def test_a_body_that_is_no_form_is_believed_by_its_hash() -> None:
    body = '{"a": 1}'
    url = f"{URL}&bodySHA256={hashlib.sha256(body.encode()).hexdigest()}"
    signature = sign(url=url, signed=MultiDict())
    assert keys().fault(url, body, signature, "") == ""
    assert keys().fault(url, '{"a": 2}', signature, "")


@pytest.mark.parametrize("tail", ["", "&bodySHA256=", "&xbodySHA256=1"])
def test_a_body_that_no_signature_covers_is_not_believed(tail: str) -> None:
    assert keys().fault(URL + tail, '{"a": 1}', sign(url=URL + tail, signed=MultiDict()), "")


def test_no_secret_is_shown() -> None:
    shown = repr(account(signing_keys=("secret-2",), shared_keys=(("id", "secret-3"),)))
    assert TOKEN not in shown
    assert "secret-" not in shown
