"""The page about the settings and the example files tell what the program knows."""

import re
from pathlib import Path

from telephony.settings.describe import page, sections
from telephony.settings.environment import read_env_file
from telephony.settings.sections import Settings

PROJECT = Path(__file__).resolve().parents[3]


def test_docs_settings_is_what_the_settings_say() -> None:
    told = (PROJECT / "docs/settings.md").read_text(encoding="utf-8")
    assert told == page(), "make it anew: python -m telephony.settings.describe > docs/settings.md"


def test_every_setting_is_described() -> None:
    for path, model in sections(Settings, ""):
        for name, field in model.model_fields.items():
            if not isinstance(field.annotation, type) or not hasattr(field.annotation, "model_fields"):
                assert field.description, f"{path}.{name}"


def test_every_setting_has_a_line_in_the_docs() -> None:
    told = (PROJECT / "docs/settings.md").read_text(encoding="utf-8")
    assert {path for path, _ in sections(Settings, "")} == set(re.findall(r"^## \[(.+)\]$", told, re.MULTILINE))


def test_the_example_env_file_can_be_read_and_holds_no_secret() -> None:
    values, faults = read_env_file(PROJECT / "config/example.env", "example.env")
    assert faults == []
    assert not any(values.values())
