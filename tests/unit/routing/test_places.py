"""A caller's place in line, and when it is told."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.calls.model import AgentId, CallId, QueueName
from telephony.routing.agents import Agent, AgentState, AgentStatus
from telephony.routing.places import place_of, place_to_tell
from telephony.routing.queues import Waiting
from telephony.routing.reach import reach_of_asterisk
from telephony.routing.router import assign

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SALES, SERVICE = QueueName("sales"), QueueName("service")


def caller(call_id: str, *, waited_s: int = 10, queue: QueueName = SALES, **more: object) -> Waiting:
    joined_at = NOON - timedelta(seconds=waited_s)
    return Waiting(call_id=CallId(call_id), queue=queue, joined_at=joined_at, **more)  # type: ignore[arg-type]


def places(*line: Waiting) -> dict[str, int]:
    return {each.call_id: place_of(each.call_id, line) for each in line}


def test_who_joined_first_is_next_whatever_carrier_they_called_on() -> None:
    on_asterisk = reach_of_asterisk(outside_dial=False)
    line = (caller("late", waited_s=5), caller("first", waited_s=60, reach=on_asterisk), caller("middle", waited_s=20))
    assert places(*line) == {"first": 1, "middle": 2, "late": 3}


def test_callers_of_other_queues_are_not_counted() -> None:
    line = (caller("other", waited_s=90, queue=SERVICE), caller("mine", waited_s=5))
    assert places(*line) == {"other": 1, "mine": 1}


def test_who_waits_for_one_agent_is_in_nobodys_way_but_each_others() -> None:
    maria = AgentId("maria")
    line = (caller("first", waited_s=90, only=maria), caller("second", waited_s=80, only=maria), caller("any"))
    assert places(*line) == {"first": 1, "second": 2, "any": 1}


def test_who_does_not_wait_has_no_place() -> None:
    assert place_of(CallId("gone"), [caller("here")]) == 0


def waited_by(line: list[Waiting]) -> list[str]:
    """Return an agent's name for each caller."""
    return [f"agent of {each.call_id}" for each in line]


@given(st.lists(st.integers(0, 5), min_size=1, max_size=8))
def test_places_are_the_order_in_which_the_router_serves(waited: list[int]) -> None:
    line = [caller(f"c{number}", waited_s=seconds) for number, seconds in enumerate(waited)]
    who = [
        AgentStatus(
            agent=Agent(
                id=AgentId(name), name=name, extension="1", endpoint=f"PJSIP/{name}", queues=frozenset({SALES})
            ),
            state=AgentState.READY,
            since=NOON,
            idle_since=NOON,
        )
        for name in waited_by(line)
    ]
    served = [each.call_id for each in assign(line, who, NOON)]
    assert sorted(served, key=lambda call_id: place_of(call_id, line)) == served
    assert sorted(places(*line).values()) == list(range(1, len(line) + 1))


@pytest.mark.parametrize(
    ("place", "told", "up_to", "says"),
    [
        (3, None, 10, 3),
        (10, None, 10, 10),
        (11, None, 10, None),
        (1, None, 0, None),
        (0, None, 10, None),
        (2, 3, 10, 2),
        (3, 3, 10, 3),
        (4, 3, 10, None),
    ],
)
def test_a_place_is_told_as_far_as_the_queue_wants_and_never_one_that_grew_worse(
    place: int, told: int | None, up_to: int, says: int | None
) -> None:
    assert place_to_tell(place, told=told, up_to=up_to) == says
