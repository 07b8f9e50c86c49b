"""Random flows with random callers: the engine never raises, never waits for nothing, and always ends."""

from collections.abc import Mapping
from string import Formatter

from hypothesis import HealthCheck, given, settings
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
from telephony.calls.model import AgentId, QueueName
from telephony.ivr.engine import begin, step
from telephony.ivr.facts import CalendarState, CustomerFacts, Facts, QueueFacts
from telephony.ivr.flow import Flow
from telephony.ivr.nodes import TYPES
from telephony.ivr.position import (
    Answered,
    CallAgent,
    CallNumber,
    EnterLine,
    LookedUp,
    LookUp,
    PersonLeft,
    Position,
    Promise,
    Promised,
    QueueLeft,
    QueueOutcome,
    Step,
    Task,
    Verified,
    Verify,
)
from telephony.ivr.walk import MOST_STEPS
from tests.fakes.caller import NOON, unproven_flows

NAMES = [f"n{number}" for number in range(6)]
TO = st.sampled_from(NAMES)
KEYS = st.text("0123456789*#", min_size=1, max_size=12)
TURNS = st.integers(-2, 3)

MOST_TURNS = 4
"""Turns that one counted step can take: what is said first, the question, what is asked of others, their answer."""


CONDITIONS = st.sampled_from(
    [
        "open.office",
        "customer.known",
        'customer.facts.tier == "vip"',
        'answers.x == "12"',
        "queue.sales.waiting > 2",
        "now.hour < 12",
        "lookup.n1.a == call.caller",
        "answers.kept.size() > 3",
        "int(answers.x) / 0 == 1",
    ]
)
VALUES = st.sampled_from(
    [
        "answers.x",
        "answers.x + answers.kept",
        "customer.facts.tier",
        "customer.facts.nothing",
        "int(answers.x) * 2",
        "lookup.n1.a",
        "call.caller",
        "true",
        "1.5",
    ]
)
KINDS = st.sampled_from(["digits", "number", "date", "time", "money"])
SAID = st.one_of(st.sampled_from(["t", "[t, t]"]), st.builds("[t, {{{}: {!r}}}]".format, KINDS, VALUES))
BLANKS: Mapping[str, st.SearchStrategy[object]] = {
    "a": TO,
    "b": TO,
    "c": TO,
    "say": SAID,
    "flag": st.sampled_from(["true", "false"]),
    "word": st.sampled_from(["yes", "no"]),
    "few": st.integers(1, 3),
    "condition": CONDITIONS,
    "value": VALUES,
    "other": VALUES,
    "type": st.sampled_from(["text", "whole", "number", "flag"]),
    "check": st.sampled_from(["luhn", "none"]),
    "result": st.sampled_from("rs"),
}


def node(*lines: str) -> st.SearchStrategy[str]:
    """Give a node written so, its blanks filled in."""
    body = "{{" + " ".join(lines) + "}}"
    blanks = {name for _, name, _, _ in Formatter().parse(body) if name}
    return st.fixed_dictionaries({name: BLANKS[name] for name in blanks}).map(lambda given: body.format(**given))


