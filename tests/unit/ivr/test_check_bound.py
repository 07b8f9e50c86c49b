"""No call exceeds the bound that is proven of its flow."""

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from telephony.calls.commands import Ask, Command, Record, Say
from telephony.calls.events import CommandFailed, Keys, LineLost, NoInput, Recorded, RingOutcome, Said
from telephony.calls.model import AgentId, CallId
from telephony.ivr.check import Around, Code, bounds, review
from telephony.ivr.check.bound import Bound
from telephony.ivr.engine import begin, step
from telephony.ivr.facts import CalendarState, CustomerFacts, Facts
from telephony.ivr.flow import Flow
from telephony.ivr.loader import parse_flow
from telephony.ivr.position import (
    Answered,
    CallAgent,
    CallNumber,
    EnterLine,
    LookedUp,
    LookUp,
    PersonLeft,
    Promise,
    Promised,
    QueueLeft,
    QueueOutcome,
    Step,
    Task,
    Verified,
    Verify,
)
from telephony.ivr.texts import Texts
from telephony.ivr.walk import MOST_STEPS
from telephony.ivr.yaml_tree import Faults
from tests.fakes.caller import ANY_TEXTS, KNOWN, NOON, nodes

TEXT_S = 2.0
NAMES = [f"n{number}" for number in range(7)]
LIMITS = "no_input: {{tries: {tries}, say: t, to: {a}}}, no_match: {{tries: {wrong}, say: [t, t], to: {b}}}"
NUMBER = "{{say: t, min_digits: 1, max_digits: 3}}"
BODIES = (
    "{{type: play, say: [t, t], barge_in: {flag}, to: {a}}}",
    "{{type: menu, say: t, keys: {{1: {a}, 2: {b}, '#': {c}}}, " + LIMITS + "}}",
    "{{type: collect, say: t, min_digits: 2, max_digits: 3, save_as: x, to: {c}, " + LIMITS + "}}",
    "{{type: collect, say: t, max_digits: 2, save_as: x, check: luhn, to: {c}, "
    "confirm: {{say: [t, t], tries: {wrong}}}, " + LIMITS + "}}",
    "{{type: language, say: t, choose: {{1: en, 2: ru}}, to: {c}, " + LIMITS + "}}",
    "{{type: branch, when: [{{if: customer.known, to: {a}}}, {{if: open.office, to: {b}}}], else: {c}}}",
    "{{type: hours, calendar: office, open: {a}, closed: {b}, holiday: {c}}}",
    "{{type: set, values: {{x: '\"1\"'}}, to: {a}}}",
    "{{type: lookup, source: s, gives: {{y: text}}, say: t, limit_s: 2, to: {a}, not_found: {b}, otherwise: {c}}}",
    "{{type: identify, number: " + NUMBER + ", pin: " + NUMBER + ", attempts: {tries}, to: {a}, otherwise: {b}}}",
    "{{type: queue, queue: sales, say: t, wait_s: 30, otherwise: {a}, then: {b}}}",
    "{{type: agent, agent: personal, deputies: [maria], say: t, ring_s: 10, otherwise: {a}, then: {b}}}",
    "{{type: external, number: '+35921234567', say: t, ring_s: 10, otherwise: {a}}}",
    "{{type: voicemail, mailbox: sales, say: t, max_s: 10, to: {a}}}",
    "{{type: callback, queue: sales, to: {a}, otherwise: {b}}}",
    "{{type: information, article: news, keys: {{1: {a}}}, to: {b}}}",
    "{{type: survey, questions: [{{name: s, say: t}}, {{name: z, say: [t, t]}}], to: {a}}}",
    "{{type: consent, say: t, to: {a}}}",
    "{{type: goto, to: {a}}}",
)
ARTICLE = {"news": ("one", "two", "three")}
TEXTS = Texts(by_language=ANY_TEXTS.by_language, articles_by_language={"en": ARTICLE, "ru": ARTICLE})


def read(source: str) -> Flow:
    faults = Faults()
    flow = parse_flow(source, "test.yaml", KNOWN, TEXTS, faults)
    assert flow is not None, faults.told
    return flow


def flow_of_bodies(draw: st.DrawFn, *, forward: bool) -> Flow:
    """Return a flow of random nodes; `forward` leads each only to later ones."""
    written = ""
    for place, name in enumerate(NAMES):
        onward = NAMES[place + 1 :] if forward and name != NAMES[-1] else NAMES
        to = st.sampled_from([*onward, "bye"] if name != NAMES[-1] or not forward else ["bye"])
        body = draw(st.sampled_from(BODIES)).format(
            a=draw(to), b=draw(to), c=draw(to), tries=draw(TRIES), wrong=draw(TRIES), flag=draw(FLAG)
        )
        written += f"  {name}: {body}\n"
    return read(
        f"flow: any\nlanguages: [en, ru]\nstart: n0\nno_keys: bye\nnodes:\n{written}  bye: {{type: hangup, say: t}}\n"
    )


