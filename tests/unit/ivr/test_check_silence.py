"""Who presses nothing is not hung up on."""

from telephony.ivr.check import Code, Finding, findings
from telephony.ivr.check.silence import unmet
from tests.fakes.caller import unproven_flow

HEAD = "flow: test\nlanguages: [en]\nstart: menu\nno_keys: person\nnodes:\n"
PERSON = "  person: {type: queue, queue: sales, otherwise: bye}\n  bye: {type: hangup}\n"
MENU = "  menu: {type: menu, say: t, keys: {1: person, 2: other, 9: bye}}\n"


def told(nodes: str) -> list[Finding]:
    return [each for each in findings(unproven_flow(HEAD + nodes + PERSON)) if each.code is Code.SILENT_CALLER]


def test_silence_that_ends_in_a_hang_up_is_told_with_its_way() -> None:
    nodes = """\
  menu: {type: menu, say: t, keys: {1: person}, no_input: {to: sorry}}
  sorry: {type: play, say: t, to: bye}
"""
    (found,) = told(nodes)
    assert "menu -> sorry -> bye" in found.text


def test_silence_at_a_later_question_counts_too() -> None:
    other = "  other: {type: collect, say: t, max_digits: 4, save_as: x, to: person, no_input: {to: bye}}\n"
    assert len(told(MENU + other)) == 1


def test_an_agent_who_does_not_answer_is_not_enough_but_a_message_is() -> None:
    agent = "  other: {type: menu, say: t, keys: {1: bye}, no_input: {to: ring}}\n"
    ring = "  ring: {type: agent, agent: maria, otherwise: %s}\n"
    message = "  message: {type: voicemail, mailbox: sales, to: bye}\n"
    assert told(MENU + agent + ring % "bye")
    assert not told(MENU + agent + ring % "message" + message)


def test_an_outside_number_that_does_not_answer_is_not_enough() -> None:
    nodes = """\
  menu: {type: menu, say: t, keys: {1: person}, no_input: {to: ring}}
  ring: {type: external, number: "+35921234567", otherwise: bye}
"""
    assert told(nodes)


def test_each_question_is_followed_when_it_is_not_answered() -> None:
    asked = {
        "consent": "{type: consent, say: t, to: ask}",
        "survey": "{type: survey, questions: [{name: s, say: t}], to: ask}",
        "callback": "{type: callback, say: t, queue: sales, to: ask, otherwise: ask}",
        "identify": "{type: identify, number: {say: t}, pin: {say: t}, to: ask, otherwise: ask}",
        "language": "{type: language, say: t, choose: {1: en}, to: ask, no_input: {to: ask}}",
        "lookup": "{type: lookup, source: orders, gives: {x: text}, to: ask, otherwise: ask}",
        "hours": "{type: hours, calendar: office, open: ask, closed: ask}",
        "set": '{type: set, values: {x: "1"}, to: ask}',
    }
    ask = "  ask: {type: menu, say: t, keys: {1: person}, no_input: {to: %s}}\n"
    for first in asked.values():
        nodes = f"  menu: {first}\n" + ask % "then"
        for then in asked.values():
            after = f"  then: {then}\n".replace("ask", "bye")
            assert told(nodes + after), (first, then)
            assert not told(nodes + after.replace("bye", "person")), (first, then)


def test_silence_that_goes_round_is_told() -> None:
    other = """\
  other: {type: menu, say: t, keys: {1: bye}, no_input: {to: more}}
  more: {type: survey, questions: [{name: s, say: t}], to: other}
"""
    (found,) = told(MENU + other)
    assert "goes round: other -> more -> other" in found.text


def test_who_has_been_served_may_simply_be_silent() -> None:
    ends = "  rate: {type: menu, say: t, keys: {1: bye}, no_input: {to: bye}}\n"
    assert told(MENU + "  other: {type: play, say: t, to: rate}\n" + ends)
    for served in (
        "{type: play, say: t, outcome: contained, to: rate}",
        "{type: queue, queue: sales, otherwise: person, then: rate}",
        "{type: voicemail, mailbox: sales, to: rate}",
        "{type: callback, say: t, queue: sales, to: rate, otherwise: person}",
    ):
        assert not told(MENU + f"  other: {served}\n" + ends), served


def test_an_outcome_does_not_excuse_what_happens_to_who_never_pressed_a_key() -> None:
    nodes = """\
  menu: {type: play, say: t, outcome: contained, to: ask}
  ask: {type: menu, say: t, keys: {1: person}, no_input: {to: bye}}
"""
    assert told(nodes)


def test_a_survey_or_a_notice_may_end_the_call_of_who_chose_it() -> None:
    assert not told(MENU + "  other: {type: survey, questions: [{name: s, say: t}], to: bye}\n")


def nobody_there(nodes: str) -> list[str]:
    flow = unproven_flow(HEAD.replace("start: menu", "start: person") + nodes)
    return [each.text for each in unmet(flow)]


def test_a_line_with_nothing_behind_it_is_told_with_its_way() -> None:
    nodes = """\
  person: {type: queue, queue: sales, otherwise: sorry}
  sorry: {type: play, say: t, to: bye}
  bye: {type: hangup}
"""
    (text,) = nobody_there(nodes)
    assert "person -> sorry -> bye" in text
    assert not nobody_there(nodes.replace("sorry: {", "sorry: {outcome: nobody_there, "))


def test_a_message_behind_the_line_is_enough() -> None:
    nodes = """\
  person: {type: queue, queue: sales, otherwise: message}
  message: {type: voicemail, mailbox: sales, to: bye}
  bye: {type: hangup}
"""
    assert not nobody_there(nodes)
