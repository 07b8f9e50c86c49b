"""Tells whether a webhook was signed by who may: each secret is believed only with its own algorithm."""

import hmac
import re
from urllib.parse import parse_qs, urlsplit

from multidict import MultiDict
from twilio.request_validator import HMAC_SHA1, HMAC_SHA256, RequestValidator

from telephony.carriers.twilio.settings import TwilioSettings

_SETTING = re.compile(r"\s*(\w{1,32})\s*=\s*([\w.-]{1,128})\s*")
_BODY_HASH = "bodySHA256"


class Signatures:
    """The keys of one account.

    The auth token (and what stands in for it elsewhere) signs by HMAC-SHA1. A shared key signs by HMAC-SHA256 and is
    named in `X-Twilio-Webhooks-Signature-Settings: key=<id>,algorithm=HMAC_SHA256`. A body that is no form is covered
    by its hash in the URL (`bodySHA256`). See https://www.twilio.com/docs/usage/webhooks/webhooks-security
    """

    def __init__(self, settings: TwilioSettings) -> None:
        # An empty secret would be one that everybody knows
        self._plain = [RequestValidator(key) for key in (settings.auth_token, *settings.signing_keys) if key]
        self._shared = {name: RequestValidator(secret) for name, secret in settings.shared_keys if name and secret}

    def fault(self, url: str, signed: MultiDict[str] | str, signature: str, named: str) -> str:
        """Return why a request is not to be believed; '' for one that is.

        `signed` are the fields of a form, blank ones and doubles too, or the text of any other body; `named` is the
        header that names a shared key.
        """
        if not signature:
            return "not signed"
        if not _is_text(url + signature):
            return "the address or the signature is not UTF-8"
        if isinstance(signed, str) and _BODY_HASH not in parse_qs(urlsplit(url).query):
            return "the body is not covered by the signature"
        algorithm, validators = self._believed(named)
        if not validators:
            return "signed by a key or an algorithm that is not known here"
        if any(_is_signed(validator, url, signed, signature, algorithm) for validator in validators):
            return ""
        return "the signature is wrong: compare the auth token, the signing keys and server.public_base_url"

    def _believed(self, named: str) -> tuple[str, list[RequestValidator]]:
        """Return the algorithm a request claims, and the keys that are believed with it."""
        if not named.strip():
            return HMAC_SHA1, self._plain
        parts = [_SETTING.fullmatch(part) for part in named.split(",")]
        told = {part[1]: part[2] for part in parts if part}
        if len(told) != len(parts):
            return "", []
        algorithm = told.get("algorithm", HMAC_SHA1).upper()
        if algorithm == HMAC_SHA1:
            return HMAC_SHA1, self._plain
        shared = self._shared.get(told.get("key", ""))
        return (HMAC_SHA256, [shared]) if shared and algorithm == HMAC_SHA256 else ("", [])


def _is_text(given: str) -> bool:
    """Tell whether what came off the wire can be written to it: bytes that are no text stand in it as surrogates."""
    try:
        given.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_signed(
    validator: RequestValidator, url: str, signed: MultiDict[str] | str, signature: str, algorithm: str
) -> bool:
    # Nearly always it is the address as it stands; the library also tries it with and without its port, which costs
    # four times as much
    if not isinstance(signed, str):
        made = validator.compute_signature(url, signed, algorithm)
        if hmac.compare_digest(made.encode(), signature.encode()):
            return True
    return bool(validator.validate(url, signed, signature, algorithm))
