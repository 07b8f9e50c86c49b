"""Measures who talked with whom, and how long."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from telephony.calls.events import CelRow
from telephony.calls.ledger_channels import read_extra
from telephony.calls.ledger_numbering import is_party

# Asterisk's waiting rooms (parking, BridgeWait): those inside hear music, not each other.
_NOT_A_TALK = frozenset({"holding_bridge"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """The talk of one call. `legs` are seconds by channel id."""

    started_at: datetime | None
    ended_at: datetime | None
    seconds: float
    legs: dict[str, float]


class _Bridges:
    """Who is in which bridge now."""

    def __init__(self) -> None:
        self._bridge_of: dict[str, str] = {}
        self._name_of: dict[str, str] = {}

    def take(self, row: CelRow) -> bool:
        """Follow a row; True when it may have changed who talks."""
        match row.eventtype:
            case "BRIDGE_ENTER":
                return self._enter(row)
            case "BRIDGE_EXIT":
                bridge = read_extra(row).get("bridge_id", "")
                return self._bridge_of.get(row.uniqueid) == bridge and self._leave(row.uniqueid)
            case "CHAN_END":
                return self._leave(row.uniqueid)
            case _:
                return False

    def _enter(self, row: CelRow) -> bool:
        extra = read_extra(row)
        if extra.get("bridge_technology") in _NOT_A_TALK:
            return self._leave(row.uniqueid)
        self._bridge_of[row.uniqueid] = str(extra.get("bridge_id", ""))
        self._name_of[row.uniqueid] = row.channame
        return True

    def _leave(self, uniqueid: str) -> bool:
        return self._bridge_of.pop(uniqueid, None) is not None

    def talking(self) -> set[str]:
        """Return the channels of parties that hear at least one other party, directly or through Local channels."""
        joined = self._joined_by_local()
        rooms: dict[str, list[str]] = defaultdict(list)
        for uniqueid, bridge in self._bridge_of.items():
            if is_party(self._name_of[uniqueid]):
                rooms[joined.get(bridge, bridge)].append(uniqueid)
        return {uniqueid for room in rooms.values() if len(room) > 1 for uniqueid in room}

    def _joined_by_local(self) -> dict[str, str]:
        """Return for each bridge that Local channels join to others the one name of them all."""
        halves: dict[str, list[str]] = defaultdict(list)
        for uniqueid, bridge in self._bridge_of.items():
            name = self._name_of[uniqueid]
            if name.startswith("Local/"):
                halves[name.rpartition(";")[0]].append(bridge)
        joined: dict[str, str] = {}
        for bridges in halves.values():
            if len(bridges) == 2:
                _join(joined, *bridges)
        return joined


def _join(joined: dict[str, str], one: str, other: str) -> None:
    kept, gone = joined.get(one, one), joined.get(other, other)
    joined.setdefault(one, kept)
    joined.setdefault(other, gone)
    for bridge, name in joined.items():
        if name == gone:
            joined[bridge] = kept


def measure_talk(rows: Iterable[CelRow], *, until: datetime) -> Talk:
    """Return the talk in one call's rows, which must be in order; a talk that still goes on is counted to `until`."""
    bridges = _Bridges()
    since: dict[str, datetime] = {}
    legs: dict[str, float] = defaultdict(float)
    started: datetime | None = None
    ended: datetime | None = None
    talk_since: datetime | None = None
    seconds = 0.0
    for row in rows:
        if not bridges.take(row):
            continue
        talking = bridges.talking()
        _count(legs, since, talking, row.eventtime)
        if talking and talk_since is None:
            talk_since = row.eventtime
            started = started or talk_since
        elif not talking and talk_since is not None:
            seconds += (row.eventtime - talk_since).total_seconds()
            talk_since, ended = None, row.eventtime
    _count(legs, since, (), until)
    if talk_since is not None:
        seconds += max(0.0, (until - talk_since).total_seconds())
        ended = until
    return Talk(started_at=started, ended_at=ended, seconds=round(seconds, 3), legs=dict(legs))


def _count(legs: dict[str, float], since: dict[str, datetime], talking: Collection[str], now: datetime) -> None:
    for uniqueid in since.keys() - talking:
        legs[uniqueid] += max(0.0, (now - since.pop(uniqueid)).total_seconds())
    for uniqueid in talking:
        since.setdefault(uniqueid, now)
