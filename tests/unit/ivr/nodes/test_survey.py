"""`survey`: scores are asked for, and nobody is pressed to give one."""

import pytest

from telephony.calls.commands import HangUp
from telephony.ivr.position import QueueOutcome, Seen
from tests.fakes.caller import Caller, flow_faults, nodes

FLOW = nodes(
    """
    line: {type: queue, queue: sales, otherwise: person, then: scores}
    scores:
      type: survey
      questions:
        - {name: agent, say: rate_agent}
        - {name: solved, say: rate_solved, lowest: 0, highest: 1}
      to: decide
    decide:
      type: branch
      when: [{if: answers.agent == "1", to: sorry}]
      else: bye
    sorry: {type: hangup, say: sorry}
    """,
    start="line",
)


def talked() -> Caller:
    return Caller(FLOW).listens().leaves_line(QueueOutcome.ANSWERED)


def test_scores_are_asked_one_after_the_other_and_noted() -> None:
    caller = talked()
    assert caller.hears == ["rate_agent"]
    assert caller.presses("5").hears == ["rate_solved"]
    assert caller.presses("1").hears == ["goodbye"]
    assert ("scores", Seen.SCORED, "5", "agent") in caller.journal
    assert ("scores", Seen.SCORED, "1", "solved") in caller.journal


def test_scores_are_known_to_conditions() -> None:
    assert talked().presses("1").presses("0").hears == ["sorry"]


def test_who_gives_no_score_is_asked_the_next_question() -> None:
    caller = talked().says_nothing()
    assert caller.hears == ["rate_solved"]
    assert caller.says_nothing().hung_up
    assert Seen.SCORED not in [event for _, event, _, _ in caller.journal]


def test_a_wrong_key_is_asked_once_again() -> None:
    caller = talked().presses("9")
    assert caller.hears == ["rate_agent"]
    assert caller.presses("9").hears == ["rate_solved"]


def test_scores_typed_ahead_are_taken() -> None:
    caller = talked().presses("51")
    assert caller.now.batch is not None
    assert isinstance(caller.now.batch.commands[-1], HangUp)


@pytest.mark.parametrize("keys", [(), ("5",)])
def test_a_hang_up_in_each_question_ends_the_flow(keys: tuple[str, ...]) -> None:
    caller = talked()
    for key in keys:
        caller.presses(key)
    assert caller.hangs_up().now.ended


@pytest.mark.parametrize(
    ("questions", "told"),
    [
        ("[]", "must be a list of 1 to 10"),
        ("[a]", "must be a list of questions, each with 'name' and 'say'"),
        ("[{name: a, say: x, lowest: 5, highest: 5}]", "'highest' must be over lowest (5)"),
        ("[{name: a, say: x, hihgest: 5}]", "unknown key 'hihgest' (did you mean 'highest'?)"),
    ],
)
def test_faults_in_questions_are_told(questions: str, told: str) -> None:
    faults = flow_faults(f"""
        flow: test
        languages: [en]
        start: line
        nodes:
          line: {{type: queue, queue: sales, otherwise: bye, then: scores}}
          scores: {{type: survey, questions: {questions}, to: bye}}
          bye: {{type: hangup}}
        """)
    assert told in "\n".join(faults)
