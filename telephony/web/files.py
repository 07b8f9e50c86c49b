"""Finds files that browsers may have."""

from pathlib import Path


def file_below(folder: Path, name: str) -> Path | None:
    """Give the file of this name; None when it is not there or would lie outside the folder (`..`, links)."""
    try:
        root = folder.resolve()
        path = (root / name).resolve()
        return path if path.is_relative_to(root) and path.is_file() else None
    except (OSError, ValueError):  # too long, or no name at all (a zero byte)
        return None
