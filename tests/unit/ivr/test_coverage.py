"""Walks that are proposed: together they take every way there is."""

import pytest

from telephony.ivr.coverage.cover import Covered, cover
from telephony.ivr.coverage.ways_taken import edges_of
from telephony.ivr.flow import Flow
from telephony.ivr.loader import load_flows
from telephony.ivr.walks.file import read_walks
from telephony.ivr.walks.paper import PaperCall
from telephony.ivr.walks.running import run_walks
from telephony.ivr.walks.script import EntersPin
from telephony.ivr.walks.writing import write_walks
from telephony.ivr.yaml_tree import Faults
from tests.fakes.caller import ANY_TEXTS, FLOWS, KNOWN, nodes, unproven_flow

EVERY_KIND = """
    hello: {type: play, say: t, to: open}
    open: {type: hours, calendar: office, open: tongue, closed: shut, holiday: shut, emergency: far}
    tongue: {type: language, say: t, choose: {1: en, 2: ru}, to: tier, no_input: {to: tier}, no_match: {to: tier}}
    tier:
      type: branch
      when:
        - {if: customer.facts.tier == "vip", label: vip, to: mine}
        - {if: customer.known && customer.facts.orders > 10, label: many, to: ask}
        - {if: queue.sales.waiting > 5 && now.hour >= 17, label: busy evening, to: offer}
        - {if: 'call.caller.startsWith("+44")', label: british, to: consent}
      else: ask
    mine: {type: agent, agent: personal, otherwise: line, then: score}
    ask: {type: menu, say: t, keys: {1: line, 2: number, 3: who, 4: read, '*': ask}, save_as: chosen}
    line: {type: queue, queue: sales, otherwise: mail, then: score}
    number: {type: collect, say: t, min_digits: 16, max_digits: 16, check: luhn, save_as: card, to: look}
    look:
      type: lookup
      source: orders
      with: {order: answers.card}
      gives: {status: text, total: number, paid: flag}
      to: keep
      not_found: ask
      otherwise: line
    keep: {type: set, values: {state: lookup.look.status}, to: state}
    state:
      type: branch
      when:
        - {if: answers.state == "sent", label: sent, to: bye}
        - {if: lookup.look.total > 100.0, label: dear, to: line}
        - {if: lookup.look.paid, label: paid, to: bye}
      else: mail
    who: {type: identify, number: {say: t}, pin: {say: t}, attempts: 2, to: then, otherwise: line}
    then: {type: branch, when: [{if: customer.facts.debt == true, label: debt, to: line}], else: offer}
    offer: {type: callback, queue: sales, say: t, promised_say: t, number_say: t, to: bye, otherwise: mail}
    read: {type: menu, say: t, keys: {1: bye}}
    consent: {type: consent, say: t, to: ask}
    score: {type: survey, questions: [{name: score, say: t}], to: scored}
    scored: {type: branch, when: [{if: answers.score == "1", label: bad, to: far}], else: bye}
    far: {type: external, number: "+35921234567", otherwise: mail, then: score}
    mail: {type: voicemail, mailbox: sales, say: t, to: bye}
    shut: {type: goto, to: mail}
"""


def missed(found: Covered) -> list[str]:
    return [str(each) for each in found.missed]


def assert_walks_are_so(flow: Flow, found: Covered) -> None:
    """Check that the walks pass as they are, and as they are written into a file."""
    faults = Faults()
    read = read_walks(write_walks(flow.name, found.walks), "made.walks.yaml", flow, faults)
    assert faults.told == []
    for walks in (found.walks, read):
        assert [str(each) for each in run_walks(flow, ANY_TEXTS, walks) if not each.passed] == []


def test_every_way_of_every_type_of_node_is_taken() -> None:
    flow = nodes(EVERY_KIND, start="hello")
    found = cover(flow)
    assert missed(found) == []
    assert found.taken == len(edges_of(flow.nodes))
    assert_walks_are_so(flow, found)


def test_the_walks_of_the_demo_flows_are_so() -> None:
    flows = load_flows(FLOWS, KNOWN)
    for flow in flows.flows.values():
        found = cover(flow)
        faults = Faults()
        walks = read_walks(write_walks(flow.name, found.walks), "x", flow, faults)
        assert faults.told == []
        assert [str(each) for each in run_walks(flow, flows.texts, walks) if not each.passed] == []
        ways = len(edges_of(flow.nodes))
        assert found.taken + len(found.missed) == ways
        assert found.taken >= 0.85 * ways, missed(found)


def test_no_walk_is_there_twice_and_none_is_needless() -> None:
    found = cover(nodes(EVERY_KIND, start="hello"))
    assert len({walk.name for walk in found.walks}) == len(found.walks)
    assert len(found.walks) < found.taken


