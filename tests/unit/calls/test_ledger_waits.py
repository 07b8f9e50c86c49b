"""How long a caller waited in Asterisk's own queues, and in which."""

from dataclasses import replace
from datetime import timedelta

import pytest

from telephony.calls.events import CelRow
from telephony.calls.ledger import Ledger, derive, to_json
from telephony.calls.model import Disposition, Party
from tests.unit.calls.cel_rows import START, Cel

CALLER, PHONE = "1.1", "1.2"
TRUNK = "PJSIP/trunk-1"


def a_caller() -> Cel:
    return Cel("1.1").begins(0, CALLER, TRUNK, number="+359888123456", exten="700")


def waits(rows: list[CelRow]) -> list[tuple[str, float, float]]:
    """Return the waits of the only call as (queue, joined seconds after the start, seconds waited)."""
    [record] = derive(rows)
    return [(wait.queue, (wait.joined_at - START).total_seconds(), wait.wait_s) for wait in record.waits]


def test_who_is_answered_waited_until_the_talk_began() -> None:
    call = a_caller().queues(1, CALLER, "support").begins(3, PHONE, "PJSIP/101-2", number="101")
    call.talk(8, 20, CALLER, PHONE).ends(20, CALLER, source=TRUNK).ends(20, PHONE).over(20, CALLER)
    assert waits(call.rows) == [("support", 1, 7)]


def test_who_hung_up_waited_until_then() -> None:
    call = a_caller().answers(0, CALLER).queues(1, CALLER, "support").ends(41, CALLER, source=TRUNK).over(41, CALLER)
    assert waits(call.rows) == [("support", 1, 40)]
    [record] = derive(call.rows)
    assert (record.disposition, record.hung_up_by) == (Disposition.ABANDONED, Party.CALLER)


@pytest.mark.parametrize("status", ["NOANSWER", "BUSY", ""])
def test_who_hung_up_between_two_rounds_of_a_queue_that_did_not_answer_abandoned_it(status: str) -> None:
    # The caller's last row still shows what became of the phones in the round before
    call = a_caller().queues(1, CALLER, "support").begins(3, PHONE, "PJSIP/101-2", number="101").ends(9, PHONE, cause=0)
    call.ends(11, CALLER, cause=127, source=TRUNK, status=status).over(11, CALLER)
    [record] = derive(call.rows)
    assert (record.disposition, record.hung_up_by) == (Disposition.ABANDONED, Party.CALLER)
    assert waits(call.rows) == [("support", 1, 10)]


def test_who_is_sent_on_to_a_second_queue_waited_in_both() -> None:
    call = a_caller().queues(1, CALLER, "support").queues(31, CALLER, "night").ends(36, CALLER, source=TRUNK)
    assert waits(call.over(36, CALLER).rows) == [("support", 1, 30), ("night", 31, 5)]


def test_who_is_transferred_back_into_a_queue_waits_again() -> None:
    call = a_caller().queues(1, CALLER, "support").begins(2, PHONE, "PJSIP/101-2", number="101")
    call.talk(5, 60, CALLER, PHONE).row(60, "BLINDTRANSFER", PHONE, extension="701").ends(60, PHONE)
    call.queues(60.5, CALLER, "billing").begins(61, "1.3", "PJSIP/102-3", number="102")
    call.talk(70.5, 80, CALLER, "1.3", bridge="b2").ends(80, CALLER, source=TRUNK).ends(80, "1.3").over(80, CALLER)
    assert waits(call.rows) == [("support", 1, 4), ("billing", 60.5, 10)]


def test_who_is_transferred_to_a_queue_in_which_the_agent_already_waits_for_them_waits_from_then_on() -> None:
    # As Asterisk 22.10 logs it: the caller takes the place of the agent's second channel, in that very application
    consult = Cel("1.5").begins(20, "1.5", "PJSIP/101-5", number="101", exten="750").queues(21, "1.5", "support")
    consult.ends(25, "1.5").over(25, "1.5")
    call = a_caller().begins(1, PHONE, "PJSIP/101-2", number="101").talk(5, 24.9, CALLER, PHONE)
    call.row(24.9, "ATTENDEDTRANSFER", PHONE, channel2_uniqueid="1.5", app="Queue").ends(24.9, PHONE)
    call.queues(25, CALLER, "support").begins(26, "1.3", "PJSIP/102-3", number="102")
    call.talk(31, 40, CALLER, "1.3", bridge="b2").ends(40, CALLER, source=TRUNK).ends(40, "1.3").over(40, CALLER)
    assert waits(consult.rows + call.rows) == [("support", 21, 4), ("support", 25, 6)]


def test_a_dialplan_that_sends_the_caller_into_the_same_queue_again_makes_one_wait() -> None:
    call = a_caller().queues(1, CALLER, "support").queues(31, CALLER, "support").ends(36, CALLER, source=TRUNK)
    assert waits(call.over(36, CALLER).rows) == [("support", 1, 35)]


@pytest.mark.parametrize(("event", "app"), [("APP_END", "Queue"), ("APP_START", "VoiceMail"), ("ANSWER", "Playback")])
def test_who_leaves_the_queue_for_something_else_waits_no_longer(event: str, app: str) -> None:
    call = a_caller().queues(1, CALLER, "support").row(31, event, CALLER, appname=app).ends(50, CALLER, source=TRUNK)
    assert waits(call.over(50, CALLER).rows) == [("support", 1, 30)]


def test_a_phone_that_forwards_does_not_end_the_wait() -> None:
    call = a_caller().queues(1, CALLER, "support").row(5, "FORWARD", CALLER, appname="Queue", forward="102")
    assert waits(call.ends(21, CALLER, source=TRUNK).over(21, CALLER).rows) == [("support", 1, 20)]


def test_a_queue_behind_a_local_channel_counts() -> None:
    call = a_caller().begins(0.5, "1.3", "Local/700@queues-1;2", exten="700").queues(1, "1.3", "support")
    call.begins(2, PHONE, "PJSIP/101-2", number="101").talk(9, 20, "1.3", PHONE, bridge="b2")
    assert waits(call.ends(20, CALLER).ends(20, "1.3").ends(20, PHONE).over(20, CALLER).rows) == [("support", 1, 8)]


def test_a_caller_who_still_waits_has_waited_so_far_and_one_found_gone_until_then() -> None:
    ledger = Ledger()
    for row in a_caller().queues(1, CALLER, "support").begins(4, PHONE, "PJSIP/101-2", number="101").rows:
        ledger.add(row)
    [open_call] = ledger.open_calls()
    so_far = ledger.record(open_call)
    assert so_far is not None
    assert [wait.wait_s for wait in so_far.waits] == [3]
    [gone] = ledger.close(live=frozenset(), at=START + timedelta(seconds=25))
    assert [wait.wait_s for wait in gone.waits] == [24]


def test_a_wait_seen_by_stream_and_file_a_moment_apart_counts_once() -> None:
    call = a_caller().queues(1, CALLER, "support").ends(21, CALLER, source=TRUNK).over(21, CALLER)
    late = [replace(row, eventtime=row.eventtime + timedelta(milliseconds=3)) for row in call.rows]
    assert waits(late + call.rows) == [("support", 1, 20)]


def test_json_tells_each_wait() -> None:
    call = a_caller().queues(1, CALLER, "support").ends(21.5, CALLER, source=TRUNK).over(21.5, CALLER)
    [record] = derive(call.rows)
    assert to_json(record)["waits"] == [{"queue": "support", "joined_at": "2026-03-01T09:00:01+00:00", "wait_s": 20.5}]
