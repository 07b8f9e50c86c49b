"""How Twilio signs a webhook.

By the account's token: https://www.twilio.com/docs/usage/webhooks/webhooks-security. By a shared key:
https://www.twilio.com/docs/usage/webhooks/webhook-shared-keys.
"""

from collections.abc import Mapping
from hashlib import sha256

from twilio.request_validator import (  # type: ignore[import-untyped]
    HMAC_SHA256,
    SIGNATURE_HEADER,
    SIGNATURE_SETTINGS_HEADER,
    RequestValidator,
)

from tests.fakes.twilio.values import SharedKey


def signature(url: str, fields: Mapping[str, str], token: str, shared: SharedKey | None) -> dict[str, str]:
    """Give the headers that sign this request."""
    if shared is None:
        return {SIGNATURE_HEADER: RequestValidator(token).compute_signature(url, dict(fields))}
    signed = RequestValidator(shared.secret).compute_signature(url, dict(fields), HMAC_SHA256)
    return {
        SIGNATURE_HEADER: signed,
        SIGNATURE_SETTINGS_HEADER: f"key={shared.id},algorithm={HMAC_SHA256}",
    }


def url_of_body(url: str, body: bytes) -> str:
    """Give the URL that names the hash of a body which is not a form."""
    return f"{url}{'&' if '?' in url else '?'}bodySHA256={sha256(body).hexdigest()}"
