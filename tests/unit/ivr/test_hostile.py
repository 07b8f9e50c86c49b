"""Callers, sources and networks that do what nobody expects, at every place of every type of node."""

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from telephony.calls.events import (
    CommandFailed,
    HoldEnd,
    HoldEnded,
    Keys,
    LineLost,
    NoInput,
    Recorded,
    RingOutcome,
    Said,
)
from telephony.ivr.engine import begin, step
from telephony.ivr.facts import CustomerFacts, Facts
from telephony.ivr.flow import Flow
from telephony.ivr.linking import Linker
from telephony.ivr.loader import read_written
from telephony.ivr.nodes import TYPES
from telephony.ivr.position import (
    Answered,
    Doing,
    LookedUp,
    PersonLeft,
    Position,
    Promised,
    QueueLeft,
    QueueOutcome,
    Seen,
    Step,
    Verified,
)
from telephony.ivr.walk import MOST_AT_ONCE, MOST_TYPED
from telephony.ivr.yaml_tree import Faults
from tests.fakes.caller import KNOWN, NOON, Caller, nodes
from tests.unit.ivr.test_readme import ORDERS, PART, TEXTS, example_flow

FACTS = Facts(call_id="c", caller="+359888123456")  # type: ignore[arg-type]
MOST_PLACES = 400


def every_type() -> Flow:
    sources = {"README.md": example_flow(), "identity.yaml": PART, "orders.yaml": ORDERS}
    read = [read_written(source, file, Faults()) for file, source in sources.items()]
    written = {each.name: each for each in read if each is not None}
    flow = Linker(written, KNOWN, TEXTS, Faults()).read(written["readme"])
    assert flow is not None
    return flow


FLOW = every_type()


def events(turn: int) -> tuple[object, ...]:
    """Return everything that can be heard, at this turn."""
    return (
        *(Keys(turn=turn, digits=digits) for digits in ("1", "2", "1234", "12345678", "#")),
        NoInput(turn=turn),
        Said(turn=turn),
        CommandFailed(turn=turn, reason="broken"),
        Recorded(turn=turn, name="m", seconds=2.0),
        *(QueueLeft(turn=turn + 1, outcome=outcome) for outcome in QueueOutcome),
        *(PersonLeft(turn=turn + 1, outcome=outcome) for outcome in (RingOutcome.ANSWERED, RingOutcome.BUSY)),
        *(LookedUp(turn=turn, outcome=outcome) for outcome in Answered),
        *(Verified(turn=turn, outcome=outcome) for outcome in Answered),
        *(Promised(turn=turn, kept=kept) for kept in (True, False)),
    )


def places() -> Iterator[Step]:
    """Give a step for every place where a call can wait, whatever led there."""
    seen: set[tuple[str, Doing, int]] = set()
    waiting = [begin(replace(FLOW, start=name), FACTS) for name in FLOW.nodes]
    while waiting and len(seen) < MOST_PLACES:
        taken = waiting.pop()
        here = taken.position
        if (here.node, here.doing, here.stage) in seen or taken.ended:
            continue
        seen.add((here.node, here.doing, here.stage))
        yield taken
        waiting += [after for event in events(here.turn) if (after := step(FLOW, here, event, FACTS)).position != here]


PLACES = [*places()]
HOSTILE_KEYS = ["", "1" * 500, "*#" * 250, "A", "\0", "٣", "😀", "' OR 1=1 --", "\x1b[2J"]


def test_every_type_of_node_and_every_way_of_waiting_is_among_the_places() -> None:
    waits = {taken.position.doing for taken in PLACES}
    assert waits == set(Doing) - {Doing.OVER}
    at = {FLOW.nodes[taken.position.node].kind for taken in PLACES}
    assert {"menu", "collect", "language", "lookup", "identify", "queue", "agent", "external"} <= at <= set(TYPES)
    assert {"voicemail", "callback", "information", "survey", "consent", "hangup"} <= at


def test_a_caller_may_hang_up_at_every_place() -> None:
    for taken in PLACES:
        after = step(FLOW, taken.position, LineLost(at=NOON), FACTS)
        assert after.ended
        assert (after.position.typed, after.position.held) == ("", ())
        noted = [noted.event for noted in after.journal]
        assert noted == ([] if taken.position.doing is Doing.ENDING else [Seen.HUNG_UP])
        assert step(FLOW, after.position, Keys(turn=after.position.turn, digits="1"), FACTS).position == after.position


