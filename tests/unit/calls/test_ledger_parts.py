"""A call over two carriers: what Asterisk has of it becomes part of the cloud's one record."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from telephony.calls.events import CelRow
from telephony.calls.ledger import Ledger, Numbering, derive
from telephony.calls.ledger_parts import alone, joined, part_of
from telephony.calls.model import CallId, CallRecord, Direction, Disposition, LedgerLeg, LegId, PartOf, Party, QueueWait
from telephony.carriers.asterisk.cel import read_cel_csv
from tests.unit.calls.cel_rows import START, Cel

CAPTURED = Path(__file__).parents[2] / "captured/cel"
CLOUDS = CallId("CA" + "1" * 32)
MARK = f"ringside-part-of:{CLOUDS}"


def rows_of_part(linkedid: str = "1700000000.1", *, starts: float = 0.0) -> list[CelRow]:
    """Return the rows of the cloud's call to 101, which talks from second 5 to 15 and then hangs up."""
    wire, phone = linkedid, f"{linkedid}9"
    call = (
        Cel(linkedid)
        .begins(starts, wire, "PJSIP/cloud-1", number="+359888123456", exten="101")
        .begins(starts + 0.1, phone, f"PJSIP/101-{linkedid}", number="101")
        .talk(starts + 5, starts + 15, phone, wire)
        .ends(starts + 15, phone, source=f"PJSIP/101-{linkedid}")
        .ends(starts + 15, wire, source=f"PJSIP/101-{linkedid}", status="ANSWER")
        .over(starts + 15, wire)
    )
    # The dialplan marks the channel once it runs, so its first row is without
    return [
        replace(row, userfield=MARK) if row.uniqueid == wire and row.eventtype != "CHAN_START" else row
        for row in call.rows
    ]


def part(linkedid: str = "1700000000.1", *, starts: float = 0.0) -> CallRecord:
    [record] = derive(rows_of_part(linkedid, starts=starts), Numbering(trunks=frozenset({"PJSIP/cloud"})))
    return record


def leg(leg_id: str, channel: str, *, talk_s: float = 0.0, starts: float = 0.0, answered: bool = False) -> LedgerLeg:
    at = START + timedelta(seconds=starts)
    return LedgerLeg(
        leg_id=LegId(leg_id), channel=channel, number="", name="", started_at=at,
        answered_at=at if answered else None, ended_at=at + timedelta(seconds=20), talk_s=talk_s,
    )  # fmt: skip


def whole(*legs: LedgerLeg, disposition: Disposition = Disposition.ABANDONED) -> CallRecord:
    return CallRecord(
        linkedid=CLOUDS, direction=Direction.INBOUND, caller="+359888123456", called="+35924000000",
        started_at=START - timedelta(seconds=30), answered_at=None, ended_at=START + timedelta(seconds=16),
        talk_s=round(sum(each.talk_s for each in legs), 3), disposition=disposition, hung_up_by=None,
        legs=(leg(CLOUDS, "", starts=-30), *legs),
    )  # fmt: skip


@pytest.mark.parametrize(
    "mark", ["", "ringside-part-of:", "ringside-part-of:short", "part-of:" + "a" * 34, MARK + " ", "x" + MARK,
             "ringside-part-of:" + "a" * 65, "ringside-part-of:1700000000.12"],
)  # fmt: skip
def test_what_is_no_mark_of_the_dialplan_names_no_call(mark: str) -> None:
    assert part_of(mark) is None


def test_the_rows_of_a_part_name_the_call_it_belongs_to_and_the_leg_that_leads_there() -> None:
    assert part().part_of == PartOf(call_id=CLOUDS, leg_id=LegId("1700000000.1"))


def test_a_call_without_a_mark_is_a_part_of_none() -> None:
    [record] = derive([replace(row, userfield="") for row in rows_of_part()])
    assert record.part_of is None


def test_the_part_brings_its_phones_and_seconds_and_the_wire_between_the_carriers_is_no_leg() -> None:
    record = joined(whole(), [part()])
    assert [(each.leg_id, each.talk_s) for each in record.legs] == [(CLOUDS, 10.0), ("1700000000.19", 10.0)]
    assert [each.is_part for each in record.legs] == [False, True]
    assert (record.talk_s, record.disposition) == (10.0, Disposition.ANSWERED)
    assert record.answered_at == START + timedelta(seconds=5)
    assert record.hung_up_by is Party.CALLED
    assert (record.caller, record.called) == ("+359888123456", "+35924000000")


