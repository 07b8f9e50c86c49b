"""AMI on the wire."""

import pytest

from telephony.carriers.asterisk.wire import (
    MessageCutter,
    MessageTooLongError,
    action_id,
    event_name,
    headers_of,
    refuse_unsafe,
)
from telephony.errors import CarrierRefusedError


def test_a_character_split_over_two_reads_survives() -> None:
    raw = "Event: CEL\r\nCallerIDname: Иван\r\n\r\n".encode()
    for cut in range(1, len(raw)):
        cutter = MessageCutter()
        messages = cutter.feed(raw[:cut]) + cutter.feed(raw[cut:])
        assert [headers_of(message)["CallerIDname"] for message in messages] == ["Иван"]


def test_bytes_that_are_no_utf8_do_not_lose_the_message() -> None:
    assert headers_of(b"Event: CEL\r\nCallerIDname: \xff\xfe!") == {"Event": "CEL", "CallerIDname": "��!"}


def test_an_endless_message_is_refused_before_it_fills_the_memory() -> None:
    cutter = MessageCutter(limit=1000)
    for _ in range(10):
        assert cutter.feed(b"x" * 100) == []
    with pytest.raises(MessageTooLongError):
        cutter.feed(b"x")


def test_only_the_overlong_message_of_a_read_is_lost() -> None:
    assert MessageCutter(limit=20).feed(b"Event: A\r\n\r\n" + b"x" * 21 + b"\r\n\r\nEvent: B\r\n\r\n") == [
        b"Event: A",
        b"Event: B",
    ]


@pytest.mark.parametrize(
    ("message", "name", "action"),
    [
        (b"Event: Hangup\r\nChannel: x", b"Hangup", ""),
        (b"Event: Hangup", b"Hangup", ""),
        (b"Response: Success\r\nActionID: a-1\r\nMessage: x", b"", "a-1"),
        (b"Event: CoreShowChannel\r\nActionID: a-2", b"CoreShowChannel", "a-2"),
        (b"", b"", ""),
    ],
)
def test_name_and_action_are_found_without_reading_the_whole(message: bytes, name: bytes, action: str) -> None:
    assert (event_name(message), action_id(message)) == (name, action)


@pytest.mark.parametrize("bad", ["a\r\nAction: Command", "a\nb", "a\rb", "a\0b"])
def test_a_line_break_in_a_key_or_value_is_refused(bad: str) -> None:
    for fields in ({"Channel": bad}, {bad: "x"}, {"Variable": ["ok", bad]}):
        with pytest.raises(CarrierRefusedError, match="nothing was sent"):
            refuse_unsafe(fields)
