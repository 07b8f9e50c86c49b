"""Who answers, and why."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from telephony.calls.events import PhoneState
from telephony.calls.model import AgentId, CallId, QueueName
from telephony.routing.agents import Agent, AgentState, AgentStatus
from telephony.routing.queues import Waiting
from telephony.routing.router import assign, choose

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SALES, SERVICE = QueueName("sales"), QueueName("service")


def agent(
    name: str,
    *,
    idle_s: int = 60,
    queues: tuple[QueueName, ...] = (SALES,),
    state: AgentState = AgentState.READY,
    phone: PhoneState = PhoneState.IDLE,
) -> AgentStatus:
    who = Agent(
        id=AgentId(name), name=name.title(), extension="101", endpoint=f"PJSIP/{name}", queues=frozenset(queues)
    )
    since = NOON - timedelta(seconds=idle_s)
    return AgentStatus(agent=who, state=state, since=since, idle_since=since, phone=phone)


def agent_at(name: str, endpoint: str, *, idle_s: int = 60) -> AgentStatus:
    """Return a free agent at a phone of this address."""
    status = agent(name, idle_s=idle_s)
    return replace(status, agent=replace(status.agent, endpoint=endpoint))


def caller(call_id: str, *, waited_s: int = 10, queue: QueueName = SALES, **more: object) -> Waiting:
    joined_at = NOON - timedelta(seconds=waited_s)
    return Waiting(call_id=CallId(call_id), queue=queue, joined_at=joined_at, **more)  # type: ignore[arg-type]


def test_the_longest_idle_agent_is_chosen_and_the_reason_says_so() -> None:
    chosen = choose(caller("a"), [agent("maria", idle_s=30), agent("ivan", idle_s=90)], NOON)
    assert chosen is not None
    assert chosen.agent == "ivan"
    assert chosen.reason == "longest idle (90 s) of 2 free agents of sales"
    assert [(each.agent, each.why) for each in chosen.passed_over] == [("maria", "idle for less time")]


def test_who_joined_first_is_served_first_over_all_queues() -> None:
    both = agent("maria", queues=(SALES, SERVICE))
    given = assign([caller("later", waited_s=5), caller("first", waited_s=50, queue=SERVICE)], [both], NOON)
    assert [(each.call_id, each.agent) for each in given] == [("first", "maria")]


def test_two_callers_are_never_given_the_same_agent() -> None:
    given = assign([caller("a"), caller("b")], [agent("maria"), agent("ivan")], NOON)
    assert {each.agent for each in given} == {"maria", "ivan"}


def test_every_refusal_explains_itself() -> None:
    away = agent("away", state=AgentState.AWAY)
    talking = agent("talking", state=AgentState.ON_CALL)
    other = agent("other", queues=(SERVICE,))
    unplugged = agent("unplugged", phone=PhoneState.UNREACHABLE)
    free = agent("free")
    chosen = choose(caller("a"), [away, talking, other, unplugged, free], NOON)
    assert chosen is not None
    assert {each.agent: each.why for each in chosen.passed_over} == {
        "away": "is away",
        "talking": "is on call",
        "other": "does not serve the queue sales",
        "unplugged": "phone is unreachable",
    }


def test_an_agent_who_let_it_ring_is_not_rung_again_at_once() -> None:
    passed = {AgentId("maria"): NOON - timedelta(seconds=3)}
    assert choose(caller("a", passed=passed), [agent("maria")], NOON) is None


def test_an_agent_who_let_it_ring_comes_last_later_on() -> None:
    passed = {AgentId("maria"): NOON - timedelta(seconds=30)}
    both = [agent("maria", idle_s=900), agent("ivan", idle_s=1)]
    chosen = choose(caller("a", passed=passed), both, NOON)
    assert chosen is not None
    assert chosen.agent == "ivan"
    alone = choose(caller("a", passed=passed), both[:1], NOON)
    assert alone is not None
    assert alone.agent == "maria"


def test_a_caller_for_one_agent_waits_for_that_agent() -> None:
    wants_ivan = caller("a", only=AgentId("ivan"))
    assert choose(wants_ivan, [agent("maria")], NOON) is None
    chosen = choose(wants_ivan, [agent("maria"), agent("ivan", queues=())], NOON)
    assert chosen is not None
    assert chosen.reason == "Ivan was asked for"
