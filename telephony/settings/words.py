"""Checks single values of the settings; each gives the value back or says what is allowed."""

import ipaddress
import re
import shlex
from pathlib import PurePath
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

HOST = re.compile(r"^(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?$")
ENDPOINT = re.compile(r"^[A-Za-z0-9]+/[\w.@-]+$")
ENGINES = ("espeak-ng", "piper")
ESPEAK_VOICE = re.compile(r"^[A-Za-z0-9][\w+./-]{0,79}$")
PIPER_VOICE = re.compile(r"^[A-Za-z0-9][\w.+-]{0,119}$")
OUTSIDE_DIAL = re.compile(r"^[A-Za-z0-9]+/[\w.+@-]*\{number\}[\w.+@-]*$")
PREFIX = re.compile(r"^\+[1-9][0-9]{0,14}$")
CALLER_ID = re.compile(r"^\+?[0-9]{2,15}$")
HEADER = re.compile(r"^[A-Za-z][A-Za-z0-9-]{0,63}$")
SECRET = re.compile(r"\$(RINGSIDE_[A-Z0-9_]{1,80})")
SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "x-api-key"})
NAME = r"^[a-z][a-z0-9_-]{0,31}$"
LANGUAGE = r"^[a-z]{2,3}$"
CONTEXT = r"^[\w-]{1,79}$"
USERNAME = r"^[^\s\x00-\x1f]{1,64}$"
CURRENCY = r"^[A-Z]{3}$"
WS_URL = r"^(wss?://\S+)?$"
PATTERN_WORDS = {
    NAME: "a name of small letters, digits, - and _, at most 32",
    LANGUAGE: "a language in two or three small letters such as en",
    CONTEXT: "a name of letters, digits, - and _",
    USERNAME: "a name without spaces, at most 64 characters",
    CURRENCY: "a currency in three capital letters such as EUR",
    WS_URL: "an address such as ws://pbx.example.com:8088/ws, or empty",
}
DATABASES = ("sqlite", "postgresql")


def check_one_line(value: object) -> object:
    """Return a value none of whose texts has line breaks or other controls: they end up in headers, files and logs."""
    match value:
        case str() | PurePath() if not str(value).isprintable():
            raise ValueError("must not hold control characters")
        case list() | tuple():
            for item in value:
                check_one_line(item)
        case dict():
            for key, item in value.items():
                check_one_line(key)
                check_one_line(item)
    return value


def check_address(text: str) -> str:
    """Return a host name or an IP address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        if not HOST.match(text):
            raise ValueError(f"must be a host name or an IP address, is {text!r}") from None
    return text


def check_network(text: str) -> str:
    """Return an IP address or a network such as 10.0.0.0/24."""
    try:
        ipaddress.ip_network(text)
    except ValueError:
        raise ValueError(f"must be an address or a network such as 10.0.0.0/24, is {text!r}") from None
    return text


def check_timezone(text: str) -> str:
    """Return the name of a time zone that exists here."""
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"must be a time zone such as Europe/Sofia, is {text!r}") from None
    return text


def check_region(text: str) -> str:
    """Return a country's two letters."""
    from phonenumbers import SUPPORTED_REGIONS  # noqa: PLC0415  # its tables take time to load

    if text not in SUPPORTED_REGIONS:
        raise ValueError(f"must be a country in two capital letters such as BG, is {text!r}")
    return text


def check_endpoint(text: str) -> str:
    """Return a carrier's address of a phone or trunk."""
    if not ENDPOINT.match(text):
        raise ValueError(f"must be an endpoint such as PJSIP/trunk, is {text!r}")
    return text


def check_voice(text: str) -> str:
    """Return a voice: a name of espeak-ng, or `piper:` and the name of a file without its ending."""
    engine, named, voice = text.rpartition(":")
    if named and engine not in ENGINES:
        raise ValueError(f"must name one of the engines {', '.join(ENGINES)} before its colon, is {text!r}")
    if not (PIPER_VOICE if engine == "piper" else ESPEAK_VOICE).match(voice):
        raise ValueError(f"must be a voice such as en-gb or piper:en_GB-alba-medium, is {text!r}")
    return text


def check_outside_dial(text: str) -> str:
    """Return a carrier's address with a place for the number; '' stays ''."""
    if text and not OUTSIDE_DIAL.match(text):
        raise ValueError(f"must be an address with one {{number}}, such as PJSIP/{{number}}@trunk, is {text!r}")
    return text


def check_prefix(text: str) -> str:
    """Return the beginning of an international number."""
    if not PREFIX.match(text):
        raise ValueError(f"must be the beginning of an international number such as +359, is {text!r}")
    return text


def check_caller_id(text: str) -> str:
    """Return a number to be shown to who is called; '' stays ''."""
    if text and not CALLER_ID.match(text):
        raise ValueError(f"must be a number such as +35921234567, is {text!r}")
    return text


def check_headers(headers: dict[str, str]) -> dict[str, str]:
    """Return HTTP headers whose secrets are named and not written."""
    for name, value in headers.items():
        if not HEADER.match(name):
            raise ValueError(f"must be names of HTTP headers, one is {name[:64]!r}")
        if "$" in SECRET.sub("", value):
            raise ValueError(
                f"{name} may take a secret from the environment as $RINGSIDE_NAME; other $ are not allowed"
            )
        if name.lower() in SECRET_HEADERS and not SECRET.search(value):
            raise ValueError(f"{name} is a secret: name it as $RINGSIDE_NAME and put it into the environment")
    return headers


def check_transcribe(text: str) -> str:
    """Return a program with its arguments, `{file}` among them; '' stays ''."""
    try:
        words = shlex.split(text)
    except ValueError:
        words = [""]
    if text and ("{" in words[0] or not words[0] or not any("{file}" in word for word in words)):
        raise ValueError(f"must be a program and its arguments, {{file}} among them, is {text!r}")
    return text


def check_base_url(text: str) -> str:
    """Return a web address without its last slash; '' stays ''."""
    if not text:
        return text
    url = urlsplit(text)
    if url.scheme not in {"http", "https"} or not url.hostname or url.query or url.fragment:
        raise ValueError(f"must be an address such as https://calls.example.com, is {text!r}")
    return text.rstrip("/")


def check_database_url(text: str) -> str:
    """Return a database address without a password; '' stays ''."""
    if not text:
        return text
    url = urlsplit(text)
    if url.password:
        # The text is not shown: faults are logged and this one holds a secret.
        raise ValueError(
            "must not hold a password; put the whole address into the environment as RINGSIDE_DATABASE_URL"
        )
    return check_secret_database_url(text)


def check_secret_database_url(text: str) -> str:
    """Return a database address; the fault does not show it, since it may hold a password."""
    if urlsplit(text).scheme.split("+")[0] not in DATABASES:
        raise ValueError("must begin with sqlite:/// or postgresql://")
    return text
