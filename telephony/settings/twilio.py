"""The settings of Twilio and of clouds that speak its language, and what must be set beside them."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from telephony.settings.environment import Secrets
from telephony.settings.section import Section
from telephony.settings.tariff import Tariff
from telephony.settings.words import check_base_url, check_prefix

_ACCOUNT = re.compile(r"AC[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_SIP_DIAL = re.compile(r"sips?:[\w.+-]*\{extension\}[\w.+-]*@[\w.:-]+(;[\w.=-]+)*", re.ASCII)
_ASTERISK_SIP = re.compile(r"sips?:\{called\}@[\w.:-]+(;[\w.=-]+)*", re.ASCII)
_SHARED_KEY = re.compile(r"([\w.-]{1,128})=(\S+)", re.ASCII)
_SHARED = "RINGSIDE_TWILIO_SHARED_KEYS"
_OURSELVES = frozenset({"localhost", "127.0.0.1", "::1"})


def check_account(text: str) -> str:
    """Return an account's id; '' stays ''."""
    if text and not _ACCOUNT.fullmatch(text):
        raise ValueError("must be AC and 32 hexadecimal digits (a project's UUID at SignalWire); the console shows it")
    return text


def check_number(text: str) -> str:
    """Return a number in E.164; '' stays ''."""
    if text and not _NUMBER.fullmatch(text):
        raise ValueError(f"must be a whole international number such as +35921234567, is {text!r}")
    return text


def check_sip_dial(text: str) -> str:
    """Return a SIP address with a place for the extension; '' stays ''."""
    if text and not _SIP_DIAL.fullmatch(text):
        raise ValueError(
            f"must be an address with one {{extension}}, such as sip:{{extension}}@pbx.example.com, is {text!r}"
        )
    return text


def check_asterisk_sip(text: str) -> str:
    """Return a SIP address with a place for the number that was called; '' stays ''."""
    if text and not _ASTERISK_SIP.fullmatch(text):
        raise ValueError(f"must be an address such as sip:{{called}}@pbx.example.com, is {text!r}")
    return text


def check_safe_url(text: str) -> str:
    """Return a web address to which a secret may be sent."""
    if not is_safe(check_base_url(text)):
        raise ValueError(f"must begin with https://, for the auth token is sent there, is {text!r}")
    return text.rstrip("/")


