"""One call, one record: what no real Asterisk shows on demand."""

from dataclasses import replace
from datetime import timedelta

from telephony.calls.events import CelRow
from telephony.calls.ledger import Ledger, Numbering, derive, to_json
from telephony.calls.model import CallId, CallRecord, Direction, Disposition, Party
from tests.unit.calls.cel_rows import START, Cel, answered_call


def only(rows: list[CelRow], numbering: Numbering | None = None) -> CallRecord:
    [record] = derive(rows, numbering)
    return record


def test_a_call_found_gone_after_a_restart_ends_then_and_counts_its_talk_until_then() -> None:
    ledger = Ledger()
    for row in answered_call().rows[:6]:
        assert ledger.add(row) is None
    [record] = ledger.close(live=frozenset(), at=START + timedelta(seconds=25))
    assert record.ended_at == START + timedelta(seconds=25)
    assert record.talk_s == 20.0
    assert record.hung_up_by is None
    assert len(ledger) == 0


def test_a_call_that_lives_is_not_closed() -> None:
    ledger = Ledger()
    for row in answered_call().rows[:6]:
        ledger.add(row)
    assert ledger.close(live=frozenset({CallId("1700000000.1")}), at=START) == []
    assert ledger.open_calls() == {"1700000000.1"}


def test_what_is_known_of_a_live_call_can_be_asked() -> None:
    ledger = Ledger()
    for row in answered_call().rows[:6]:
        ledger.add(row)
    record = ledger.record(CallId("1700000000.1"))
    assert record is not None
    assert (record.ended_at, record.disposition) == (None, Disposition.ANSWERED)
    assert ledger.record(CallId("1.1")) is None


def test_a_row_that_comes_after_the_end_makes_no_ghost() -> None:
    ledger = Ledger()
    rows = answered_call().rows
    assert [record for row in rows if (record := ledger.add(row))]
    assert ledger.add(rows[3]) is None
    assert len(ledger) == 0


def test_a_call_of_which_only_the_end_was_heard_is_not_called_failed() -> None:
    # Ringside is put beside an Asterisk with calls in it: whether somebody had answered is not known
    record = only(answered_call().rows[-3:])
    assert (record.disposition, record.talk_s) == (Disposition.UNKNOWN, 0.0)


def test_the_same_call_seen_by_stream_and_file_a_moment_apart_counts_once() -> None:
    rows = answered_call().rows
    late = [replace(row, eventtime=row.eventtime + timedelta(milliseconds=3)) for row in rows]
    record = only(late + rows)
    assert record.talk_s == 10.0
    assert len(record.legs) == 2


def test_a_lost_end_row_of_one_leg_does_not_leave_the_call_open() -> None:
    rows = [row for row in answered_call().rows if row.eventtype not in {"CHAN_END", "HANGUP"}]
    record = only(rows)
    assert record.ended_at == START + timedelta(seconds=15)


def test_hangup_rows_do_where_chan_end_is_not_logged() -> None:
    record = only([row for row in answered_call().rows if row.eventtype != "CHAN_END"])
    assert record.ended_at == START + timedelta(seconds=15)
    assert record.hung_up_by is Party.CALLER


def test_rows_of_one_second_keep_the_order_in_which_they_came() -> None:
    # Asterisk's older files have whole seconds: here the caller is moved to another agent within one.
    call = (
        Cel()
        .begins(0, "1.1", "PJSIP/trunk-1", number="+359888123456", exten="35921000")
        .begins(0, "1.2", "PJSIP/101-2", number="101")
        .begins(0, "1.3", "PJSIP/102-3", number="102")
        .row(1, "BRIDGE_ENTER", "1.1", bridge_id="b1")
        .row(1, "BRIDGE_ENTER", "1.2", bridge_id="b1")
        .row(4, "BRIDGE_EXIT", "1.2", bridge_id="b1")
        .row(4, "BRIDGE_EXIT", "1.1", bridge_id="b1")
        .row(4, "BRIDGE_ENTER", "1.1", bridge_id="b1")
        .row(4, "BRIDGE_ENTER", "1.3", bridge_id="b1")
        .row(9, "BRIDGE_EXIT", "1.1", bridge_id="b1")
    )
    assert [leg.talk_s for leg in only(call.rows).legs] == [8.0, 3.0, 5.0]


def test_a_dialplan_step_is_not_the_number_that_was_dialled() -> None:
    call = Cel().begins(0, "1.1", "PJSIP/trunk-1", number="+359888123456", exten="s")
    call.row(1, "ANSWER", "1.1", dnid="35921000")
    assert only(call.rows).called == "35921000"


def test_the_caller_is_told_by_the_number_first_seen() -> None:
    call = answered_call()
    rows = [
        replace(row, cid_num="+359700000000") if row.eventtype == "HANGUP" and row.uniqueid == "1700000000.1" else row
        for row in call.rows
    ]
    assert only(rows).caller == "+359888123456"


def test_a_phone_known_by_name_is_the_companys_own() -> None:
    call = (
        Cel()
        .begins(0, "1.1", "PJSIP/maria-1", number="+35921000", exten="0888123456")
        .begins(0, "1.2", "PJSIP/trunk-2", number="0888123456")
    )
    numbering = Numbering(phones=frozenset({"PJSIP/maria"}))
    assert only(call.rows).direction is Direction.INBOUND
    assert only(call.rows, numbering).direction is Direction.OUTBOUND


