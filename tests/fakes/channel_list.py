"""An Asterisk whose manager link drops: its events while we listen, and its list of channels when we ask."""

from telephony.calls.events import CarrierEvent
from telephony.carriers.asterisk.snapshot import snapshot_of
from telephony.carriers.asterisk.translate import Translator
from tests.fakes.surroundings import NOON

CALLER, CALL = "+359888123456", "1.1"
RINGING, UP = "5", "6"
MEMBER = {"Application": "AppQueue", "ApplicationData": "(Outgoing Line)"}


def channel(name: str, leg: str, *, state: str = UP, bridge: str = "", call: str = CALL, **more: str) -> dict[str, str]:
    """Return an item of CoreShowChannels; `more` are headers that are not as usual."""
    return {
        "Event": "CoreShowChannel",
        "Channel": name,
        "ChannelState": state,
        "CallerIDNum": "<unknown>",
        "CallerIDName": "<unknown>",
        "ConnectedLineNum": "<unknown>",
        "ConnectedLineName": "<unknown>",
        "AccountCode": "",
        "Exten": "",
        "Uniqueid": leg,
        "Linkedid": call,
        "BridgeId": bridge,
        "Application": "AppDial",
        "ApplicationData": "(Outgoing Line)",
        **more,
    }


def caller(application: str = "Queue", data: str = "sales,,,,15", *, bridge: str = "") -> dict[str, str]:
    """Return the channel of who dialled 600 from outside."""
    told = {"CallerIDNum": CALLER, "Exten": "600", "Application": application, "ApplicationData": data}
    return channel("PJSIP/trunk-1", CALL, bridge=bridge, **told)


def in_queue(queue: str = "sales") -> dict[str, str]:
    """Return the caller's item of QueueStatus."""
    return {"Event": "QueueEntry", "Queue": queue, "Position": "1", "Channel": "PJSIP/trunk-1", "Uniqueid": CALL}


class HeardAsterisk:
    """What Ringside makes of one Asterisk; a new one has been restarted, and remembers nothing."""

    def __init__(self, outside_dial: str = "") -> None:
        self.translator = Translator(outside_dial)

    def says(self, event: str, headers: dict[str, str]) -> tuple[CarrierEvent, ...]:
        return self.translator.events({**headers, "Event": event}, NOON)

    def dials(self, endpoint: str, leg: str, dialler: dict[str, str] | None = None) -> tuple[CarrierEvent, ...]:
        dest = {"DestChannel": f"{endpoint}-{leg}", "DestUniqueid": leg, "DestLinkedid": CALL}
        return self.says("DialBegin", (dialler or caller()) | dest)

    def rings(self, endpoint: str, leg: str) -> tuple[CarrierEvent, ...]:
        headers = {"Channel": f"{endpoint}-{leg}", "ChannelState": RINGING, "Uniqueid": leg, "Linkedid": CALL}
        return self.says("Newstate", headers)

    def joins(self, queue: str = "sales") -> tuple[CarrierEvent, ...]:
        return self.says("QueueCallerJoin", {"Queue": queue, "Uniqueid": CALL, "Linkedid": CALL})

    def shows(self, *channels: dict[str, str], queued: tuple[dict[str, str], ...] = ()) -> tuple[CarrierEvent, ...]:
        """Return what is told once the link is back and Asterisk shows these channels and waiting callers."""
        told = self.translator.catch_up(snapshot_of(channels, [], queued, NOON), NOON)
        assert self.translator.odd == 0
        return told
