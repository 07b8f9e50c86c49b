"""The flows' README tells what the loader takes."""

import re

from telephony.ivr.expressions import Vocabulary
from telephony.ivr.linking import Linker
from telephony.ivr.loader import read_written
from telephony.ivr.nodes import TYPES
from telephony.ivr.position import Seen
from telephony.ivr.schema.descriptions import DESCRIPTIONS
from telephony.ivr.spoken import CURRENCIES, Kind
from telephony.ivr.texts import COMMON_TEXTS, Texts
from telephony.ivr.yaml_tree import Faults
from tests.fakes.caller import FLOWS, KNOWN, AnyText
from tests.fakes.json_schema import objects_of, schema_of_flows

README = (FLOWS / "README.md").read_text()
BLOCKS = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)[1:]
PART = next(block for block in BLOCKS if block.startswith("flow: "))
EXAMPLES = [block for block in BLOCKS if block != PART]
SECTIONS = dict(re.findall(r"^### (\w+)\n(.*?)(?=^##|\Z)", README, re.MULTILINE | re.DOTALL))

ASKING = ("say", "first_key_s", "no_input", "no_match", "tries")
"""Told once for all questions."""

HEAD = "flow: readme\nlanguages: [en, ru, bg]\nresults: [known]\nstart: main_menu\nno_keys: operator\nnodes:\n"
NAMED = ("welcome", "menu", "operator", "service_line", "nobody_free")
LANGUAGES = ("en", "ru", "bg")
TEXTS = Texts(
    by_language={language: AnyText() for language in LANGUAGES},
    articles_by_language={language: {"guarantee": ("One.",)} for language in LANGUAGES},
)
ORDERS = "flow: orders\nlanguages: [en]\nstart: bye\nnodes:\n  bye: {type: hangup}\n"


def example_flow() -> str:
    nodes = "".join(f"  {line}\n" for block in EXAMPLES for line in block.splitlines())
    return HEAD + nodes + "".join(f"  {name}: {{type: hangup}}\n" for name in NAMED)


def test_every_type_of_node_has_its_section() -> None:
    assert set(SECTIONS) == set(TYPES)


def test_every_section_has_an_example_and_tells_of_the_journal() -> None:
    assert [kind for kind, text in SECTIONS.items() if "```yaml" not in text or "ournal:" not in text] == []
    assert [kind for kind, text in SECTIONS.items() if f"type: {kind}" not in text] == []


def test_every_field_of_every_node_is_told() -> None:
    for kind, section in SECTIONS.items():
        told = set(re.findall(r"\w+", section)) | {"milestone", "outcome", *ASKING}
        fields = {name for each in objects_of(schema_of_flows()["$defs"][kind]) for name in each["properties"]}
        assert fields - told == set(), kind


def test_every_event_of_the_journal_is_told() -> None:
    assert [
        seen.value for seen in Seen if f"`{seen.value}`" not in README and f"journal: {seen.value}" not in README
    ] == []


def test_every_common_text_is_told() -> None:
    assert [text_id for text_id in COMMON_TEXTS if f"`{text_id}`" not in README] == []


def test_every_kind_of_value_and_currency_is_told() -> None:
    assert [kind for kind in Kind if f"| `{kind}` |" not in README] == []
    assert [currency for currency in CURRENCIES if currency not in README] == []


def test_every_name_in_conditions_is_told() -> None:
    names = Vocabulary(answers={}, calendars=["NAME"], queues=["NAME"]).names
    assert [name for name in names if f"`{name}" not in README] == []


def test_every_example_is_taken_as_it_stands() -> None:
    faults = Faults()
    sources = {"README.md": example_flow(), "identity.yaml": PART, "orders.yaml": ORDERS}
    read = [read_written(source, file, faults) for file, source in sources.items()]
    written = {each.name: each for each in read if each is not None}
    Linker(written, KNOWN, TEXTS, faults).read(written["readme"])
    assert faults.told == []


def test_no_description_is_left_over() -> None:
    known = {
        name for kind in TYPES for each in objects_of(schema_of_flows()["$defs"][kind]) for name in each["properties"]
    }
    known |= set(schema_of_flows()["properties"])
    assert {name.rpartition(".")[2] for name in DESCRIPTIONS} - known == set()
