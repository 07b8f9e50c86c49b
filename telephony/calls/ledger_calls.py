"""Gathers CEL rows into calls, also when calls join each other on the way."""

from telephony.calls.events import CelRow
from telephony.calls.ledger_channels import read_extra
from telephony.calls.model import CallId

# Rows that name a channel of another call which becomes part of this one.
_JOINS = {"ATTENDEDTRANSFER": "channel2_uniqueid", "PICKUP": "pickup_channel_uniqueid"}


class GatheredCall:
    """The rows of one call so far."""

    __slots__ = ("channels", "ended", "linkedids", "over", "rows")

    def __init__(self) -> None:
        self.rows: list[CelRow] = []
        self.linkedids: set[str] = set()
        self.channels: set[str] = set()
        self.ended: set[str] = set()
        self.over: set[str] = set()

    @property
    def is_over(self) -> bool:
        """Every channel is gone and Asterisk has said so of every linkedid.

        Asterisk also ends a linkedid when its last channel moves to another call; that channel then lives on.
        """
        return self.linkedids <= self.over and self.channels <= self.ended

    @property
    def call_id(self) -> CallId:
        """The oldest linkedid, which is the one that Asterisk keeps when calls join."""
        return CallId(min(self.linkedids, key=_age))

    def take(self, row: CelRow) -> None:
        """Add a row."""
        self.rows.append(row)
        self.linkedids.add(row.linkedid)
        self.channels.add(row.uniqueid)
        match row.eventtype:
            case "CHAN_END" | "HANGUP":
                self.ended.add(row.uniqueid)
            case "LINKEDID_END":
                self.over.add(row.linkedid)

    def join(self, other: "GatheredCall") -> None:
        """Add all of another call."""
        self.rows += other.rows
        self.linkedids |= other.linkedids
        self.channels |= other.channels
        self.ended |= other.ended
        self.over |= other.over


def _age(linkedid: str) -> tuple[int, int, str]:
    """Sort linkedids, `1700000000.12` or `systemname-1700000000.12`, by age."""
    seconds, _, serial = linkedid.rpartition("-")[2].partition(".")
    return (int(seconds) if seconds.isdigit() else 0, int(serial) if serial.isdigit() else 0, linkedid)


class Gathering:
    """Calls by their linkedids and channels."""

    def __init__(self) -> None:
        self._by_linkedid: dict[str, GatheredCall] = {}
        self._by_channel: dict[str, GatheredCall] = {}

    def calls(self) -> list[GatheredCall]:
        """Return every call once, in the order they were first heard of."""
        return list({id(call): call for call in self._by_linkedid.values()}.values())

    def get(self, linkedid: str) -> GatheredCall | None:
        """Return the call that this linkedid is, or has become, part of."""
        return self._by_linkedid.get(linkedid)

    def take(self, row: CelRow) -> GatheredCall:
        """Add a row and return the call it belongs to."""
        call = self._by_linkedid.get(row.linkedid)
        call = self._joined(call, self._by_channel.get(row.uniqueid))
        if row.eventtype in _JOINS:
            call = self._joined(call, self._by_channel.get(str(read_extra(row).get(_JOINS[row.eventtype]))))
        call = call or GatheredCall()
        self._by_linkedid[row.linkedid] = call
        self._by_channel[row.uniqueid] = call
        call.take(row)
        return call

    def drop(self, call: GatheredCall) -> None:
        """Forget a call."""
        for linkedid in call.linkedids:
            self._by_linkedid.pop(linkedid, None)
        for channel in call.channels:
            self._by_channel.pop(channel, None)

    def _joined(self, one: GatheredCall | None, other: GatheredCall | None) -> GatheredCall | None:
        if one is None or other is None or one is other:
            return one or other
        one.join(other)
        for linkedid in other.linkedids:
            self._by_linkedid[linkedid] = one
        for channel in other.channels:
            self._by_channel[channel] = one
        return one
