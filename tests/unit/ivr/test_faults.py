"""Flow files with faults: each is told with its place and with what is allowed."""

import time
from pathlib import Path

import pytest

from telephony.errors import FlowError
from telephony.ivr.loader import check_flows, load_flows
from telephony.ivr.reading import near
from telephony.ivr.surroundings import Names
from tests.fakes.caller import KNOWN, flow_faults

HEAD = "flow: test\nlanguages: [en]\nstart: menu\nno_keys: person\nnodes:\n"
MENU = "  menu: {type: menu, say: hello, keys: {1: person}}\n"
PERSON = "  person: {type: queue, queue: sales, otherwise: bye}\n  bye: {type: hangup}\n"
GOOD = HEAD + MENU + PERSON


def with_node(text: str) -> str:
    return HEAD + MENU.replace("1: person", "1: person, 2: other") + PERSON + text


def other(fields: str) -> str:
    return with_node(f"  other: {{{fields}}}\n")


def test_a_good_flow_has_no_faults() -> None:
    assert flow_faults(GOOD) == []


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (other("type: mnu"), "test.yaml:9:17: node 'other': 'type' 'mnu' is unknown (did you mean 'menu'?)"),
        (other("say: x"), "node 'other': 'type' is missing"),
        (with_node("  other: 5\n"), "must hold keys and values"),
        (other("type: play, say: hello, too: bye, to: bye"), "unknown key 'too' (did you mean 'to'?)"),
        (other("type: play, say: hello, to: buy"), "test.yaml:9:39: node 'other': there is no node 'buy'"),
        (other("type: play, say: hello"), "'to' is missing"),
        (other("type: play, say: no_such_text, to: bye"), "'no_such_text' is not in prompts/en.yaml"),
        (other("type: play, say: hello, barge_in: maybe, to: bye"), "must be true or false"),
        (other("type: queue, queue: slaes, otherwise: bye"), "known queues are operator, sales, service"),
        (other("type: queue, queue: sales, wait_s: 0, otherwise: bye"), "must be 1 to 7200, is '0'"),
        (other("type: queue, queue: sales, wait_s: 1.5, otherwise: bye"), "must be a whole number"),
        (other("type: agent, agent: nobody, otherwise: bye"), "known are personal, maria"),
        (other("type: language, set: fr, to: bye"), "is no language of this flow; allowed are en"),
        (other("type: menu, say: hello, keys: {12: bye}"), "'12' is no key; allowed are 0 to 9, * and #"),
        (other("type: menu, say: hello, keys: {}"), "must give at least one key"),
        (other("type: menu, say: hello, keys: [bye]"), "must hold keys and values"),
        (
            other("type: branch, when: [{if: open.ofice, to: bye}], else: bye"),
            "test.yaml:9:41: node 'other': condition names 'open.ofice', which is unknown",
        ),
        (other("type: branch, when: [], else: bye"), "must be a list of cases"),
        (
            other("type: collect, say: hello, min_digits: 5, max_digits: 4, save_as: x, to: bye"),
            "must be at least min_digits (5)",
        ),
        (other("type: collect, say: hello, max_digits: 4, save_as: X-1, to: bye"), "a name is lower-case letters"),
        (other("type: hangup, say: {a: b}"), "a value must be one of date, digits, money, number, time"),
        (
            other("type: hangup}\n  menu: {type: hangup"),
            "test.yaml:10:3: 'menu' is written twice; it first stands on line 6",
        ),
        (GOOD.replace("start: menu", "start: nowhere"), "test.yaml:3:8: flow: 'start' names no node"),
        (GOOD.replace("[en]", "[en, fr]"), "no prompts/fr.yaml; there are texts for en, ru"),
        (GOOD.replace("[en]", "[]"), "must name at least one"),
        (GOOD.replace("no_keys: person\n", ""), "'no_input' is missing, and the flow has no 'no_keys' node"),
        (GOOD + "  lonely: {type: hangup}\n", "node 'lonely' is never reached"),
        (GOOD + "extra: 1\n", "unknown key 'extra'"),
        ("flow: test\n", "'start' is missing"),
        ("", "must hold keys and values"),
        ("- a\n- b\n", "test.yaml:1:1: must hold keys and values"),
        ("a: [1\n", "is not YAML"),
        ("a: \x00", "is not YAML"),
        ("a: 1\n---\nb: 1\n", "second document"),
        ("a: &x [1]\nb: *x\n", "test.yaml:1:4: uses an anchor or alias"),
        ("a: " + "[" * 100 + "]" * 100, "is nested deeper than 12"),
        ("a: " + "[" * 500_000, "is nested deeper than 12"),
        ("{[a]: b}: c\n", "a key must be a word or number"),
        ("x" * 1_000_001, "at most 1000000 are allowed"),
        ("a: !!python/object/apply:os.system [x]\n", "test.yaml:1:4: uses a tag ('tag:yaml.org,2002:python/object/app"),
    ],
)
def test_a_fault_is_told_with_its_place_and_what_is_allowed(source: str, told: str) -> None:
    faults = flow_faults(source)
    assert any(told in fault for fault in faults), faults
    assert all(fault.startswith("test.yaml:") for fault in faults)


