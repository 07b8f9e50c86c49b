"""The addresses of phones, as `<Dial>` rings them. Pure."""

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlencode

_NUMBER = re.compile(r"tel:(\+[1-9]\d{5,14})")
_CLIENT = re.compile(r"client:([A-Za-z0-9_.-]{1,120})")
_EXTENSION = re.compile(r"PJSIP/([A-Za-z0-9_.+-]{1,64})")
_SIP_USER = re.compile(r"sips?:([A-Za-z0-9_.+-]{1,64})@")
CALL_HEADER = "X-Ringside-Call"


class Kind(StrEnum):
    """What sort of phone it is."""

    NUMBER = "number"
    CLIENT = "client"
    SIP = "sip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A phone: a number in E.164, a client's identity or a SIP URI."""

    kind: Kind
    text: str


def address_of(endpoint: str, *, sip_dial: str, call_id: str = "") -> Address | None:
    """Return the phone an endpoint names; None when it cannot be rung from here.

    `sip_dial` is the SIP URI with `{extension}` in it; a phone at Asterisk is told by a header which call it is rung
    for, if it is for one.
    """
    if found := _NUMBER.fullmatch(endpoint):
        return Address(kind=Kind.NUMBER, text=found[1])
    if found := _CLIENT.fullmatch(endpoint):
        return Address(kind=Kind.CLIENT, text=found[1])
    found = _EXTENSION.fullmatch(endpoint)
    if found is None or "{extension}" not in sip_dial:
        return None
    uri = sip_dial.replace("{extension}", found[1])
    header = f"{'&' if '?' in uri else '?'}{urlencode({CALL_HEADER: call_id})}" if call_id else ""
    return Address(kind=Kind.SIP, text=f"{uri}{header}")


def endpoint_at(address: str, *, sip_dial: str) -> str:
    """Return the phone that the cloud called at an address; the address itself when it is none of ours."""
    if address.startswith("client:"):
        return address
    found = _SIP_USER.match(address)
    if found is not None and "{extension}" in sip_dial:
        return f"PJSIP/{found[1]}"
    return f"tel:{address}" if address.startswith("+") else address