TRIES = st.integers(1, 3)
FLAG = st.sampled_from(["true", "false"])


@st.composite
def forward_flows(draw: st.DrawFn) -> Flow:
    return flow_of_bodies(draw, forward=True)


@st.composite
def any_flows(draw: st.DrawFn) -> Flow:
    return flow_of_bodies(draw, forward=False)


FACTS = st.builds(
    Facts,
    call_id=st.just(CallId("1")),
    caller=st.sampled_from(["", "+359888"]),
    calendars=st.sampled_from([{"office": state} for state in CalendarState]),
    customer=st.sampled_from([None, CustomerFacts(personal_agent=AgentId("petar"))]),
)


def bound_of(flow: Flow) -> Bound:
    return bounds(flow, Around(texts=TEXTS, rendered_s=lambda _: TEXT_S))


# --- a caller who does whatever takes longest or leads furthest -----------------------------------------------------


@dataclass
class Call:
    """One call, answered at random, with what it took."""

    flow: Flow
    data: st.DataObject
    keys: st.SearchStrategy[str]
    seconds: float = 0.0
    entered: list[str] = field(default_factory=list)

    def play(self, facts: Facts) -> Step:
        taken = begin(self.flow, facts)
        while not taken.ended:
            before = taken.position
            taken = step(self.flow, before, self.answer(taken), facts)
            assert taken.position is not before, "the call stands still"
        return taken

    def answer(self, taken: Step) -> object:
        turn = taken.position.turn
        if taken.batch is not None:
            self.seconds += sum(map(longest_of, taken.batch.commands))
            return self.line_answers(taken.batch.commands[-1], turn)
        assert taken.task is not None
        self.seconds += longest_task(taken.task)
        return self.data.draw(outcomes(taken.task, turn))

    def line_answers(self, last: Command, turn: int) -> object:
        failed = CommandFailed(turn=turn, reason="broken")
        match last:
            case Ask():
                keys = self.data.draw(self.keys)[: last.max_digits]
                pressed = [Keys(turn=turn, digits=keys)] if keys else []
                return self.data.draw(st.sampled_from([*pressed, *pressed, NoInput(turn=turn), failed]))
            case Record():
                return self.data.draw(st.sampled_from([Recorded(turn=turn, name="m", seconds=10.0), failed]))
            case Say():
                return self.data.draw(st.sampled_from([Said(turn=turn), failed]))
            case _:
                return LineLost(at=NOON)


def longest_of(command: Command) -> float:
    match command:
        case Ask():
            asked = command.first_digit_s + (command.max_digits - 1) * command.next_digit_s
            return TEXT_S * len(command.prompts) + asked
        case Say():
            return TEXT_S * len(command.prompts)
        case Record():
            return command.max_s
        case _:
            return 0.0


def longest_task(task: Task) -> float:
    match task:
        case EnterLine():
            return TEXT_S * len(task.prompts) + task.wait_s
        case CallAgent():
            return task.ring_s * len(task.agents)
        case CallNumber():
            return task.ring_s
        case LookUp() | Verify():
            return task.limit_s
        case Promise():
            return 0.0


def outcomes(task: Task, turn: int) -> st.SearchStrategy[object]:
    match task:
        case EnterLine():
            return st.sampled_from([QueueLeft(turn=turn + 1, outcome=outcome) for outcome in QueueOutcome])
        case CallAgent() | CallNumber():
            return st.sampled_from([PersonLeft(turn=turn + 1, outcome=outcome) for outcome in RingOutcome])
        case LookUp():
            return st.sampled_from([LookedUp(turn=turn, outcome=outcome) for outcome in Answered])
        case Verify():
            return st.sampled_from([Verified(turn=turn, outcome=outcome) for outcome in Answered])
        case Promise():
            return st.sampled_from([Promised(turn=turn, kept=kept) for kept in (True, False)])


ANY_KEYS = st.text("012*#", max_size=4)
NO_TERMINATOR = st.text("012*", max_size=4)
"""A terminator that comes after an answer that was complete without it has a question said once more, at once."""


@settings(max_examples=150, deadline=None)
@given(data=st.data(), flow=forward_flows(), facts=FACTS)
def test_a_call_that_does_not_go_round_stays_within_the_proven_steps(
    data: st.DataObject, flow: Flow, facts: Facts
) -> None:
    bound = bound_of(flow)
    ended = Call(flow, data, ANY_KEYS).play(facts)
    assert bound.rounds == ()
    assert ended.position.steps <= bound.steps == bound.most_steps


@settings(max_examples=150, deadline=None)
@given(data=st.data(), flow=forward_flows(), facts=FACTS)
def test_it_stays_within_the_proven_seconds(data: st.DataObject, flow: Flow, facts: Facts) -> None:
    call = Call(flow, data, NO_TERMINATOR)
    call.play(facts)
    assert call.seconds <= bound_of(flow).seconds + 1e-6


