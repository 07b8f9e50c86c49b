"""One recording on disk: where it may lie, and whether it is whole. Touches only the disk, so call it in a thread."""

import filecmp
import os
import re
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

_NAME = re.compile(r"[\w-][\w.-]{0,149}(/[\w-][\w.-]{0,149}){0,5}", re.ASCII)
_UNSAID = (0x7FFFFFFF, 0xFFFFFFFF)
"""What a WAV says of its length when it was written as a stream."""
_CHUNKS_AT_MOST = 64


def file_of(folder: Path, name: str) -> Path:
    """Return where a recording lies. Raises ValueError for a name that is none or would leave the folder."""
    path = folder / f"{name}.wav"
    if not _NAME.fullmatch(name) or not path.resolve().is_relative_to(folder.resolve()):
        msg = f"unusable recording name {name[:60]!r}"
        raise ValueError(msg)
    return path


def part_of(path: Path) -> Path:
    """Return where the file is written until it is whole: beside it, so that it can be renamed."""
    return path.with_name(f".{path.name}.part")


def begin(path: Path) -> BinaryIO:
    """Open the file's beginnings anew. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return part_of(path).open("wb")


def keep(path: Path, file: BinaryIO) -> bool:
    """Give the file its name, on the disk for sure: after this the provider's copy may go. Raises OSError.

    False when another one has the name already; the same one does no harm.
    """
    file.flush()
    os.fsync(file.fileno())
    file.close()
    if path.exists() and is_whole_wav(path):
        return filecmp.cmp(path, part_of(path), shallow=False)
    part_of(path).replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return True


def drop(path: Path, file: BinaryIO) -> None:
    """Forget what was written so far."""
    with suppress(OSError):
        file.close()
    with suppress(OSError):
        part_of(path).unlink(missing_ok=True)


def is_whole_wav(path: Path) -> bool:
    """Tell whether the file is a WAV with sound in it, no shorter than it says itself."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            return _has_its_sound(file, size)
    except OSError:
        return False


def _has_its_sound(file: BinaryIO, size: int) -> bool:
    riff = file.read(12)
    if riff[:4] != b"RIFF" or riff[8:] != b"WAVE":
        return False
    has_format = False
    for _ in range(_CHUNKS_AT_MOST):
        head = file.read(8)
        if len(head) < 8:
            return False
        kind, length = head[:4], int.from_bytes(head[4:], "little")
        left = size - file.tell()
        if kind == b"data":
            return has_format and left > 0 and (0 < length <= left or length in _UNSAID)
        has_format = has_format or kind == b"fmt "
        file.seek(length + length % 2, os.SEEK_CUR)  # chunks begin at even places
    return False
