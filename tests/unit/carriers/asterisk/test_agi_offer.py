"""A call's headers, some of which a stranger wrote."""

from datetime import UTC, datetime

import pytest

from telephony.calls.events import AnsweredBy
from telephony.calls.model import Direction
from telephony.carriers.asterisk.agi_offer import headers_of, is_timed, language_of, offer_of

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
PLAIN = {
    "agi_uniqueid": "1700000000.7",
    "agi_callerid": "unknown",
    "agi_arg_1": "1700000000.5",
    "agi_arg_2": "%2B359888000111",
    "agi_arg_3": "%D0%98%D0%B2%D0%B0%D0%BD",
    "agi_arg_4": "1000",
    "agi_arg_5": "main",
    "agi_arg_6": "bg",
}


def test_the_call_is_told_by_what_the_dialplan_passed() -> None:
    offered = offer_of(PLAIN, NOW)
    assert offered is not None
    assert (offered.call_id, offered.leg_id) == ("1700000000.5", "1700000000.7")
    assert (offered.caller, offered.caller_name) == ("+359888000111", "Иван")
    assert (offered.called, offered.flow, offered.at) == ("1000", "main", NOW)
    assert language_of(PLAIN) == "bg"


def test_of_a_call_that_we_placed_it_is_told_whom_we_called_and_who_answered() -> None:
    placed = {**PLAIN, "agi_arg_2": "%2B35924000000", "agi_arg_4": "", "agi_arg_7": "%2B359888000111"}
    offered = offer_of({**placed, "agi_arg_8": "MACHINE"}, NOW)
    assert offered is not None
    assert (offered.direction, offered.theirs, offered.ours) == (Direction.OUTBOUND, "+359888000111", "+35924000000")
    assert offered.answered_by is AnsweredBy.MACHINE
    unheard = offer_of({**placed, "agi_arg_8": ""}, NOW)
    assert unheard is not None
    assert unheard.answered_by is None
    incoming = offer_of({**PLAIN, "agi_arg_7": "", "agi_arg_8": "HUMAN"}, NOW)
    assert incoming is not None
    assert (incoming.direction, incoming.answered_by) == (Direction.INBOUND, None)


def test_plain_arguments_and_none_at_all_work_too() -> None:
    assert offer_of({**PLAIN, "agi_arg_2": "+359888000111"}, NOW) == offer_of(PLAIN, NOW)
    bare = offer_of({"agi_uniqueid": "1.1", "agi_callerid": "0888000111", "agi_extension": "1000"}, NOW)
    assert bare is not None
    assert (bare.call_id, bare.caller, bare.called, bare.flow) == ("1.1", "0888000111", "1000", "")


@pytest.mark.parametrize(
    ("sent", "caller"),
    [
        ("", ""),
        ("anonymous", "anonymous"),
        ("not%20a%20number", "not a number"),
        ("9" * 200, "9" * 80),
        ("359%0d%0aSET%20VARIABLE%20x%201", "359 SET VARIABLE x 1"),
        ("%ff%fe888", "\ufffd\ufffd888"),
        ("\u202e111\u0000%1b[2J", "111 [2J"),
        ("unknown", ""),
    ],
)
def test_whatever_a_stranger_sends_as_caller_id_is_short_printable_text(sent: str, caller: str) -> None:
    offered = offer_of({**PLAIN, "agi_arg_2": sent}, NOW)
    assert offered is not None
    assert offered.caller == caller


def test_lines_injected_through_the_caller_id_do_not_replace_asterisks_own() -> None:
    lines = [
        b"agi_uniqueid: 1.1",
        b"agi_callerid: 1",
        b"agi_arg_5: secret-flow",
        b"agi_uniqueid: 6.6",
        b"agi_arg_1: 1.1",
        b"agi_arg_5: main",
    ]
    offered = offer_of(headers_of(lines), NOW)
    assert offered is not None
    assert (offered.leg_id, offered.flow) == ("1.1", "main")


@pytest.mark.parametrize("leg_id", ["", "/^PJSIP/", "a b", "x" * 151, "ж"])
def test_a_call_without_a_usable_channel_is_no_call(leg_id: str) -> None:
    assert offer_of({**PLAIN, "agi_uniqueid": leg_id}, NOW) is None


@pytest.mark.parametrize("line", [b"\xff: \xff", b"rubbish", b"", b"agi_arg_1"])
def test_odd_header_lines_are_passed_over(line: bytes) -> None:
    assert headers_of([line, b"agi_uniqueid: 1.1"])["agi_uniqueid"] == "1.1"


def test_a_cloud_s_caller_is_told_by_the_dialplans_mark_and_by_nothing_that_a_stranger_may_write() -> None:
    call = "CA" + "1" * 32
    marked = offer_of({**PLAIN, "agi_arg_9": f"ringside-part-of:{call}"}, NOW)
    assert marked is not None
    assert (marked.part_of, marked.call_id) == (call, "1700000000.5")
    for forged in ({"agi_accountcode": f"ringside-part-of:{call}"}, {"agi_arg_9": call}, {"agi_arg_9": "billing"}):
        offered = offer_of({**PLAIN, **forged}, NOW)
        assert offered is not None
        assert offered.part_of is None


@pytest.mark.parametrize(("patience", "timed"), [("5", True), ("0", False), ("", False)])
def test_it_is_told_whether_the_dialplan_takes_the_caller_back(patience: str, timed: bool) -> None:
    assert is_timed({**PLAIN, "agi_arg_10": patience}) is timed
    assert not is_timed(PLAIN)
