"""The way of a call is told in docs/call_path.md, and what it names exists."""

import importlib
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "call_path.md"
NAMES = re.findall(r"`(telephony\.[\w.]+)`", PAGE.read_text(encoding="utf-8"))


def resolve(name: str) -> object:
    """Return the module, class or function of this dotted name."""
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:]:
            found = getattr(found, part)
        return found
    raise ModuleNotFoundError(name)


def test_the_page_names_the_whole_way() -> None:
    assert len(NAMES) > 15


@pytest.mark.parametrize("name", NAMES)
def test_what_the_page_names_exists(name: str) -> None:
    assert resolve(name) is not None
