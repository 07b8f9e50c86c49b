"""No call enters too many nodes at once: all other calls wait while it does."""

from telephony.ivr.check import Code, Finding, findings
from telephony.ivr.walk import MOST_AT_ONCE
from tests.fakes.caller import Caller, nodes, unproven_flow

ASKED = "person: {type: queue, queue: operator, otherwise: bye}\nbye: {type: hangup}\n"


def plays(name: str, number: int, to: str) -> str:
    """Return a chain of nodes, the first of which is `<name>1`, that leads to another."""
    onward = [f"{name}{each}" for each in range(2, number + 1)] + [to]
    return "".join(f"{name}{each}: {{type: play, say: t, to: {next_}}}\n" for each, next_ in enumerate(onward, 1))


def found(body: str, start: str) -> list[Finding]:
    lines = "".join(f"  {line}\n" for line in (body + ASKED).splitlines())
    flow = unproven_flow(f"flow: test\nlanguages: [en]\nstart: {start}\nno_keys: person\nnodes:\n{lines}")
    return [each for each in findings(flow) if each.code is Code.LONG_CHAIN]


def test_a_chain_may_be_as_long_as_the_bound() -> None:
    assert found(plays("p", MOST_AT_ONCE - 1, "person"), "p1") == []


def test_a_longer_chain_is_told_with_its_way_and_where_it_begins() -> None:
    (told,) = found(plays("p", MOST_AT_ONCE, "person"), "p1")
    assert f"a call enters {MOST_AT_ONCE + 1} nodes at once, without the caller being asked: p1 -> p2" in told.text
    assert told.text.endswith(f"-> person; at most {MOST_AT_ONCE} are allowed")
    assert (told.node, told.is_error) == ("p1", True)


def test_of_the_ways_of_a_branch_the_longest_counts_wherever_it_begins() -> None:
    door = "ask: {type: menu, say: t, keys: {1: door, 2: person}}\n"
    door += "door: {type: branch, when: [{if: customer.known, to: person}], else: p1}\n"
    (told,) = found(door + plays("p", MOST_AT_ONCE, "person"), "ask")
    assert told.node == "door"


def test_a_question_or_a_source_that_is_asked_ends_a_chain() -> None:
    half = MOST_AT_ONCE // 2 + 1
    menu = plays("p", half, "ask") + "ask: {type: menu, say: t, keys: {1: q1}}\n" + plays("q", half, "person")
    assert found(menu, "p1") == []
    source = "look: {type: lookup, source: s, gives: {a: text}, to: q1, otherwise: q1}\n"
    assert found(plays("p", half, "look") + source + plays("q", half, "person"), "p1") == []


def test_who_has_no_agent_of_their_own_goes_on_in_the_same_moment() -> None:
    half = MOST_AT_ONCE // 2 + 1
    agent = "own: {type: agent, agent: personal, otherwise: q1}\n"
    (told,) = found(plays("p", half, "own") + agent + plays("q", half, "person"), "p1")
    assert told.node == "p1"


def test_a_cycle_is_told_as_that() -> None:
    assert found("a: {type: play, say: t, to: b}\nb: {type: play, say: t, to: a}\n", "a") == []


def test_keys_typed_ahead_lead_on_through_no_more_nodes_than_that() -> None:
    first = "one: {type: menu, say: one, keys: {1: p1}}\n" + plays("p", MOST_AT_ONCE - 1, "two")
    second = "two: {type: menu, say: two, keys: {1: q1}}\n" + plays("q", MOST_AT_ONCE - 1, "three")
    flow = nodes(first + second + "three: {type: menu, say: three, keys: {1: person}}\n", start="one")
    caller = Caller(flow).presses("111")
    assert caller.at == "two"
    assert caller.hears[-1] == "two"
    assert caller.presses("1").at == "three"