@settings(max_examples=40, deadline=None)
@given(flow=any_flows(), facts=FACTS, keys=st.lists(ANY_KEYS, min_size=1, max_size=5), data=st.data())
def test_any_call_ends_within_the_most_steps(flow: Flow, facts: Facts, keys: list[str], data: st.DataObject) -> None:
    taken = begin(flow, facts)
    place = 0
    while not taken.ended:
        turn, place = taken.position.turn, place + 1
        digits = keys[place % len(keys)]
        last = taken.batch.commands[-1] if taken.batch else None
        if isinstance(last, Ask) and digits:
            event: object = Keys(turn=turn, digits=digits[: last.max_digits])
        elif isinstance(last, Ask):
            event = NoInput(turn=turn)
        elif isinstance(last, Record):
            event = Recorded(turn=turn, name="m", seconds=1.0)
        elif last is not None:
            event = Said(turn=turn) if isinstance(last, Say) else LineLost(at=NOON)
        else:
            assert taken.task is not None
            event = missed(taken.task, turn)
        taken = step(flow, taken.position, event, facts)
    # The step that is one too many, and the one that leaves its node, are counted and not taken.
    assert taken.position.steps <= bound_of(flow).most_steps + 2


def missed(task: Task, turn: int) -> object:
    match task:
        case EnterLine():
            return QueueLeft(turn=turn + 1, outcome=QueueOutcome.NO_AGENTS)
        case CallAgent() | CallNumber():
            return PersonLeft(turn=turn + 1, outcome=RingOutcome.NO_ANSWER)
        case LookUp():
            return LookedUp(turn=turn, outcome=Answered.NOT_FOUND)
        case Verify():
            return Verified(turn=turn, outcome=Answered.NOT_FOUND)
        case Promise():
            return Promised(turn=turn, kept=True)


# --- what is told ----------------------------------------------------------------------------------------------------


def test_both_figures_are_given_for_a_menu_that_can_be_come_back_to() -> None:
    flow = nodes(
        """\
        menu: {type: menu, say: t, keys: {1: person, 2: news}, no_input: {tries: 2}, no_match: {tries: 3}}
        news: {type: play, say: t, to: menu}
        """,
        start="menu",
    )
    bound = bound_of(flow)
    # The menu, asked again four times, the news, the queue, the end.
    assert bound.steps == 1 + 4 + 1 + 1 + 1
    assert bound.rounds == (("menu", "news"),)
    assert bound.most_steps == MOST_STEPS
    assert bound.silent_s == 2 * (TEXT_S + 5) + 0


def test_waiting_in_line_counts_for_the_end_but_not_for_reaching_people() -> None:
    flow = nodes("hello: {type: play, say: [t, t], to: person}", start="hello")
    bound = bound_of(flow)
    assert bound.seconds == 2 * TEXT_S + 600 + TEXT_S
    assert bound.silent_s == 2 * TEXT_S
    assert bound.silent_way == ("hello", "person")


def test_who_presses_nothing_must_not_listen_for_ever() -> None:
    flow = nodes("menu: {type: menu, say: t, keys: {1: person}, no_input: {tries: 9}, first_key_s: 40}", start="menu")
    found = review(flow, Around(texts=TEXTS, rendered_s=lambda _: TEXT_S))
    (told,) = [each for each in found if each.code is Code.LONG_WAY]
    assert not told.is_error
    assert "listens for 6 min 18 s before reaching people: menu -> person" in told.text


def test_a_prompt_that_is_not_rendered_is_estimated_in_the_language_that_is_longest() -> None:
    flow = nodes("hello: {type: play, say: t, to: person}", start="hello")
    texts = Texts(by_language={"en": {"t": "x" * 14}, "ru": {"t": "x" * 28}})
    assert bounds(flow, Around(texts=texts)).silent_s == 2.0


def test_who_listens_to_an_article_as_long_as_can_be_stays_within_the_bound() -> None:
    flow = read(
        "flow: any\nlanguages: [en, ru]\nstart: news\nno_keys: bye\nnodes:\n"
        "  news: {type: information, article: news, to: bye}\n  bye: {type: hangup}\n"
    )
    taken = begin(flow, Facts(call_id=CallId("1")))
    seconds, pressed = 0.0, 0
    # Two wrong keys, then the paragraph anew, as often as it can be had; then each to its last wrong key.
    keys = [*["5", "5", "*"] * 3, *["5"] * 20]
    while taken.batch and isinstance(asked := taken.batch.commands[-1], Ask):
        seconds += longest_of(asked)
        taken = step(
            flow, taken.position, Keys(turn=taken.position.turn, digits=keys[pressed]), Facts(call_id=CallId("1"))
        )
        pressed += 1
    bound = bound_of(flow)
    assert (pressed, taken.position.steps) == (18, 17)
    assert taken.position.steps <= bound.steps
    assert seconds <= bound.seconds
