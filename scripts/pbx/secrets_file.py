"""The generated secrets, kept in one file that only its owner reads and git never sees."""

import os
import secrets
from collections.abc import Iterable
from pathlib import Path


def read(path: Path) -> dict[str, str]:
    """Return the secrets of a file of NAME=VALUE lines; none when there is no file."""
    if not path.is_file():
        return {}
    lines = (line.strip() for line in path.read_text().splitlines())
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#") and "=" in line)


def ensure(path: Path, names: Iterable[str]) -> dict[str, str]:
    """Return the file's secrets after making those of `names` that it has not; existing ones never change."""
    known = read(path)
    missing = [name for name in names if name not in known]
    if missing or not path.is_file():
        made = {name: secrets.token_urlsafe(12) for name in missing}
        known |= made
        path.parent.mkdir(parents=True, exist_ok=True)
        # Written beside and renamed: a run that is stopped here leaves the old file whole.
        beside = path.with_name(f"{path.name}.new")
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write("# Made at the first run. Keep it out of git; delete a line to have it made anew.\n")
            file.writelines(f"{name}={value}\n" for name, value in known.items())
        beside.replace(path)
    return known
