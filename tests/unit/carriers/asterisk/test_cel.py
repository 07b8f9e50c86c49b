"""CEL rows are the same whether they come from the manager interface or from the file."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from telephony.calls.events import CelRow
from telephony.carriers.asterisk.cel import BadRow, cel_row_from_ami, read_cel_csv
from telephony.errors import RingsideError

CAPTURED = Path(__file__).parents[3] / "captured" / "cel"
SCENES = sorted(path.stem for path in CAPTURED.glob("*.csv"))
HEADER = "eventtype,eventtime,channame,uniqueid,linkedid\n"
NOON = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


def read(text: str, **options: object) -> tuple[list[CelRow], list[BadRow]]:
    bad: list[BadRow] = []
    rows = read_cel_csv(text.splitlines(keepends=True), report=bad.append, **options)  # type: ignore[arg-type]
    return list(rows), bad


def ami_rows(scene: str) -> list[CelRow]:
    blocks = (CAPTURED / f"{scene}.ami").read_text().strip().split("\n\n")
    events = [
        dict(line.split(": ", 1) for line in f"{block}\n".replace(":\n", ": \n").splitlines()) for block in blocks
    ]
    return [row for event in events if (row := cel_row_from_ami(event)) is not None]


def facts(row: CelRow) -> tuple[str, ...]:
    return tuple(str(getattr(row, name)) for name in CelRow.__slots__ if name != "eventtime")


@pytest.mark.parametrize("scene", SCENES)
def test_stream_and_file_tell_the_same(scene: str) -> None:
    with (CAPTURED / f"{scene}.csv").open(encoding="utf-8") as lines:
        from_file = list(read_cel_csv(lines))
    from_stream = ami_rows(scene)
    assert [facts(row) for row in from_stream] == [facts(row) for row in from_file]
    apart = [abs(one.eventtime - other.eventtime) for one, other in zip(from_stream, from_file, strict=True)]
    assert max(apart) < timedelta(milliseconds=50)


def test_an_event_without_timestamp_falls_back_to_whole_seconds_in_asterisks_zone() -> None:
    headers = {"EventName": "ANSWER", "EventTime": "2026-07-01 12:00:00", "UniqueID": "1.1", "LinkedID": "1.1"}
    row = cel_row_from_ami(headers, zone=ZoneInfo("Europe/Sofia"))
    assert row is not None
    assert row.eventtime == datetime(2026, 7, 1, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"EventName": "ANSWER", "EventTime": "soon", "UniqueID": "1.1"},
        {"EventName": "ANSWER", "EventTime": "1700000000.0"},
        {"EventTime": "1700000000.0", "UniqueID": "1.1"},
    ],
)
def test_an_event_without_channel_or_time_is_no_row(headers: dict[str, str]) -> None:
    assert cel_row_from_ami(headers) is None


def test_columns_may_stand_in_any_order_and_case_and_unknown_ones_are_ignored() -> None:
    rows, bad = read(
        "\ufeffLinkedID,amaflags,UniqueID,ChanName,EventTime,EventType,CIDname\n1.1,3,1.2,PJSIP/101-1,1700000000.5,ANSWER,Ann\n"
    )
    assert bad == []
    assert rows == [
        CelRow(
            eventtype="ANSWER",
            eventtime=NOON.replace(microsecond=500_000),
            uniqueid="1.2",
            linkedid="1.1",
            channame="PJSIP/101-1",
            cid_name="Ann",
        )
    ]


def test_missing_columns_are_named() -> None:
    with pytest.raises(RingsideError, match=r"lacks the column.* uniqueid, linkedid;"):
        read("eventtype,eventtime,channame\n")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1700000000", NOON),
        ("1700000000.000001", NOON.replace(microsecond=1)),
        ("2023-11-14 22:13:20", NOON),
        ("2023-11-14 22:13:20.25", NOON.replace(microsecond=250_000)),
        ("2023-11-15T00:13:20+02:00", NOON),
        ("2023-11-14T22:13:20Z", NOON),
    ],
)
def test_times_are_read_as_epoch_or_as_a_date(written: str, meant: datetime) -> None:
    rows, _ = read(f"{HEADER}ANSWER,{written},PJSIP/1-1,1.1,1.1\n")
    assert [row.eventtime for row in rows] == [meant]


def test_a_date_without_offset_is_in_the_zone_asked_for() -> None:
    rows, _ = read(f"{HEADER}ANSWER,2023-11-15 01:13:20,PJSIP/1-1,1.1,1.1\n", zone=timezone(timedelta(hours=3)))
    assert [row.eventtime for row in rows] == [NOON]


def test_event_types_may_be_asterisks_numbers() -> None:
    rows, _ = read(HEADER + "".join(f"{n},1700000000,PJSIP/1-1,1.1,1.1\n" for n in (1, 2, 3, 4, 7, 8, 14)))
    assert [row.eventtype for row in rows] == [
        "CHAN_START",
        "CHAN_END",
        "HANGUP",
        "ANSWER",
        "BRIDGE_ENTER",
        "BRIDGE_EXIT",
        "LINKEDID_END",
    ]


def test_names_may_hold_quotes_commas_and_line_ends() -> None:
    rows, bad = read(
        "eventtype,eventtime,channame,uniqueid,linkedid,cid_name\n"
        'ANSWER,1700000000,PJSIP/1-1,1.1,1.1,"Say ""hi"",\nAnn"\n'
    )
    assert bad == []
    assert [row.cid_name for row in rows] == ['Say "hi",\nAnn']


def test_a_bad_row_is_reported_with_its_line_and_the_others_are_read() -> None:
    rows, bad = read(
        HEADER
        + "ANSWER,1700000000,PJSIP/1-1,1.1,1.1\n"
        + "ANSWER,yesterday,PJSIP/1-1,1.1,1.1\n"
        + "ANSWER,1700000000\n"
        + "\n"
        + "ANSWER,1700000000,PJSIP/1-1,,1.1\n"
        + "ANSWER,1e300,PJSIP/1-1,1.1,1.1\n"
        + "HANGUP,1700000001,PJSIP/1-1,1.1,1.1\n"
    )
    assert [row.eventtype for row in rows] == ["ANSWER", "HANGUP"]
    assert [(row.line, row.reason) for row in bad] == [
        (3, "eventtime is not a time: 'yesterday'"),
        (4, "2 columns instead of 5"),
        (6, "uniqueid is empty"),
        (7, "eventtime is not a time: '1e300'"),
    ]


def test_a_quote_that_is_never_closed_does_not_swallow_the_file() -> None:
    good = "ANSWER,1700000000,PJSIP/1-1,1.1,1.1\n"
    rows, bad = read(HEADER + 'ANSWER,"1700000000,PJSIP/1-1,1.1,1.1\n' + good * 20)
    assert len(rows) == 20
    assert [row.line for row in bad] == [2]


def test_asterisks_own_file_without_a_header_is_understood() -> None:
    with (CAPTURED / "simple.csv").open(encoding="utf-8") as lines:
        header, *rest = lines
    assert list(read_cel_csv(rest)) == list(read_cel_csv([header, *rest]))


def test_an_empty_file_has_no_rows() -> None:
    assert read("") == ([], [])
    assert read(HEADER) == ([], [])
