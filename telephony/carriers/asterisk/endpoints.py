"""Reads Asterisk's names of phones, and what the phones do. Pure."""

from collections.abc import Mapping
from datetime import datetime

from telephony.calls.events import PhoneChanged, PhoneState

Headers = Mapping[str, str]

_NOT_PHONES = frozenset({"Local", "Message", "Surrogate", "Bridge", "CBAnn", "CBRec", "Recorder", "Announcer", "Snoop"})
_DEVICE_STATES = {
    "NOT_INUSE": PhoneState.IDLE,
    "INUSE": PhoneState.IN_USE,
    "BUSY": PhoneState.IN_USE,
    "ONHOLD": PhoneState.IN_USE,
    "RINGINUSE": PhoneState.IN_USE,
    "RINGING": PhoneState.RINGING,
    "UNAVAILABLE": PhoneState.UNREACHABLE,
    "INVALID": PhoneState.UNREACHABLE,
}


def endpoint_of(channel: str) -> str:
    """Return the endpoint of a channel name, `PJSIP/101` for `PJSIP/101-0000000a`; '' when it is no phone.

    The two halves of a Local channel are Asterisk's own wiring: the phone behind them has a channel of its own.
    """
    name = channel.removesuffix("<ZOMBIE>").removeprefix("AsyncGoto/").removeprefix("Transfered/")
    technology, slash, rest = name.partition("/")
    address, dash, _ = rest.rpartition("-")
    return "" if not slash or not dash or technology in _NOT_PHONES else f"{technology}/{address}"


def phone_changed(headers: Headers, at: datetime) -> PhoneChanged | None:
    """Read a device's state; None for what is no phone, or when Asterisk does not know the state."""
    device = headers.get("Device", "")
    technology, slash, _ = device.partition("/")
    state = _DEVICE_STATES.get(headers.get("State", ""))
    if not slash or ":" in technology or technology in _NOT_PHONES or state is None:
        return None
    return PhoneChanged(endpoint=device, state=state, at=at)
