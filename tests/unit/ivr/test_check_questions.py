"""Every question goes on without a key, after wrong keys, and when the caller hangs up, whatever its type."""

import pytest

from telephony.calls.commands import Ask
from telephony.calls.events import Keys, LineLost, NoInput
from telephony.calls.model import CallId
from telephony.ivr.asking import Asking
from telephony.ivr.check import Around, bounds
from telephony.ivr.check.bound import questions_of
from telephony.ivr.check.silence import when_silent
from telephony.ivr.engine import begin, step
from telephony.ivr.facts import Facts
from telephony.ivr.flow import By, Flow
from telephony.ivr.loader import parse_flow
from telephony.ivr.position import Doing, Step
from telephony.ivr.texts import Texts
from telephony.ivr.yaml_tree import Faults
from tests.fakes.caller import ANY_TEXTS, KNOWN, NOON

TEXTS = Texts(by_language=ANY_TEXTS.by_language, articles_by_language={"en": {"news": ("one", "two")}})
FACTS = Facts(call_id=CallId("1"))
WRONG = "8"
"""A key that none of the questions takes, and too few digits for any."""

DIGITS = "{say: t, min_digits: 2}"
QUESTIONS = {
    "Menu": "{type: menu, say: t, keys: {1: bye}}",
    "Collect": "{type: collect, say: t, min_digits: 2, max_digits: 4, save_as: x, to: bye, confirm: {say: t}}",
    "ChooseLanguage": "{type: language, say: t, choose: {1: en}, to: bye}",
    "Identify": f"{{type: identify, number: {DIGITS}, pin: {DIGITS}, to: bye, otherwise: person}}",
    "Callback": "{type: callback, queue: sales, to: bye, otherwise: person}",
    "Information": "{type: information, article: news, to: person}",
    "Survey": "{type: survey, questions: [{name: s, say: t}, {name: z, say: t}], to: person}",
    "Consent": "{type: consent, say: t, to: person}",
}


def kinds_of(base: type[Asking]) -> set[str]:
    return {kind.__name__ for kind in base.__subclasses__()} | {
        name for kind in base.__subclasses__() for name in kinds_of(kind)
    }


def flow_asking(body: str) -> Flow:
    faults = Faults()
    head = "flow: test\nlanguages: [en]\nstart: ask\nno_keys: person\nnodes:\n  ask: "
    rest = "\n  person: {type: queue, queue: sales, otherwise: bye}\n  bye: {type: hangup}\n"
    flow = parse_flow(head + body + rest, "test.yaml", KNOWN, TEXTS, faults)
    assert flow is not None, faults.told
    return flow


def test_no_type_of_question_is_left_out_here() -> None:
    assert kinds_of(Asking) == QUESTIONS.keys()


@pytest.fixture(params=QUESTIONS.values(), ids=QUESTIONS.keys())
def flow(request: pytest.FixtureRequest) -> Flow:
    return flow_asking(request.param)


def asked(taken: Step) -> bool:
    return taken.batch is not None and isinstance(taken.batch.commands[-1], Ask)


def test_who_presses_nothing_goes_where_the_proof_of_silence_follows(flow: Flow) -> None:
    taken = begin(flow, FACTS)
    while asked(taken):
        assert taken.position.steps <= bounds(flow, Around(texts=TEXTS)).steps
        taken = step(flow, taken.position, NoInput(turn=taken.position.turn), FACTS)
    assert taken.position.node in when_silent(flow.nodes["ask"])


def test_who_presses_only_wrong_keys_goes_on_too(flow: Flow) -> None:
    taken = begin(flow, FACTS)
    while asked(taken):
        assert taken.position.steps <= bounds(flow, Around(texts=TEXTS)).steps
        taken = step(flow, taken.position, Keys(turn=taken.position.turn, digits=WRONG), FACTS)
    usual = {way.to for way in flow.nodes["ask"].ways() if way.by in (By.WRONG_KEY, By.SILENCE)}
    assert taken.position.node in usual


def test_who_hangs_up_ends_the_call_at_any_time_it_is_asked(flow: Flow) -> None:
    taken = begin(flow, FACTS)
    while asked(taken):
        ended = step(flow, taken.position, LineLost(at=NOON), FACTS)
        assert ended.position.doing is Doing.OVER
        taken = step(flow, taken.position, NoInput(turn=taken.position.turn), FACTS)


def test_every_question_of_a_node_has_both_limits(flow: Flow) -> None:
    node = flow.nodes["ask"]
    assert isinstance(node, Asking)
    for question in questions_of(node):
        assert question.no_input.tries >= 1
        assert question.no_match.tries >= 1
        assert {question.no_input.to, question.no_match.to} <= {way.to for way in node.ways()}
