"""Menus and collected digits: what a caller presses, when, and what becomes of it."""

import pytest

from telephony.ivr.position import Doing, Seen
from tests.fakes.caller import Caller, nodes

MENU = nodes(
    """
    menu:
      type: menu
      say: main_menu
      keys: {1: {label: sales, to: sales}, 2: number, "*": menu}
      no_input: {tries: 2, say: nothing_heard}
      no_match: {tries: 3}
    sales: {type: queue, queue: sales, say: please_hold, otherwise: bye}
    number:
      type: collect
      say: enter_number
      min_digits: 4
      max_digits: 6
      save_as: order
      no_match: {tries: 2, say: wrong_number}
      to: menu
    """,
    start="menu",
)

PIN = nodes(
    """
    pin: {type: collect, say: enter_pin, max_digits: 4, min_digits: 4, save_as: pin, sensitive: true, to: check}
    check:
      type: branch
      when: [{if: answers.pin == "1234", to: person}]
      else: bye
    """,
    start="pin",
)


def test_the_first_batch_answers_the_call_and_asks() -> None:
    caller = Caller(MENU)
    assert caller.now.batch is not None
    assert [type(command).__name__ for command in caller.now.batch.commands] == ["Answer", "Ask"]
    assert caller.hears == ["main_menu"]


def test_a_key_leads_where_the_menu_says() -> None:
    assert Caller(MENU).presses("1").in_line == "sales"


def test_a_menu_answer_is_noted_with_its_label() -> None:
    assert ("menu", Seen.KEYS, "1", "sales") in Caller(MENU).presses("1").journal


def test_a_wrong_key_is_told_and_asked_again() -> None:
    caller = Caller(MENU).presses("7")
    assert caller.hears == ["not_understood", "main_menu"]
    assert ("menu", Seen.NO_MATCH, "7", "") in caller.journal


def test_after_three_wrong_keys_a_person_takes_over() -> None:
    assert Caller(MENU).presses("7").presses("8").presses("9").in_line == "operator"


def test_a_silent_phone_reaches_a_person() -> None:
    caller = Caller(MENU).says_nothing()
    assert caller.hears == ["nothing_heard", "main_menu"]
    assert caller.says_nothing().in_line == "operator"
    assert ("menu", Seen.GAVE_UP, "", "person") in caller.journal


def test_silence_and_wrong_keys_are_counted_apart() -> None:
    caller = Caller(MENU).says_nothing().presses("7").presses("7")
    assert caller.at == "menu"
    assert caller.says_nothing().in_line == "operator"


def test_coming_back_to_a_menu_begins_to_count_anew() -> None:
    caller = Caller(MENU).says_nothing().presses("*").says_nothing()
    assert caller.at == "menu"


def test_a_late_answer_to_an_earlier_question_is_ignored() -> None:
    caller = Caller(MENU).says_nothing()
    before = caller.now
    assert caller.presses("1", to_turn=1).now is before


def test_turns_grow_with_every_batch() -> None:
    caller = Caller(MENU).says_nothing().presses("2").presses("1234")
    assert [taken.batch.turn for taken in caller.steps if taken.batch] == [1, 2, 3, 4]


def test_digits_are_collected_and_noted_under_their_name() -> None:
    caller = Caller(MENU).presses("2").presses("12345")
    assert caller.at == "menu"
    assert ("number", Seen.KEYS, "12345", "order") in caller.journal
    assert [(given.name, given.value) for given in caller.now.position.answers] == [("answers.order", "12345")]


@pytest.mark.parametrize("digits", ["123", "12*4", "*"])
def test_digits_that_are_too_few_or_no_digits_are_asked_again(digits: str) -> None:
    assert Caller(MENU).presses("2").presses(digits).hears == ["wrong_number", "enter_number"]


def test_keys_typed_ahead_skip_what_they_answer() -> None:
    caller = Caller(MENU).presses("21234#1")
    assert caller.in_line == "sales"
    assert [event for _, event, _, _ in caller.journal if event is Seen.KEYS] == [Seen.KEYS] * 3


def test_a_number_half_typed_ahead_is_completed_in_silence() -> None:
    caller = Caller(MENU).presses("212")
    assert caller.hears == []
    assert caller.ask.max_digits == 4
    assert caller.presses("34").at == "menu"
    assert ("number", Seen.KEYS, "1234", "order") in caller.journal


def test_a_number_typed_ahead_and_ended_by_a_pause_counts() -> None:
    caller = Caller(MENU).presses("21234").says_nothing()
    assert ("number", Seen.KEYS, "1234", "order") in caller.journal


def test_the_hash_after_the_last_possible_digit_does_not_spoil_the_next_question() -> None:
    caller = Caller(MENU).presses("2").presses("123456")
    assert caller.presses("#").hears == ["main_menu"]
    assert not [event for _, event, _, _ in caller.journal if event is Seen.NO_MATCH]
    assert caller.presses("#").hears == ["not_understood", "main_menu"]


def test_wrong_keys_typed_ahead_are_forgotten() -> None:
    assert Caller(MENU).presses("71").hears == ["not_understood", "main_menu"]


def test_five_hundred_digits_do_no_harm() -> None:
    caller = Caller(MENU).presses("2").presses("1" * 500)
    assert len(caller.now.position.typed) <= 64
    assert caller.in_line == "sales"


def test_a_question_that_cannot_be_played_still_leads_to_a_person() -> None:
    assert Caller(MENU).fails().fails().in_line == "operator"


def test_a_sensitive_answer_is_used_but_never_shown() -> None:
    caller = Caller(PIN).presses("1234")
    assert caller.in_line == "operator"
    assert "1234" not in repr(caller.steps)
    assert ("pin", Seen.KEYS, "***", "pin") in caller.journal


def test_a_wrong_sensitive_answer_is_never_shown() -> None:
    caller = Caller(PIN).presses("99")
    assert ("pin", Seen.NO_MATCH, "***", "") in caller.journal
    assert "99" not in repr(caller.steps)


def test_a_hang_up_in_a_question_ends_the_flow() -> None:
    caller = Caller(MENU).hangs_up()
    assert caller.now.ended
    assert caller.now.position.doing is Doing.OVER
    assert caller.journal[-1] == ("menu", Seen.HUNG_UP, "", "")
    assert caller.presses("1").now.ended
