"""A voicemail that answers is no talk, and a talk is one whoever declines after it."""

from datetime import UTC, datetime, timedelta

from telephony.calls.model import CallId, CallRecord, Direction, Disposition, LedgerLeg, LegId
from telephony.timeline.entry import PathStep
from telephony.timeline.untaken import without_untaken

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def leg(number: str, *, from_s: float, to_s: float, answered: bool = True) -> LedgerLeg:
    return LedgerLeg(
        leg_id=LegId(number),
        channel=f"PJSIP/{number}",
        number=number,
        name="",
        started_at=NOON,
        answered_at=NOON + timedelta(seconds=from_s) if answered else None,
        ended_at=NOON + timedelta(seconds=to_s),
        talk_s=to_s - from_s if answered else 0.0,
    )


def record(*legs: LedgerLeg) -> CallRecord:
    return CallRecord(
        linkedid=CallId("c1"),
        direction=Direction.INBOUND,
        caller="+359888123456",
        called="1000",
        started_at=NOON,
        answered_at=legs[0].answered_at,
        ended_at=NOON + timedelta(seconds=200),
        talk_s=sum(each.talk_s for each in legs),
        disposition=Disposition.ANSWERED,
        hung_up_by=None,
        legs=(leg("caller", from_s=0, to_s=200), *legs),
    )


def end(event: str, agent: str, *, at_s: float) -> PathStep:
    at = NOON + timedelta(seconds=at_s)
    return PathStep(call_id=CallId("c1"), seq=0, at=at, flow="", node="", kind="agent", event=event, value=agent)


def test_a_talk_before_a_transfer_that_is_declined_at_once_is_a_talk() -> None:
    talk, declined = leg("101", from_s=10, to_s=100), leg("102", from_s=0, to_s=103, answered=False)
    path = [end("answered", "maria", at_s=100.4), end("busy", "ivan", at_s=103.2)]
    assert without_untaken(record(talk, declined), path) == record(talk, declined)


def test_a_voicemail_after_a_talk_is_none() -> None:
    talk, voicemail = leg("101", from_s=10, to_s=100), leg("102", from_s=105, to_s=110)
    path = [end("answered", "maria", at_s=100.4), end("no_answer", "ivan", at_s=110.5)]
    told = without_untaken(record(talk, voicemail), path)
    assert [each.talk_s for each in told.legs[1:]] == [90, 0]
    assert (told.talk_s, told.disposition) == (90, Disposition.ANSWERED)
