"""Gathers what a call's CEL rows tell of each of its channels."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from telephony.calls.events import CelRow
from telephony.calls.ledger_numbering import is_party
from telephony.calls.ledger_parts import part_of
from telephony.calls.model import CallId

# Only what must be first or last among rows of one instant; all else keeps the order in which it came, because
# times may be whole seconds.
_RANK = {"CHAN_START": 0, "HANGUP": 2, "CHAN_END": 3, "LINKEDID_END": 4}

# Extensions that name a step of the dialplan, not a number somebody dialled.
_STEPS = frozenset({"", "s", "i", "t", "h", "o", "a", "e", "T", "failed", "fax", "hangup"})

_VOICEMAIL_APPS = frozenset({"voicemail", "record", "minivmrecord"})
_QUEUE_APPS = frozenset({"queue"})


@dataclass(slots=True, kw_only=True)
class ChannelFacts:
    """One channel of a call, as its rows tell."""

    uniqueid: str
    name: str
    started_at: datetime
    was_seen_to_begin: bool = False
    """Its first row is here: where it is not, what came before the first that is, an answer too, is not known."""
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    number: str = ""
    own_number: str = ""
    """What its first row showed: the endpoint's own caller id, before anybody else's was put on the channel."""
    caller_name: str = ""
    dialled: str = ""
    dnid: str = ""
    app: str = ""
    """The application of its latest row: `AppDial` for a phone that was called, `AppDial2` for one we originated to."""
    apps: set[str] = field(default_factory=set)
    cause: int | None = None
    """Q.850; None when there was no HANGUP row."""
    hung_up_by: str = ""
    """Name of the channel, or `dialplan/...`, that ended this one; '' when not known."""
    dial_status: str = ""
    part_of: CallId | None = None
    """The call of another carrier that it comes from."""

    @property
    def is_party(self) -> bool:
        """Tell whether a person or a device is at its end."""
        return is_party(self.name)

    @property
    def was_originated(self) -> bool:
        """Tell whether Asterisk called it by itself (Originate), so that nobody had dialled it."""
        return self.app == "AppDial2"

    @property
    def was_called(self) -> bool:
        """Tell whether it was called, rather than calling in."""
        return self.app in {"AppDial", "AppQueue", "AppDial2"}

    @property
    def took_message(self) -> bool:
        """Tell whether it was in a voicemail or recording application."""
        return not self.apps.isdisjoint(_VOICEMAIL_APPS)

    @property
    def was_queued(self) -> bool:
        """Tell whether it waited in Asterisk's own queue."""
        return not self.apps.isdisjoint(_QUEUE_APPS)

    def take(self, row: CelRow) -> None:
        """Learn from one of this channel's rows; rows come in order of time."""
        self.number = self.number or row.cid_num
        self.caller_name = self.caller_name or row.cid_name
        self.dnid = self.dnid or row.cid_dnid
        if row.userfield:
            self.part_of = self.part_of or part_of(row.userfield)
        if not self.dialled and row.exten not in _STEPS:
            self._take_dialled(row)
        if row.appname.startswith("App"):
            self.app = row.appname
        elif row.appname:
            self.apps.add(row.appname.lower())
        match row.eventtype:
            case "CHAN_START":
                self.was_seen_to_begin = True
            case "ANSWER" | "BRIDGE_ENTER" if self.answered_at is None:
                self.answered_at = row.eventtime  # a picked-up call enters the bridge without an ANSWER of its own
            case "HANGUP":
                self._take_hangup(row)
            case "CHAN_END":
                self.ended_at = row.eventtime

    def _take_dialled(self, row: CelRow) -> None:
        # A called phone's rows show the extension its caller dialled, which says nothing of the phone itself.
        if row.appname not in {"AppDial", "AppQueue"}:
            self.dialled = row.exten

    def _take_hangup(self, row: CelRow) -> None:
        self.ended_at = self.ended_at or row.eventtime  # CHAN_END tells it better, where it is logged
        extra = read_extra(row)
        cause = extra.get("hangupcause")
        self.cause = cause if isinstance(cause, int) else 0
        self.hung_up_by = str(extra.get("hangupsource", ""))
        self.dial_status = str(extra.get("dialstatus", ""))


def read_extra(row: CelRow) -> dict[str, object]:
    """Return a row's extra facts; empty when it has none or they cannot be read."""
    if not row.extra:
        return {}
    try:
        found = json.loads(row.extra)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def in_order(rows: Iterable[CelRow]) -> list[CelRow]:
    """Return rows in order of time, each once: they may have come by two ways and in any order."""
    return sorted(dict.fromkeys(rows), key=lambda row: (row.eventtime, _RANK.get(row.eventtype, 1)))


def channels_of(rows: Sequence[CelRow]) -> list[ChannelFacts]:
    """Return the channels of one call in the order they began; rows must be in order."""
    found: dict[str, ChannelFacts] = {}
    for row in rows:
        if row.eventtype == "LINKEDID_END":
            continue
        channel = found.get(row.uniqueid)
        if channel is None:
            channel = found[row.uniqueid] = ChannelFacts(
                uniqueid=row.uniqueid, name=row.channame, started_at=row.eventtime, own_number=row.cid_num
            )
        channel.take(row)
    return list(found.values())
