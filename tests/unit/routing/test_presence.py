"""How an agent's state changes."""

from datetime import UTC, datetime, timedelta

from telephony.calls.model import AgentId, CallId
from telephony.routing import presence
from telephony.routing.agents import Agent, AgentState, AgentStatus

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=5)
CALL = CallId("c1")
MARIA = Agent(id=AgentId("maria"), name="Maria", extension="101", endpoint="PJSIP/101", queues=frozenset())
OFF = AgentStatus(agent=MARIA, state=AgentState.OFFLINE, since=NOON, idle_since=NOON)
READY = presence.wish(OFF, AgentState.READY, NOON)


def test_after_the_talk_comes_wrap_up_and_then_what_the_agent_had_chosen() -> None:
    talking = presence.answered(presence.offered(READY, CALL, NOON), CALL, NOON)
    wrapping = presence.talked(talking, LATER, timedelta(seconds=30))
    assert (wrapping.state, wrapping.wrap_up_until) == (AgentState.WRAP_UP, LATER + timedelta(seconds=30))
    free = presence.wrapped_up(wrapping, LATER)
    assert (free.state, free.idle_since, free.call_id) == (AgentState.READY, LATER, None)


def test_without_wrap_up_time_the_agent_is_ready_at_once() -> None:
    talking = presence.answered(READY, CALL, NOON)
    assert presence.talked(talking, LATER, timedelta()).state is AgentState.READY


def test_a_choice_made_during_a_call_is_followed_after_it() -> None:
    talking = presence.answered(READY, CALL, NOON)
    wants_away = presence.wish(talking, AgentState.AWAY, NOON)
    assert wants_away.state is AgentState.ON_CALL
    assert presence.talked(wants_away, LATER, timedelta()).state is AgentState.AWAY


def test_ready_pressed_in_wrap_up_ends_it() -> None:
    wrapping = presence.talked(presence.answered(READY, CALL, NOON), NOON, timedelta(seconds=30))
    assert presence.wish(wrapping, AgentState.READY, LATER).state is AgentState.READY


def test_two_calls_missed_in_a_row_set_the_agent_away_and_say_why() -> None:
    once = presence.missed(presence.offered(READY, CALL, NOON), NOON, blame=True)
    assert once.state is AgentState.READY
    twice = presence.missed(presence.offered(once, CALL, LATER), LATER, blame=True)
    assert (twice.state, twice.reason) == (AgentState.AWAY, "did not answer 2 calls in a row")


def test_a_caller_who_gives_up_is_not_the_agents_fault_and_costs_no_place() -> None:
    after = READY
    for _ in range(5):
        after = presence.missed(presence.offered(after, CALL, LATER), LATER, blame=False)
    assert (after.state, after.idle_since) == (AgentState.READY, READY.idle_since)
