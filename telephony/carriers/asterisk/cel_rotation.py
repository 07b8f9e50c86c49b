"""Finds where to read on when Asterisk's CEL file was rotated: in which of the files beside it, and in which order.

The names tell nothing sure (numbers, dates in any form, `.gz` or not), nor do the files' times (copies, backups). What
tells a file from another is its first row, and the time in that row tells which of two is the older.
"""

import errno
import gzip
import json
import math
import os
import time
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import BinaryIO, TypeVar, cast

from telephony.carriers.asterisk.cel import BadRow, read_rows

HEAD_BYTES = 64
"""Enough of the first row to tell a file: its time is in it, in microseconds."""
_FIRST_ROW_BYTES = 1 << 14
_UNKNOWN = math.inf
_LOOKS, _BETWEEN_LOOKS_S = 10, 0.02
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A place in one of the files. With an offset of 0: the beginning of the first file that began after `began`."""

    offset: int
    """In bytes, of a compressed file after unpacking."""
    head: int
    """Checksum of the file's first bytes, at most `HEAD_BYTES` and not beyond `offset`."""
    began: float
    """When the file's first row was written, in seconds since 1970; infinite when that is not known."""

    def text(self) -> str:
        """Return it as the opaque text that others keep."""
        return json.dumps({"offset": self.offset, "head": self.head, "began": self.began})


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFile:
    """A file with rows, as it is now."""

    path: Path
    size: int
    head: bytes
    began: float

    def at(self, offset: int) -> Position:
        """Return the position after so many bytes."""
        return Position(offset=offset, head=zlib.crc32(self.head[:offset]), began=self.began)

    def holds(self, known: Position) -> bool:
        """Tell whether this is the file of the position; a copy of it (copytruncate, gzip) is as good."""
        return 0 < known.offset <= self.size and zlib.crc32(self.head[: known.offset]) == known.head


def parse_position(text: str | None) -> Position | None:
    """Return the position; None for text that is none."""
    if text is None:
        return None
    try:
        found = json.loads(text)
        offset, head = int(found["offset"]), int(found["head"])
        return Position(offset=offset, head=head, began=float(found.get("began", _UNKNOWN)))
    except (ValueError, KeyError, TypeError):
        return None  # reading from the beginning again is safe: calls are written by their id


def still_to_read(path: Path, known: Position | None, zone: tzinfo) -> tuple[list[tuple[RowFile, int]], bool]:
    """Return the files with rows after a position, oldest first, with where to begin, and whether its own is lost."""
    current = _look_at(path, zone)
    if current is not None and (known is None or current.holds(known)):
        return [(current, known.offset if known else 0)], False
    if known is None:
        return [], False
    rotated = _rotated(path, zone)
    same = [file for file in rotated if file.holds(known)]
    newer = [file for file in rotated if file.began > known.began and file not in same]
    newer += [current] if current else []
    return [(file, known.offset) for file in same] + [(file, 0) for file in newer], not same and known.offset > 0


def end_of_all(path: Path, zone: tzinfo) -> Position:
    """Return the position after all rows that were written up to now."""
    newest = _look_at(path, zone) or next(reversed(_rotated(path, zone)), None)
    return newest.at(newest.size) if newest else Position(offset=0, head=0, began=0.0)


def file_to_come(path: Path, zone: tzinfo) -> Position:
    """Return the beginning of the first file that is not rotated away yet."""
    rotated = _rotated(path, zone)
    return Position(offset=0, head=0, began=rotated[-1].began if rotated else 0.0)


def undisturbed(path: Path, look: Callable[[], _T]) -> _T:
    """Return what a look gives in which no file was renamed, made or removed. Raises OSError when that is always so."""
    for _ in range(_LOOKS):
        before = _names(path)
        with suppress(FileNotFoundError):  # it has another name now
            found = look()
            if _names(path) == before:
                return found
        time.sleep(_BETWEEN_LOOKS_S)
    raise OSError(errno.EBUSY, "files beside it are renamed again and again", str(path))


def opened(path: Path) -> BinaryIO:
    """Open a file of rows, packed or not."""
    return cast("BinaryIO", gzip.open(path)) if _is_packed(path) else path.open("rb")


def _names(path: Path) -> dict[str, int]:
    """Return the file and those whose names begin with its name, each with its inode."""
    with os.scandir(path.parent) as entries:
        ours = [entry for entry in entries if entry.name.startswith(path.name)]
    found = {}
    for entry in ours:
        with suppress(FileNotFoundError):
            if entry.is_file():
                found[entry.name] = entry.stat().st_ino
    return found


def _rotated(path: Path, zone: tzinfo) -> list[RowFile]:
    """Return the files beside it that hold rows, oldest first; one that is just being packed is taken as it was."""
    names = _names(path)
    others = [path.with_name(name) for name in names if name != path.name and name.removesuffix(".gz") not in names]
    others += [path.with_name(name) for name in names if name != path.name and not _is_packed(Path(name))]
    found = [file for each in others if (file := _look_at(each, zone)) is not None and file.began != _UNKNOWN]
    return sorted(found, key=lambda file: file.began)


def _look_at(path: Path, zone: tzinfo) -> RowFile | None:
    """Return the file; None when it is not there, empty, or broken."""
    try:
        with opened(path) as stream:
            start = stream.read(_FIRST_ROW_BYTES)
    except (FileNotFoundError, gzip.BadGzipFile, EOFError, zlib.error):
        return None
    if not start:
        return None
    size = _unpacked_size(path) if _is_packed(path) else path.stat().st_size
    return RowFile(path=path, size=size, head=start[:HEAD_BYTES], began=_began(start, zone))


def _began(start: bytes, zone: tzinfo) -> float:
    lines = start.decode("utf-8", "replace").splitlines(keepends=True)
    ignored: list[BadRow] = []
    first = next(read_rows(lines, zone=zone, report=ignored.append), None)
    return first.eventtime.timestamp() if first else _UNKNOWN


def _is_packed(path: Path) -> bool:
    return path.suffix == ".gz"


def _unpacked_size(path: Path) -> int:
    """Return what the last four bytes tell (RFC 1952, ISIZE): right for files below 4 GiB, as logrotate makes them."""
    with path.open("rb") as stream:
        stream.seek(-4, os.SEEK_END)
        return int.from_bytes(stream.read(4), "little")
