"""Settings of a company of its own, as commands find them."""

from pathlib import Path

import pytest


def own_settings(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write the settings into this folder and return their file; nothing outside it speaks against them."""
    for name in ("RINGSIDE_CONFIG", "RINGSIDE_ENV_FILE", "RINGSIDE_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    file = folder / "config" / "ringside.toml"
    file.parent.mkdir()
    file.write_text(text)
    return file
