"""A journal run through another version of its tree."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from time import perf_counter

import pytest

from telephony.calls.model import QueueName
from telephony.ivr.coverage.cover import cover
from telephony.ivr.facts import CalendarState, CustomerFacts, QueueFacts
from telephony.ivr.flow import Flow
from telephony.ivr.position import Answered
from telephony.ivr.replay.calls import Replayed, end_of, replay, runs_of
from telephony.ivr.replay.facts_kept import KIND, facts_named, read_kept, reads_of
from telephony.ivr.walks.acts import Act, Answers, Checks, HangsUp, LooksUp, Misses, Presses, Promises, Silent, Speaks
from telephony.ivr.walks.scene import Scene
from telephony.ivr.walks.script import Ends, EntersPin, Hears, IsAt, Passes
from telephony.timeline.entry import PathStep
from tests.fakes.caller import NOON, nodes
from tests.fakes.journal import CALL, journal
from tests.unit.ivr.test_coverage import EVERY_KIND


def again(flow: Flow, steps: Sequence[PathStep]) -> Replayed:
    return replay(flow, runs_of(steps)[-1])


MENU = """
    hello: {type: play, say: welcome, to: ask}
    ask: {type: menu, say: t, keys: {1: {label: sales, to: line}, 2: {label: message, to: mail}}}
    line: {type: queue, queue: sales, otherwise: mail}
    mail: {type: voicemail, mailbox: sales, say: t, to: bye}
    """
NOW = nodes(MENU, start="hello")
TO_SERVICE = nodes(MENU.replace("queue: sales, o", "queue: service, o"), start="hello")
SALES = (Silent(), Presses(digits="1"), HangsUp())


def test_a_call_replayed_in_its_own_version_goes_the_same_way() -> None:
    told = again(NOW, journal(NOW, SALES))
    assert told.differs_at is None
    assert not told.ends_elsewhere
    assert told.was_end == "queue sales"
    assert told.doubts == ()


def test_a_key_that_leads_elsewhere_is_found_with_both_ends() -> None:
    told = again(TO_SERVICE, journal(NOW, SALES))
    assert told.differs_at is not None
    assert told.lines[told.differs_at].node == "line"
    assert (told.was_end, told.now_end) == ("queue sales", "queue service")


def test_a_message_in_between_differs_and_ends_the_same() -> None:
    more = nodes(MENU.replace("to: ask}", "to: news}") + "news: {type: play, say: t, to: ask}\n", start="hello")
    told = again(more, journal(NOW, SALES))
    assert told.differs_at is not None
    assert told.lines[told.differs_at].node == "news"
    assert not told.ends_elsewhere


def test_a_renamed_question_is_still_the_same_question() -> None:
    renamed = nodes(MENU.replace("ask", "question").replace("line", "sales_line"), start="hello")
    told = again(renamed, journal(NOW, (Presses(digits="1"), Misses(), Speaks(), HangsUp())))
    assert told.now_end == "message at 'mail'"


def test_a_question_that_was_never_asked_has_no_known_answer() -> None:
    asks = nodes(
        MENU.replace("to: ask}", "to: first}") + "first: {type: menu, say: t, keys: {1: ask}}\n", start="hello"
    )
    told = again(asks, journal(NOW, SALES))
    assert told.ends_elsewhere
    assert told.now_end == "is at 'first', where this caller was not"


def test_a_key_that_is_gone_is_a_wrong_key() -> None:
    without = nodes(MENU.replace("1: {label: sales, to: line}", "3: {label: sales, to: line}"), start="hello")
    told = again(without, journal(NOW, (Presses(digits="1"), HangsUp())))
    assert [(line.node, line.event.value) for line in told.lines[-2:]] == [("ask", "no_match"), ("ask", "hung_up")]
    assert told.now_end == "hangs up at 'ask'"


VIP = """
    tier: {type: branch, when: [{if: customer.facts.tier == "vip", label: vip, to: mail}], else: person}
    mail: {type: voicemail, mailbox: sales, say: t, to: bye}
    """


def test_the_facts_that_the_flow_saw_decide_again() -> None:
    flow = nodes(VIP, start="tier")
    vip = Scene(customer=CustomerFacts(facts={"tier": "vip", "debt": True}))
    steps = journal(flow, (HangsUp(),), vip)
    assert "debt" not in steps[0].value
    told = again(flow, steps)
    assert told.differs_at is None
    stricter = nodes(VIP.replace('"vip"', '"gold"'), start="tier")
    assert again(stricter, steps).now_end == "queue operator"


def test_a_fact_that_was_not_kept_is_told_where_it_decides() -> None:
    steps = journal(
        nodes(VIP, start="tier"), (HangsUp(),), Scene(customer=CustomerFacts(facts={"tier": "vip", "debt": True}))
    )
    other = nodes(VIP.replace('customer.facts.tier == "vip"', "customer.facts.debt == true"), start="tier")
    assert again(other, steps).doubts == (
        "node 'tier' decides by customer.facts.debt, which was not kept of this call",
    )


def test_the_hours_are_those_of_the_call_and_so_is_the_time() -> None:
    body = """
    now: {type: branch, when: [{if: now.hour >= 18, label: evening, to: mail}], else: open}
    open: {type: hours, calendar: office, open: person, closed: mail, emergency: bye}
    mail: {type: voicemail, mailbox: sales, say: t, to: bye}
    """
    flow = nodes(body, start="now")
    evening = Scene(at=datetime(2026, 3, 2, 19, tzinfo=UTC))
    assert again(flow, journal(flow, (HangsUp(),), evening)).differs_at is None
    shut = Scene(calendars={"office": CalendarState.EMERGENCY})
    told = again(flow, journal(flow, (), shut))
    assert told.differs_at is None
    assert told.was_end == "hung up on at 'bye'"


def test_a_line_as_it_was_decides_again() -> None:
    body = "a: {type: branch, when: [{if: queue.sales.waiting > 3, label: long, to: bye}], else: person}\n"
    flow = nodes(body, start="a")
    steps = journal(flow, (), Scene(queues={QueueName("sales"): QueueFacts(waiting=4)}))
    assert again(flow, steps).differs_at is None
    patient = nodes(body.replace("> 3", "> 9"), start="a")
    assert again(patient, steps).now_end == "queue operator"


SECRET = """
    pin: {type: collect, say: t, max_digits: 4, save_as: pin, sensitive: true, to: keep}
    keep: {type: set, values: {copy: answers.pin}, to: right}
    right: {type: branch, when: [{if: answers.copy == "1234", label: right, to: bye}], else: person}
    """


def test_a_decision_by_a_masked_answer_is_told_as_not_sure() -> None:
    flow = nodes(SECRET, start="pin")
    steps = journal(flow, (Presses(digits="1234"),))
    assert not any("1234" in step.value for step in steps)
    assert again(flow, steps).doubts == ("node 'right' decides by answers.copy, whose value was not kept",)


LOOK = """
    look:
      type: lookup
      source: orders
      with: {caller: call.caller}
      gives: {status: text, secret: text}
      to: what
      otherwise: person
    what: {type: branch, when: [{if: lookup.look.status == "sent", label: sent, to: bye}], else: person}
    """


def test_what_a_lookup_gave_decides_again_and_nothing_else_of_it_is_kept() -> None:
    flow = nodes(LOOK, start="look")
    act = LooksUp(source="orders", outcome=Answered.FOUND, values={"status": "sent", "secret": "blue"})
    steps = journal(flow, (act,))
    assert not any("blue" in step.value for step in steps)
    told = again(flow, steps)
    assert told.differs_at is None
    assert told.doubts == ()


def test_a_lookup_that_failed_fails_again() -> None:
    flow = nodes(LOOK, start="look")
    steps = journal(flow, (LooksUp(source="orders", outcome=Answered.FAILED, late=True), HangsUp()))
    assert again(flow, steps).differs_at is None


def test_every_proposed_walk_replays_as_it_was() -> None:
    flow = nodes(EVERY_KIND, start="hello")
    for walk in cover(flow).walks:
        acts: list[Act] = []
        for step in walk.steps:
            if isinstance(step, EntersPin):
                acts.append(Checks(outcome=step.outcome))
            elif not isinstance(step, Hears | IsAt | Passes | Ends):
                acts.append(step)
        told = again(flow, journal(flow, acts, walk.scene))
        assert told.differs_at is None, (walk.name, told)


@pytest.mark.parametrize(
    ("acts", "end"),
    [
        ((Presses(digits="1"), HangsUp()), "queue sales"),
        ((Presses(digits="1"), Misses(), Speaks()), "message at 'mail'"),
        ((Presses(digits="1"), Misses(), HangsUp()), "hangs up at 'mail'"),
        ((Presses(digits="1"), Answers()), "queue sales"),
        ((HangsUp(),), "hangs up at 'ask'"),
    ],
)
def test_where_a_caller_ended_is_told_by_the_journal(acts: Sequence[Act], end: str) -> None:
    run = runs_of(journal(NOW, acts))[0]
    assert end_of(run.lines) == end


def test_a_journal_from_before_facts_were_kept_is_replayed_with_a_doubt() -> None:
    steps = [step for step in journal(NOW, SALES) if step.kind != KIND]
    told = again(NOW, steps)
    assert told.differs_at is None
    assert "were not kept" in told.doubts[0]


def test_a_call_that_came_again_has_two_runs() -> None:
    first, second = journal(NOW, SALES), journal(NOW, (HangsUp(),))
    assert [len(run.lines) for run in runs_of([*first, *second])] == [5, 2]


def test_a_journal_that_stops_says_so() -> None:
    told = again(NOW, journal(NOW, ()))
    assert told.was_end == "unknown: the journal stops"


def test_steps_of_agents_and_faults_are_not_the_flows() -> None:
    steps = journal(NOW, SALES)
    rung = replace(steps[0], node="sales", kind="agent", event="rung", value="maria", label="")
    fault = replace(steps[0], kind="fault", event="handed_over", value="", label="")
    assert again(NOW, [*steps[:-1], rung, fault, steps[-1]]).differs_at is None


@pytest.mark.parametrize(
    "value", ["", "[]", "null", '{"now": 1}', '{"now": "x"}', '{"now": "2026-03-02T12:00", "queues": {"a": 1}}']
)
def test_facts_that_cannot_be_read_are_none(value: str) -> None:
    assert read_kept(value, NOON, CALL) is None


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ('customer.facts.tier == "vip"', {"tier"}),
        ('customer.facts["a b"] == 1 && "c" in customer.facts', {"a b", "c"}),
        ("customer.known", set()),
        ("size(customer.facts) > 1", None),
        ("customer.facts[answers.x] == 1", None),
    ],
)
def test_the_facts_an_expression_names_are_known(source: str, named: set[str] | None) -> None:
    assert facts_named(source) == (None if named is None else frozenset(named))


def test_what_is_kept_of_a_call_is_small_and_quickly_made() -> None:
    flow = nodes(EVERY_KIND, start="hello")
    reads = reads_of(flow)
    facts = Scene(customer=CustomerFacts(language="ru", facts={"tier": "vip", "orders": 4})).facts(flow)
    assert len(reads.text(reads.kept(facts), facts.now)) < 400
    best = min(_timed(lambda: reads.text(reads.kept(facts), facts.now)) for _ in range(5))
    assert best < 100e-6  # some 10 us on a quiet machine


def _timed(work: object) -> float:
    begun = perf_counter()
    for _ in range(200):
        work()  # type: ignore[operator]
    return (perf_counter() - begun) / 200


def test_thousands_of_calls_are_replayed_in_seconds() -> None:
    run = runs_of(journal(NOW, (Presses(digits="1"), Misses(), Speaks(), HangsUp())))[0]
    begun = perf_counter()
    for _ in range(500):
        replay(TO_SERVICE, run)
    assert perf_counter() - begun < 2


def test_promises_and_pins_are_replayed() -> None:
    body = """
    who: {type: identify, number: {say: t}, pin: {say: t}, attempts: 2, to: offer, otherwise: person}
    offer: {type: callback, queue: sales, say: t, promised_say: t, number_say: t, to: bye, otherwise: person}
    """
    flow = nodes(body, start="who")
    pin = (Presses(digits="1111"), Presses(digits="2222"))
    acts = (*pin, Checks(outcome=Answered.NOT_FOUND), *pin, Checks(outcome=Answered.FOUND), Presses(digits="1"))
    assert again(flow, journal(flow, (*acts, Promises()))).differs_at is None
    assert again(flow, journal(flow, (*acts, Promises(kept=False), HangsUp()))).differs_at is None


def test_silence_at_the_second_question_of_a_node_is_not_taken_for_silence_at_the_first() -> None:
    body = """
    number: {type: collect, say: t, max_digits: 4, save_as: x, confirm: {say: t}, to: bye, no_input: {tries: 1}}
    """
    flow = nodes(body, start="number")
    steps = journal(flow, (Presses(digits="1234"), Silent(), HangsUp()))
    assert again(flow, steps).differs_at is None
    patient = nodes(body.replace("confirm: {say: t}", "confirm: {say: t, no_input: {tries: 3}}"), start="number")
    steps = journal(patient, (Presses(digits="1234"), Silent(), Silent(), Presses(digits="1")))
    assert again(patient, steps).differs_at is None


CARD = """
    card: {type: collect, say: t, max_digits: 4, save_as: x, sensitive: true, to: card,
           confirm: {say: t, no_input: {tries: 1, to: who}}, no_input: {tries: 2, to: person}}
    who: {type: identify, number: {say: t}, pin: {say: t, no_input: {tries: 2}}, to: card, otherwise: person}
    """


@pytest.mark.parametrize(
    "acts",
    [
        (Presses(digits="1234"), Presses(digits="1"), Presses(digits="1234"), Silent()),
        (Presses(digits="1234"), Presses(digits="1"), Silent(), Silent()),
        (Silent(), Presses(digits="1234"), Silent(), Presses(digits="1111"), Silent(), Silent()),
        (Presses(digits="1234"), Presses(digits="7"), Presses(digits="2"), Presses(digits="1234"), Presses(digits="1")),
    ],
)
def test_the_journal_tells_which_of_a_nodes_questions_was_not_answered(acts: Sequence[Act]) -> None:
    flow = nodes(CARD, start="card")
    assert again(flow, journal(flow, (*acts, HangsUp()))).differs_at is None


def test_who_did_not_confirm_has_typed_the_digits_where_nothing_is_confirmed() -> None:
    asked = nodes("n: {type: collect, say: t, max_digits: 4, save_as: x, confirm: {say: t}, to: bye}", start="n")
    plain = nodes("n: {type: collect, say: t, max_digits: 4, save_as: x, to: bye}", start="n")
    steps = journal(asked, (Presses(digits="1234"), Silent()))
    assert again(plain, steps).now_end == "hung up on at 'bye'"


READ = nodes(
    """
    read: {type: information, article: guarantee, keys: {0: person}, to: ask}
    ask: {type: menu, say: t, keys: {1: person}}
    """,
    start="read",
)


@pytest.mark.parametrize("keys", [("#", "#"), ("#", "*", "#"), ("#", "0"), ("", "#"), ("*", "", "#")])
def test_an_article_is_read_again_as_the_caller_went_through_it(keys: tuple[str, ...]) -> None:
    acts = [Presses(digits=key) if key else Silent() for key in keys]
    told = again(READ, journal(READ, (*acts, HangsUp())))
    assert (told.differs_at, told.doubts) == (None, ())
    assert [line.value for line in told.lines if line.event == "keys"] == [key for key in keys if key]