def test_keys_of_any_kind_and_number_are_taken_at_every_place() -> None:
    for taken in PLACES:
        for digits in HOSTILE_KEYS:
            after = step(FLOW, taken.position, Keys(turn=taken.position.turn, digits=digits), FACTS)
            assert len(after.position.typed) <= MOST_TYPED
            assert all(len(noted.value) <= MOST_TYPED for noted in after.journal)


def test_what_belongs_to_another_turn_changes_nothing_at_any_place() -> None:
    for taken in PLACES:
        for event in events(taken.position.turn - 2):
            assert step(FLOW, taken.position, event, FACTS) == Step(position=taken.position)


def test_a_key_during_a_recording_changes_nothing() -> None:
    recording = [taken.position for taken in PLACES if taken.position.doing is Doing.RECORDING]
    assert recording
    for here in recording:
        after = step(FLOW, here, Keys(turn=here.turn, digits="1"), FACTS)
        assert after.position.node in FLOW.nodes
        assert step(FLOW, here, HoldEnded(turn=here.turn, reason=HoldEnd.WOKEN), FACTS).position == here


def test_a_node_that_is_gone_from_the_flow_leads_to_the_carriers_fallback() -> None:
    for taken in PLACES:
        gone = replace(FLOW, nodes={name: node for name, node in FLOW.nodes.items() if name != taken.position.node})
        after = step(gone, taken.position, NoInput(turn=taken.position.turn), FACTS)
        assert after.batch is None or after.batch.commands


LOOKUP = """
ask: {type: lookup, source: s, gives: {status: text, count: whole, price: number, paid: flag}, to: told, otherwise: bye}
told: {type: menu, say: [{digits: lookup.ask.status}, {money: lookup.ask.price}], keys: {1: person}}
"""


@pytest.mark.parametrize(
    "odd", [None, "x" * 5_000_000, b"\xff", [1], {"a": 1}, object(), "half \ud800", 2**70, float("nan"), True, 1j]
)  # fmt: skip
def test_a_source_can_give_only_what_was_asked_for_and_of_its_type(odd: object) -> None:
    values = dict.fromkeys(("status", "count", "price", "paid", "secret", "../../x"), odd)
    caller = Caller(nodes(LOOKUP, start="ask")).listens().finds(**values)  # type: ignore[arg-type]
    assert caller.at == "told"
    answers = {name.rpartition(".")[2]: value for name, value in caller.answers.items()}
    assert {name: type(value) for name, value in answers.items()} == {
        "status": str,
        "count": int,
        "price": float,
        "paid": bool,
    }
    assert len(str(answers["status"])) <= 1_000


@pytest.mark.parametrize(
    "number", ["", "+" + "1" * 500, "1; rm -rf /", "../../x", "<speak>", "\0", "٣٣٣", "half \ud800"]
)
@pytest.mark.parametrize("kind", ["digits", "number", "date", "time", "money"])
def test_a_hostile_caller_id_is_never_spoken(number: str, kind: str) -> None:
    flow = nodes(f"a: {{type: menu, say: [{{{kind}: call.caller}}], keys: {{1: person}}}}", start="a")
    assert Caller(flow, caller=number).hears == ["not_known"]


LAST = MOST_AT_ONCE - 2
CHAIN = "".join(
    f"n{n}: {{type: set, values: {{a{n}: call.caller}}, to: {'person' if n == LAST else f'n{n + 1}'}}}\n"
    for n in range(LAST + 1)
)
CASES = ", ".join(f"{{if: 'customer.facts.tier == \"{n}\" && open.office', to: person}}" for n in range(50))


@pytest.mark.parametrize(
    ("body", "slowest_s"),
    [(CHAIN, 0.005), (f"n0: {{type: branch, when: [{CASES}], else: bye}}", 0.05)],
    ids=["chain", "cases"],
)
def test_the_longest_step_there_can_be_is_short(body: str, slowest_s: float) -> None:
    flow = nodes(body, start="n0")
    customer = CustomerFacts(facts={f"f{n}": n for n in range(50_000)})
    took = []
    for _ in range(3):  # the garbage of other tests may be collected in the middle of one
        begun = time.process_time()
        taken = begin(flow, replace(FACTS, customer=customer))
        took.append(time.process_time() - begun)
    assert min(took) < slowest_s
    assert isinstance(taken.position, Position)
