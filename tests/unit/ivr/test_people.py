"""Queues, agents, voicemail, and how a call ends."""

import pytest

from telephony.calls.commands import HandOver, HangUp, Say
from telephony.calls.events import RingOutcome
from telephony.calls.model import AgentId
from telephony.ivr.facts import CustomerFacts
from telephony.ivr.position import QueueOutcome, Seen
from tests.fakes.caller import Caller, flow_of, nodes

LINE = nodes(
    """
    hello: {type: play, say: welcome, to: line}
    line: {type: queue, queue: sales, say: please_hold, wait_s: 60, record: true, otherwise: message, then: thanks}
    message: {type: voicemail, mailbox: sales, to: bye}
    thanks: {type: hangup, say: thank_you}
    menu: {type: menu, say: menu, keys: {1: hello}}
    """,
    start="menu",
)

AGENT = nodes(
    """
    mine: {type: agent, agent: personal, say: transferring, otherwise: maria}
    maria: {type: agent, agent: maria, say: transferring, otherwise: person}
    """,
    start="mine",
)

LOYAL = CustomerFacts(personal_agent=AgentId("ivan"))


def test_what_is_said_on_the_way_is_heard_in_the_line() -> None:
    caller = Caller(LINE).presses("1")
    assert caller.in_line == "sales"
    assert caller.hears == ["welcome", "please_hold"]


def test_a_call_is_answered_before_it_stands_in_a_line() -> None:
    caller = Caller(nodes("", start="person"))
    assert caller.now.batch is not None
    assert caller.listens().in_line == "operator"


def test_who_has_talked_goes_on_after_the_talk() -> None:
    caller = Caller(LINE).presses("1").leaves_line(QueueOutcome.ANSWERED)
    assert caller.hears == ["thank_you"]
    assert caller.hung_up


def test_without_anything_after_the_talk_the_call_ends() -> None:
    caller = Caller(nodes("", start="person")).listens().leaves_line(QueueOutcome.ANSWERED)
    assert caller.hung_up


@pytest.mark.parametrize("outcome", [QueueOutcome.NO_AGENTS, QueueOutcome.TIMEOUT, QueueOutcome.FAILED])
def test_a_line_that_serves_nobody_leads_on(outcome: QueueOutcome) -> None:
    caller = Caller(LINE).presses("1").leaves_line(outcome)
    assert caller.records is not None
    assert ("line", Seen.LEFT, outcome.value, "") in caller.journal


def test_turns_go_on_after_those_the_line_used() -> None:
    caller = Caller(LINE).presses("1")
    in_line = caller.turn
    assert caller.leaves_line(QueueOutcome.TIMEOUT, batches=5).turn == in_line + 6


def test_an_old_news_of_the_line_is_ignored() -> None:
    caller = Caller(LINE).presses("1")
    before = caller.now
    assert caller.leaves_line(QueueOutcome.TIMEOUT, batches=-1).now is before


def test_a_message_is_recorded_under_a_name_safe_for_files() -> None:
    caller = Caller(LINE).becomes(call_id="../../etc/passwd\n;x" + "y" * 300).presses("1")
    record = caller.leaves_line(QueueOutcome.TIMEOUT).records
    assert record is not None
    assert len(record.name) < 110
    assert set(record.name) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")


def test_after_the_message_the_flow_goes_on() -> None:
    caller = Caller(LINE).presses("1").leaves_line(QueueOutcome.TIMEOUT).leaves_message(4.2)
    assert caller.hears == ["goodbye"]
    assert caller.hung_up
    assert ("message", Seen.RECORDED, "message", "4.2 s") in caller.journal


def test_a_customer_reaches_their_own_agent() -> None:
    caller = Caller(AGENT, customer=LOYAL)
    assert caller.hears == ["transferring"]
    assert caller.listens().with_agent == "ivan"


def test_a_stranger_goes_past_the_personal_agent() -> None:
    caller = Caller(AGENT).listens()
    assert caller.with_agent == "maria"
    assert ("mine", Seen.LEFT, "nobody", "") in caller.journal


