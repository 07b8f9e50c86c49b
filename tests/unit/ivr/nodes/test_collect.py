"""`collect`: what is typed is checked, and may be read back."""

import pytest

from telephony.ivr.nodes.collect import is_luhn
from telephony.ivr.position import Seen
from tests.fakes.caller import Caller, flow_faults, nodes

CONFIRMED = nodes(
    """
    number:
      type: collect
      say: enter_number
      min_digits: 4
      max_digits: 6
      save_as: order
      confirm: {say: [you_typed, {digits: answers.order}, yes_or_no], tries: 2}
      to: person
    """,
    start="number",
)
CARD = nodes(
    """
    card: {type: collect, say: enter_card, min_digits: 12, max_digits: 19, check: luhn, save_as: card, to: person}
    """,
    start="card",
)
POSTCODE = nodes(
    """
    code: {type: collect, say: enter_code, max_digits: 4, pattern: "[1-9][0-9]{3}", save_as: code, to: person}
    """,
    start="code",
)


def test_what_was_typed_is_read_back_and_taken_with_a_yes() -> None:
    caller = Caller(CONFIRMED).presses("12345")
    assert caller.hears == ["you_typed", "_n1", "_n2", "_n3", "_n4", "_n5", "yes_or_no"]
    assert caller.presses("1").at == "person"
    assert ("number", Seen.KEYS, "12345", "order") in caller.journal
    assert caller.answers == {"answers.order": "12345"}


def test_a_no_asks_for_the_number_anew() -> None:
    caller = Caller(CONFIRMED).presses("12345").presses("2")
    assert caller.hears == ["enter_number"]
    assert caller.answers == {"answers.order": ""}
    assert ("number", Seen.REFUSED, "", "order") in caller.journal
    assert caller.presses("54321").presses("1").answers == {"answers.order": "54321"}


def test_after_two_noes_a_person_takes_over() -> None:
    caller = Caller(CONFIRMED).presses("12345").presses("2").presses("12345").presses("2")
    assert caller.at == "person"
    assert caller.answers == {"answers.order": ""}
    assert ("number", Seen.GAVE_UP, "", "person") in caller.journal


def test_who_says_neither_has_confirmed_nothing() -> None:
    caller = Caller(CONFIRMED).presses("12345").says_nothing().says_nothing().says_nothing()
    assert caller.at == "person"
    assert caller.answers == {"answers.order": ""}
    assert Seen.KEYS not in [event for _, event, _, _ in caller.journal]


def test_number_and_yes_may_be_typed_ahead() -> None:
    assert Caller(CONFIRMED).presses("12345#1").at == "person"


def test_a_hang_up_at_the_read_back_ends_the_flow() -> None:
    assert Caller(CONFIRMED).presses("12345").hangs_up().now.ended


def test_a_sensitive_number_is_read_back_and_never_noted() -> None:
    flow = nodes(
        """
        pin:
          type: collect
          say: enter
          max_digits: 4
          save_as: pin
          sensitive: true
          confirm: {say: [{digits: answers.pin, sensitive: true}]}
          to: person
        """,
        start="pin",
    )
    caller = Caller(flow).presses("8642").presses("2").presses("7531").presses("1")
    assert caller.answers["answers.pin"] == "7531"
    for secret in ("8642", "7531"):
        assert secret not in repr(caller.steps)
        assert secret not in repr(caller.journal)


def test_a_card_number_with_a_wrong_digit_is_asked_again() -> None:
    assert Caller(CARD).presses("4539578763621486#").at == "person"
    assert Caller(CARD).presses("4539578763621487#").hears == ["not_understood", "enter_card"]


@pytest.mark.parametrize(
    ("digits", "fits"), [("79927398713", True), ("79927398710", False), ("0", True), ("", False), ("18", True)]
)
def test_luhn_is_that_of_iso_7812(digits: str, fits: bool) -> None:
    assert is_luhn(digits) is fits


def test_digits_must_look_like_the_pattern() -> None:
    assert Caller(POSTCODE).presses("1000").at == "person"
    caller = Caller(POSTCODE).presses("0999")
    assert caller.hears == ["not_understood", "enter_code"]
    assert ("code", Seen.NO_MATCH, "0999", "") in caller.journal


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ("pattern: '['", "is not a regular expression"),
        ("pattern: '(1+)+'", "repeats a group, which can take for ever"),
        ("pattern: '1*2*3*4*'", "has more than 3 parts of open length"),
        (f"pattern: '{'1' * 101}'", "has 101 characters; at most 100"),
        ("check: lunh", "is 'lunh' (did you mean 'luhn'?)"),
        ("confirm: {say: x, yes: 1, no: 1}", "'no' must be another key than 'yes'"),
        ("confirm: {}", "'say' is missing"),
        ("confirm: {say: {digits: answers.y}}", "names 'answers.y', which is unknown"),
    ],
)
def test_faults_are_told(fields: str, told: str) -> None:
    faults = flow_faults(f"""
        flow: test
        languages: [en]
        start: number
        no_keys: line
        nodes:
          number: {{type: collect, say: enter, max_digits: 4, save_as: x, {fields}, to: line}}
          line: {{type: queue, queue: sales, otherwise: bye}}
          bye: {{type: hangup}}
        """)
    assert told in "\n".join(faults)
