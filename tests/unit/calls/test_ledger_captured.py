"""What the ledger says of the calls that a real Asterisk logged (tests/integration/ledger_scenes.py)."""

import random
from pathlib import Path

import pytest

from telephony.calls.events import CelRow
from telephony.calls.ledger import Ledger, derive
from telephony.calls.model import CallRecord
from telephony.carriers.asterisk.cel import read_cel_csv
from tests.unit.calls.told import SCENES, Told, tell

CAPTURED = Path(__file__).parents[2] / "captured" / "cel"


def rows_of(scene: str) -> list[CelRow]:
    with (CAPTURED / f"{scene}.csv").open(encoding="utf-8") as lines:
        return list(read_cel_csv(lines))


def live(rows: list[CelRow]) -> list[CallRecord]:
    ledger = Ledger()
    finished = [record for row in rows if (record := ledger.add(row)) is not None]
    assert len(ledger) == 0, "a call was never finished"
    return finished


def assert_told(record: CallRecord, expected: Told) -> None:
    told = tell(record)
    assert told.answered_after == pytest.approx(expected.answered_after, abs=0.002)
    assert told.talk == pytest.approx(expected.talk, abs=0.002)
    assert [number for number, _ in told.legs] == [number for number, _ in expected.legs]
    assert [talk for _, talk in told.legs] == pytest.approx([talk for _, talk in expected.legs], abs=0.002)
    assert [queue for queue, _ in told.waits] == [queue for queue, _ in expected.waits]
    assert [wait for _, wait in told.waits] == pytest.approx([wait for _, wait in expected.waits], abs=0.002)
    assert (told.direction, told.caller, told.called) == (expected.direction, expected.caller, expected.called)
    assert (told.ends, told.by) == (expected.ends, expected.by)


@pytest.mark.parametrize("scene", SCENES)
def test_one_call_is_one_record_with_the_right_legs_and_seconds(scene: str) -> None:
    records = derive(rows_of(scene))
    assert len(records) == 1
    assert_told(records[0], SCENES[scene])


@pytest.mark.parametrize("scene", SCENES)
def test_the_live_stream_ends_with_the_same_record_as_the_file(scene: str) -> None:
    rows = rows_of(scene)
    assert live(rows) == derive(rows)


@pytest.mark.parametrize("scene", SCENES)
def test_rows_out_of_order_and_twice_change_nothing(scene: str) -> None:
    rows = rows_of(scene)
    mixed = rows + rows[::2]
    random.Random(scene).shuffle(mixed)
    [record] = derive(mixed)
    assert_told(record, SCENES[scene])


def test_all_the_calls_of_a_day_come_apart_again() -> None:
    day = [row for scene in SCENES for row in rows_of(scene)]
    records = derive(sorted(day, key=lambda row: row.uniqueid))
    assert len(records) == len(SCENES)
    starts = [record.started_at for record in records]
    assert starts == sorted(starts)


def test_a_call_that_asterisk_took_down_with_it_is_still_up_in_its_rows() -> None:
    [record] = derive(rows_of("asterisk_dies"))
    assert record.ended_at is None
    assert record.answered_at is not None
    assert record.hung_up_by is None
    assert [leg.ended_at for leg in record.legs] == [None, None]


def test_in_a_conference_room_each_participants_call_is_its_own() -> None:
    records = derive(rows_of("conference"))
    assert [(record.caller, record.called) for record in records] == [("101", "701"), ("102", "701")]
