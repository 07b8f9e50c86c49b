"""Turns what Asterisk's manager says into our own call events. Pure: no clock, no socket."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from telephony.calls.events import (
    CarrierEvent,
    CelRow,
    LegAnswered,
    LegDialed,
    LegEnded,
    LegRinging,
    PhoneChanged,
    PhoneState,
)
from telephony.calls.ledger_parts import part_of
from telephony.calls.model import CallId, LegId
from telephony.carriers.asterisk.cel import cel_row_from_ami
from telephony.carriers.asterisk.outside import reader_of

Headers = Mapping[str, str]
K = TypeVar("K")
V = TypeVar("V")

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
_RINGING = "5"
_MEMORY = 10_000


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


class Translator:
    """Translates one event after the other. It remembers the legs being dialled and the app_queues calls wait in.

    A telephone outside that is reached by `outside_dial` is told as `tel:+359...`: the trunk it is reached over says
    nothing of it. Asterisk tells no states of such phones, so they follow from their legs.
    """

    def __init__(self, outside_dial: str = "") -> None:
        self.odd = 0
        self._outside = reader_of(outside_dial)
        self._queues: dict[CallId, str] = {}
        self._dialed: dict[LegId, str] = {}
        """The address that each was told at."""
        self._early: dict[LegId, LegRinging] = {}
        self._readers: dict[str, Callable[[Headers, datetime], tuple[CarrierEvent, ...]]] = {
            "CEL": self._cel,
            "DeviceStateChange": self._device,
            "DialBegin": self._dial_begin,
            "DialEnd": self._dial_end,
            "Hangup": self._hangup,
            "Newstate": self._new_state,
            "QueueCallerJoin": self._queue_join,
            "QueueCallerLeave": self._queue_leave,
        }

    def events(self, headers: Headers, at: datetime) -> tuple[CarrierEvent, ...]:
        """Return what an event means for calls, mostly one thing or nothing. Never raises; odd ones are counted."""
        reader = self._readers.get(headers.get("Event", ""))
        if reader is None:
            return ()
        try:
            return reader(headers, at)
        except (KeyError, ValueError):
            self.odd += 1
            return ()

    def _dial_begin(self, headers: Headers, at: datetime) -> tuple[CarrierEvent, ...]:
        endpoint = endpoint_of(headers["DestChannel"])
        if not endpoint:
            return ()
        endpoint = self._outside(endpoint.partition("/")[0], headers.get("DialString", "")) or endpoint
        call_id = CallId(headers["DestLinkedid"])
        from_endpoint = endpoint_of(headers.get("Channel", ""))
        dialed = LegDialed(
            call_id=call_id,
            leg_id=LegId(headers["DestUniqueid"]),
            endpoint=endpoint,
            caller=_known(headers.get("CallerIDNum", "")),
            caller_name=_known(headers.get("CallerIDName", "")),
            called=_dialled(headers),
            from_endpoint=from_endpoint,
            at=at,
            from_leg=LegId(headers["Uniqueid"]) if from_endpoint else None,
            queue=self._queues.get(call_id, ""),
            part_of=part_of(headers.get("AccountCode", "")),
        )
        _remember(self._dialed, dialed.leg_id, endpoint)
        early = self._early.pop(dialed.leg_id, None)
        return (dialed,) if early is None else (dialed, *self._rings(replace(early, endpoint=endpoint)))

    def _new_state(self, headers: Headers, at: datetime) -> tuple[CarrierEvent, ...]:
        # Only a channel that is being dialled becomes Ringing; a caller's is Ring. It comes before DialState RINGING.
        endpoint = endpoint_of(headers["Channel"]) if headers.get("ChannelState") == _RINGING else ""
        if not endpoint:
            return ()
        call_id, leg_id = CallId(headers["Linkedid"]), LegId(headers["Uniqueid"])
        ringing = LegRinging(call_id=call_id, leg_id=leg_id, endpoint=endpoint, at=at)
        if leg_id not in self._dialed:
            # A near phone rings before Dial has told that it dials; the two come from different threads
            _remember(self._early, leg_id, ringing)
            return ()
        return self._rings(replace(ringing, endpoint=self._dialed[leg_id]))

    def _rings(self, ringing: LegRinging) -> tuple[CarrierEvent, ...]:
        return (ringing, *_state_of_outside(ringing.endpoint, PhoneState.RINGING, ringing.at))

    def _dial_end(self, headers: Headers, at: datetime) -> tuple[CarrierEvent, ...]:
        endpoint = endpoint_of(headers["DestChannel"]) if headers.get("DialStatus") == "ANSWER" else ""
        if not endpoint:
            return ()
        call_id, leg_id = CallId(headers["DestLinkedid"]), LegId(headers["DestUniqueid"])
        endpoint = self._dialed.get(leg_id, endpoint)
        answered = LegAnswered(call_id=call_id, leg_id=leg_id, endpoint=endpoint, at=at)
        return (answered, *_state_of_outside(endpoint, PhoneState.IN_USE, at))

    def _hangup(self, headers: Headers, at: datetime) -> tuple[CarrierEvent, ...]:
        endpoint = endpoint_of(headers["Channel"])
        if not endpoint:
            return ()
        leg_id, cause = LegId(headers["Uniqueid"]), headers.get("Cause", "")
        endpoint = self._dialed.pop(leg_id, endpoint)
        self._early.pop(leg_id, None)
        ended = LegEnded(
            call_id=CallId(headers["Linkedid"]),
            leg_id=leg_id,
            endpoint=endpoint,
            cause=int(cause) if cause.isdecimal() else 0,
            at=at,
        )
        return (ended, *_state_of_outside(endpoint, PhoneState.IDLE, at))

    def gone(self, live_legs: Collection[str], at: datetime) -> tuple[PhoneChanged, ...]:
        """Forget the legs that ended unheard, as a list of all that live now shows; their phones outside are idle."""
        ended = [leg_id for leg_id in self._dialed if leg_id not in live_legs]
        endpoints = [self._dialed.pop(leg_id) for leg_id in ended]
        return tuple(state for each in endpoints for state in _state_of_outside(each, PhoneState.IDLE, at))

    def _device(self, headers: Headers, at: datetime) -> tuple[CarrierEvent, ...]:
        changed = phone_changed(headers, at)
        return () if changed is None else (changed,)

    def _cel(self, headers: Headers, at: datetime) -> tuple[CarrierEvent, ...]:
        row = cel_row_from_ami(headers)
        if row is None:
            self.odd += 1
            return ()
        self.note(row)
        return (row,)

    def note(self, row: CelRow) -> None:
        """Take what a row says of the calls in queues."""
        if row.eventtype == "LINKEDID_END":  # not the end of a call yet: channels may have moved to another linkedid
            self._queues.pop(CallId(row.linkedid), None)

    def _queue_join(self, headers: Headers, at: datetime) -> tuple[CarrierEvent, ...]:
        _remember(self._queues, CallId(headers["Linkedid"]), headers["Queue"])
        return ()

    def _queue_leave(self, headers: Headers, at: datetime) -> tuple[CarrierEvent, ...]:
        self._queues.pop(CallId(headers["Linkedid"]), None)
        return ()


def _state_of_outside(endpoint: str, state: PhoneState, at: datetime) -> tuple[PhoneChanged, ...]:
    return (PhoneChanged(endpoint=endpoint, state=state, at=at),) if endpoint.startswith("tel:") else ()


def _remember(memory: dict[K, V], key: K, value: V) -> None:
    """Keep a value; the oldest goes when there are too many whose end we never heard of."""
    if len(memory) >= _MEMORY:
        memory.pop(next(iter(memory)))
    memory[key] = value


def _known(text: str) -> str:
    return "" if text in {"<unknown>", "unknown"} else text


def _dialled(headers: Headers) -> str:
    """Return the number that was dialled; where the dialplan stands on `s` or the like, the called party's own."""
    exten = headers.get("Exten", "")
    return exten if exten[:1].isdigit() or exten[:1] in {"+", "*", "#"} else _known(headers.get("DestCallerIDNum", ""))