def test_all_faults_are_told_at_once() -> None:
    source = other("type: play, say: no_such_text, to: nowhere, extra: 1}\n  odd: {type: strange")
    assert len(flow_faults(source)) == 4


@pytest.mark.parametrize(
    ("nodes", "code"),
    [
        ("  other: {type: play, say: hello, to: more}\n  more: {type: play, say: hello, to: other}\n", "[no_end]"),
        ("  other: {type: play, say: hello, to: more}\n  more: {type: play, say: hello, to: other}\n", "[endless]"),
        (
            "  other: {type: queue, queue: sales, otherwise: again}\n  again: {type: play, say: hello, to: other}\n",
            "other -> again -> other",
        ),
        ("  other: {type: menu, say: hello, keys: {1: bye}, no_input: {to: bye}}\n", "[silent_caller]"),
        (
            (
                "  other: {type: menu, say: hello, keys: {1: bye}, no_input: {to: more}}\n"
                "  more: {type: menu, say: hello, keys: {1: bye}, no_input: {to: other}}\n"
            ),
            "goes round: ",
        ),
    ],
)
def test_a_flow_that_traps_its_caller_is_refused(nodes: str, code: str) -> None:
    faults = flow_faults(with_node(nodes))
    assert any(code in fault for fault in faults), faults


def test_faults_of_every_file_come_together(tmp_path: Path) -> None:
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "en.yaml").write_text("hello: Hello\nBad-id: x\nempty: ''\n")
    (tmp_path / "one.yaml").write_text(GOOD)
    (tmp_path / "two.yaml").write_text(GOOD)
    (tmp_path / "three.yaml").write_bytes(b"flow: \xff")
    (tmp_path / "four.yaml").write_text("flow: [\n")
    (tmp_path / "skipped.walks.yaml").write_text("not: a flow")
    told = "\n".join(check_flows(tmp_path, KNOWN))
    assert "two.yaml:1:1: flow 'test' is also in another file" in told
    assert "three.yaml:1:1: is not UTF-8 text" in told
    assert "four.yaml" in told
    assert "en.yaml:2:1: 'Bad-id' cannot name a text" in told
    assert "en.yaml:3:8: 'empty' must be a text that is not empty" in told
    assert "en.yaml:1:1: text 'please_hold' is missing; it is said when a caller joins a line" in told
    assert "walks" not in told


def test_a_mistyped_text_is_told_with_the_one_that_is_meant(tmp_path: Path) -> None:
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "en.yaml").write_text("hello: Hello.\n")
    (tmp_path / "one.yaml").write_text(GOOD.replace("say: hello", "say: helo"))
    told = "\n".join(check_flows(tmp_path, KNOWN))
    assert "text 'helo' is not in prompts/en.yaml (did you mean 'hello'?); add it there, or name one that is" in told


@pytest.mark.parametrize("slip", ["mode_1200", "onde_1200", "node__1200", "nod_1200"])
def test_a_slip_among_thousands_of_names_is_found_quickly(slip: str) -> None:
    names = [f"node_{number}" for number in range(2_000)]
    began = time.process_time()
    assert {near(slip, names) for _ in range(100)} == {" (did you mean 'node_1200'?)"}
    assert time.process_time() - began < 1.0


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(FlowError, match="holds no flow"):
        load_flows(tmp_path, Names())


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "huge.yaml").write_bytes(b"x" * 10_000_000)
    assert "is 10000000 bytes long" in check_flows(tmp_path, KNOWN)[0]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ("type: play, say: hello, to: ''", "'to' must not be empty"),
        ("type: lookup, source: s, gives: {a: ''}, to: bye, otherwise: bye", "'a' is ''; allowed are flag"),
        ("type: menu, say: hello, keys: {1: bye}, no_input: {tries: ''}, no_match: {to: ''}", "'to' must not be empty"),
    ],
)
def test_an_empty_text_is_told_and_breaks_nothing(fields: str, told: str) -> None:
    faults = flow_faults(other(fields))
    assert any(told in fault for fault in faults), faults
    assert not any("\0" in fault for fault in faults)
