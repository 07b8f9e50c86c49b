"""Reads Asterisk's list of channels as the events that would have told of them. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from telephony.carriers.asterisk.endpoints import Headers, endpoint_of

_CALLED_BY = frozenset({"AppDial", "AppDial2", "AppQueue"})
"""What a channel runs that Dial, Originate or Queue calls: at least until it is answered, mostly to its end."""
_UP = "6"


def events_of(channels: Iterable[Headers]) -> Iterator[Headers]:
    """Give the events of each channel that is called, in order: it is dialled, it rings, it was answered.

    A phone that is up in no bridge is not answered yet: it hears an announcement, or who took it is asked for a key.
    """
    calls = defaultdict(list)
    for channel in channels:
        calls[channel.get("Linkedid", "")].append(channel)
    for call in calls.values():
        for channel in call:
            if channel.get("Application") in _CALLED_BY:
                yield _dial_begin(channel, _dialler(channel, call))
                yield {**channel, "Event": "Newstate"}
                if channel.get("ChannelState") == _UP and channel.get("BridgeId"):
                    yield _dest(channel) | {"Event": "DialEnd", "DialStatus": "ANSWER"}


def _dialler(called: Headers, call: Sequence[Headers]) -> Headers | None:
    """Return who calls this channel: who stands with it in one bridge or, while it rings, in none."""
    callers = (each for each in call if each.get("Application") not in _CALLED_BY)
    near = (each for each in callers if each.get("BridgeId") == called.get("BridgeId"))
    return next((each for each in near if endpoint_of(each.get("Channel", ""))), None)


def _dial_begin(called: Headers, dialler: Headers | None) -> Headers:
    event = _dest(called) | {"Event": "DialBegin", "DestCallerIDNum": called.get("CallerIDNum", "")}
    if dialler is None:
        names = {"CallerIDNum": "ConnectedLineNum", "CallerIDName": "ConnectedLineName"}
        return event | {name: called.get(source, "") for name, source in names.items()}
    return {**dialler, **event, "DialString": _only_destination(dialler)}


def _only_destination(dialler: Headers) -> str:
    """Return what Dial dials behind the technology; '' when it is not one address."""
    dialled = dialler.get("ApplicationData", "").partition(",")[0] if dialler.get("Application") == "Dial" else ""
    return "" if "&" in dialled else dialled.partition("/")[2]


def _dest(channel: Headers) -> dict[str, str]:
    return {f"Dest{name}": channel[name] for name in ("Channel", "Uniqueid", "Linkedid") if name in channel}
