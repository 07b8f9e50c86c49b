"""The flows' README tells what the loader takes."""

import re

from telephony.ivr.loader import parse_flow
from telephony.ivr.nodes import _READERS
from telephony.ivr.position import Seen
from telephony.ivr.texts import COMMON_TEXTS, Texts
from telephony.ivr.yaml_tree import Faults
from tests.fakes.caller import FLOWS, KNOWN, AnyText

README = (FLOWS / "README.md").read_text()


def test_every_type_of_node_has_its_section() -> None:
    assert set(re.findall(r"^### (\w+)$", README, re.MULTILINE)) == set(_READERS)


def test_every_event_of_the_journal_is_told() -> None:
    assert [
        seen.value for seen in Seen if f"`{seen.value}`" not in README and f"journal: {seen.value}" not in README
    ] == []


def test_every_common_text_is_told() -> None:
    assert [text_id for text_id in COMMON_TEXTS if f"`{text_id}`" not in README] == []


def test_every_example_is_taken_as_it_stands() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)[1:]
    nodes = "".join(f"  {line}\n" for block in blocks for line in block.splitlines())
    named = {"welcome", "menu", "operator", "survey", "service_line", "nobody_free"}
    stand_ins = "".join(f"  {name}: {{type: hangup}}\n" for name in sorted(named))
    head = "flow: readme\nlanguages: [en, ru, bg]\nstart: main_menu\nno_keys: operator\nnodes:\n"
    texts = Texts(by_language={language: AnyText() for language in ("en", "ru", "bg")})
    faults = Faults()
    parse_flow(head + nodes + stand_ins, "README.md", KNOWN, texts, faults)
    assert faults.told == []
