"""A sensitive answer is told nowhere that is not marked for it, however many names it has had."""

import pytest

from telephony.ivr.check import Code, findings
from telephony.ivr.flow import Flow
from telephony.ivr.linking import Linker
from telephony.ivr.loader import read_written
from telephony.ivr.yaml_tree import Faults
from tests.fakes.caller import ANY_TEXTS, KNOWN, unproven_flow

PIN = "  pin: {type: collect, say: t, max_digits: 4, save_as: pin, sensitive: true, to: %s}\n"
PERSON = "  person: {type: queue, queue: sales, otherwise: bye}\n  bye: {type: hangup}\n"


def leaks(flow: Flow) -> list[str]:
    return [found.text for found in findings(flow) if found.code is Code.SENSITIVE_LEAK]


def of(nodes: str, first: str) -> list[str]:
    head = "flow: test\nlanguages: [en]\nstart: pin\nno_keys: person\nnodes:\n"
    return leaks(unproven_flow(head + PIN % first + nodes + PERSON))


SAYS = "  tell: {type: play, say: {digits: answers.%s}, to: person}\n"
ASKS = "  ask: {type: lookup, source: orders, with: {x: %s}, gives: {y: text}, to: person, otherwise: person}\n"


def test_a_sensitive_answer_that_is_said_is_told_with_its_way() -> None:
    (text,) = of(SAYS % "pin", "tell")
    assert "collect 'pin' -> play 'tell'" in text


def test_a_copy_is_as_sensitive_and_the_whole_way_is_named() -> None:
    copies = (
        '  copy: {type: set, values: {x: answers.pin + "1"}, to: more}\n'
        "  more: {type: set, values: {y: answers.x}, to: tell}\n"
    )
    (text,) = of(copies + SAYS % "y", "copy")
    assert "collect 'pin' -> set 'copy' -> set 'more' -> play 'tell'" in text


def test_the_order_in_which_copies_are_written_does_not_matter() -> None:
    copies = (
        "  more: {type: set, values: {y: answers.x}, to: tell}\n"
        "  copy: {type: set, values: {x: answers.pin}, to: more}\n"
    )
    assert len(of(SAYS % "y" + copies, "copy")) == 1


def test_a_lookup_must_be_marked_for_it() -> None:
    assert len(of(ASKS % "answers.pin", "ask")) == 1
    assert of(ASKS % "{value: answers.pin, sensitive: true}", "ask") == []


def test_a_prompt_may_be_marked_for_it() -> None:
    assert of("  tell: {type: play, say: {digits: answers.pin, sensitive: true}, to: person}\n", "tell") == []


@pytest.mark.parametrize(
    "say", ["no_match: {say: {digits: answers.pin}}", "no_input: {say: [t, {digits: answers.pin}]}"]
)
def test_what_is_said_before_a_question_is_repeated_counts(say: str) -> None:
    assert len(of(f"  ask: {{type: menu, say: t, keys: {{1: person}}, {say}}}\n", "ask")) == 1


def test_conditions_may_read_it() -> None:
    branch = '  if: {type: branch, when: [{if: answers.pin == "1234", to: person}], else: bye}\n'
    assert of(branch, "if") == []


def test_other_answers_are_free() -> None:
    asked = "  ask: {type: collect, say: t, max_digits: 4, save_as: order, to: tell}\n"
    assert of(asked + SAYS % "order", "ask") == []


CALLER = """\
flow: outer
languages: [en]
start: pin
no_keys: person
nodes:
  pin: {type: collect, say: t, max_digits: 4, save_as: pin, sensitive: true, to: inner}
  inner:
    type: subflow
    flow: part
    with: {code: answers.pin}
    take: {back: result}
    results: {done: tell}
  tell: {type: play, say: {digits: answers.back}, to: person}
  person: {type: queue, queue: sales, otherwise: bye}
  bye: {type: hangup}
"""
PART = """\
flow: part
languages: [en]
start: ask
results: [done]
gives: [result]
parameters: {code: text}
nodes:
  ask: {type: set, values: {pin: params.code}, to: back}
  back: {type: return, result: done, gives: {result: answers.pin}}
"""


def linked(*sources: str) -> Flow:
    faults = Faults()
    read = [read_written(source, "test.yaml", faults) for source in sources]
    written = {each.name: each for each in read if each is not None}
    flow = Linker(written, KNOWN, ANY_TEXTS, faults).read(next(iter(written.values())))
    assert flow is not None, faults.told
    return flow


def test_it_is_followed_into_a_subflow_and_back() -> None:
    (text,) = leaks(linked(CALLER, PART))
    assert "collect 'pin' -> subflow 'inner' -> set 'inner/ask' -> return 'inner/back' -> play 'tell'" in text


def test_a_subflow_s_answer_of_the_same_name_is_another_answer() -> None:
    free = CALLER.replace("{code: answers.pin}", '{code: "1"}')
    assert leaks(linked(free, PART)) == []
