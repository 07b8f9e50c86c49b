"""Follows Asterisk's CEL file: what was written while nobody listened is read from where reading stopped."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from pathlib import Path

from telephony.calls.events import CelRow
from telephony.calls.ledger import Numbering, derive
from telephony.calls.model import CallRecord
from telephony.carriers.asterisk.cel import (
    MAX_LINES_OF_ROW,
    BadRow,
    Report,
    log_bad_row,
    read_cel_csv,
    read_rows,
)
from telephony.carriers.asterisk.cel_rotation import (
    HEAD_BYTES,
    Position,
    RowFile,
    end_of_all,
    file_to_come,
    opened,
    parse_position,
    still_to_read,
    undisturbed,
)
from telephony.errors import RingsideError


@dataclass(frozen=True, slots=True, kw_only=True)
class CelChunk:
    """Rows read in one go. `position` is opaque; give it back to read on. `more` is True when there is more already."""

    rows: tuple[CelRow, ...]
    position: str
    more: bool
    bad: tuple[BadRow, ...] = ()
    """Rows left out; line numbers count from the beginning of this chunk."""
    lost: bool = False
    """The file that was being read is gone, and with it what had not been read of it."""


def end_of_cel_file(path: Path, *, zone: tzinfo = UTC) -> str:
    """Return the position after all that was written up to now; where no file is yet, the beginning of the first.

    Raises RingsideError when that cannot be told.
    """
    with _reading(path):
        return undisturbed(path, lambda: end_of_all(path, zone)).text()


def read_new_rows(path: Path, position: str | None, *, zone: tzinfo = UTC, limit_bytes: int = 1 << 20) -> CelChunk:
    """Read what Asterisk has written to its CEL file after a position; None means from the file's beginning.

    Files that were rotated away are read to their end first, oldest first, while they lie beside the new one. A row
    that is only half written is left for the next time. Blocks on the disk: call it in a thread. Raises RingsideError,
    with what to mend, when the file or its folder cannot be read; a file that is not there yet has no rows.
    """
    known = parse_position(position)
    with _reading(path):
        return undisturbed(path, lambda: _read_on(path, known, zone, limit_bytes))


def derive_file(
    path: Path, numbering: Numbering | None = None, *, zone: tzinfo = UTC, report: Report = log_bad_row
) -> Iterator[CallRecord]:
    """Yield the calls in a whole CEL file, with a header or as Asterisk writes it, in the order they began.

    Raises RingsideError when the file cannot be read or its columns do not do.
    """
    with _reading(path), path.open(encoding="utf-8-sig", errors="replace", newline="\n") as lines:
        records = derive(read_cel_csv(lines, zone=zone, report=report), numbering)
    yield from records


class _reading:  # noqa: N801
    """Turns faults of the disk into a sentence for the person who runs the server."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, fault: BaseException | None, _trace: object) -> None:
        if isinstance(fault, FileNotFoundError):
            raise RingsideError(
                f"{self._path}: no such CEL file; is cel_custom loaded in Asterisk, does the folder exist "
                "(Asterisk does not make it), and is this path as Ringside sees it?"
            ) from fault
        if isinstance(fault, OSError | EOFError | zlib.error):
            what, told = getattr(fault, "filename", None) or self._path, getattr(fault, "strerror", None) or fault
            raise RingsideError(f"{what}: the CEL file cannot be read: {told}") from fault


def _read_on(path: Path, known: Position | None, zone: tzinfo, limit_bytes: int) -> CelChunk:
    files, lost = still_to_read(path, known, zone)
    for count, (file, offset) in enumerate(files, start=1):
        chunk = _read(file, offset, followed=count < len(files), zone=zone, limit_bytes=limit_bytes)
        if chunk is not None:
            return replace(chunk, lost=lost)
    still = known or file_to_come(path, zone)
    return CelChunk(rows=(), position=(replace(still, offset=0) if lost else still).text(), more=False, lost=lost)


def _read(file: RowFile, offset: int, *, followed: bool, zone: tzinfo, limit_bytes: int) -> CelChunk | None:
    """Return the next rows of a file; None when it has no whole row after the offset."""
    with opened(file.path) as stream, _reading(file.path):
        now = replace(file, head=stream.read(HEAD_BYTES))  # it may have grown since it was looked at
        stream.seek(offset)
        data = stream.read(limit_bytes)
    whole = _whole_rows(data)
    if not whole:
        return None
    bad: list[BadRow] = []
    rows = tuple(read_rows(whole.decode("utf-8", "replace").splitlines(keepends=True), zone=zone, report=bad.append))
    more = followed or len(data) == limit_bytes
    return CelChunk(rows=rows, position=now.at(offset + len(whole)).text(), more=more, bad=tuple(bad))


def _whole_rows(data: bytes) -> bytes:
    """Return the data up to the end of its last whole row; a quoted field may hold line ends."""
    end = data.rfind(b"\n") + 1
    cut = end
    for _ in range(MAX_LINES_OF_ROW):
        if data.count(b'"', 0, cut) % 2 == 0:
            return data[:cut]
        cut = data.rfind(b"\n", 0, max(cut - 1, 0)) + 1
    return data[:end]
