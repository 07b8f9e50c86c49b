"""Values in what is said, and milestones and outcomes on nodes."""

import pytest

from telephony.ivr.facts import CustomerFacts
from telephony.ivr.position import Seen
from tests.fakes.caller import Caller, flow_faults, nodes

FLOW = nodes(
    """
    told:
      type: play
      milestone: told
      say:
        - you_owe
        - {money: customer.facts.debt, currency: BGN}
        - {number: customer.facts.orders}
        - {date: customer.facts.due}
        - {time: now.time}
      to: menu
    menu: {type: menu, say: [menu, {digits: call.caller}], outcome: contained, keys: {1: menu, 2: bye, 3: person}}
    """,
    start="told",
)
DEBTOR = CustomerFacts(facts={"debt": 3.5, "orders": 2, "due": "2026-12-31"})


def test_values_are_said_from_pieces_between_texts() -> None:
    hears = Caller(FLOW, customer=DEBTOR).hears
    assert hears[0] == "you_owe"
    assert "menu" in hears
    assert {"_n3", "_n2", "_day31", "_month12"} <= set(hears)
    assert [piece for piece in hears if piece.startswith("_bgn")] == ["_bgn_many", "_bgn_minor_many"]
    assert hears[-6:] == ["_n3", "_n5", "_n9", "_n8", "_n8", "_n8"]


def test_a_value_that_is_not_known_is_said_to_be_so() -> None:
    hears = Caller(FLOW).hears
    assert hears[:4] == ["you_owe", "not_known", "not_known", "not_known"]


def test_a_value_that_cannot_be_said_is_said_to_be_not_known() -> None:
    odd = CustomerFacts(facts={"debt": "much", "orders": 1e300, "due": "soon"})
    assert Caller(FLOW, customer=odd).hears[:4] == ["you_owe", "not_known", "not_known", "not_known"]


def test_milestones_and_outcomes_are_noted_each_time_a_caller_comes_by() -> None:
    caller = Caller(FLOW).presses("1").presses("2")
    assert caller.journal.count(("told", Seen.MILESTONE, "told", "")) == 1
    assert caller.journal.count(("menu", Seen.OUTCOME, "contained", "")) == 2


def test_asking_again_is_no_new_outcome() -> None:
    caller = Caller(FLOW).presses("9").says_nothing()
    assert caller.journal.count(("menu", Seen.OUTCOME, "contained", "")) == 1


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ("say: {digts: call.caller}", "a value must be one of date, digits, money, number, time"),
        ("say: {digits: call.caller, money: call.caller}", "a value must be one of"),
        ("say: {money: call.caller, currency: XYZ}", "'currency' is 'XYZ'; allowed are BGN, EUR, GBP, RUB, USD"),
        ("say: {digits: call.caller, currency: EUR}", "unknown key 'currency'"),
        ("say: {digits: call.calller}", "names 'call.calller', which is unknown"),
        ("say: [[x]]", "must be text ids and values"),
        ("say: x, milestone: Told You", "'milestone' is 'Told You'; a name is"),
    ],
)
def test_faults_are_told(fields: str, told: str) -> None:
    faults = flow_faults(f"""
        flow: test
        languages: [en]
        start: told
        nodes:
          told: {{type: play, {fields}, to: line}}
          line: {{type: queue, queue: sales, otherwise: bye}}
          bye: {{type: hangup}}
        """)
    assert told in "\n".join(faults)
