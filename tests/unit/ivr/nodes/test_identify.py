"""`identify`: number and PIN, attempts limited, neither ever shown."""

import pytest

from telephony.ivr.position import Answered, Seen
from tests.fakes.caller import Caller, flow_faults, nodes

FLOW = nodes(
    """
    who:
      type: identify
      number: {say: enter_number, min_digits: 4, max_digits: 6}
      pin: {say: enter_pin}
      attempts: 2
      to: account
      otherwise: person
    account: {type: menu, say: account, keys: {1: bye}}
    """,
    start="who",
)


def asked() -> Caller:
    return Caller(FLOW).presses("4711").presses("8642")


def test_the_number_is_asked_then_the_pin_and_both_are_checked() -> None:
    caller = Caller(FLOW)
    assert caller.hears == ["enter_number"]
    assert caller.presses("4711").hears == ["enter_pin"]
    task = caller.presses("8642").verifies
    assert (task.number, task.pin) == ("4711", "8642")


def test_a_customer_goes_on_and_the_journal_tells_who_it_is() -> None:
    caller = asked().is_verified()
    assert caller.hears == ["account"]
    assert ("who", Seen.FOUND, "c-1", "") in caller.journal


def test_a_wrong_pair_is_told_and_both_are_asked_again() -> None:
    caller = asked().is_verified(Answered.NOT_FOUND)
    assert caller.hears == ["not_right", "enter_number"]
    assert caller.presses("4711").hears == ["enter_pin"]


def test_attempts_are_limited_and_a_person_takes_over() -> None:
    caller = asked().is_verified(Answered.NOT_FOUND).presses("4711").presses("1111").is_verified(Answered.NOT_FOUND)
    assert caller.at == "person"
    assert [event for _, event, _, _ in caller.journal].count(Seen.REFUSED) == 2
    assert ("who", Seen.GAVE_UP, "", "person") in caller.journal


def test_a_check_that_fails_leads_to_a_person_at_once() -> None:
    caller = asked().is_verified(Answered.FAILED)
    assert caller.at == "person"
    assert ("who", Seen.FAILED, "", "") in caller.journal


def test_number_and_pin_may_be_typed_ahead() -> None:
    task = Caller(FLOW).presses("4711#8642#").verifies
    assert (task.number, task.pin) == ("4711", "8642")


def test_keys_typed_after_a_wrong_pin_are_forgotten() -> None:
    caller = Caller(FLOW).presses("4711#8642#1").is_verified(Answered.NOT_FOUND)
    assert caller.hears == ["not_right", "enter_number"]
    assert caller.now.position.typed == ""


def test_keys_typed_after_a_right_pin_answer_what_follows() -> None:
    assert Caller(FLOW).presses("4711#8642#1").is_verified().hung_up


def test_number_and_pin_are_nowhere_to_be_seen() -> None:
    caller = Caller(FLOW).presses("4711").presses("8642").is_verified(Answered.NOT_FOUND)
    caller.presses("4711").presses("99").presses("8642").is_verified()
    seen = repr(caller.steps) + repr(caller.journal)
    assert "4711" not in seen
    assert "8642" not in seen
    assert ("who", Seen.NO_MATCH, "***", "pin") in caller.journal
    assert caller.answers == {}
    assert caller.now.position.held == ()


def test_a_caller_who_types_nothing_reaches_a_person() -> None:
    assert Caller(FLOW).says_nothing().says_nothing().says_nothing().at == "person"
    caller = Caller(FLOW).presses("4711").says_nothing().says_nothing().says_nothing()
    assert caller.at == "person"
    assert caller.now.position.held == ()


@pytest.mark.parametrize("keys", [(), ("4711",), ("4711", "8642")])
def test_a_hang_up_in_each_state_ends_the_flow_and_forgets_what_was_typed(keys: tuple[str, ...]) -> None:
    caller = Caller(FLOW)
    for key in keys:
        caller.presses(key)
    caller.hangs_up()
    assert caller.now.ended
    assert caller.now.position.held == ()


def test_lengths_that_contradict_are_told() -> None:
    faults = flow_faults("""
        flow: test
        languages: [en]
        start: who
        nodes:
          who:
            type: identify
            number: {say: x, min_digits: 6, max_digits: 4}
            to: line
            otherwise: line
          line: {type: queue, queue: sales, otherwise: bye}
          bye: {type: hangup}
        """)
    assert "'number': 'max_digits' must be at least min_digits (6)" in "\n".join(faults)
    assert "'pin' is missing; it holds 'say' and how many digits" in "\n".join(faults)
