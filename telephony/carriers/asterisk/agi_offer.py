"""Reads the headers of an AGI call. Whatever a stranger puts into caller id must stay data."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from urllib.parse import unquote

from telephony.calls.events import AnsweredBy, CallOffered
from telephony.calls.ledger_parts import part_of
from telephony.calls.model import CallId, Direction, LegId

_TEXT_LIMIT = 80
_ID_LIMIT = 150
_ANSWERED_BY = {
    "HUMAN": AnsweredBy.HUMAN,
    "MACHINE": AnsweredBy.MACHINE,
    "NOTSURE": AnsweredBy.UNKNOWN,
    "HANGUP": AnsweredBy.UNKNOWN,
}
"""The words of Asterisk's AMD."""
_WITHHELD = frozenset({"unknown", "<unknown>"})


def headers_of(lines: Iterable[bytes]) -> dict[str, str]:
    """Read `agi_name: value` lines.

    A caller id with a line break in it injects lines of its own, which stand between Asterisk's first lines and its
    arguments: so the first of each name counts, and of the arguments the last.
    """
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.decode("utf-8", "replace").partition(": ")
        if colon and (name not in headers or name.startswith("agi_arg_")):
            headers[name] = value
    return headers


def offer_of(headers: Mapping[str, str], at: datetime) -> CallOffered | None:
    """Return the call these headers bring; None when they name no channel, so that it is no call of Asterisk's.

    The dialplan passes linkedid, caller's number, caller's name, dialled number, flow, language, whom we called (''
    for a call that came in), who answered it, and the mark of the cloud's call it is a part of, each through URIENCODE
    where it may be a stranger's, because a comma or a quote would otherwise shift the arguments.
    """
    leg_id = _id(headers.get("agi_uniqueid", ""))
    if not leg_id:
        return None
    called_by_us = _argument(headers, 7)
    return CallOffered(
        call_id=CallId(_id(_argument(headers, 1)) or leg_id),
        leg_id=LegId(leg_id),
        caller=_argument(headers, 2) or _clean(headers.get("agi_callerid", "")),
        caller_name=_argument(headers, 3),
        called=called_by_us or _argument(headers, 4) or _clean(headers.get("agi_extension", "")),
        flow=_argument(headers, 5),
        at=at,
        direction=Direction.OUTBOUND if called_by_us else Direction.INBOUND,
        answered_by=_ANSWERED_BY.get(_argument(headers, 8)) if called_by_us else None,
        part_of=part_of(_argument(headers, 9)),
    )


def is_timed(headers: Mapping[str, str]) -> bool:
    """Tell whether the dialplan takes the caller back from a server that does not say that it is there."""
    return _argument(headers, 10) not in {"", "0"}


def language_of(headers: Mapping[str, str]) -> str:
    """Return the language the dialplan has set on the channel."""
    return _argument(headers, 6) or _clean(headers.get("agi_language", ""))


def _argument(headers: Mapping[str, str], number: int) -> str:
    return _clean(unquote(headers.get(f"agi_arg_{number}", ""), errors="replace"))


def _clean(text: str) -> str:
    printable = "".join(char if char.isprintable() else " " for char in text[: _TEXT_LIMIT * 4])
    shown = " ".join(printable.split())[:_TEXT_LIMIT]
    return "" if shown in _WITHHELD else shown


def _id(text: str) -> str:
    usable = text.isascii() and text.isprintable() and " " not in text and len(text) <= _ID_LIMIT
    return text if usable and not text.startswith("/") else ""
