"""What an author hardly meant is told, and what was meant is not."""

import pytest

from telephony.ivr.check import Around, Code, Finding, review
from tests.fakes.caller import ANY_TEXTS, nodes


def told(source: str, start: str) -> list[Finding]:
    found = list(review(nodes(source, start=start), Around(texts=ANY_TEXTS)))
    assert not any(each.is_error for each in found)
    return [each for each in found if each.code is not Code.NOBODY_THERE]


def test_a_case_behind_the_same_condition_never_comes() -> None:
    source = """\
    if:
      type: branch
      when:
        - {if: customer.known, label: first, to: person}
        - {if: open.office, to: bye}
        - {if: "customer .known", label: second, to: bye}
      else: bye
    """
    (found,) = told(source, "if")
    assert found.code is Code.SAME_CONDITION
    assert "case 3 ('second') never comes: case 1 has the same condition" in found.text


def test_keys_with_one_label_must_do_the_same() -> None:
    menu = "menu: {type: menu, say: t, keys: {1: {label: Sales, to: person}, 2: {label: sales, to: %s}}}"
    (found,) = told(menu % "bye", "menu")
    assert found.code is Code.SAME_LABEL
    assert told(menu % "person", "menu") == []


def test_who_waited_in_vain_is_not_sent_to_the_end_of_the_same_line() -> None:
    source = """\
    first: {type: queue, queue: sales, otherwise: sorry}
    sorry: {type: play, say: t, to: %s}
    second: {type: queue, queue: sales, otherwise: bye}
    message: {type: voicemail, mailbox: sales, to: second}
    menu: {type: menu, say: t, keys: {1: first, 2: message}}
    """
    (found,) = told(source % "second", "menu")
    assert (found.code, found.node) == (Code.SAME_LINE, "first")
    assert "first -> sorry -> second" in found.text
    assert told(source % "person", "menu") == []


@pytest.mark.parametrize("names", [("contained", "containd"), ("order_told", "order_tlod"), ("resolved", "resolvd")])
def test_a_name_that_is_almost_another_is_told_once(names: tuple[str, str]) -> None:
    source = "one: {type: play, say: t, %s: %s, to: two}\ntwo: {type: play, say: t, %s: %s, to: person}"
    for what in ("outcome", "milestone"):
        (found,) = told(source % (what, names[0], what, names[1]), "one")
        assert found.code is Code.NEAR_NAME


@pytest.mark.parametrize("names", [("step_1", "step_2"), ("same_name", "same_name"), ("sold", "told"), ("a", "b")])
def test_names_that_are_meant_to_be_alike_are_not(names: tuple[str, str]) -> None:
    source = "one: {type: play, say: t, outcome: %s, to: two}\ntwo: {type: play, say: t, outcome: %s, to: person}"
    assert told(source % names, "one") == []
