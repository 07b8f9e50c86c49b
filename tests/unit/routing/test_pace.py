"""How long the wait will be, and how that is said."""

from datetime import UTC, datetime, timedelta

import pytest

from telephony.calls.model import AgentId, CallId, QueueName
from telephony.routing.pace import Pace, rough_wait
from telephony.routing.queues import Waiting

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def served(pace: Pace, joined_s: float, answered_s: float, *, chosen_s: float | None = None, agents: int = 1) -> Pace:
    waiting = Waiting(call_id=CallId("c"), queue=QueueName("sales"), joined_at=at(joined_s))
    chosen_at = at(answered_s - 2 if chosen_s is None else chosen_s)
    return pace.after(waiting, chosen_at=chosen_at, at=at(answered_s), agents=agents)


def a_line(*answered_s: float, agents: int = 1) -> Pace:
    """Return the pace after callers who all came at noon were answered at these seconds."""
    pace = Pace()
    for each in answered_s:
        pace = served(pace, 0, each, agents=agents)
    return pace


def test_each_in_line_takes_as_long_as_those_before_did() -> None:
    pace = a_line(100, 200, 300)
    assert pace.expected_wait_s(1, 1, at(300)) == pytest.approx(100)
    assert pace.expected_wait_s(3, 1, at(300)) == pytest.approx(300)


def test_nothing_is_known_of_fewer_than_three_who_waited() -> None:
    assert Pace().expected_wait_s(1, 1, NOON) is None
    assert a_line(100, 200).expected_wait_s(1, 1, at(200)) is None


def test_nothing_is_known_while_nobody_works() -> None:
    assert a_line(100, 200, 300).expected_wait_s(1, 0, at(300)) is None


def test_what_was_half_an_hour_ago_counts_no_more() -> None:
    pace = a_line(100, 200, 300)
    assert pace.expected_wait_s(1, 1, at(1899)) is not None
    assert pace.expected_wait_s(1, 1, at(1901)) is None


def test_who_found_a_free_agent_tells_nothing_of_how_long_a_line_takes() -> None:
    pace = a_line(100, 200, 300)
    for second in range(310, 400, 10):
        pace = served(pace, second, second + 4, chosen_s=second)
    assert pace.expected_wait_s(1, 1, at(400)) == pytest.approx(100)


def test_the_time_in_which_nobody_waited_is_no_part_of_the_pace() -> None:
    pace = served(a_line(100, 200), 1000, 1100)  # came long after the last one was answered
    assert pace.expected_wait_s(1, 1, at(1100)) == pytest.approx(100)


def test_two_agents_who_are_free_together_serve_twice_as_fast() -> None:
    pace = a_line(100, 100, 200, 200, agents=2)
    assert pace.expected_wait_s(1, 2, at(200)) == pytest.approx(50)


def test_when_most_have_gone_to_lunch_it_takes_longer() -> None:
    pace = a_line(20, 40, 60, agents=5)
    assert pace.expected_wait_s(1, 5, at(60)) == pytest.approx(20)
    assert pace.expected_wait_s(1, 1, at(60)) == pytest.approx(100)


def test_who_was_moved_here_counts_from_when_they_came() -> None:
    moved = Waiting(call_id=CallId("c"), queue=QueueName("sales"), joined_at=at(-900), came_at=at(240))
    pace = a_line(100, 200).after(moved, chosen_at=at(330), at=at(340), agents=1)
    assert pace.expected_wait_s(1, 1, at(340)) == pytest.approx(100)


def test_who_waited_for_one_agent_tells_nothing() -> None:
    waiting = Waiting(call_id=CallId("c"), queue=QueueName("sales"), joined_at=NOON, only=AgentId("maria"))
    pace = a_line(100, 200, 300)
    assert pace.after(waiting, chosen_at=at(900), at=at(910), agents=1) == pace


def test_only_the_latest_are_kept() -> None:
    assert len(a_line(*range(0, 3000, 10)).served) == 20


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "under 1 min"),
        (50, "under 1 min"),
        (51, "about 1 min"),
        (60, "about 1 min"),
        (61, "about 2 min"),
        (240, "about 4 min"),
        (600, "about 10 min"),
        (601, "about 15 min"),
        (1800, "about 30 min"),
        (1801, "over 30 min"),
        (36_000, "over 30 min"),
    ],
)
def test_a_waiting_time_is_rounded_up_to_what_people_say(seconds: float, said: str) -> None:
    assert str(rough_wait(seconds)) == said
