"""`callback`: the offer, the number, and what is promised only when it is kept."""

import pytest

from telephony.ivr.position import Seen
from tests.fakes.caller import Caller, flow_faults, nodes

FLOW = nodes(
    """
    offer: {type: callback, queue: sales, to: bye, otherwise: person}
    """,
    start="offer",
)


def test_the_callers_own_number_is_called_back() -> None:
    caller = Caller(FLOW, caller="+359888000001")
    assert caller.hears == ["offer_callback"]
    task = caller.presses("1").is_offered
    assert (task.queue, task.number, task.language) == ("sales", "+359888000001", "en")
    assert caller.is_promised().hears == ["callback_promised", "goodbye"]
    assert ("offer", Seen.PROMISED, "sales", "") in caller.journal


def test_another_number_can_be_typed() -> None:
    caller = Caller(FLOW).presses("2")
    assert caller.hears == ["enter_phone_number"]
    assert caller.presses("0888123456#").is_offered.number == "0888123456"


def test_a_caller_without_a_number_is_asked_for_one() -> None:
    caller = Caller(FLOW, caller="").presses("1")
    assert caller.hears == ["enter_phone_number"]
    assert caller.says_nothing().says_nothing().at == "person"


def test_who_asked_for_another_number_and_types_none_is_called_at_their_own() -> None:
    caller = Caller(FLOW, caller="+359888000001").presses("2").says_nothing().says_nothing()
    assert caller.is_offered.number == "+359888000001"


def test_nothing_is_said_to_be_promised_that_could_not_be_written_down() -> None:
    caller = Caller(FLOW).presses("1").is_promised(kept=False)
    assert caller.at == "person"
    assert "callback_promised" not in caller.hears
    assert ("offer", Seen.FAILED, "", "") in caller.journal


@pytest.mark.parametrize("verb", ["says_nothing", "declines"])
def test_who_does_not_accept_goes_on_waiting(verb: str) -> None:
    caller = Caller(FLOW)
    assert (caller.says_nothing() if verb == "says_nothing" else caller.presses("5")).at == "person"


def test_a_number_typed_ahead_is_taken() -> None:
    assert Caller(FLOW).presses("20888123456#").is_offered.number == "0888123456"


@pytest.mark.parametrize("keys", [(), ("1",), ("2",)])
def test_a_hang_up_in_each_state_ends_the_flow(keys: tuple[str, ...]) -> None:
    caller = Caller(FLOW)
    for key in keys:
        caller.presses(key)
    assert caller.hangs_up().now.ended
    assert caller.is_promised().now.ended


def test_one_key_cannot_mean_both() -> None:
    faults = flow_faults("""
        flow: test
        languages: [en]
        start: offer
        nodes:
          offer: {type: callback, queue: sales, accept: 2, to: bye, otherwise: line}
          line: {type: queue, queue: sales, otherwise: bye}
          bye: {type: hangup}
        """)
    assert "'another_number' must be another key than 'accept'" in "\n".join(faults)
