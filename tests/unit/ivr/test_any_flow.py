"""Random flows with random callers: the engine never raises, never waits for nothing, and always ends."""

from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

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
from telephony.calls.model import AgentId
from telephony.ivr.engine import begin, step
from telephony.ivr.facts import CustomerFacts, Facts
from telephony.ivr.flow import Flow
from telephony.ivr.position import AgentLeft, Position, QueueLeft, QueueOutcome, Step
from telephony.ivr.walk import MOST_STEPS
from tests.fakes.caller import NOON, unproven_flow

NAMES = [f"n{number}" for number in range(6)]
TO = st.sampled_from(NAMES)
KEYS = st.text("0123456789*#", min_size=1, max_size=12)
TURNS = st.integers(-2, 3)


def node(body: str, **parts: st.SearchStrategy[object]) -> st.SearchStrategy[str]:
    return st.fixed_dictionaries(parts).map(lambda given: body.format(**given))


LIMITS = "no_input: {{tries: {tries}, to: {silent}}}, no_match: {{tries: {tries}, to: {wrong}}}"
ASKED: Mapping[str, st.SearchStrategy[object]] = {"silent": TO, "wrong": TO, "tries": st.integers(1, 3)}
YES_NO = st.sampled_from(["true", "false"])
CONDITIONS = st.sampled_from(["open.office", "customer.known", 'customer.facts.tier == "vip"', 'answers.x == "12"'])

NODES = st.one_of(
    node("{{type: play, say: t, barge_in: {barge}, to: {to}}}", to=TO, barge=YES_NO),
    node("{{type: menu, say: t, keys: {{1: {a}, 2: {b}, '#': {a}}}, " + LIMITS + "}}", a=TO, b=TO, **ASKED),
    node(
        "{{type: collect, say: t, min_digits: 2, max_digits: {most}, save_as: x, sensitive: {hide}, to: {to}, "
        + LIMITS
        + "}}",
        most=st.integers(2, 5),
        hide=YES_NO,
        to=TO,
        **ASKED,
    ),
    node("{{type: language, say: t, choose: {{1: en, 2: ru}}, to: {to}, " + LIMITS + "}}", to=TO, **ASKED),
    node("{{type: language, set: ru, to: {to}}}", to=TO),
    node("{{type: branch, when: [{{if: '{condition}', to: {a}}}], else: {b}}}", condition=CONDITIONS, a=TO, b=TO),
    node("{{type: queue, queue: sales, otherwise: {a}, then: {b}}}", a=TO, b=TO),
    node("{{type: agent, agent: personal, otherwise: {a}}}", a=TO),
    node("{{type: voicemail, mailbox: sales, to: {to}}}", to=TO),
    node("{{type: hangup, say: t}}"),
)


@st.composite
def flows(draw: st.DrawFn) -> Flow:
    bodies = [draw(NODES) for _ in NAMES]
    bodies[-1] = "{type: collect, say: t, max_digits: 4, save_as: x, to: n0, no_input: {to: n0}, no_match: {to: n1}}"
    written = "".join(f"  {name}: {body}\n" for name, body in zip(NAMES, bodies, strict=True))
    return unproven_flow(f"flow: any\nlanguages: [en, ru]\nstart: n0\nnodes:\n{written}")


def event_at(turn: int) -> st.SearchStrategy[object]:
    return st.one_of(
        KEYS.map(lambda digits: Keys(turn=turn, digits=digits)),
        st.just(NoInput(turn=turn)),
        st.just(Said(turn=turn)),
        st.just(CommandFailed(turn=turn, reason="broken")),
        st.just(Recorded(turn=turn, name="m", seconds=1.0)),
        st.just(HoldEnded(turn=turn, reason=HoldEnd.WOKEN)),
        st.sampled_from(QueueOutcome).map(lambda outcome: QueueLeft(turn=turn + 1, outcome=outcome)),
        st.sampled_from(RingOutcome).map(lambda outcome: AgentLeft(turn=turn + 1, outcome=outcome)),
        st.sampled_from([None, "nonsense", Keys(turn=turn, digits="")]),
    )


VIP = CustomerFacts(language="ru", personal_agent=AgentId("maria"), facts={"tier": "vip"})
FACTS = st.builds(
    Facts,
    call_id=st.text(max_size=8),
    caller=st.text(max_size=8),
    open=st.sampled_from([frozenset(), frozenset({"office"})]),
    customer=st.sampled_from([None, CustomerFacts(), VIP]),
)


def check_sound(before: Position | None, taken: Step) -> None:
    assert taken.batch is None or taken.task is None
    if taken.batch is not None:
        assert taken.batch.commands
        assert taken.batch.turn == taken.position.turn
        assert before is None or taken.batch.turn > before.turn
    changed = before is None or taken.position is not before
    assert not changed or taken.ended or taken.batch is not None or taken.task is not None


@settings(max_examples=60, deadline=None)
@given(data=st.data(), flow=flows())
def test_any_event_in_any_position_is_taken(data: st.DataObject, flow: Flow) -> None:
    taken = begin(flow, data.draw(FACTS))
    check_sound(None, taken)
    for _ in range(25):
        before = taken.position
        event = data.draw(event_at(before.turn + data.draw(TURNS) // 3))
        taken = step(flow, before, event, data.draw(FACTS))
        check_sound(before, taken)
    assert step(flow, taken.position, LineLost(at=NOON), data.draw(FACTS)).ended


def answer(taken: Step, digits: str) -> object:
    """Answer whatever is asked, as a line, a queue and an agent do."""
    turn = taken.position.turn
    if taken.batch is None:
        if hasattr(taken.task, "queue"):
            return QueueLeft(turn=turn, outcome=QueueOutcome.NO_AGENTS)
        return AgentLeft(turn=turn, outcome=RingOutcome.NO_ANSWER)
    last = type(taken.batch.commands[-1]).__name__
    answers = {"Ask": Keys(turn=turn, digits=digits), "Record": Recorded(turn=turn, name="m", seconds=1.0)}
    return answers.get(last, LineLost(at=NOON) if last in ("HangUp", "HandOver") else Said(turn=turn))


@settings(max_examples=60, deadline=None)
@given(flow=flows(), digits=KEYS, facts=FACTS)
def test_every_call_ends_within_a_bound(flow: Flow, digits: str, facts: Facts) -> None:
    taken = begin(flow, facts)
    steps = 0
    while not taken.ended:
        taken = step(flow, taken.position, answer(taken, digits), facts)
        steps += 1
        assert steps <= MOST_STEPS + 2
