"""AMI events become call events; the captures are a real Asterisk's."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from telephony.calls.events import (
    CallFinished,
    CarrierEvent,
    CelRow,
    LegAnswered,
    LegDialed,
    LegEnded,
    LegRinging,
    PhoneChanged,
    PhoneState,
)
from telephony.carriers.asterisk.endpoints import endpoint_of
from telephony.carriers.asterisk.snapshot import snapshot_of
from telephony.carriers.asterisk.translate import Translator

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
CAPTURED = Path(__file__).parents[3] / "captured" / "ami"
STORY = {LegDialed: "dialed", LegRinging: "ringing", LegAnswered: "answered", LegEnded: "ended"}


def told(name: str) -> list[CarrierEvent]:
    translator = Translator()
    events: list[CarrierEvent] = []
    for message in (CAPTURED / f"{name}.txt").read_text().strip().split("\n\n"):
        headers = dict(line.partition(": ")[::2] for line in message.split("\n"))
        events.extend(translator.events(headers, NOW))
    assert translator.odd == 0
    return events


def story(events: list[CarrierEvent]) -> list[str]:
    """Return what happened to phones, `PJSIP/101 ringing`."""
    legs = (LegDialed, LegRinging, LegAnswered, LegEnded)
    return [f"{event.endpoint} {STORY[type(event)]}" for event in events if isinstance(event, legs)]


def test_ring_all_is_two_phones_of_one_call() -> None:
    events = told("ringall")
    assert story(events) == [
        "PJSIP/101 dialed",
        "PJSIP/102 dialed",
        "PJSIP/102 ringing",
        "PJSIP/101 ringing",
        "PJSIP/101 answered",
        "PJSIP/102 ended",
        "PJSIP/trunk ended",
        "PJSIP/101 ended",
    ]
    assert len({event.call_id for event in events if isinstance(event, LegDialed)}) == 1
    dialed = next(event for event in events if isinstance(event, LegDialed))
    assert (dialed.caller, dialed.caller_name, dialed.called) == ("+359888000111", "", "700")
    assert dialed.from_endpoint == "PJSIP/trunk"
    assert dialed.from_leg == dialed.call_id


def test_a_queue_names_itself_even_to_a_member_behind_a_local_channel() -> None:
    dialed = [event for event in told("queue") if isinstance(event, LegDialed)]
    assert [(event.endpoint, event.queue, event.caller) for event in dialed] == [
        ("PJSIP/101", "sales", "+359888000111"),
        ("PJSIP/102", "sales", "+359888000111"),
    ]
    assert dialed[1].from_leg is None  # it is Asterisk's own wiring that dials


@pytest.mark.parametrize("name", ["localn", "localopt", "queue"])
def test_local_channels_are_no_phones(name: str) -> None:
    assert not [line for line in story(told(name)) if line.startswith("Local")]


def test_a_phone_behind_a_local_channel_rings_and_answers_once() -> None:
    assert story(told("localopt")) == [
        "PJSIP/101 dialed",
        "PJSIP/101 ringing",
        "PJSIP/101 answered",
        "PJSIP/trunk ended",
        "PJSIP/101 ended",
    ]


def test_after_a_blind_transfer_the_next_phone_rings_in_the_same_call() -> None:
    dialed = [event for event in told("blind") if isinstance(event, LegDialed)]
    assert [event.endpoint for event in dialed] == ["PJSIP/101", "PJSIP/102"]
    assert dialed[0].call_id == dialed[1].call_id


def test_the_end_of_a_linkedid_is_the_ledgers_to_judge() -> None:
    events = told("ringall")
    assert not [event for event in events if isinstance(event, CallFinished)]
    assert [event.eventtype for event in events if isinstance(event, CelRow)][-1] == "LINKEDID_END"


def test_a_phone_that_rings_before_its_dial_is_told_rings_after_it() -> None:
    translator = Translator()
    ringing = {"Event": "Newstate", "Channel": "PJSIP/101-1", "ChannelState": "5", "Uniqueid": "2", "Linkedid": "1"}
    begin = {"Event": "DialBegin", "DestChannel": "PJSIP/101-1", "DestUniqueid": "2", "DestLinkedid": "1"}
    assert translator.events(ringing, NOW) == ()
    assert [type(event) for event in translator.events(begin, NOW)] == [LegDialed, LegRinging]


@pytest.mark.parametrize(
    ("device", "state", "meant"),
    [
        ("PJSIP/101", "NOT_INUSE", PhoneState.IDLE),
        ("PJSIP/101", "RINGING", PhoneState.RINGING),
        ("PJSIP/101", "RINGINUSE", PhoneState.IN_USE),
        ("PJSIP/101", "ONHOLD", PhoneState.IN_USE),
        ("PJSIP/101", "UNAVAILABLE", PhoneState.UNREACHABLE),
        ("PJSIP/101", "UNKNOWN", None),
        ("Queue:sales_pause_PJSIP/101", "NOT_INUSE", None),
        ("Local/101@internal", "INUSE", None),
        ("Custom:night", "INUSE", None),
    ],
)
def test_device_states_are_phone_states(device: str, state: str, meant: PhoneState | None) -> None:
    events = Translator().events({"Event": "DeviceStateChange", "Device": device, "State": state}, NOW)
    assert events == (() if meant is None else (PhoneChanged(endpoint=device, state=meant, at=NOW),))


@pytest.mark.parametrize(
    ("channel", "endpoint"),
    [
        ("PJSIP/101-0000000a", "PJSIP/101"),
        ("PJSIP/sales-desk-0000000a", "PJSIP/sales-desk"),
        ("PJSIP/101-0000000a<ZOMBIE>", "PJSIP/101"),
        ("AsyncGoto/PJSIP/101-0000000a", "PJSIP/101"),
        ("DAHDI/i1/123-1", "DAHDI/i1/123"),
        ("Local/101@internal-00000000;2", ""),
        ("Surrogate/PJSIP/101-0000000a", ""),
        ("", ""),
        ("rubbish", ""),
    ],
)
def test_endpoints_are_read_from_channel_names(channel: str, endpoint: str) -> None:
    assert endpoint_of(channel) == endpoint


@pytest.mark.parametrize(
    "event", ["CEL", "DeviceStateChange", "DialBegin", "DialEnd", "Hangup", "Newstate", "VarSet", ""]
)
def test_an_odd_event_is_counted_and_hurts_nothing(event: str) -> None:
    translator = Translator()
    assert translator.events({"Event": event, "DialStatus": "ANSWER", "ChannelState": "5"}, NOW) == ()
    assert translator.odd == (event in {"CEL", "DialBegin", "DialEnd", "Hangup", "Newstate"})


def test_a_hostile_caller_id_stays_data() -> None:
    begin = {
        "Event": "DialBegin",
        "DestChannel": "PJSIP/101-1",
        "DestUniqueid": "2",
        "DestLinkedid": "1",
        "CallerIDNum": "';--\ufffd" * 50,
        "CallerIDName": "<unknown>",
        "Exten": "s",
        "DestCallerIDNum": "101",
    }
    (dialed,) = Translator().events(begin, NOW)
    assert isinstance(dialed, LegDialed)
    assert (dialed.caller, dialed.caller_name, dialed.called) == ("';--\ufffd" * 50, "", "101")


def test_a_snapshot_is_the_live_calls_and_the_phones() -> None:
    snapshot = snapshot_of(
        [{"Linkedid": "1.1"}, {"Linkedid": "1.1"}, {"Linkedid": "1.7"}, {}],
        [{"Device": "PJSIP/101", "State": "INUSE"}, {"Device": "Queue:sales", "State": "INUSE"}],
        [],
        NOW,
    )
    assert snapshot.live_calls == {"1.1", "1.7"}
    assert [phone.endpoint for phone in snapshot.phones] == ["PJSIP/101"]
