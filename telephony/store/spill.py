"""A file where rows wait while the database cannot take them, over restarts too."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from telephony.store.writes import MAY_LACK, Kind, Write


class Spill:
    """Rows in the order they came, one JSON line each. Not for use by two threads at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_to = 0
        self._exists = path.exists()
        self.torn: list[str] = []
        """Lines that could not be read, for the caller to put aside."""

    def __bool__(self) -> bool:
        """Tell whether rows wait."""
        return self._exists

    def append(self, writes: Sequence[Write]) -> None:
        """Keep the rows on the disk, all or none. Raises OSError."""
        lines = b"".join(json.dumps([w.kind, w.row]).encode() + b"\n" for w in writes)
        with _private(self._path) as file:
            self._exists = True
            end = file.tell()
            try:
                # A half line is left by a power cut or a full disk: what follows must not grow on to it.
                file.write(b"\n" + lines if end else lines)
                file.flush()
                os.fsync(file.fileno())
            except OSError:
                os.ftruncate(file.fileno(), end)
                raise

    def head(self, limit: int) -> tuple[list[Write], int]:
        """Return the oldest rows that were not taken yet, and the place to `take` to; no rows at the end."""
        writes: list[Write] = []
        with self._path.open("rb") as file:
            file.seek(self._read_to)
            while len(writes) < limit and (line := file.readline()):
                if line.strip():
                    self._read(line, writes)
            return writes, file.tell()

    def take(self, place: int) -> None:
        """Forget the rows before the place; the file goes when it was read to its end."""
        self._read_to = place
        if place >= self._path.stat().st_size:
            self._path.unlink()
            self._exists, self._read_to = False, 0

    def _read(self, line: bytes, writes: list[Write]) -> None:
        try:
            kind, row = json.loads(line)
            writes.append(Write(Kind(kind), MAY_LACK.get(Kind(kind), {}) | dict(row)))
        except (ValueError, TypeError):
            self.torn.append(line.decode(errors="replace"))


def put_aside(path: Path, reason: str, what: str) -> None:
    """Keep for a person to look at what the database will never take. Raises OSError."""
    with _private(path) as file:
        file.write(json.dumps({"reason": reason, "row": what}).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _private(path: Path) -> BinaryIO:
    """Open for appending a file that only we may read, for it holds numbers and notes of people."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")
