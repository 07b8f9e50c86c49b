"""Follows Asterisk's CEL file: what was written while nobody listened is read from where reading stopped."""

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
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
from telephony.errors import RingsideError

# The first row of a file tells it from another that has come in its place.
_HEAD_BYTES = 64


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Position:
    inode: int
    offset: int
    head: int
    """Checksum of the file's first bytes, at most `_HEAD_BYTES` and not beyond `offset`."""

    def text(self) -> str:
        return json.dumps({"inode": self.inode, "offset": self.offset, "head": self.head})


def end_of_cel_file(path: Path) -> str:
    """Return the position after all that the file holds now. Raises RingsideError when it cannot be read."""
    with _reading(path):
        content = path.read_bytes()[:_HEAD_BYTES]
        status = path.stat()
    return _Position(inode=status.st_ino, offset=status.st_size, head=zlib.crc32(content)).text()


def read_new_rows(path: Path, position: str | None, *, zone: tzinfo = UTC, limit_bytes: int = 1 << 20) -> CelChunk:
    """Read what Asterisk has written to its CEL file after a position; None means from the beginning.

    A file that was rotated away is read to its end first, when it still lies beside the new one. A row that is only
    half written is left for the next time. Blocks on the disk: call it in a thread. Raises RingsideError, with what
    to mend, when the file cannot be read.
    """
    known = _parse(position)
    with _reading(path):
        current, lost = _where_to_read(path, known)
        offset = known.offset if known is not None and not lost and _is_same(current, known) else 0
        return _read(current, offset, lost=lost, rotated=current != path, zone=zone, limit_bytes=limit_bytes)


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
        if isinstance(fault, OSError):
            raise RingsideError(f"{self._path}: the CEL file cannot be read: {fault.strerror}") from fault


def _parse(position: str | None) -> _Position | None:
    if position is None:
        return None
    try:
        found = json.loads(position)
        return _Position(inode=int(found["inode"]), offset=int(found["offset"]), head=int(found["head"]))
    except (ValueError, KeyError, TypeError):
        return None  # reading from the beginning again is safe: calls are written by their id


def _where_to_read(path: Path, known: _Position | None) -> tuple[Path, bool]:
    """Return the file to read now, and whether the one we were reading is lost."""
    if known is None or (path.stat().st_ino == known.inode and _is_same(path, known)):
        return path, False
    rotated = (file for file in sorted(path.parent.glob(f"{path.name}*")) if file != path and _is_same(file, known))
    found = next(rotated, None)
    if found is None:
        return path, True
    return (found, False) if found.stat().st_size > known.offset else (path, False)


def _is_same(file: Path, known: _Position) -> bool:
    """Tell whether this is the file of the position; a copy of it (logrotate's copytruncate) is as good."""
    if file.stat().st_size < known.offset:
        return False
    with file.open("rb") as stream:
        return zlib.crc32(stream.read(min(_HEAD_BYTES, known.offset))) == known.head


def _read(path: Path, offset: int, *, lost: bool, rotated: bool, zone: tzinfo, limit_bytes: int) -> CelChunk:
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
        stream.seek(offset)
        data = stream.read(limit_bytes)
        inode, size = path.stat().st_ino, path.stat().st_size
    whole = _whole_rows(data)
    bad: list[BadRow] = []
    rows = tuple(read_rows(whole.decode("utf-8", "replace").splitlines(keepends=True), zone=zone, report=bad.append))
    end = offset + len(whole)
    at = _Position(inode=inode, offset=end, head=zlib.crc32(head[:end]))
    more = bool(whole) and (rotated or offset + len(data) < size)
    return CelChunk(rows=rows, position=at.text(), more=more, bad=tuple(bad), lost=lost)


def _whole_rows(data: bytes) -> bytes:
    """Return the data up to the end of its last whole row; a quoted field may hold line ends."""
    end = data.rfind(b"\n") + 1
    cut = end
    for _ in range(MAX_LINES_OF_ROW):
        if data.count(b'"', 0, cut) % 2 == 0:
            return data[:cut]
        cut = data.rfind(b"\n", 0, max(cut - 1, 0)) + 1
    return data[:end]
