"""What the cloud says when it says no, in words that tell what to mend. Pure."""

import json
from types import MappingProxyType

from telephony.errors import CarrierRefusedError

NOT_FOUND = 404
OVER = 21220

_ADVICE = MappingProxyType({
    10004: "too many calls at once: raise the account's limit",
    20003: "account SID and token do not fit: check account_sid and RINGSIDE_TWILIO_AUTH_TOKEN",
    20005: "the account is not active: look into the provider's console",
    20404: "there is no such thing at the provider",
    20429: "too many requests: ask less often",
    21201: "no number to call was given",
    21205: "our address is not one the provider takes: check public_base_url",
    21210: "the number shown is not the account's own: verify it at the provider, or change caller_id",
    21211: "the number to call is not a telephone number",
    21212: "the number shown is not a telephone number: check caller_id",
    21213: "no number to show was given: set caller_id",
    21214: "the number to call cannot be reached",
    21215: "calls to this country are not allowed: allow it in the provider's geographic permissions",
    21216: "calls to this number are not allowed: ask the provider",
    21217: "the number is not written as +<country><number>",
    21219: "a trial account calls verified numbers only: verify the number, or upgrade the account",
    OVER: "the call is not in progress any more",
})  # fmt: skip
_BY_STATUS = MappingProxyType({401: 20003, NOT_FOUND: 20404, 429: 20429})
_LONGEST = 200


class RefusedError(CarrierRefusedError):
    """The cloud said no. `code` is its own number for the reason, None when it gave none."""

    def __init__(self, text: str, *, status: int, code: int | None) -> None:
        super().__init__(text)
        self.status = status
        self.code = code


def refusal(status: int, body: bytes) -> RefusedError:
    """Return the error for an answer with a status from 300 to 499; reads the reason where the body has one."""
    code, message = _reason(body)
    advice = _ADVICE.get(code or 0) or _ADVICE.get(_BY_STATUS.get(status, 0), "")
    if not advice and code is None:
        advice = "it gave no reason of its own: check api_base_url"
    said = f"the provider refused ({code or status}){f': {message}' if message else ''}"
    return RefusedError(f"{said}; {advice}" if advice else said, status=status, code=code)


def _reason(body: bytes) -> tuple[int | None, str]:
    try:
        fault = json.loads(body)
    except ValueError:
        return None, ""
    if not isinstance(fault, dict):
        return None, ""
    code, message = fault.get("code"), fault.get("message")
    return (
        code if isinstance(code, int) and not isinstance(code, bool) else None,
        _plain(message) if isinstance(message, str) else "",
    )


def _plain(text: str) -> str:
    """One line without control characters, for it goes into logs."""
    return "".join(char if char.isprintable() else " " for char in text[:_LONGEST]).strip()
