"""Checks single values of the settings; each gives the value back or says what is allowed."""

import ipaddress
import re
from pathlib import PurePath
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

HOST = re.compile(r"^(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?$")
ENDPOINT = re.compile(r"^[A-Za-z0-9]+/[\w.@-]+$")
NAME = r"^[a-z][a-z0-9_-]{0,31}$"
LANGUAGE = r"^[a-z]{2,3}$"
CONTEXT = r"^[\w-]{1,79}$"
USERNAME = r"^[^\s\x00-\x1f]{1,64}$"
WS_URL = r"^(wss?://\S+)?$"
PATTERN_WORDS = {
    NAME: "a name of small letters, digits, - and _, at most 32",
    LANGUAGE: "a language in two or three small letters such as en",
    CONTEXT: "a name of letters, digits, - and _",
    USERNAME: "a name without spaces, at most 64 characters",
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
