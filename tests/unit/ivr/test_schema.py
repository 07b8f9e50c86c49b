"""The schema for editors takes what the loader takes, and refuses what it refuses."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from telephony.cli import main
from telephony.ivr.nodes import TYPES
from telephony.ivr.schema import schema_text
from telephony.ivr.schema.samples import ONE_OF
from tests.fakes.caller import FLOWS, flow_faults
from tests.fakes.json_schema import faults_of, objects_of, schema_of_flows, value_of
from tests.unit.ivr.test_readme import PART, example_flow

HEAD = "flow: test\nlanguages: [en]\nstart: n\nno_keys: n\nnodes:\n"
DEMO = sorted(path for path in FLOWS.glob("*.yaml") if not path.name.endswith(".walks.yaml"))


def node_faults(fields: str) -> list[str]:
    return faults_of(value_of(f"{HEAD}  n: {{{fields}}}\n"))


def test_the_file_beside_the_flows_is_made_from_the_code() -> None:
    remedy = "run `ringside schema --write ivr_flows/schema.json`"
    assert (FLOWS / "schema.json").read_text() == schema_text(), remedy


@pytest.mark.parametrize("file", DEMO, ids=lambda path: path.stem)
def test_every_demo_flow_fits_and_names_the_schema(file: Path) -> None:
    source = file.read_text()
    assert faults_of(value_of(source)) == []
    assert source.startswith("# yaml-language-server: $schema=schema.json\n")


@pytest.mark.parametrize("source", [example_flow(), PART], ids=["examples", "part"])
def test_every_example_of_the_readme_fits(source: str) -> None:
    assert faults_of(value_of(source)) == []


def test_every_type_of_node_is_described() -> None:
    definitions = schema_of_flows()["$defs"]
    assert [kind for kind in TYPES if not definitions[kind]["description"]] == []


def test_every_field_is_described() -> None:
    fields = [
        (path["properties"].get("type", {}).get("const", ""), name)
        for path in objects_of(schema_of_flows())
        for name, field in path["properties"].items()
        if not field.get("description")
    ]
    assert fields == []


def test_no_mapping_is_left_undescribed() -> None:
    """A reader that reads a new mapping needs a line in telephony/ivr/schema/samples.py."""
    assert list(undescribed(schema_of_flows(), "")) == []


def undescribed(schema: Any, at: str) -> Iterator[str]:
    if isinstance(schema, dict):
        if schema.get("type") == "object" and not schema.keys() & {"properties", "additionalProperties"}:
            yield at
        for name, inner in schema.items():
            yield from undescribed(inner, f"{at}/{name}")
    elif isinstance(schema, list):
        for number, inner in enumerate(schema):
            yield from undescribed(inner, f"{at}/{number}")


@pytest.mark.parametrize("kind", TYPES)
def test_a_node_has_the_keys_that_the_loader_takes(kind: str) -> None:
    taken: set[str] = set()
    for one in ONE_OF.get(kind, ("",)):
        extra = f", {one}: {{1: en}}" if one == "choose" else f", {one}: n" if one else ""
        told = flow_faults(f"{HEAD}  n: {{type: {kind}{extra}, zzzzzz: 1}}\n")
        (unknown,) = (text for text in told if "unknown key 'zzzzzz'" in text)
        listed = unknown.rpartition("allowed are ")[2].removesuffix(" [fault]")
        taken |= {name for name in listed.split(", ") if name != "\0"}
    assert set(schema_of_flows()["$defs"][kind]["properties"]) == taken


def test_a_flow_has_the_keys_that_the_loader_takes() -> None:
    (unknown,) = (text for text in flow_faults("zzzzzz: 1\n" + HEAD + "  n: {type: hangup}\n") if "zzzzzz" in text)
    assert set(schema_of_flows()["properties"]) == set(unknown.rpartition("allowed are ")[2].split(", "))


@pytest.mark.parametrize("kind", TYPES)
def test_what_the_loader_misses_in_an_empty_node_the_schema_misses_too(kind: str) -> None:
    told = flow_faults(f"{HEAD}  n: {{type: {kind}}}\n")
    missing = {name for text in told for name in re.findall(r"node 'n': '(\w+)' (?:is missing|must )", text)}
    definition = schema_of_flows()["$defs"][kind]
    either = {name for one in definition.get("oneOf", []) for name in one["required"]}
    assert missing <= set(definition["required"]) | either
    assert set(definition["required"]) - {"type"} <= missing


@pytest.mark.parametrize(
    "fields",
    [
        "type: mnu, say: x",
        "say: x, to: n",
        "type: play, say: x",
        "type: play, say: x, too: n, to: n",
        "type: play, say: x, to: N",
        "type: play, say: x, barge_in: maybe, to: n",
        "type: play, say: {digts: call.caller}, to: n",
        "type: play, say: {digits: call.caller, money: call.caller}, to: n",
        "type: play, say: {money: call.caller, currency: XYZ}, to: n",
        "type: menu, say: x, keys: {12: n}",
        "type: menu, say: x, keys: {1: {label: x}}",
        "type: menu, say: x, keys: {1: n}, no_input: {tries: 10}",
        "type: collect, say: x, max_digits: 41, save_as: x, to: n",
        "type: collect, say: x, max_digits: 4, save_as: x, check: lunh, to: n",
        "type: branch, when: [], else: n",
        "type: branch, when: [{if: true}], else: n",
        "type: language, to: n",
        "type: language, set: en, choose: {1: en}, say: x, to: n",
        "type: set, values: {a: {as: text}}, to: n",
        "type: lookup, source: x, gives: {a: txt}, to: n, otherwise: n",
        "type: queue, queue: sales, wait_s: 1.5, otherwise: n",
        "type: callback, queue: sales, accept: 12, to: n, otherwise: n",
        "type: consent, without_answer: maybe, to: n",
        "type: survey, questions: [{say: x}], to: n",
        "type: goto",
        "type: hangup, milestone: Not A Name",
    ],
)
def test_typical_faults_are_marked(fields: str) -> None:
    assert node_faults(fields) != []


def test_a_good_node_is_not_marked() -> None:
    assert node_faults("type: play, say: [x, {digits: call.caller}], milestone: m, to: n") == []


def test_the_command_prints_it_and_writes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "Ringside flow"
    assert main(["schema", "--write", str(tmp_path / "schema.json")]) == 0
    assert (tmp_path / "schema.json").read_text() == schema_text()
    assert main(["schema", "--write", str(tmp_path / "nowhere" / "schema.json")]) == 1
    assert "name a file in a folder that is yours" in capsys.readouterr().err
