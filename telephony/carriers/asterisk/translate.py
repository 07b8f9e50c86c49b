"""Turns what Asterisk's manager says into our own call events. Pure: no clock, no socket."""

from collections.abc import Callable, Iterator
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
from telephony.carriers.asterisk.endpoints import Headers, endpoint_of, phone_changed
from telephony.carriers.asterisk.outside import reader_of
from telephony.carriers.asterisk.snapshot import Snapshot

K = TypeVar("K")
V = TypeVar("V")

_RINGING = "5"
_MEMORY = 10_000
_NO_ANSWER, _ANSWERED_ELSEWHERE = 19, 26
"""Q.850, as Asterisk extends it."""


class Translator:
    """Translates one event after the other. It remembers the legs being dialled and the app_queues calls wait in.

    A telephone outside that is reached by `outside_dial` is told as `tel:+359...`: the trunk it is reached over says
    nothing of it. Asterisk tells no states of such phones, so they follow from their legs.
    """

    def __init__(self, outside_dial: str = "") -> None:
        self.odd = 0
        self._outside = reader_of(outside_dial)
        self._queues: dict[CallId, str] = {}
        self._dialed: dict[LegId, LegDialed] = {}
        """How each was told that lives, as far as we heard."""
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
        endpoint, leg_id = endpoint_of(headers["DestChannel"]), LegId(headers["DestUniqueid"])
        if not endpoint or leg_id in self._dialed:  # a snapshot may have told of it already
            return ()
        endpoint = self._outside(endpoint.partition("/")[0], headers.get("DialString", "")) or endpoint
        call_id = CallId(headers["DestLinkedid"])
        from_endpoint = endpoint_of(headers.get("Channel", ""))
        dialed = LegDialed(
            call_id=call_id,
            leg_id=leg_id,
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
        _remember(self._dialed, leg_id, dialed)
        early = self._early.pop(leg_id, None)
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
        return self._rings(replace(ringing, endpoint=self._dialed[leg_id].endpoint))

    def _rings(self, ringing: LegRinging) -> tuple[CarrierEvent, ...]:
        return (ringing, *_state_of_outside(ringing.endpoint, PhoneState.RINGING, ringing.at))

    def _dial_end(self, headers: Headers, at: datetime) -> tuple[CarrierEvent, ...]:
        endpoint = endpoint_of(headers["DestChannel"]) if headers.get("DialStatus") == "ANSWER" else ""
        if not endpoint:
            return ()
        call_id, leg_id = CallId(headers["DestLinkedid"]), LegId(headers["DestUniqueid"])
        endpoint = self._dialed[leg_id].endpoint if leg_id in self._dialed else endpoint
        answered = LegAnswered(call_id=call_id, leg_id=leg_id, endpoint=endpoint, at=at)
        return (answered, *_state_of_outside(endpoint, PhoneState.IN_USE, at))

    def _hangup(self, headers: Headers, at: datetime) -> tuple[CarrierEvent, ...]:
        endpoint = endpoint_of(headers["Channel"])
        if not endpoint:
            return ()
        leg_id, cause = LegId(headers["Uniqueid"]), headers.get("Cause", "")
        dialed = self._dialed.pop(leg_id, None)
        endpoint = dialed.endpoint if dialed else endpoint
        self._early.pop(leg_id, None)
        ended = LegEnded(
            call_id=CallId(headers["Linkedid"]),
            leg_id=leg_id,
            endpoint=endpoint,
            cause=int(cause) if cause.isdecimal() else 0,
            at=at,
        )
        return (ended, *_state_of_outside(endpoint, PhoneState.IDLE, at))

    def catch_up(self, snapshot: Snapshot, at: datetime) -> tuple[CarrierEvent, ...]:
        """Return what events that were not heard have told, as a snapshot shows it.

        Legs that are gone come first: the same phone may ring again. Of legs that live it is told anew how far they
        are. What a leg died of is a conclusion: it was not answered while its call lives, or another phone was.
        """
        self._queues.update(snapshot.queues)
        gone = tuple(self._gone(snapshot, at))
        told = [event for headers in snapshot.events for event in self.events(headers, at)]
        self._queues = dict(snapshot.queues)
        return (*gone, *(replace(event, again=True) if isinstance(event, LegDialed) else event for event in told))

    def _gone(self, snapshot: Snapshot, at: datetime) -> Iterator[CarrierEvent]:
        answered = {headers.get("DestLinkedid") for headers in snapshot.events if headers["Event"] == "DialEnd"}
        for leg_id in [each for each in self._dialed if each not in snapshot.live_legs]:
            leg = self._dialed.pop(leg_id)
            unanswered = _ANSWERED_ELSEWHERE if leg.call_id in answered else _NO_ANSWER
            cause = unanswered if leg.call_id in snapshot.live_calls else 0
            yield LegEnded(call_id=leg.call_id, leg_id=leg_id, endpoint=leg.endpoint, cause=cause, at=at)
            yield from _state_of_outside(leg.endpoint, PhoneState.IDLE, at)

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