def test_a_short_number_on_a_known_trunk_comes_from_outside() -> None:
    call = Cel().begins(0, "1.1", "PJSIP/trunk-1", number="1234", exten="35921000")
    numbering = Numbering(trunks=frozenset({"PJSIP/trunk"}))
    assert only(call.rows, numbering).direction is Direction.INBOUND


def test_a_caller_without_a_number_still_has_a_record() -> None:
    call = Cel().begins(0, "1.1", "PJSIP/trunk-1", exten="35921000").ends(2, "1.1", source="PJSIP/trunk-1", cause=0)
    record = only(call.rows)
    assert (record.caller, record.disposition) == ("", Disposition.ABANDONED)


def test_an_extension_that_nobody_is_registered_at_is_a_failed_call() -> None:
    call = Cel().begins(0, "1.1", "PJSIP/trunk-1", number="+359888123456", exten="35921000")
    call.ends(0.1, "1.1", cause=20, source="PJSIP/trunk-1", status="CHANUNAVAIL").over(0.1, "1.1")
    record = only(call.rows)
    assert (record.disposition, record.hung_up_by) == (Disposition.FAILED, Party.SYSTEM)


def test_a_message_left_after_nobody_answered_is_voicemail() -> None:
    call = (
        Cel()
        .begins(0, "1.1", "PJSIP/trunk-1", number="+359888123456", exten="35921000")
        .begins(0.1, "1.2", "PJSIP/101-2", number="101")
        .ends(20, "1.2", cause=0)
        .row(20, "APP_START", "1.1", appname="VoiceMail")
        .answers(20, "1.1", "VoiceMail")
        .ends(40, "1.1", source="PJSIP/trunk-1", status="NOANSWER")
        .over(40, "1.1")
    )
    assert only(call.rows).disposition is Disposition.VOICEMAIL


def test_who_left_long_before_the_end_did_not_end_the_call() -> None:
    # Asterisk keeps naming the agent who hung up, though the caller answered a survey for a minute after that.
    call = (
        Cel()
        .begins(0, "1.1", "PJSIP/trunk-1", number="+359888123456", exten="35921000")
        .begins(0, "1.2", "PJSIP/101-2", number="101")
        .answers(1, "1.1", "Dial")
        .talk(1, 5, "1.1", "1.2")
        .ends(5, "1.2", source="PJSIP/101-2")
        .ends(60, "1.1", source="PJSIP/101-2", status="ANSWER")
        .over(60, "1.1")
    )
    assert only(call.rows).hung_up_by is None


def test_extra_facts_that_cannot_be_read_harm_nothing() -> None:
    rows = [replace(row, extra="{not json" if row.extra else "") for row in answered_call().rows]
    record = only(rows)
    assert record.ended_at == START + timedelta(seconds=15)
    assert record.talk_s == 10.0


def test_technical_channels_alone_are_no_call() -> None:
    call = Cel().begins(0, "1.1", "Local/s@default-1;1").begins(0, "1.2", "Local/s@default-1;2")
    call.ends(1, "1.1").ends(1, "1.2").over(1, "1.2")
    assert derive(call.rows) == []
    ledger = Ledger()
    assert [record for row in call.rows if (record := ledger.add(row))] == []
    assert len(ledger) == 0


def test_a_merged_call_is_known_by_its_oldest_linkedid_whatever_the_number_of_digits() -> None:
    first, second = answered_call("999999999.9"), answered_call("1700000000.10")
    joined = [*second.rows, replace(second.rows[4], linkedid="999999999.9")]
    assert only([*joined, *first.rows]).linkedid == "999999999.9"


def test_linkedids_with_a_system_name_are_ordered_by_age_too() -> None:
    first, second = answered_call("pbx-1-1700000000.9"), answered_call("pbx-1-1700000000.10")
    joined = [*second.rows, replace(second.rows[4], linkedid="pbx-1-1700000000.9")]
    assert only([*joined, *first.rows]).linkedid == "pbx-1-1700000000.9"


def test_json_has_plain_values_and_utc_times() -> None:
    told = to_json(only(answered_call().rows))
    legs = told.pop("legs")
    assert told == {
        "linkedid": "1700000000.1",
        "direction": "inbound",
        "caller": "+359888123456",
        "called": "35921000",
        "started_at": "2026-03-01T09:00:00+00:00",
        "answered_at": "2026-03-01T09:00:05+00:00",
        "ended_at": "2026-03-01T09:00:15+00:00",
        "talk_s": 10.0,
        "disposition": "answered",
        "hung_up_by": "caller",
        "waits": [],
    }
    assert isinstance(legs, list)
    assert [(leg["number"], leg["talk_s"]) for leg in legs] == [("+359888123456", 10.0), ("101", 10.0)]


def test_finished_calls_are_not_kept() -> None:
    ledger = Ledger()
    for n in range(300):
        for row in answered_call(f"1700000{n:03}.1").rows:
            ledger.add(row)
    assert len(ledger) == 0
