"""The files that flows are written in, from a folder or from a published version."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from telephony.ivr.yaml_tree import LARGEST, Faults, Place

PROMPTS, ARTICLES = "prompts", "articles"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Texts of files by their path below the flows' folder, e.g. `main.yaml`, `prompts/en.yaml`.

    `folder` is where messages say that they are.
    """

    folder: str
    files: Mapping[str, str]

    def shown(self, path: str) -> str:
        """Return a file's path as messages give it."""
        return f"{self.folder}/{path}" if self.folder else path


def read_folder(folder: Path, faults: Faults) -> Sources:
    """Return the files of a folder of flows: `*.yaml`, `prompts/<language>.yaml`, `articles/<language>/*.md`.

    Walks (`*.walks.yaml`) are left out. What cannot be read goes to the faults.
    """
    paths = [path for path in sorted(folder.glob("*.yaml")) if not path.name.endswith(".walks.yaml")]
    paths += sorted((folder / PROMPTS).glob("*.yaml")) + sorted((folder / ARTICLES).glob("*/*.md"))
    files = {}
    for path in paths:
        source = read_file(path, faults)
        if source is not None:
            files[path.relative_to(folder).as_posix()] = source
    return Sources(folder=str(folder), files=MappingProxyType(files))


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