LIMITS = "no_input: {{tries: {few}, to: {b}}}, no_match: {{tries: {few}, to: {c}}}"
SCORES = "[{{name: x, say: t}}, {{name: kept, say: t, lowest: 0}}]"
ORDINARY = {
    "play": node("type: play, say: {say}, barge_in: {flag}, to: {a}"),
    "menu": node("type: menu, say: {say}, keys: {{1: {a}, 2: {b}, '#': {a}}},", LIMITS),
    "collect": node(
        "type: collect, say: t, min_digits: 2, max_digits: 5, save_as: x, sensitive: {flag}, check: {check},",
        "confirm: {{say: {say}, tries: {few}}}, to: {a},",
        LIMITS,
    ),
    "language": node("type: language, say: t, choose: {{1: en, 2: ru}}, to: {a},", LIMITS),
    "branch": node("type: branch, when: [{{if: '{condition}', to: {a}}}], else: {b}"),
    "hours": node("type: hours, calendar: office, open: {a}, closed: {b}, emergency: {c}"),
    "set": node("type: set, values: {{kept: {value!r}, x: {other!r}, y: {{value: {value!r}, as: {type}}}}}, to: {a}"),
    "lookup": node(
        "type: lookup, source: s, say: {say}, with: {{a: {value!r}}}, gives: {{a: text, b: {type}}},",
        "to: {a}, not_found: {b}, otherwise: {c}",
    ),
    "identify": node(
        "type: identify, number: {{say: t, min_digits: 1}}, pin: {{say: t}}, attempts: {few}, to: {a}, otherwise: {b}"
    ),
    "queue": node("type: queue, queue: sales, say: {say}, otherwise: {a}, then: {b}"),
    "agent": node("type: agent, agent: personal, deputies: [maria], otherwise: {a}"),
    "external": node("type: external, number: '+35921234567', say: {say}, otherwise: {a}, then: {b}"),
    "voicemail": node("type: voicemail, mailbox: sales, to: {a}"),
    "callback": node("type: callback, queue: sales, to: {a}, otherwise: {b}"),
    "information": node("type: information, article: guarantee, keys: {{0: {a}}}, to: {b}"),
    "survey": node("type: survey, questions:", SCORES, ", to: {a}"),
    "consent": node("type: consent, without_answer: {word}, to: {a}"),
    "goto": node("type: goto, to: {a}"),
    "hangup": node("type: hangup, say: {say}"),
}
SUBFLOW = node(
    "type: subflow, flow: part, with: {{p: {value!r}}}, take: {{kept: out}}, results: {{r: {a}, s: {b}}}",
)
GOTO_FLOW = node("type: goto, flow: away")
RETURN = node("type: return, result: {result}, gives: {{out: {value!r}}}")
GIVES_X = "{type: collect, say: t, max_digits: 4, save_as: x, to: n0, no_input: {to: n0}, no_match: {to: n1}}"
GIVES_KEPT = "{type: set, values: {kept: \"'1'\"}, to: n2}"
GIVES_A = "{type: lookup, source: s, gives: {a: text}, to: n0, otherwise: n2}"


@st.composite
def bodies(draw: st.DrawFn, *more: st.SearchStrategy[str]) -> str:
    """Give the nodes of one flow; some are always there, for the names in conditions."""
    drawn = [draw(st.one_of(*ORDINARY.values(), *more)) for _ in NAMES]
    drawn[1], drawn[-2], drawn[-1] = GIVES_A, GIVES_KEPT, GIVES_X
    return "nodes:\n" + "".join(f"  {name}: {body}\n" for name, body in zip(NAMES, drawn, strict=True))


HEAD = "languages: [en, ru]\nstart: {}\n"
PART = "flow: part\nparameters: {p: text}\nresults: [r, s]\ngives: [out]\n" + HEAD.format("n2")


@st.composite
def flows(draw: st.DrawFn) -> Flow:
    main = "flow: any\n" + HEAD.format("n0") + draw(bodies(SUBFLOW, GOTO_FLOW))
    part = PART + draw(bodies(RETURN))
    away = "flow: away\n" + HEAD.format("n3") + draw(bodies())
    return unproven_flows(main, part, away)


def test_every_type_of_node_is_among_them() -> None:
    assert {*ORDINARY, "subflow", "return"} == set(TYPES)