@pytest.mark.parametrize("outcome", [RingOutcome.NO_ANSWER, RingOutcome.BUSY, RingOutcome.UNAVAILABLE])
def test_an_agent_who_does_not_answer_leads_on(outcome: RingOutcome) -> None:
    caller = Caller(AGENT).listens().leaves_agent(outcome)
    assert caller.in_line == "operator"


def test_an_agent_who_hangs_up_ends_the_call() -> None:
    assert Caller(AGENT).listens().leaves_agent(RingOutcome.ANSWERED).hung_up


def test_a_personal_agent_who_is_gone_meanwhile_leads_on() -> None:
    caller = Caller(AGENT, customer=LOYAL).becomes(customer=None).listens()
    assert caller.at == "maria"


def test_a_notice_that_must_be_heard_is_not_skipped_by_keys() -> None:
    flow = nodes(
        """
        notice: {type: play, say: recorded_call, barge_in: false, to: menu}
        menu: {type: menu, say: menu, keys: {1: person}}
        """,
        start="notice",
    )
    commands = Caller(flow).now.batch.commands  # type: ignore[union-attr]
    assert [type(command).__name__ for command in commands] == ["Answer", "Say", "Ask"]


def test_a_hang_up_that_we_asked_for_is_not_the_callers() -> None:
    caller = Caller(LINE).presses("1").leaves_line(QueueOutcome.ANSWERED).hangs_up()
    assert caller.now.ended
    assert Seen.HUNG_UP not in [event for _, event, _, _ in caller.journal]


def test_a_call_that_goes_round_for_ever_is_given_to_the_carriers_fallback() -> None:
    caller = Caller(nodes("menu: {type: menu, say: menu, keys: {1: menu}}", start="menu"))
    for _ in range(600):
        caller.presses("1")
    assert caller.handed_over
    assert caller.journal[-1] == ("menu", Seen.LOST, "", "")
    assert caller.hangs_up().now.ended


def test_a_node_that_is_gone_leads_to_the_carriers_fallback() -> None:
    caller = Caller(LINE)
    caller.flow = nodes("", start="person")
    assert caller.presses("1").handed_over


def test_a_hang_up_that_fails_ends_the_flow_all_the_same() -> None:
    caller = Caller(LINE).presses("1").leaves_line(QueueOutcome.ANSWERED).fails()
    assert caller.now.ended
    assert caller.now.batch is None


def test_the_end_says_its_texts_first() -> None:
    caller = Caller(LINE).presses("1").leaves_line(QueueOutcome.ANSWERED)
    commands = caller.now.batch.commands  # type: ignore[union-attr]
    assert isinstance(commands[0], Say)
    assert isinstance(commands[-1], HangUp)
    assert HandOver() not in commands


SPEECHLESS = nodes(
    """
    menu: {type: menu, say: menu, keys: {1: bye}}
    """,
    start="menu",
)


def test_a_caller_to_whom_nothing_can_be_said_reaches_a_person() -> None:
    caller = Caller(SPEECHLESS).lacks_a_prompt()
    assert caller.in_line == "operator"
    assert caller.hears == ["sorry_hold_for_a_person"]
    assert ("menu", Seen.FAILED, "", "prompt") in caller.journal


def test_a_flow_without_a_person_leaves_a_caller_it_cannot_speak_to_to_the_carriers_fallback() -> None:
    flow = flow_of(
        """
        flow: test
        languages: [en]
        start: menu
        nodes:
          menu: {type: menu, say: menu, keys: {1: line}, no_input: {to: line}, no_match: {to: line}}
          line: {type: queue, queue: sales, otherwise: bye}
          bye: {type: hangup}
        """
    )
    assert Caller(flow).lacks_a_prompt().handed_over


def test_a_person_whose_greeting_is_missing_is_called_all_the_same() -> None:
    assert Caller(AGENT, customer=LOYAL).lacks_a_prompt().with_agent == "ivan"


def test_a_message_whose_words_are_missing_is_taken_all_the_same() -> None:
    caller = Caller(LINE).presses("1").leaves_line(QueueOutcome.TIMEOUT).lacks_a_prompt()
    assert caller.records is not None
    assert caller.hears == []
    assert caller.lacks_a_prompt().hung_up