def test_the_same_flow_gives_the_same_walks() -> None:
    flow = nodes(EVERY_KIND, start="hello")
    assert cover(flow) == cover(flow)


def test_a_known_customer_of_the_pin_may_differ_from_the_callers() -> None:
    flow = nodes(
        """
        who: {type: identify, number: {say: t}, pin: {say: t}, to: tier, otherwise: person}
        tier: {type: branch, when: [{if: customer.facts.tier == "vip", label: vip, to: bye}], else: person}
        """,
        start="who",
    )
    found = cover(flow)
    assert missed(found) == []
    vip = next(walk for walk in found.walks if walk.scene.identified)
    assert any(isinstance(step, EntersPin) for step in vip.steps)
    assert_walks_are_so(flow, found)


@pytest.mark.parametrize(
    ("written", "edge", "reason"),
    [
        (
            'a: {type: branch, when: [{if: customer.known && !customer.known, label: never, to: bye}], else: person}',
            "a --rule never--> bye",
            "no facts or answers were found with which 'customer.known && !customer.known' decides here",
        ),
        (
            f"a: {{type: menu, say: t, keys: {{{', '.join(f'{key!r}: bye' for key in '1234567890*#')}}}}}",
            "a --no_match--> person",
            "every key is an answer here",
        ),
        (
            """
            a: {type: branch, when: [{if: open.office, label: o, to: bye}], else: b}
            b: {type: hours, calendar: office, open: bye, closed: person}
            """,
            "b --rule open--> bye",
            "while calendar 'office' is open",
        ),
        (
            "a: {type: collect, say: t, max_digits: 9, save_as: x, pattern: '12\\d(?=34)3', to: bye}",
            "a --key--> bye",
            "no digits were found that the question takes",
        ),
    ],
)  # fmt: skip
def test_a_way_that_cannot_be_taken_is_named_with_the_reason(written: str, edge: str, reason: str) -> None:
    told = missed(cover(nodes(written, start="a")))
    assert any(each.startswith(edge) and reason in each for each in told), told


@pytest.mark.parametrize("pattern", ["\\d{4}", "[2-4]\\d{3}5", "(12|34)\\d{2}", "1{2}0?7+", "12|3456", "99\\d{3,5}"])
def test_digits_that_fit_a_pattern_are_found(pattern: str) -> None:
    body = f"a: {{type: collect, say: t, min_digits: 2, max_digits: 9, save_as: x, pattern: '{pattern}', to: bye}}"
    assert missed(cover(nodes(body, start="a"))) == []


def test_times_and_dates_in_conditions_are_met() -> None:
    flow = nodes(
        """
        a: {type: branch, when: [{if: 'now.time < "08:30"', label: early, to: b}], else: b}
        b: {type: branch, when: [{if: now.weekday > 5, label: weekend, to: c}], else: c}
        c: {type: branch, when: [{if: 'now.date == "2026-12-24"', label: eve, to: d}], else: d}
        d: {type: branch, when: [{if: now.month == 8 && now.day < 15, label: august, to: bye}], else: person}
        """,
        start="a",
    )
    found = cover(flow)
    assert missed(found) == []
    assert_walks_are_so(flow, found)


def tree(size: int) -> Flow:
    """Return a wide flow of many menus and conditions."""
    made = []
    for number in range(size):
        kids = [f"n{kid}" if kid < size else "person" for kid in range(4 * number + 1, 4 * number + 5)]
        a, b, c, d = kids
        limits = "no_input: {to: person}, no_match: {to: person}"
        menu = f"{{type: menu, say: t, keys: {{1: {a}, 2: {b}, 3: {c}, 4: {d}}}, {limits}}}"
        cases = f"{{if: customer.facts.f{number % 17} == 'a', to: {a}}}, {{if: open.office, to: {b}}}"
        cases += f", {{if: queue.sales.waiting > {number % 7}, to: {c}}}"
        body = f"{{type: branch, when: [{cases}], else: {d}}}" if number % 2 else menu
        made.append(f"  n{number}: {body}\n")
    ends = "  person: {type: queue, queue: operator, otherwise: bye}\n  bye: {type: hangup, say: t}\n"
    return unproven_flow(f"flow: tree\nlanguages: [en]\nstart: n0\nnodes:\n{''.join(made)}{ends}")


def test_a_search_ends_after_its_steps_and_says_so() -> None:
    found = cover(tree(300), most_steps=200)
    assert found.walks
    assert "not found within 200 steps of search" in str(found.missed[-1])
    assert_walks_are_so(tree(300), found)


def test_a_walk_of_the_proposal_can_be_played_by_hand() -> None:
    flow = nodes(EVERY_KIND, start="hello")
    walk = cover(flow).walks[0]
    call = PaperCall(flow, ANY_TEXTS, walk.scene.facts(flow))
    assert call.lines
