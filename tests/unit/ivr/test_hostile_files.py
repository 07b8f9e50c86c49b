"""Files that mean harm, or do it by mistake, are refused within a second, in words, with the place."""

import json
import re
import time
from itertools import pairwise

import pytest

from telephony.errors import FlowError
from telephony.ivr.loader import load_sources
from telephony.ivr.sources import Sources
from telephony.ivr.texts import COMMON_TEXTS, read_article, read_texts
from telephony.ivr.walks.file import read_walks
from telephony.ivr.yaml_tree import MOST_TOLD, Faults
from tests.fakes.caller import KNOWN, flow_faults, flow_of, link_faults

HEAD = "flow: test\nlanguages: [en]\nstart: menu\nno_keys: person\nnodes:\n"
ENDS = "  person: {type: queue, queue: sales, otherwise: bye}\n  bye: {type: hangup}\n"
GOOD = HEAD + "  menu: {type: menu, say: hello, keys: {1: person, 2: other}}\n" + ENDS
PROMPTS = "".join(f"{text_id}: Words.\n" for text_id in (*COMMON_TEXTS, "hello"))
PLACE = re.compile(r"test\.yaml:\d+:\d+: ")
SOON_S = 3.0
"""All of it takes under a second on a quiet machine."""


def other(fields: str) -> str:
    return f"{GOOD}  other: {{{fields}}}\n"


def many(entry: str, count: int) -> str:
    return ", ".join(entry.format(number) for number in range(count))


def refused_soon(source: str) -> list[str]:
    """Return the faults of a flow, which must be told within a second of work and be fit for a terminal."""
    begun = time.process_time()
    told = flow_faults(source)
    assert time.process_time() - begun < SOON_S
    assert told
    assert all(PLACE.match(each) and each.isprintable() and len(each) < 2_000 for each in told), told[:3]
    return told


# --- files ---


@pytest.mark.parametrize(
    "source",
    [
        "a: " + "x" * 10_000_000,
        "".join("{a: " for _ in range(100_000)),
        "- " * 100_000,
        "".join(" " * depth + "a:\n" for depth in range(1_000)),
        "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
        "flow:\ttest\n\tx: 1\n",
        "flow: \ud800\n",
        "? [a]\n: b\n",
        "%YAML 9.9\n---\nflow: test\n",
        GOOD + "---\na: 1\n",
        GOOD + "\ufeffx: 1\n",
        "flow: test\n" + "".join(f"k{number}: 1\n" for number in range(90_000)),
        "flow: test\n" + "k: 1\n" * 180_000,
        HEAD + "".join(f"  n{number}: 1\n" for number in range(80_000)),
        HEAD + "".join(f"  n{number}: {{type: play, say: x, to: m{number}}}\n" for number in range(4_900)),
        other(f"type: play, say: hello, to: {'x' * 900_000}") + "".join(f"  n{n}: 1\n" for n in range(200)),
        other(f"type: {'x' * 900_000}, to: bye"),
        other("type: hangup, " + many("k{}: 1", 70_000)),
        other(f"type: play, to: bye, say: [{'hello, ' * 120_000}]"),
        other(f"type: branch, else: bye, when: [{many('{{if: x{}, to: bye}}', 30_000)}]"),
        other(f"type: set, to: bye, values: {{{many('v{}: now.hour', 50_000)}}}"),
        other(f"type: menu, say: hello, keys: {{{many('k{}: bye', 70_000)}}}"),
        GOOD.replace("[en]", f"[{'a, ' * 300_000}]"),
        GOOD + "[" * 11 + "a, " * 250_000,
    ],
    ids=lambda source: source[:12].replace("\n", " ").replace("\ud800", "half"),
)
def test_a_file_that_hurts_is_refused_within_a_second(source: str) -> None:
    refused_soon(source)


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_a_file_may_come_from_any_editor(ends: str) -> None:
    good = other("type: play, say: hello, to: bye").replace("\n", ends)
    assert flow_faults(good) == flow_faults("\ufeff" + good) == []


@pytest.mark.parametrize("tag", ["!!python/object/apply:os.system", "!!binary", "!!str", "!custom"])
def test_a_tag_is_refused(tag: str) -> None:
    assert "uses a tag" in refused_soon(other(f"type: play, say: {tag} hello, to: bye"))[0]


@pytest.mark.parametrize(("written", "shown"), [("\\0", "U+0000"), ("\\e[2J", "U+001B"), ("\\u202e", "U+202E")])
def test_a_control_character_is_refused_wherever_it_stands(written: str, shown: str) -> None:
    fields = f'type: menu, say: hello, keys: {{1: {{label: "a{written}", to: bye}}}}'
    assert f"holds the control character {shown}" in refused_soon(other(fields))[0]
    faults = Faults()
    read_texts(f'hello: "a{written}"\n', "test.yaml", faults)
    read_article(json.loads(f'"a{written}"'.replace("\\0", "\\u0000").replace("\\e", "\\u001b")), "test.yaml", faults)
    assert [shown in each for each in faults.told] == [True, True]


def test_a_message_can_neither_break_its_line_nor_command_a_terminal() -> None:
    told = refused_soon(other('type: "play\\nfake.yaml:1:1: all is well\\e[2J", to: bye'))
    assert any("\\nfake.yaml" in each and "\\x1b[2J" in each for each in told)


