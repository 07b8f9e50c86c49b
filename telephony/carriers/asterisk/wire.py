"""AMI on the wire: cuts messages out of bytes, looks at a name before reading the whole, and writes actions safely."""

import re
from collections.abc import Mapping

from telephony.errors import CarrierRefusedError

MESSAGE_LIMIT = 64 * 1024
_END = b"\r\n\r\n"
_ACTION_ID = b"\r\nActionID: "
_UNSAFE = re.compile(r"[\r\n\0]")


class MessageTooLongError(Exception):
    """The peer sends something that is not AMI, or a message nobody could want."""


class MessageCutter:
    """Gives whole messages, so that a character split over two reads is never decoded in halves."""

    def __init__(self, limit: int = MESSAGE_LIMIT) -> None:
        self._limit = limit
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Return the messages completed by `data`. Raises MessageTooLongError when one exceeds the limit."""
        messages = (self._rest + data).split(_END)
        self._rest = messages.pop()
        if len(self._rest) > self._limit:
            raise MessageTooLongError
        return [message for message in messages if len(message) <= self._limit]


_LAST_HEADER = {
    b"CEL": b"\r\nExtra: ",
    b"CoreShowChannel": b"\r\nDuration: ",
    b"DeviceStateChange": b"\r\nState: ",
    b"DialBegin": b"\r\nDestLinkedid: ",
    b"DialEnd": b"\r\nDialStatus: ",
    b"Hangup": b"\r\nLinkedid: ",
    b"Newstate": b"\r\nLinkedid: ",
    b"QueueCallerJoin": b"\r\nCount: ",
    b"QueueCallerLeave": b"\r\nCount: ",
    b"QueueEntry": b"\r\nWait: ",
}
"""What each kind has behind everything a stranger can put into it."""


def is_torn(name: bytes, message: bytes) -> bool:
    """Tell whether a line break in a value has cut this event in two.

    Asterisk lets a SIP caller put one into a number or name (`%0d%0a`) and writes it out as it is, so that what follows
    looks like headers, or like an event of its own.
    """
    last = _LAST_HEADER.get(name)
    return last is not None and last not in message


def event_name(message: bytes) -> bytes:
    """Return the name of an event; b'' for a response.

    Nine of ten events are not for us, and this costs a tenth of reading one.
    """
    if not message.startswith(b"Event: "):
        return b""
    end = message.find(b"\r\n", 7)
    return message[7:end] if end >= 0 else message[7:]


def action_id(message: bytes) -> str:
    """Return the id of the action that a message belongs to; '' when it belongs to none."""
    start = message.find(_ACTION_ID)
    if start < 0:
        return ""
    start += len(_ACTION_ID)
    end = message.find(b"\r\n", start)
    return (message[start:end] if end >= 0 else message[start:]).decode("ascii", "replace")


def has_doubles(message: bytes, headers: Mapping[str, str]) -> bool:
    """Tell whether an event has a header twice or a line that is none: the mark of a line break in a value."""
    return len(headers) != message.count(b"\r\n") + 1


def before_strangers(message: bytes) -> bytes:
    """Return the part of an event about a channel that stands before anything its caller can write."""
    return message.partition(b"\r\nCallerIDNum: ")[0]


def headers_of(message: bytes) -> dict[str, str]:
    """Read a message; bytes that are not UTF-8 become U+FFFD, lines that are not headers are left out."""
    lines = message.decode("utf-8", "replace").split("\r\n")
    return {key: value for key, colon, value in (line.partition(": ") for line in lines) if colon}


def refuse_unsafe(fields: Mapping[str, str | list[str]]) -> None:
    """Raise CarrierRefusedError when a key or value could end its line and begin an action of its own."""
    for key, value in fields.items():
        for text in (key, *(value if isinstance(value, list) else [value])):
            if _UNSAFE.search(text):
                msg = f"AMI header {key!r} holds a line break or a zero byte; nothing was sent"
                raise CarrierRefusedError(msg)
