"""Reads Asterisk's Channel Event Logging: the AMI event and the CSV file give the same rows."""

import csv
import logging
import re
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from telephony.calls.events import CelRow
from telephony.errors import RingsideError

log = logging.getLogger(__name__)

ASTERISK_COLUMNS = (
    "eventtype", "eventtime", "cid_name", "cid_num", "cid_ani", "cid_dnid", "exten", "context", "channame", "appname",
    "appdata", "uniqueid", "linkedid", "peer", "userfield", "extra",
)  # fmt: skip
"""The order in which `config/asterisk/cel_custom.conf` has Asterisk write its file, which has no header."""

NEEDED_COLUMNS = ("eventtype", "eventtime", "channame", "uniqueid", "linkedid")

_ALIASES = {
    "cidname": "cid_name", "cidnum": "cid_num", "cidani": "cid_ani", "ciddnid": "cid_dnid", "eventextra": "extra",
}  # fmt: skip

_AMI_NAMES = {
    "cid_name": "CallerIDname", "cid_num": "CallerIDnum", "cid_ani": "CallerIDani", "cid_dnid": "CallerIDdnid",
    "exten": "Exten", "context": "Context", "channame": "Channel", "appname": "Application", "appdata": "AppData",
    "uniqueid": "UniqueID", "linkedid": "LinkedID", "peer": "Peer", "userfield": "Userfield", "extra": "Extra",
}  # fmt: skip

# The event exactly as Asterisk's cel_manager writes it. No value holds a line break, so nothing in it is a stranger's.
_AMI_FORM = re.compile(
    "Event: CEL\r\n"
    + "".join(
        f"{name}: ([^\r\n]*)\r\n"
        for name in (
            "Privilege", "Timestamp", "EventName", "AccountCode", "CallerIDnum", "CallerIDname", "CallerIDani",
            "CallerIDrdnis", "CallerIDdnid", "Exten", "Context", "Channel", "Application", "AppData", "EventTime",
            "AMAFlags", "UniqueID", "LinkedID", "Userfield", "Peer", "PeerAccount",
        )
    )
    + "Extra: ([^\r\n]*)"
)  # fmt: skip

# enum ast_cel_event_type in Asterisk's include/asterisk/cel.h, from 1 on
_EVENT_NAMES = (
    "CHAN_START", "CHAN_END", "HANGUP", "ANSWER", "APP_START", "APP_END", "BRIDGE_ENTER", "BRIDGE_EXIT", "PARK_START",
    "PARK_END", "BLINDTRANSFER", "ATTENDEDTRANSFER", "USER_DEFINED", "LINKEDID_END", "PICKUP", "FORWARD",
    "LOCAL_OPTIMIZE", "LOCAL_OPTIMIZE_BEGIN",
)  # fmt: skip

# A quoted field may hold line ends, but a quote that is never closed must not swallow the rest of the file.
MAX_LINES_OF_ROW = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """A row that was left out, and why."""

    line: int
    reason: str


Report = Callable[[BadRow], None]


def log_bad_row(bad: BadRow) -> None:
    """Tell the log of a row that was left out."""
    log.warning("CEL row left out", extra={"action": "cel_row_left_out", "line": bad.line, "reason": bad.reason})


def cel_row_at_once(message: bytes) -> CelRow | None:
    """Return the row of an AMI `CEL` event that is exactly as Asterisk writes it; None for any other.

    Five come with every call, and this takes a third of the time of reading the headers and checking them.
    """
    form = _AMI_FORM.fullmatch(message.decode("utf-8", "replace"))
    if form is None:
        return None
    (
        _, time, event, _, number, name, ani, _, dnid, exten, context, channel, application, data, _, _, unique, linked,
        userfield, peer, _, extra,
    ) = form.groups()  # fmt: skip
    try:
        at = datetime.fromtimestamp(float(time), UTC)
    except (ValueError, OverflowError, OSError):
        return None
    if not unique:
        return None
    return CelRow(
        eventtype=_event_name(event),
        eventtime=at,
        uniqueid=unique,
        linkedid=linked,
        channame=channel,
        cid_name=name,
        cid_num=number,
        cid_ani=ani,
        cid_dnid=dnid,
        exten=exten,
        context=context,
        appname=application,
        appdata=data,
        peer=peer,
        userfield=userfield,
        extra=extra,
    )


def cel_row_from_ami(headers: Mapping[str, str], *, zone: tzinfo = UTC) -> CelRow | None:
    """Return the row that an AMI `CEL` event tells; None when it has no channel or no time.

    `Timestamp` (manager.conf `timestampevents=yes`) is the exact time. Without it only `EventTime` is left, which has
    whole seconds, in the zone of Asterisk's machine: that is what `zone` is for.
    """
    try:
        at = read_time(headers.get("Timestamp") or headers["EventTime"], zone)
        fields = {name: headers.get(header, "") for name, header in _AMI_NAMES.items()}
        return (
            CelRow(eventtype=_event_name(headers["EventName"]), eventtime=at, **fields) if fields["uniqueid"] else None
        )
    except (KeyError, ValueError):
        return None