def test_of_very_many_faults_the_first_are_told_and_that_there_are_more() -> None:
    told = refused_soon(GOOD + "".join(f"  n{number}: {{type: play, say: x, to: m}}\n" for number in range(1_000)))
    assert len(told) == MOST_TOLD + 1
    assert f"the first {MOST_TOLD} faults are told" in told[-1]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("parameters: {P-0: text}", "test.yaml:10:14: flow: 'P-0' cannot name a parameter; a name is lower-case"),
        ("parameters: {p: txt}", "'p' is 'txt' (did you mean 'text'?); allowed are"),
        ("results: [../../x]", "test.yaml:10:11: flow: 'results' names '../../x'; a name is lower-case"),
        ("gives: [A]", "flow: 'gives' names 'A'"),
    ],
)
def test_a_name_in_the_head_that_is_none_is_told(line: str, told: str) -> None:
    assert any(told in each for each in refused_soon(other("type: play, say: hello, to: bye") + line + "\n"))


@pytest.mark.parametrize("text_id", ["../../x", "..", "_n1", "a/b", "a b", "$(reboot)", "<speak>", "A"])
def test_what_could_lead_out_of_a_folder_names_no_text(text_id: str) -> None:
    faults = Faults()
    assert read_texts(f'"{text_id}": x\n', "en.yaml", faults) == {}
    assert "cannot name a text" in faults.told[0]


# --- flows within flows ---

SUBFLOW = "  {0}: {{type: subflow, flow: {1}, results: {{r: {2}}}}}\n"
BACK = "  back: {type: return, result: r}\n"


def part(name: str, body: str, *, results: bool = True) -> str:
    made = "results: [r]\n" if results else ""
    return f"flow: {name}\n{made}languages: [en]\nstart: n0\nno_keys: person\nnodes:\n{ENDS}{body}"


def level(number: int, wide: int) -> str:
    ends = ["back" if number else "bye"]
    body = [SUBFLOW.format(f"n{n}", f"f{number + 1}", [*ends, f"n{n + 1}"][n < wide - 1]) for n in range(wide)]
    return part(f"f{number}", "".join(body) + (BACK if number else ""), results=bool(number))


@pytest.mark.parametrize(("wide", "deep"), [(2, 20), (10, 7), (50, 3), (1_000, 2)])
def test_subflows_that_explode_are_refused_within_a_second(wide: int, deep: int) -> None:
    leaf = part(f"f{deep}", BACK.replace("back", "n0"))
    begun = time.process_time()
    told = link_faults(*(level(number, wide) for number in range(deep)), leaf)
    assert time.process_time() - begun < SOON_S
    assert "[too_large]" in told[0] or "[subflow_cycle]" in told[0]


@pytest.mark.parametrize(
    "flows",
    [
        [part("a", SUBFLOW.format("n0", "a", "back") + BACK)],
        [
            part("a", SUBFLOW.format("n0", "b", "bye"), results=False),
            part("b", SUBFLOW.format("n0", "b", "back") + BACK),
        ],
        [part("a", SUBFLOW.format("n0", "b", "back") + BACK), part("b", SUBFLOW.format("n0", "a", "back") + BACK)],
        [
            part("a", SUBFLOW.format("n0", "b", "bye"), results=False),
            part("b", "  n0: {type: goto, flow: c}\n" + BACK),
            part("c", SUBFLOW.format("n0", "b", "bye"), results=False),
        ],
    ],
    ids=["direct", "within", "mutual", "through goto"],
)  # fmt: skip
def test_a_flow_within_itself_is_refused(flows: list[str]) -> None:
    assert any("[subflow_cycle]" in each for each in link_faults(*flows))


@pytest.mark.parametrize("flows", [("a", "a"), ("a", "b", "a")], ids=["itself", "each other"])
def test_flows_that_go_to_each_other_for_ever_are_refused(flows: tuple[str, ...]) -> None:
    sources = [part(a, f"  n0: {{type: goto, flow: {b}}}\n", results=False) for a, b in pairwise(flows)]
    assert any("[endless]" in each for each in link_faults(*sources))


def load_faults(**files: str) -> list[str]:
    paths = {f"{name}.yaml": source for name, source in files.items()}
    try:
        load_sources(Sources(folder="x", files={"prompts/en.yaml": PROMPTS, **paths}), KNOWN)
    except FlowError as refused:
        return refused.faults
    return []


def test_a_fault_in_a_part_of_two_flows_is_told_once_and_breaks_neither() -> None:
    broken = part("shared", "  n0: {type: play, say: hello, to: nowhere}\n" + BACK)
    roots = {name: part(name, SUBFLOW.format("n0", "shared", "person"), results=False) for name in ("a", "b", "c")}
    assert [each[:18] for each in load_faults(**roots, shared=broken)] == ["x/shared.yaml:9:36"]


def test_a_folder_in_which_every_flow_is_too_large_is_told() -> None:
    files = {f"f{number}": level(number, 10) for number in range(6)}
    told = load_faults(**files, f6=part("f6", BACK.replace("back", "n0")))
    assert any("[too_large]" in each for each in told)


# --- walks ---


def test_walks_full_of_slips_are_refused_soon() -> None:
    flow = flow_of(other("type: play, say: hello, to: bye"))
    steps = f"[{', '.join(['pres 1'] * 400)}]"
    faults = Faults()
    begun = time.process_time()
    read_walks("flow: test\nwalks:\n" + f"- {{name: a, steps: {steps}}}\n" * 300, "test.yaml", flow, faults)
    assert time.process_time() - begun < SOON_S
    assert all(PLACE.match(each) for each in faults.told)
