"""`set`: values are worked out and kept under names."""

import pytest

from telephony.ivr.expressions import ValueType
from telephony.ivr.facts import CustomerFacts
from telephony.ivr.nodes.setting import as_type
from telephony.ivr.position import Seen
from tests.fakes.caller import Caller, flow_faults, nodes

FLOW = nodes(
    """
    digits: {type: collect, say: enter, max_digits: 3, save_as: typed, to: keep}
    keep:
      type: set
      values:
        twice: answers.typed + answers.typed
        count: {value: int(answers.typed), as: whole}
        price: {value: customer.facts.price, as: number}
        known: {value: customer.known, as: flag}
      to: decide
    decide:
      type: branch
      when: [{if: "answers.known && answers.count > 100 && answers.price < 2.0", to: person}]
      else: digits
    """,
    start="digits",
)
ELENA = CustomerFacts(facts={"price": 1})


def test_values_are_kept_with_their_types() -> None:
    caller = Caller(FLOW, customer=ELENA).presses("123")
    assert caller.at == "person"
    assert caller.answers["answers.twice"] == "123123"
    assert caller.answers["answers.count"] == 123
    assert caller.answers["answers.price"] == 1.0
    assert ("keep", Seen.CHOSE, "", "answers.twice, answers.count, answers.price, answers.known") in caller.journal


def test_what_cannot_be_worked_out_is_the_types_nothing() -> None:
    caller = Caller(FLOW).presses("123")
    assert caller.at == "digits"
    assert caller.answers["answers.price"] == 0.0
    assert caller.answers["answers.known"] is False


def test_values_are_worked_out_before_the_first_is_kept() -> None:
    flow = nodes(
        """
        first: {type: set, values: {a: "'1'", b: "'2'"}, to: swap}
        swap: {type: set, values: {a: answers.b, b: answers.a}, to: person}
        """,
        start="first",
    )
    assert Caller(flow).answers == {"answers.a": "2", "answers.b": "1"}


def test_what_is_made_of_a_sensitive_answer_is_sensitive() -> None:
    flow = nodes(
        """
        pin: {type: collect, say: enter, max_digits: 4, save_as: pin, sensitive: true, to: copy}
        copy: {type: set, values: {copy: answers.pin, other: "'x'"}, to: again}
        again: {type: set, values: {third: answers.copy + '-'}, to: person}
        """,
        start="pin",
    )
    caller = Caller(flow).presses("9876")
    assert caller.answers["answers.third"] == "9876-"
    assert "9876" not in repr(caller.steps)
    assert "9876" not in repr(caller.now.position.answers)
    assert {given.name for given in caller.now.position.answers if given.sensitive} == {
        "answers.pin",
        "answers.copy",
        "answers.third",
    }


@pytest.mark.parametrize(
    ("value", "wanted", "kept"),
    [
        (None, ValueType.TEXT, ""),
        (True, ValueType.TEXT, "true"),
        ("x" * 900, ValueType.TEXT, "x" * 500),
        ("12", ValueType.WHOLE, 12),
        ("twelve", ValueType.WHOLE, 0),
        (None, ValueType.NUMBER, 0.0),
        (float("inf"), ValueType.WHOLE, 0),
        ("9" * 400, ValueType.WHOLE, 0),
        (2**63, ValueType.WHOLE, 0),
        (-(2**63), ValueType.WHOLE, -(2**63)),
        ("true", ValueType.FLAG, False),
    ],
)
def test_a_value_has_the_type_it_is_kept_as(value: object, wanted: ValueType, kept: object) -> None:
    assert as_type(value, wanted) == kept


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ("{}", "must give at least one name and value"),
        ("{A: '1'}", "names 'A'; a name is"),
        ("{a: {value: answers.nothing}}", "names 'answers.nothing', which is unknown"),
        ("{a: {value: '1', is: whole}}", "unknown key 'is'"),
        ("{a: customer.facts}", "must give a text, a number or true or false, but gives"),
    ],
)
def test_faults_in_values_are_told(values: str, told: str) -> None:
    faults = flow_faults(f"""
        flow: test
        languages: [en]
        start: keep
        nodes:
          keep: {{type: set, values: {values}, to: line}}
          line: {{type: queue, queue: sales, otherwise: bye}}
          bye: {{type: hangup}}
        """)
    assert told in "\n".join(faults)