def test_a_part_that_waited_in_asterisks_queue_brings_its_wait_once() -> None:
    early, late = (QueueWait(queue=name, joined_at=START, wait_s=wait) for name, wait in (("700", 5.0), ("701", 3.0)))
    late = replace(late, joined_at=START + timedelta(seconds=60))
    one, other = replace(part(), waits=(early,)), replace(part("1700000000.2", starts=60), waits=(late,))
    assert joined(whole(), [other, one]).waits == (early, late)
    assert joined(alone(one), [one, other]).waits == (early, late)


def test_the_clouds_own_leg_to_the_same_phone_counts_once() -> None:
    clouds = leg("CA" + "2" * 32, "PJSIP/101", talk_s=10.2, starts=-0.4, answered=True)
    record = joined(whole(clouds, disposition=Disposition.ANSWERED), [part()])
    assert [each.leg_id for each in record.legs] == [CLOUDS, "1700000000.19"]
    assert record.talk_s == 10.0


def test_what_was_seen_live_of_the_parts_own_leg_is_replaced_by_what_the_ledger_says() -> None:
    seen = leg("1700000000.19", "PJSIP/101", talk_s=9.0, starts=0.1, answered=True)
    record = joined(whole(seen, disposition=Disposition.ANSWERED), [part()])
    assert [each.channel for each in record.legs] == ["", "PJSIP/101-1700000000.1"]
    assert record.talk_s == 10.0


def test_an_agents_mobile_that_the_cloud_rang_itself_stays_beside_the_part() -> None:
    mobile = leg("CA" + "3" * 32, "tel:+359888300400", talk_s=7.0, starts=-20, answered=True)
    record = joined(whole(mobile, disposition=Disposition.ANSWERED), [part()])
    assert [each.channel for each in record.legs] == ["", "tel:+359888300400", "PJSIP/101-1700000000.1"]
    assert (record.talk_s, record.legs[0].talk_s) == (17.0, 17.0)
    assert record.answered_at == mobile.answered_at


def test_a_phone_that_was_rung_twice_has_a_leg_from_each_part() -> None:
    first, second = part(), part("1700000040.7", starts=40)
    live = leg("1700000040.79", "PJSIP/101", talk_s=9.0, starts=40.1, answered=True)
    record = joined(whole(live, disposition=Disposition.ANSWERED), [first])
    assert [each.leg_id for each in record.legs] == [CLOUDS, "1700000000.19", "1700000040.79"]
    assert joined(record, [first, second]).talk_s == 20.0


def test_a_part_that_is_in_the_record_already_changes_nothing() -> None:
    once = joined(whole(), [part()])
    assert joined(once, [part()]) == once


def test_a_part_of_which_the_rest_is_not_known_is_the_call_by_itself_and_the_rest_may_follow() -> None:
    record = alone(part())
    assert (record.linkedid, record.part_of) == (CLOUDS, None)
    assert [each.is_part for each in record.legs] == [False, True]
    assert joined(record, [part()]) == record
    assert len(joined(whole(), [part()]).legs) == 2


def test_the_live_ledger_tells_of_a_part_as_the_file_does() -> None:
    ledger = Ledger(Numbering(trunks=frozenset({"PJSIP/cloud"})))
    records = [record for row in rows_of_part() if (record := ledger.add(row))]
    assert records == [part()]


def test_a_telephone_outside_that_was_rung_is_known_by_its_number() -> None:
    caller, phone = "1.1", "1.2"
    call = (
        Cel("1.1")
        .begins(0, caller, "PJSIP/trunk-1", number="+359888123456", exten="s")
        .begins(0.1, phone, "PJSIP/trunk-2", number="+35921234567")
        .row(5, "BRIDGE_ENTER", phone, appname="AppDial", bridge_id="b1")
        .row(5, "BRIDGE_ENTER", caller, appname="Dial", bridge_id="b1")
        .ends(15, caller)
        .ends(15, phone)
        .over(15, caller)
    )
    dialled = "PJSIP/+359888300400@trunk,20,gm(default)"
    [record] = derive(replace(row, appdata=dialled) if row.appname == "Dial" else row for row in call.rows)
    assert [each.number for each in record.legs] == ["+359888123456", "+359888300400"]


def test_a_colleague_whom_the_agent_asked_and_then_gave_the_caller_to_is_in_the_part() -> None:
    with (CAPTURED / "attended_transfer.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(read_cel_csv(lines))
    wire = rows[0].uniqueid
    [record] = derive(replace(row, userfield=MARK if row.uniqueid == wire else "") for row in rows)
    assert record.part_of == PartOf(call_id=CLOUDS, leg_id=LegId(wire))
    told = joined(whole(), [record])
    assert [each.number for each in told.legs[1:]] == ["101", "101", "102"]
    assert (told.talk_s, told.legs[0].talk_s) == (2.015, 2.015)
