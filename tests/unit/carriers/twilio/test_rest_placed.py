"""The rule by which our own call is found again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from telephony.carriers.twilio.placed import CannotTell, Finding, NotPlaced, Placed, same_address, the_one_placed
from telephony.carriers.twilio.rest_answers import CallStatus, PlacedCall

SENT = datetime(2026, 3, 2, 10, 0, 0, 400_000, tzinfo=UTC)
GIVEN_UP = SENT + timedelta(seconds=10)
LAG = timedelta(seconds=10)
OURS = PlacedCall(
    sid="CA1",
    status=CallStatus.RINGING,
    to="+359888100200",
    from_="+35929000000",
    created_at=SENT.replace(microsecond=0),
    direction="outbound-api",
)


def found(*candidates: PlacedCall, after: timedelta = LAG, known: tuple[str, ...] = ()) -> Finding:
    return the_one_placed(
        candidates,
        to="+359888100200",
        from_="+35929000000",
        sent_at=SENT,
        given_up_at=GIVEN_UP,
        looked_at=GIVEN_UP + after,
        list_lag=LAG,
        known=known,
    )


def test_the_only_such_call_is_ours_though_its_time_has_no_fractions() -> None:
    assert found(OURS) == Placed(sid="CA1")


def test_it_is_ours_however_it_ended() -> None:
    for status in CallStatus:
        assert found(replace(OURS, status=status)) == Placed(sid="CA1")


def test_two_such_calls_leave_it_unknown() -> None:
    assert isinstance(found(OURS, replace(OURS, sid="CA2")), CannotTell)


def test_the_call_of_another_attempt_does_not_count() -> None:
    assert found(OURS, replace(OURS, sid="CA2"), known=("CA2",)) == Placed(sid="CA1")
    assert found(OURS, known=("CA1",)) == NotPlaced()


def test_another_number_an_incoming_call_and_a_leg_are_not_ours() -> None:
    others = (
        replace(OURS, to="+359888100201"),
        replace(OURS, from_="+35929000001"),
        replace(OURS, direction="inbound"),
        replace(OURS, direction="outbound-dial"),
        replace(OURS, parent_sid="CA9"),
    )
    assert found(*others) == NotPlaced()


def test_an_empty_list_says_nothing_before_it_can_have_caught_up() -> None:
    assert isinstance(found(after=timedelta(seconds=9)), CannotTell)
    assert found(after=LAG) == NotPlaced()


def test_a_call_from_yesterday_is_not_ours() -> None:
    assert found(replace(OURS, created_at=SENT - timedelta(days=1))) == NotPlaced()


def test_a_clock_that_is_minutes_off_does_not_ring_anybody_twice() -> None:
    for off in (timedelta(minutes=-5), timedelta(minutes=5)):
        assert isinstance(found(replace(OURS, created_at=SENT + off)), CannotTell)


def test_a_call_without_a_date_does_not_ring_anybody_twice() -> None:
    assert isinstance(found(replace(OURS, created_at=None)), CannotTell)


def test_a_sip_address_is_the_same_without_its_parameters() -> None:
    assert same_address("sip:101@pbx.example.com;transport=tls?X-Ringside-Call=CA1", "SIP:101@PBX.example.com")
    assert not same_address("sip:101@pbx.example.com", "sip:102@pbx.example.com")