def read_cel_csv(lines: Iterable[str], *, zone: tzinfo = UTC, report: Report = log_bad_row) -> Iterator[CelRow]:
    """Read CEL rows from CSV with a header; columns may stand in any order, and unknown ones are ignored.

    Asterisk's own file, which has no header, is read by `ASTERISK_COLUMNS`. Times without an offset are in `zone`.
    Rows that cannot be read go to `report`. Raises RingsideError when columns are missing that calls cannot do without.
    """
    records = split_rows(lines, report)
    first = next(((line, fields) for line, text in records if (fields := _fields(text))), None)
    if first is None:
        return
    columns = _columns(first[1])
    if columns is None:
        columns = ASTERISK_COLUMNS
        yield from _rows([first], columns, zone, report)
    yield from _rows(((line, _fields(text)) for line, text in records), columns, zone, report)


def read_rows(
    lines: Iterable[str], *, zone: tzinfo = UTC, report: Report = log_bad_row, columns: Sequence[str] = ASTERISK_COLUMNS
) -> Iterator[CelRow]:
    """Read CEL rows from CSV without a header."""
    return _rows(((line, _fields(text)) for line, text in split_rows(lines, report)), columns, zone, report)


def split_rows(lines: Iterable[str], report: Report) -> Iterator[tuple[int, str]]:
    """Yield each row's first line number and text, joining lines that a quoted field spreads over."""
    waiting: list[tuple[int, str]] = []
    for numbered in enumerate(lines, start=1):
        waiting.append(numbered)
        if _is_whole(waiting):
            yield _joined(waiting)
            waiting.clear()
        elif len(waiting) == MAX_LINES_OF_ROW:
            waiting = yield from _without_first(waiting, report)
    while waiting:
        waiting = yield from _without_first(waiting, report)


def _without_first(
    waiting: Sequence[tuple[int, str]], report: Report
) -> Generator[tuple[int, str], None, list[tuple[int, str]]]:
    """Give up a line whose quote is never closed; yield the rows after it and return what is still not whole."""
    report(BadRow(line=waiting[0][0], reason="a quote is not closed"))
    rest: list[tuple[int, str]] = []
    for numbered in waiting[1:]:
        rest.append(numbered)
        if _is_whole(rest):
            yield _joined(rest)
            rest.clear()
    return rest


def _is_whole(waiting: Sequence[tuple[int, str]]) -> bool:
    return sum(line.count('"') for _, line in waiting) % 2 == 0


def _joined(waiting: Sequence[tuple[int, str]]) -> tuple[int, str]:
    return waiting[0][0], "".join(line for _, line in waiting)


def read_time(text: str, zone: tzinfo) -> datetime:
    """Return a CEL time in UTC: epoch seconds, or `YYYY-MM-DD HH:MM:SS` with or without fraction and offset.

    Raises ValueError for anything else.
    """
    try:
        return datetime.fromtimestamp(float(text), UTC)
    except (OverflowError, OSError) as fault:
        raise ValueError(text) from fault
    except ValueError:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


def _fields(text: str) -> list[str]:
    try:
        return next(csv.reader([text.strip("\r\n")] if "\n" not in text.strip("\r\n") else [text]), [])
    except csv.Error:
        return []


def _columns(header: Sequence[str]) -> tuple[str, ...] | None:
    """Return the columns a header names; None when this is not a header but a row."""
    names = tuple(name.strip().lstrip("\ufeff").strip('"').lower() for name in header)
    columns = tuple(_ALIASES.get(name, name) for name in names)
    missing = [name for name in NEEDED_COLUMNS if name not in columns]
    if not missing:
        return columns
    if _is_event(header[0]) and len(header) == len(ASTERISK_COLUMNS):
        return None
    raise RingsideError(
        f"the CEL file lacks the column(s) {', '.join(missing)}; its first line must name the columns, "
        f"at least {', '.join(NEEDED_COLUMNS)}"
    )


def _is_event(text: str) -> bool:
    return text in _EVENT_NAMES


def _rows(
    records: Iterable[tuple[int, Sequence[str]]], columns: Sequence[str], zone: tzinfo, report: Report
) -> Iterator[CelRow]:
    wanted = [(index, name) for index, name in enumerate(columns) if name in ASTERISK_COLUMNS]
    for line, fields in records:
        if not fields:
            continue
        if len(fields) < len(columns):
            report(BadRow(line=line, reason=f"{len(fields)} columns instead of {len(columns)}"))
            continue
        try:
            yield _row({name: fields[index] for index, name in wanted}, zone)
        except ValueError as fault:
            report(BadRow(line=line, reason=str(fault)))


def _row(values: dict[str, str], zone: tzinfo) -> CelRow:
    event, time = values.pop("eventtype"), values.pop("eventtime")
    if not values["uniqueid"]:
        raise ValueError("uniqueid is empty")
    if not values["linkedid"]:
        raise ValueError("linkedid is empty")
    try:
        at = read_time(time.strip(), zone)
    except ValueError as fault:
        raise ValueError(f"eventtime is not a time: {time[:40]!r}") from fault
    return CelRow(eventtype=_event_name(event), eventtime=at, **values)


def _event_name(text: str) -> str:
    name = text.strip().upper()
    if name.isascii() and name.isdigit() and 0 < int(name) <= len(_EVENT_NAMES):
        return _EVENT_NAMES[int(name) - 1]
    return name
