"""Conditions and patterns that take long, or work out to nothing: neither stops a call."""

import gc
import re
import time
from collections.abc import Iterator, Mapping

import pytest

from telephony.ivr.expressions import ExpressionError, Known, ValueType, Vocabulary
from telephony.ivr.facts import CustomerFacts, Facts
from tests.fakes.caller import flow_faults, nodes

HEAD = "flow: test\nlanguages: [en]\nstart: other\nno_keys: bye\nnodes:\n  bye: {type: hangup}\n"
WORDS = Vocabulary(answers={"answers.x": ValueType.TEXT, "answers.n": ValueType.WHOLE}, calendars=["office"])
LIST = "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]"
STEP_S = 0.02


@pytest.fixture(autouse=True)
def _nobody_elses_garbage() -> Iterator[None]:
    """Keep the garbage of other tests out of what is measured."""
    gc.disable()
    yield
    gc.enable()


"""What a step's work must stay far below, on a slow and busy machine too."""


def nested(depth: int) -> str:
    inner = "true"
    for number in range(depth):
        inner = f"{LIST}.all(v{number}, {inner})"
    return inner


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("(" * 249 + "1" + ")" * 249, "is nested too deep; at most 32 deep is allowed"),
        ("size(" + "[" * 200 + "]" * 200 + ")", "is nested too deep"),
        ("1" * 501, "is 501 characters long; at most 500 are allowed"),
        (nested(3), "uses all, exists, map, filter and their like more than 2 times"),
        ('["aaaaaaaaaa"]' + ".map(a, a + a)" * 30 + "[0]", "more than 2 times"),
        ("optional.of(answers.x)" + ".optMap(v, v + v)" * 20 + '.orValue("")', "more than 2 times"),
        ('answers.x.matches("(.?){500}(.?){500}b")', "uses matches with something else than a quoted pattern"),
        ("answers.x.matches(answers.x)", "uses matches with something else than a quoted pattern"),
        ('matches(answers.x, "a" + answers.x)', "uses matches with something else than a quoted pattern"),
        ('"a\ud800b"', "is not a condition"),
        ('b"abc"', "must give a text, a number or true or false, but gives BYTES"),
        ("google.protobuf.Timestamp{seconds: 1}", "but gives TIMESTAMP"),
        ("\n\n1 +", "mismatched input"),
    ],
)  # fmt: skip
def test_an_expression_that_takes_long_or_gives_nothing_of_use_is_refused(source: str, told: str) -> None:
    with pytest.raises(ExpressionError, match=re.escape(told)):
        WORDS.value(source)


@pytest.mark.parametrize(
    "source",
    [
        nested(2),
        '["' + "a" * 200 + '"].map(a, a' + " + a" * 25 + ").map(b, b" + " + b" * 25 + ")[0]",
        " + ".join(["answers.x"] * 25),
        'answers.x.matches("(a*)*b")',
        'customer.facts.long.contains("b")',
        "customer.facts.exists(name, customer.facts[name] == 1)",
    ],
    ids=lambda source: source[:20],
)
def test_an_expression_at_its_worst_is_quick(source: str) -> None:
    facts = {f"f{number}": number + 2 for number in range(50_000)} | {"long": "a" * 5_000_000}
    known = Known(facts=facts_of(facts), answers={"answers.x": "a" * 500})
    expression = WORDS.value(source)
    begun = time.process_time()
    expression.value(known, "")
    assert time.process_time() - begun < STEP_S


@pytest.mark.parametrize(
    "source",
    [
        "1 / (answers.n - answers.n)",
        "customer.facts.nothing",
        "customer.facts.odd",
        "int(answers.x)",
        "9223372036854775807 + answers.n",
        'timestamp("never") == timestamp("never")',
        '"x".matches("(")',
        "[1][int(answers.n) + 5]",
    ],
)
def test_what_cannot_be_worked_out_is_nothing_and_never_the_words_of_a_fault(source: str) -> None:
    known = Known(facts=facts_of({"odd": object()}), answers={"answers.x": "word", "answers.n": 1})
    assert WORDS.value(source).value(known, "") is None


def facts_of(facts: Mapping[str, object]) -> Facts:
    customer = CustomerFacts(facts=facts)  # type: ignore[arg-type]
    return Facts(call_id="c", customer=customer)  # type: ignore[arg-type]


ODD = [None, b"\xff", [1], {"a": {}}, object(), "half \ud800", "a" * 1_001, 2**70, float("nan"), float("inf"), (1,), 1j]


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: repr(odd)[:20])
def test_a_fact_that_is_none_makes_no_condition_hold(odd: object) -> None:
    facts = facts_of({"x": odd, "y": 1})
    holds = [WORDS.condition(f"customer.facts.{name} == 1").holds(Known(facts=facts, answers={}), "") for name in "xy"]
    assert holds == [False, True]


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("(|1)" * 24, "too many choices"),
        ("(1|1)" * 18, "too many choices"),
        ("1?" * 40, "too many choices"),
        (r"\d*\d*\d*\d*", "more than 3 parts of open length"),
        ("(1+)+", "repeats a group"),
        (r"\d{99999999999}", "is not a regular expression: the repetition number is too large"),
        ("(?u)1", "is not a regular expression: ASCII and UNICODE"),
        ("[[0-9]]", "is not a regular expression: Possible nested set"),
        ("(" * 99, "is not a regular expression"),
        (r"\N{nothing}", "is not a regular expression"),
    ],
)  # fmt: skip
def test_a_pattern_that_takes_long_or_is_none_is_refused(pattern: str, told: str) -> None:
    fields = f"type: collect, say: hello, max_digits: 40, save_as: x, to: bye, pattern: '{pattern}'"
    told_now = flow_faults(HEAD + f"  other: {{{fields}}}\n")
    assert any(told in each for each in told_now), told_now


@pytest.mark.parametrize("pattern", [r"\d*\d*\d*", r"\d*\d*\d*[^0-9]", "(|1)" * 16, "1?" * 16, "(1|1)(1|1)1*1*x"])
def test_a_pattern_at_its_worst_is_quick(pattern: str) -> None:
    body = f"a: {{type: collect, say: t, max_digits: 40, save_as: x, pattern: '{pattern}', to: bye}}"
    made = nodes(body, start="a").nodes["a"].pattern  # type: ignore[attr-defined]
    begun = time.process_time()
    made.fullmatch("1" * 40)
    made.fullmatch("1" * 39 + "2")
    assert time.process_time() - begun < STEP_S
