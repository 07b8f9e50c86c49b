"""What the program says of its settings: a text that names one that is not there sends people astray."""

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import get_args, get_origin

import pytest
from pydantic import BaseModel

from telephony.settings.describe import sections
from telephony.settings.sections import Settings

PROJECT = Path(__file__).resolve().parents[3]
DOTTED = re.compile(r"(?<![\w./@-])[a-z]\w*(?:\.[A-Za-z]\w*)+")
CAPITALS = re.compile(r"(?<!\w)[A-Z][A-Z0-9]*(?:_+[A-Z0-9]+)+(?!\w)")
TELLING = frozenset(name for _, model in sections(Settings, "") for name in model.model_fields if "_" in name)
"""Names that are a setting's wherever they end a name with dots: no other has an underscore by chance."""


def is_there(path: Sequence[str]) -> bool:
    """Tell whether this is a setting, a section, or a name within a table of the user's own names."""
    model: object = Settings
    for part in path:
        if get_origin(model) is dict:
            model = get_args(model)[1]
        elif isinstance(model, type) and issubclass(model, BaseModel) and part in model.model_fields:
            model = model.model_fields[part].annotation
        else:
            return False
    return model is not Settings


def astray(text: str) -> list[str]:
    """Return the names in a text that look like a setting's and are none's."""
    dotted = [name for name in DOTTED.findall(text) if not is_there(name.split("."))]
    capitals = [name for name in CAPITALS.findall(text) if not is_there(name.lower().split("__")[1:])]
    return [
        *(name for name in dotted if name.split(".")[0] in Settings.model_fields or name.split(".")[-1] in TELLING),
        *(name for name in capitals if name.lower().split("__")[-1] in TELLING),
    ]


def texts(code: str) -> Iterator[tuple[int, str]]:
    """Give the line and text of each string that the program uses: docstrings are for those who read the code."""
    tree = ast.parse(code)
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.lineno, node.value


def test_every_setting_that_a_text_names_is_there() -> None:
    wrong = [
        f"{file.relative_to(PROJECT)}:{line}: {name}"
        for file in sorted((PROJECT / "telephony").rglob("*.py"))
        for line, text in texts(file.read_text(encoding="utf-8"))
        for name in astray(text)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "text", ["web.metrics_networks", "carriers.asterisk.agi_session_limit", "log.levels", "PUBLIC_BASE_URL"]
)
def test_a_setting_that_is_not_there_is_noticed(text: str) -> None:
    assert astray(f"Set {text}.") == [text]


@pytest.mark.parametrize(
    "text",
    [
        "server.metrics_networks",
        "RINGSIDE__SERVER__PUBLIC_BASE_URL",
        "RINGSIDE_AMI_SECRET",
        "calendars.office.weekly",
        "ivr.numbers.",
        'ivr.numbers."+35921234567"',
        "carriers.twilio",
        "https://server.example.com/database.html",
        "config/server.example",
        "excluded.queues",
    ],
)
def test_what_is_there_or_no_setting_is_left_alone(text: str) -> None:
    assert astray(f"Set {text}: now.") == []
