"""A difference is told in the words of the flow."""

from dataclasses import replace
from pathlib import Path

import pytest

from telephony.ivr.versions.bundle import Bundle, bundle_of
from telephony.ivr.versions.difference import differences, outdated_recordings, unified
from tests.fakes.flow_files import PART, WITH_PART, FlowFiles

BRANCH = """
flow: main
languages: [en]
start: where
no_keys: line
nodes:
  where:
    type: branch
    when:
      - {if: 'call.caller == "1"', label: one, to: line}
      - {if: 'call.caller == "2"', label: two, to: line}
    else: line
  line: {type: queue, queue: sales, otherwise: bye}
  bye: {type: hangup, say: goodbye}
"""


@pytest.fixture
def files(tmp_path: Path) -> FlowFiles:
    return FlowFiles(tmp_path / "flows")


def bundle(files: FlowFiles, name: str = "main") -> Bundle:
    flows = files.load()
    return bundle_of(flows.flows[name], flows)


def told(before: Bundle, after: Bundle) -> list[str]:
    return [str(each) for each in differences(before, after)]


def test_comments_layout_and_the_order_of_nodes_are_no_difference(files: FlowFiles) -> None:
    files.writes("main", BRANCH)
    before = bundle(files)
    lines = BRANCH.splitlines()
    files.writes("main", "# changed\n" + "\n".join([*lines[:6], lines[-1], *lines[6:-1]]).replace("{if:", "{ if:"))
    assert told(before, bundle(files)) == []


def test_a_node_that_came_one_that_went_and_where_calls_go_now_are_told(files: FlowFiles) -> None:
    before = bundle(files)
    files.edits("main", "3: {label: personal, to: personal}\n", "3: {label: personal, to: line_two}\n")
    files.edits(
        "main", "  personal: {type: agent, agent: personal, say: transferring, ring_s: 15, otherwise: sales_line}", ""
    )
    files.edits("main", "  bye:", "  line_two: {type: queue, queue: operator, otherwise: message}\n  bye:")
    assert told(before, bundle(files)) == [
        "link menu keys.3.to: personal -> line_two",
        "node personal: removed: agent",
        "node line_two: added: queue",
    ]


def test_a_changed_field_is_told_with_its_old_and_new_value(files: FlowFiles) -> None:
    before = bundle(files)
    files.edits("main", "wait_s: 120", "wait_s: 60")
    files.edits("main", "say: welcome", "say: [welcome, menu]")
    files.edits("main", "languages: [en]", "languages: [en]\nabout: Sales")
    assert told(before, bundle(files)) == [
        "flow main about: (nothing) -> Sales",
        "node welcome say: welcome -> [welcome, menu]",
        "node sales_line wait_s: 120 -> 60",
    ]


def test_changed_texts_are_told_per_language_and_only_those_that_are_said(files: FlowFiles) -> None:
    before = bundle(files)
    files.says(welcome="Good day.", unsaid="Something else.")
    files.says("bg", welcome="Здравейте.")
    files.edits("main", "languages: [en]", "languages: [en, bg]")
    found = told(before, bundle(files))
    assert "flow main languages: [en] -> [en, bg]" in found
    assert "text welcome [en]: Welcome. -> Good day." in found
    assert "text welcome [bg]: added: Здравейте." in found
    assert not any("unsaid" in each for each in found)


def test_a_rule_put_before_others_is_no_change_of_those(files: FlowFiles) -> None:
    files.writes("main", BRANCH)
    before = bundle(files)
    files.edits("main", "    when:\n", "    when:\n      - {if: 'call.caller == \"0\"', label: zero, to: line}\n")
    assert [line.split(":")[0] for line in told(before, bundle(files))] == [
        "node where when[zero].if",
        "node where when[zero].label",
        "link where when[zero].to",
    ]


def test_rules_in_another_order_are_a_difference(files: FlowFiles) -> None:
    files.writes("main", BRANCH)
    before = bundle(files)
    files.writes(
        "main",
        BRANCH.replace("one", "X")
        .replace("two", "one")
        .replace("X", "two")
        .replace('"1"', '"9"')
        .replace('"2"', '"1"')
        .replace('"9"', '"2"'),
    )
    assert told(before, bundle(files)) == ["node where when in order: one, then two -> two, then one"]


def test_a_change_in_a_flow_that_is_a_part_is_told_under_its_name(files: FlowFiles) -> None:
    files.writes("service", WITH_PART)
    files.writes("ask_order", PART)
    before = bundle(files, "service")
    files.edits("ask_order", "max_digits: 5", "max_digits: 6")
    [found] = differences(before, bundle(files, "service"))
    assert (found.flow, str(found)) == ("ask_order", "node ask max_digits: 5 -> 6")


def test_changed_walks_are_told(files: FlowFiles) -> None:
    before = bundle(files)
    assert told(before, replace(before, walks={"a.walks.yaml": "a\n"})) == ["walks a.walks.yaml: added"]
    assert told(replace(before, walks={"a": "a\n"}), replace(before, walks={"a": "a\nb\n"})) == [
        "walks a: 1 lines -> 2 lines"
    ]


def test_lines_are_compared_when_they_are_asked_for(files: FlowFiles) -> None:
    before = bundle(files)
    files.edits("main", "wait_s: 120", "wait_s: 60")
    files.says(welcome="Good day.")
    lines = list(unified(before, bundle(files), ("3", "files")))
    assert "--- 3/main.yaml" in lines
    assert "+welcome: Good day." in lines
    assert any(line.startswith("-  sales_line:") and "120" in line for line in lines)


def test_recordings_that_came_went_or_changed_are_told(files: FlowFiles) -> None:
    gone = files.records("menu", b"menu")
    files.records("welcome", b"old")
    before = bundle(files)
    gone.unlink()
    files.records("welcome", b"new")
    files.records("goodbye", b"goodbye")
    after = bundle(files)
    [removed, changed, added] = told(before, after)
    assert removed == "recording menu [en]: removed: 398991009da1"
    assert changed == "recording welcome [en]: cba06b5736fa -> 11507a0e2f5e"
    assert added == "recording goodbye [en]: added: 82e35a63ceba"
    lines = list(unified(before, after, ("1", "files")))
    assert "--- 1/prompts/en/*.wav" in lines
    assert any(line.startswith("+goodbye.wav: 82e35a63ceba") for line in lines)


def test_a_text_changed_under_a_recording_that_stays_is_found(files: FlowFiles) -> None:
    files.records("welcome", b"old")
    before = bundle(files)
    files.says(welcome="Good day.", menu="Press five.")
    after = bundle(files)
    assert [each.name for each in outdated_recordings(before, after)] == ["welcome"]
    assert [each.name for each in outdated_recordings(replace(before, recordings=None), after)] == ["welcome"]
    files.records("welcome", b"new")
    assert outdated_recordings(before, bundle(files)) == ()
