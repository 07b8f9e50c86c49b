"""Asks Asterisk what lives there now: there is no replay of events missed while the link was down."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from telephony.calls.events import PhoneChanged
from telephony.calls.model import CallId, LegId
from telephony.carriers.asterisk.link import AmiLink
from telephony.carriers.asterisk.translate import phone_changed


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The calls that live now, and every phone's state."""

    live_calls: frozenset[CallId]
    live_legs: frozenset[LegId]
    phones: tuple[PhoneChanged, ...]


async def take_snapshot(link: AmiLink, at: datetime) -> Snapshot:
    """Return what lives on Asterisk now. Raises CarrierError."""
    channels = await link.ask_list({"Action": "CoreShowChannels"})
    devices = await link.ask_list({"Action": "DeviceStateList"})
    return snapshot_of(channels, devices, at)


def snapshot_of(channels: Iterable[Mapping[str, str]], devices: Iterable[Mapping[str, str]], at: datetime) -> Snapshot:
    """Read the two lists."""
    live = tuple(channels)
    states = (phone_changed(device, at) for device in devices)
    return Snapshot(
        live_calls=frozenset(CallId(channel["Linkedid"]) for channel in live if channel.get("Linkedid")),
        live_legs=frozenset(LegId(channel["Uniqueid"]) for channel in live if channel.get("Uniqueid")),
        phones=tuple(state for state in states if state is not None),
    )
