"""What the cloud says of a call that is over becomes a record with nothing in it that was not said."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from telephony.calls.model import Direction, Disposition
from telephony.carriers.twilio.past import is_call, leads_to_asterisk, record_of
from telephony.carriers.twilio.rest_answers import CallState, CallStatus
from tests.unit.carriers.twilio.house import CALL, LEG, account

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
EMMA, OURS = "+447700900104", "+35924000000"
SETTINGS = account(asterisk_sip="sip:{called}@pbx.example.com;transport=tls")


def call(
    sid: str = CALL, *, status: CallStatus = CallStatus.COMPLETED, from_s: float = 0, lasted_s: int = 60, to: str = OURS
) -> CallState:
    ended = NOON + timedelta(seconds=from_s + lasted_s)
    answered = status is CallStatus.COMPLETED
    return CallState(
        sid=sid, status=status, duration_s=lasted_s if answered else 0, price=None, currency="USD",
        answered_at=ended - timedelta(seconds=lasted_s) if answered else None, ended_at=ended, answered_by="",
        from_=EMMA, to=to, direction="inbound", began_at=NOON + timedelta(seconds=from_s),
    )  # fmt: skip


def test_a_call_that_lives_has_no_record() -> None:
    assert record_of(replace(call(), status=CallStatus.IN_PROGRESS, ended_at=None), [], SETTINGS) is None


def test_a_caller_who_spoke_with_nobody_gave_up() -> None:
    record = record_of(call(), [call(LEG, status=CallStatus.NO_ANSWER, to="client:maria")], SETTINGS)
    assert record is not None
    assert (record.direction, record.caller, record.called) == (Direction.INBOUND, EMMA, OURS)
    assert (record.started_at, record.ended_at) == (NOON, NOON + timedelta(seconds=60))
    assert (record.answered_at, record.talk_s, record.disposition) == (None, 0, Disposition.ABANDONED)
    assert [leg.channel for leg in record.legs] == ["", "client:maria"]
    assert record.hung_up_by is None


@pytest.mark.parametrize(
    ("address", "endpoint"),
    [
        ("+359888100200", "tel:+359888100200"),
        ("client:maria", "client:maria"),
        ("sip:101@pbx.example.com;transport=tls?X-Ringside-Call=CA1", "PJSIP/101"),
    ],
)
def test_a_phone_is_named_as_agents_are(address: str, endpoint: str) -> None:
    record = record_of(call(), [call(LEG, from_s=20, lasted_s=30, to=address)], SETTINGS)
    assert record is not None
    assert (record.legs[1].channel, record.legs[1].talk_s, record.talk_s) == (endpoint, 30, 30)
    assert (record.answered_at, record.disposition) == (NOON + timedelta(seconds=20), Disposition.ANSWERED)


@pytest.mark.parametrize(
    ("status", "ended"),
    [
        (CallStatus.BUSY, Disposition.BUSY),
        (CallStatus.FAILED, Disposition.FAILED),
        (CallStatus.NO_ANSWER, Disposition.NO_ANSWER),
        (CallStatus.CANCELED, Disposition.NO_ANSWER),
        (CallStatus.COMPLETED, Disposition.ABANDONED),
    ],
)
def test_a_call_that_we_placed_ended_as_the_cloud_says(status: CallStatus, ended: Disposition) -> None:
    placed = replace(call(status=status), direction="outbound-api", from_=OURS, to=EMMA)
    record = record_of(placed, [], SETTINGS)
    assert record is not None
    assert (record.direction, record.disposition, record.legs[0].number) == (Direction.OUTBOUND, ended, EMMA)


def test_the_way_to_asterisk_is_no_phone() -> None:
    record = record_of(call(), [call(LEG, to="sip:+35924000000@pbx.example.com?X-Ringside-Call=CA1")], SETTINGS)
    assert record is not None
    assert (len(record.legs), record.disposition) == (1, Disposition.ABANDONED)
    assert not leads_to_asterisk("sip:101@pbx.example.com", SETTINGS)
    assert not leads_to_asterisk("sip:+35924000000@pbx.example.com", account())


@pytest.mark.parametrize(
    ("call_id", "is_ours"),
    [(CALL, True), ("b2c3d4e5-0000-4000-8000-123456789abc", True), ("1700000000.1", False), ("simulated-1", False)],
)
def test_the_clouds_calls_are_known_by_their_ids(call_id: str, *, is_ours: bool) -> None:
    assert is_call(call_id) is is_ours
