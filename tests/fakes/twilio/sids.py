"""Twilio's identifiers: two letters and 32 hexadecimal digits."""

import re
import secrets

SID = re.compile(r"[A-Z]{2}[0-9a-f]{32}")
E164 = re.compile(r"\+[1-9][0-9]{6,14}")


def new_sid(prefix: str) -> str:
    return prefix + secrets.token_hex(16)


def is_callable(address: str) -> bool:
    """Tell whether the API would dial this."""
    return bool(E164.fullmatch(address)) or re.fullmatch(r"(sip|sips):[^@\s]+@\S+|client:\S+", address) is not None


def bare(address: str) -> str:
    """Give a SIP address without its parameters and headers, and anything else as it is."""
    return re.split(r"[;?]", address, maxsplit=1)[0] if address.startswith("sip") else address
