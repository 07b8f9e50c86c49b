"""Branches and languages: what a flow decides from what is known."""

import pytest

from telephony.ivr.expressions import ExpressionError, Known, ValueType, Vocabulary
from telephony.ivr.facts import CalendarState, CustomerFacts, Facts
from telephony.ivr.position import Seen
from tests.fakes.caller import Caller, nodes

LANGUAGES = nodes(
    """
    choose:
      type: language
      say: choose_language
      choose: {1: en, 2: ru}
      no_input: {tries: 1, to: hello}
      to: hello
    hello: {type: play, say: welcome, to: menu}
    menu: {type: menu, say: menu, keys: {1: english}}
    english: {type: language, set: en, to: menu}
    """,
    start="choose",
)

VIP = CustomerFacts(name="Ann", facts={"tier": "vip", "debt": 12.5, "calls": 3, "late": True})


def holds(source: str, facts: Facts | None = None, **answers: str) -> bool:
    vocabulary = Vocabulary(answers={"answers.order": ValueType.TEXT}, calendars=["office"])
    facts = facts or Facts(call_id="1", caller="+359888", customer=VIP, calendars={"office": CalendarState.OPEN})  # type: ignore[arg-type]
    return vocabulary.condition(source).holds(Known(facts=facts, answers=answers), "")


def branch(condition: str) -> str:
    return f"""
    ask: {{type: menu, say: menu, keys: {{1: decide}}}}
    decide:
      type: branch
      when: [{{if: '{condition}', label: yes, to: person}}]
      else: bye
    """


@pytest.mark.parametrize(
    "source",
    [
        "customer.known",
        'customer.name == "Ann"',
        'customer.facts.tier == "vip"',
        "customer.facts.debt > 10",
        "customer.facts.calls >= 3 && customer.facts.late",
        "has(customer.facts.tier)",
        '!has(customer.facts.shoe) || customer.facts.shoe != "left"',
        'customer.facts[?"shoe"].orValue("left") == "left"',
        "open.office",
        'call.caller.startsWith("+359") && !call.withheld',
        'answers.order == ""',
    ],
)
def test_a_condition_sees_what_is_known(source: str) -> None:
    assert holds(source)


@pytest.mark.parametrize("source", ['customer.facts.shoe == "left"', 'customer.facts.shoe != "left"', "1/0 == 1"])
def test_a_condition_that_cannot_be_decided_does_not_hold(source: str) -> None:
    assert not holds(source)


def test_a_caller_id_that_is_no_text_does_no_harm() -> None:
    assert not holds('call.caller == "x"', Facts(call_id="1", caller="\ud800"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("custmer.known", "names 'custmer.known', which is unknown"),
        ("open.ofice", "open.office"),
        ("answers.nothing == ''", "answers.order"),
        ("customer.known == 1", "'==' cannot be used with types bool, int"),
        ("customer.known &&", "Syntax error"),
        ("customer.name", "must be true or false"),
        ("true || " * 100 + "true", "at most 500"),
        ("", "Syntax error"),
    ],
)
def test_a_wrong_condition_says_what_is_wrong(source: str, told: str) -> None:
    with pytest.raises(ExpressionError) as refused:
        Vocabulary(answers={"answers.order": ValueType.TEXT}, calendars=["office"]).condition(source)
    assert told in str(refused.value)


def test_a_branch_takes_the_first_case_that_holds_and_says_so() -> None:
    caller = Caller(nodes(branch("open.office"), start="ask")).presses("1")
    assert caller.in_line == "operator"
    assert ("decide", Seen.CHOSE, "person", "yes") in caller.journal


def test_a_branch_without_a_case_that_holds_takes_else() -> None:
    caller = Caller(nodes(branch("open.office"), start="ask"), is_open=False).presses("1")
    assert caller.at == "bye"
    assert ("decide", Seen.CHOSE, "bye", "else") in caller.journal


def test_a_branch_sees_what_became_known_during_the_call() -> None:
    caller = Caller(nodes(branch("customer.known"), start="ask")).becomes(customer=VIP)
    assert caller.presses("1").in_line == "operator"


def test_a_stranger_hears_the_flows_first_language() -> None:
    assert Caller(LANGUAGES).now.position.language == "en"


def test_a_customer_is_addressed_in_their_language() -> None:
    assert Caller(LANGUAGES, customer=CustomerFacts(language="ru")).now.position.language == "ru"


def test_a_customer_whose_language_the_flow_lacks_hears_its_first() -> None:
    assert Caller(LANGUAGES, customer=CustomerFacts(language="fr")).now.position.language == "en"


def test_the_choice_of_language_is_said_in_each_of_them() -> None:
    assert Caller(LANGUAGES).hears == ["choose_language", "ru/choose_language"]


def test_after_the_choice_everything_is_in_that_language() -> None:
    caller = Caller(LANGUAGES).presses("2")
    assert caller.now.batch is not None
    assert caller.now.batch.language == "ru"
    assert {prompt.language for prompt in caller.ask.prompts} == {"ru"}


def test_a_caller_who_chooses_no_language_is_served_in_the_first() -> None:
    assert Caller(LANGUAGES).says_nothing().hears == ["welcome", "menu"]


def test_a_flow_can_change_the_language() -> None:
    assert Caller(LANGUAGES).presses("2").presses("1").now.position.language == "en"