def is_safe(url: str) -> bool:
    """Tell whether nobody can listen on the way to an address: TLS, or this machine itself."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _OURSELVES)


Number = Annotated[str, AfterValidator(check_number)]


class TwilioSection(Section):
    """One account at Twilio, or at a cloud that speaks its language (SignalWire); docs/twilio.md tells all of it.

    Its secrets are RINGSIDE_TWILIO_AUTH_TOKEN, RINGSIDE_TWILIO_SIGNING_KEY and RINGSIDE_TWILIO_SHARED_KEYS.
    """

    enabled: bool = Field(
        default=False,
        description="Whether calls come from this account; needs `server.public_base_url`, where the cloud reaches us.",
    )
    account_sid: Annotated[str, AfterValidator(check_account)] = Field(
        default="", description="The account, as its console shows it; webhooks of others are refused."
    )
    api_base_url: Annotated[str, AfterValidator(check_safe_url)] = Field(
        default="https://api.twilio.com",
        description="The cloud's REST API; for SignalWire `https://SPACE.signalwire.com/api/laml`.",
    )
    caller_id: Number = Field(
        default="",
        description=(
            "Number of the account that is shown to phones outside; empty: the caller's own, where the cloud allows it."
        ),
    )
    sip_dial: Annotated[str, AfterValidator(check_sip_dial)] = Field(
        default="",
        description=(
            "How the cloud reaches an extension at Asterisk, e.g. `sip:{extension}@pbx.example.com;transport=tls`; "
            "empty: it cannot."
        ),
    )
    asterisk_sip: Annotated[str, AfterValidator(check_asterisk_sip)] = Field(
        default="",
        description=(
            "How callers of the cloud are taken to Asterisk while `[overflow]` says so, e.g. "
            "`sip:{called}@pbx.example.com`; empty: they are served in the cloud."
        ),
    )
    outside_allow: tuple[Annotated[str, AfterValidator(check_prefix)], ...] = Field(
        default=(),
        description=(
            "Beginnings of the numbers that flows may have called for the cloud's callers, e.g. `+359`; empty: none. "
            "Keep it as narrow as the flows need: these calls are paid for."
        ),
    )
    fallback_number: Number = Field(
        default="",
        description="Rung for callers whom Ringside cannot serve; empty: their call is ended.",
    )
    answer_limit_s: float = Field(
        default=1.0, ge=0.1, le=5, description="The longest a webhook is kept waiting for what to say next."
    )
    request_limit_s: float = Field(default=10.0, ge=1, le=60, description="How long a request to the API may take.")
    connect_limit_s: float = Field(default=3.0, ge=0.1, le=60, description="How long to wait for a connection to it.")
    calls_per_second: float = Field(
        default=1.0,
        ge=0.1,
        le=1000,
        description=(
            "How many calls the account starts in a second over the API, as its console says under Voice, Settings; "
            "one unless it was raised. An agent's phone that would ring late for it is rung with the ringing tone "
            "instead of music."
        ),
    )
    unheard_limit_s: float = Field(
        default=60.0,
        ge=5,
        le=3600,
        description="After so long without a word of a caller the cloud is asked whether they are still there.",
    )
    music_dir: Path | None = Field(
        default=None,
        description="Folder of hold music, `NAME.wav` for a queue's `music`: 8 kHz, mono, 16 bit; else it is our own.",
    )
    delete_recordings: bool = Field(
        default=False, description="Whether recordings are deleted at the cloud once they are here."
    )
    tariff: Tariff = Tariff()


def shared_keys_of(secrets: Secrets) -> tuple[tuple[str, str], ...]:
    """Return ids and secrets of the shared keys; those that cannot be read are left out, see `twilio_faults`."""
    found = (_SHARED_KEY.fullmatch(part) for part in _shared_parts(secrets))
    return tuple((key[1], key[2]) for key in found if key)


def _shared_parts(secrets: Secrets) -> list[str]:
    return [part.strip() for part in (secrets.twilio_shared_keys or "").split(",") if part.strip()]


def twilio_faults(data: Mapping[str, object], secrets: Secrets, shown: str) -> Iterator[str]:
    """Give what an enabled account lacks outside its own section. `data` is what was read, faulty or not."""
    if _at(data, "carriers", "twilio", "enabled") is not True:
        return
    if not _at(data, "carriers", "twilio", "account_sid"):
        yield f"{shown}: carriers.twilio.account_sid: must be set: the console shows it, it begins with AC"
    public = _at(data, "server", "public_base_url")
    if not public:
        yield (
            f"{shown}: server.public_base_url: must be set to the address at which the cloud reaches this server, such "
            "as https://calls.example.com"
        )
    elif isinstance(public, str) and not _is_safe(public):
        yield f"{shown}: server.public_base_url: must begin with https://, for what callers say and press passes there"
    if not (secrets.twilio_auth_token or "").isprintable() or not secrets.twilio_auth_token:
        yield "environment: RINGSIDE_TWILIO_AUTH_TOKEN: must be set to the account's auth token, for carriers.twilio"
    if len(shared_keys_of(secrets)) != len(_shared_parts(secrets)):
        yield f"environment: {_SHARED}: must be ID=SECRET,ID=SECRET"  # not shown: it is a secret


def _is_safe(text: str) -> bool:
    try:
        return is_safe(text)
    except ValueError:
        return True  # told as no address already


def _at(data: Mapping[str, object], *path: str) -> object:
    value: object = data
    for part in path:
        value = value.get(part) if isinstance(value, Mapping) else None
    return value
