"""`consent`: nothing is recorded against a caller's word."""

import pytest

from telephony.ivr.position import CallAgent, EnterLine, QueueOutcome, Seen
from tests.fakes.caller import Caller, nodes

FLOW = nodes(
    """
    may_we: {type: consent, to: line}
    line: {type: queue, queue: sales, record: true, otherwise: maria}
    maria: {type: agent, agent: maria, record: true, otherwise: person}
    """,
    start="may_we",
)
SILENCE_IS_YES = nodes(
    """
    may_we: {type: consent, say: we_record, yes: 5, no: 6, without_answer: yes, to: line}
    line: {type: queue, queue: sales, record: true, otherwise: person}
    """,
    start="may_we",
)


def line(caller: Caller) -> EnterLine:
    assert isinstance(caller.now.task, EnterLine)
    return caller.now.task


def test_who_agrees_is_recorded() -> None:
    caller = Caller(FLOW)
    assert caller.hears == ["ask_to_record"]
    caller.presses("1")
    assert (line(caller).record, line(caller).may_record) == (True, True)
    assert ("may_we", Seen.CONSENT, "1", "yes") in caller.journal


def test_who_refuses_is_recorded_nowhere() -> None:
    caller = Caller(FLOW).presses("2")
    assert (line(caller).record, line(caller).may_record) == (False, False)
    caller.leaves_line(QueueOutcome.NO_AGENTS)
    assert isinstance(caller.now.task, CallAgent)
    assert not caller.now.task.record
    assert ("may_we", Seen.CONSENT, "2", "no") in caller.journal


@pytest.mark.parametrize(("flow", "recorded"), [(FLOW, False), (SILENCE_IS_YES, True)])
def test_silence_means_what_the_flow_says(flow: object, recorded: bool) -> None:
    caller = Caller(flow).says_nothing()  # type: ignore[arg-type]
    assert line(caller).record is recorded


def test_wrong_keys_count_as_silence() -> None:
    assert not line(Caller(FLOW).presses("7").presses("7")).may_record


def test_a_key_typed_ahead_counts() -> None:
    flow = nodes(
        """
        menu: {type: menu, say: menu, keys: {1: may_we}}
        may_we: {type: consent, to: person}
        """,
        start="menu",
    )
    assert not line(Caller(flow).presses("12")).may_record


def test_a_hang_up_while_asked_ends_the_flow() -> None:
    assert Caller(FLOW).hangs_up().now.ended
