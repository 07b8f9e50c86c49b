"""`agent` with deputies, and `external`: who is rung, for how long, and what follows."""

import pytest

from telephony.calls.events import RingOutcome
from telephony.calls.model import AgentId
from telephony.ivr.facts import CustomerFacts
from telephony.ivr.position import CallAgent, CallNumber, Doing, Seen
from tests.fakes.caller import Caller, flow_faults, nodes

MANAGER = nodes(
    """
    mine: {type: agent, agent: personal, deputies: [maria], ring_s: 15, otherwise: roadside, then: thanks}
    roadside: {type: external, number: "+35921234568", say: transferring, ring_s: 40, otherwise: person, then: thanks}
    thanks: {type: hangup, say: thank_you}
    """,
    start="mine",
)
OWN = CustomerFacts(personal_agent=AgentId("ivan"))


def test_the_personal_agent_is_rung_first_and_deputies_after() -> None:
    caller = Caller(MANAGER, customer=OWN).listens()
    task = caller.rings
    assert isinstance(task, CallAgent)
    assert (task.agents, task.ring_s) == (("ivan", "maria"), 15)
    assert ("mine", Seen.ENTERED, "ivan", "") in caller.journal


def test_a_customer_without_an_agent_of_their_own_gets_the_deputies() -> None:
    task = Caller(MANAGER).listens().rings
    assert isinstance(task, CallAgent)
    assert task.agents == ("maria",)


def test_an_agent_who_is_their_own_deputy_is_rung_once() -> None:
    task = Caller(MANAGER, customer=CustomerFacts(personal_agent=AgentId("maria"))).listens().rings
    assert isinstance(task, CallAgent)
    assert task.agents == ("maria",)


@pytest.mark.parametrize("outcome", [RingOutcome.NO_ANSWER, RingOutcome.BUSY, RingOutcome.UNAVAILABLE])
def test_when_none_of_them_answers_the_number_outside_is_rung(outcome: RingOutcome) -> None:
    caller = Caller(MANAGER).listens().leaves_agent(outcome)
    assert caller.hears == ["transferring"]
    task = caller.listens().rings
    assert isinstance(task, CallNumber)
    assert (task.number, task.ring_s) == ("+35921234568", 40)
    assert caller.leaves_agent(outcome).at == "person"
    assert ("roadside", Seen.LEFT, outcome.value, "") in caller.journal


def test_after_the_talk_the_call_goes_on() -> None:
    caller = Caller(MANAGER).listens().leaves_agent(RingOutcome.BUSY).listens().leaves_agent(RingOutcome.ANSWERED)
    assert caller.hears == ["thank_you"]
    assert caller.hung_up


@pytest.mark.parametrize("rung", [0, 1, 2, 3])
def test_a_hang_up_in_each_state_ends_the_flow(rung: int) -> None:
    caller = Caller(MANAGER)
    verbs = [caller.listens, lambda: caller.leaves_agent(RingOutcome.BUSY), caller.listens]
    for verb in verbs[:rung]:
        verb()
    assert caller.hangs_up().now.position.doing is Doing.OVER


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ("type: external, number: '0888'", "must be a full number such as +35921234567, is '0888'"),
        ("type: agent, agent: maria, deputies: [maira]", "'maira' is unknown (did you mean 'maria'?)"),
        ("type: agent, agent: maria, deputies: [maria, maria, maria, maria, maria, maria]", "at most 5"),
    ],
)
def test_faults_are_told(fields: str, told: str) -> None:
    faults = flow_faults(f"""
        flow: test
        languages: [en]
        start: them
        nodes:
          them: {{{fields}, otherwise: line}}
          line: {{type: queue, queue: sales, otherwise: bye}}
          bye: {{type: hangup}}
        """)
    assert told in "\n".join(faults)
