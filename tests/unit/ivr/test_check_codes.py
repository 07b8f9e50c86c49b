"""The codes of findings are told in the docs, each with what to do."""

import re
from pathlib import Path

from telephony.ivr.check import Code, Severity

DOCS = (Path(__file__).resolve().parents[3] / "docs" / "check_codes.md").read_text()
SECTIONS = dict(re.findall(r"^### `(\w+)`\n(.*?)(?=^##|\Z)", DOCS, re.MULTILINE | re.DOTALL))


def test_every_code_has_its_section_and_no_section_is_left_over() -> None:
    assert SECTIONS.keys() == set(Code)


def test_errors_and_warnings_stand_apart() -> None:
    errors, _, warnings = DOCS.partition("\n## Warnings")
    assert {code for code in Code if f"### `{code}`" in errors} == {c for c in Code if c.severity is Severity.ERROR}
    assert {code for code in Code if f"### `{code}`" in warnings} == {c for c in Code if c.severity is Severity.WARNING}


def test_each_section_has_an_example_and_what_to_do() -> None:
    lacking = [code for code, text in SECTIONS.items() if "```" not in text or "**What to do.**" not in text]
    assert lacking == []