def event_at(turn: int) -> st.SearchStrategy[object]:
    return st.one_of(
        KEYS.map(lambda digits: Keys(turn=turn, digits=digits)),
        st.just(NoInput(turn=turn)),
        st.just(Said(turn=turn)),
        st.just(CommandFailed(turn=turn, reason="broken")),
        st.just(Recorded(turn=turn, name="m", seconds=1.0)),
        st.just(HoldEnded(turn=turn, reason=HoldEnd.WOKEN)),
        st.sampled_from(QueueOutcome).map(lambda outcome: QueueLeft(turn=turn + 1, outcome=outcome)),
        st.sampled_from(RingOutcome).map(lambda outcome: PersonLeft(turn=turn + 1, outcome=outcome)),
        looked_up(turn),
        st.sampled_from(Answered).map(lambda outcome: Verified(turn=turn, outcome=outcome, customer_id="c")),
        st.booleans().map(lambda kept: Promised(turn=turn, kept=kept)),
        st.sampled_from([None, "nonsense", Keys(turn=turn, digits="")]),
    )


FACT_VALUES = st.one_of(st.text(max_size=8), st.integers(-9, 2**70), st.floats(), st.booleans())


def looked_up(turn: int) -> st.SearchStrategy[object]:
    values = st.dictionaries(st.sampled_from(["a", "b", "c"]), FACT_VALUES, max_size=3)
    return st.builds(
        LookedUp, turn=st.just(turn), outcome=st.sampled_from(Answered), values=values.map(lambda v: tuple(v.items()))
    )


VIP = CustomerFacts(language="ru", personal_agent=AgentId("maria"), facts={"tier": "vip"})
FACTS = st.builds(
    Facts,
    call_id=st.text(max_size=8),
    caller=st.text(max_size=8),
    calendars=st.sampled_from([{}, *({"office": state} for state in CalendarState)]),
    queues=st.sampled_from([{}, {QueueName("sales"): QueueFacts(waiting=3)}]),
    customer=st.one_of(
        st.sampled_from([None, CustomerFacts(), VIP]), FACT_VALUES.map(lambda odd: CustomerFacts(facts={"tier": odd}))
    ),
)


def check_sound(before: Position | None, taken: Step) -> None:
    assert taken.batch is None or taken.task is None
    if taken.batch is not None:
        assert taken.batch.commands
        assert taken.batch.turn == taken.position.turn
        assert before is None or taken.batch.turn > before.turn
    changed = before is None or taken.position is not before
    assert not changed or taken.ended or taken.batch is not None or taken.task is not None


SLOWLY = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@SLOWLY
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


def answer(taken: Step, digits: str, outcome: Answered) -> object:
    """Answer whatever is asked, as a line, a queue, an agent and a source do."""
    turn = taken.position.turn
    if taken.batch is None:
        assert taken.task is not None
        return answer_of(taken.task, turn, outcome)
    last = type(taken.batch.commands[-1]).__name__
    answers = {"Ask": Keys(turn=turn, digits=digits), "Record": Recorded(turn=turn, name="m", seconds=1.0)}
    return answers.get(last, LineLost(at=NOON) if last in ("HangUp", "HandOver") else Said(turn=turn))


def answer_of(task: Task, turn: int, outcome: Answered) -> object:
    match task:
        case EnterLine():
            return QueueLeft(turn=turn, outcome=QueueOutcome.NO_AGENTS)
        case CallAgent() | CallNumber():
            return PersonLeft(turn=turn, outcome=RingOutcome.NO_ANSWER)
        case LookUp():
            return LookedUp(turn=turn, outcome=outcome)
        case Verify():
            return Verified(turn=turn, outcome=outcome)
        case Promise():
            return Promised(turn=turn, kept=outcome is Answered.FOUND)


@SLOWLY
@given(flow=flows(), digits=KEYS, facts=FACTS, outcome=st.sampled_from(Answered))
def test_every_call_ends_within_a_bound(flow: Flow, digits: str, facts: Facts, outcome: Answered) -> None:
    taken = begin(flow, facts)
    turns = 0
    while not taken.ended:
        taken = step(flow, taken.position, answer(taken, digits, outcome), facts)
        turns += 1
        assert turns <= MOST_TURNS * (MOST_STEPS + 2)
