"""Asks Asterisk what lives there now: there is no replay of events missed while the link was down."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from telephony.calls.events import PhoneChanged
from telephony.calls.model import CallId, LegId
from telephony.carriers.asterisk.endpoints import Headers, phone_changed
from telephony.carriers.asterisk.link import AmiLink
from telephony.carriers.asterisk.live_channels import events_of
from telephony.errors import CarrierRefusedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The calls and legs that live now, who waits in app_queue, and every phone's state."""

    live_calls: frozenset[CallId]
    live_legs: frozenset[LegId]
    events: tuple[Headers, ...]
    """What the manager would have told of the phones that are called now, had we listened."""
    queues: Mapping[CallId, str]
    """The queue in which each call waits."""
    phones: tuple[PhoneChanged, ...]


async def take_snapshot(link: AmiLink, at: datetime) -> Snapshot:
    """Return what lives on Asterisk now. Raises CarrierError."""
    channels = [await _whole(link, each) for each in await link.ask_list({"Action": "CoreShowChannels"})]
    devices = await link.ask_list({"Action": "DeviceStateList"})
    return snapshot_of(channels, devices, await _queued(link), at)


async def _whole(link: AmiLink, channel: dict[str, str]) -> dict[str, str]:
    """Return a channel with its ids: what stands behind a line break in its caller's number was lost."""
    if {"Uniqueid", "Linkedid"} <= channel.keys() or "Channel" not in channel:
        return channel
    try:
        return channel | {each: await _told(link, channel["Channel"], each) for each in ("Uniqueid", "Linkedid")}
    except CarrierRefusedError:  # it has ended
        return channel


async def _told(link: AmiLink, channel: str, name: str) -> str:
    asked = {"Action": "Getvar", "Channel": channel, "Variable": f"CHANNEL({name.lower()})"}
    return str((await link.ask(asked)).get("Value", ""))


async def _queued(link: AmiLink) -> list[dict[str, str]]:
    try:
        return await link.ask_list({"Action": "QueueStatus"})
    except CarrierRefusedError:  # an Asterisk without app_queue
        return []


def snapshot_of(
    channels: Sequence[Headers], devices: Iterable[Headers], queued: Iterable[Headers], at: datetime
) -> Snapshot:
    """Read the three lists."""
    calls = {each["Uniqueid"]: CallId(each["Linkedid"]) for each in channels if {"Uniqueid", "Linkedid"} <= each.keys()}
    states = (phone_changed(device, at) for device in devices)
    return Snapshot(
        live_calls=frozenset(CallId(channel["Linkedid"]) for channel in channels if channel.get("Linkedid")),
        live_legs=frozenset(LegId(channel["Uniqueid"]) for channel in channels if channel.get("Uniqueid")),
        events=tuple(events_of(channels)),
        queues={
            calls[each["Uniqueid"]]: each.get("Queue", "")
            for each in queued
            if each.get("Event") == "QueueEntry" and each.get("Uniqueid") in calls
        },
        phones=tuple(state for state in states if state is not None),
    )
