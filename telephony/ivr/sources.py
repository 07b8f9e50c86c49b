"""The files that flows are written in, from a folder or from a published version."""

import errno
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from telephony.ivr.yaml_tree import LARGEST, Faults, Place

PROMPTS, ARTICLES = "prompts", "articles"
LARGEST_RECORDING = 50_000_000
"""Bytes; over four minutes of the best stereo sound, where a text has at most two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Texts of files by their path below the flows' folder, e.g. `main.yaml`, `prompts/en.yaml`.

    `folder` is where messages say that they are.
    """

    folder: str
    files: Mapping[str, str]
    recordings: Mapping[str, str] = field(default_factory=dict)
    """The digests of sound files that take texts' places, by path, e.g. `prompts/en/welcome.wav`."""

    def shown(self, path: str) -> str:
        """Return a file's path as messages give it."""
        return f"{self.folder}/{path}" if self.folder else path


def read_folder(folder: Path, faults: Faults) -> Sources:
    """Return the files of a folder of flows: `*.yaml`, `prompts/<language>.yaml`, `articles/<language>/*.md`.

    Of recordings (`prompts/<language>/*.wav`) it has the digests.
    Walks (`*.walks.yaml`) are left out. What cannot be read goes to the faults.
    """
    paths = [path for path in sorted(folder.glob("*.yaml")) if not path.name.endswith(".walks.yaml")]
    paths += sorted((folder / PROMPTS).glob("*.yaml")) + sorted((folder / ARTICLES).glob("*/*.md"))
    files = {}
    for path in paths:
        source = read_file(path, faults)
        if source is not None:
            files[path.relative_to(folder).as_posix()] = source
    recordings = _read_recordings(folder, faults)
    return Sources(folder=str(folder), files=MappingProxyType(files), recordings=MappingProxyType(recordings))


def _read_recordings(folder: Path, faults: Faults) -> dict[str, str]:
    digests = {}
    for path in sorted((folder / PROMPTS).glob("*/*.wav")):
        digest = _read_recording(path, faults)
        if digest is not None:
            digests[path.relative_to(folder).as_posix()] = digest
    return digests


def _read_recording(path: Path, faults: Faults) -> str | None:
    try:
        size = path.stat().st_size
        if not path.is_file():
            faults.add(Place(file=str(path)), "is not a file; put a sound file there, or remove it")
        elif size > LARGEST_RECORDING:
            most = f"at most {LARGEST_RECORDING // 1_000_000} MB are allowed"
            faults.add(Place(file=str(path)), f"is a recording of {size} bytes; {most}")
        else:
            return digest_of(path)
    except OSError as refused:
        faults.add(Place(file=str(path)), f"cannot be read: {refused.strerror}")
    return None


def digest_of(recording: Path) -> str:
    """Return what names a recording by its content. Raises OSError."""
    if not recording.is_file():  # reading a named pipe would wait for ever
        raise FileNotFoundError(errno.ENOENT, "is not a file", str(recording))
    with recording.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_file(path: Path, faults: Faults) -> str | None:
    """Return a file's text; None, with the reason among the faults, when it cannot be used."""
    try:
        if path.stat().st_size > 4 * LARGEST:
            size = path.stat().st_size
            faults.add(Place(file=str(path)), f"is {size} bytes long; at most {LARGEST} characters are allowed")
            return None
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as refused:
        faults.add(Place(file=str(path)), f"is not UTF-8 text (byte {refused.start})")
    except OSError as refused:
        faults.add(Place(file=str(path)), f"cannot be read: {refused.strerror}")
    return None
