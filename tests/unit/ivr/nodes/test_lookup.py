"""`lookup`: a source outside is asked, and the caller goes on by its answer."""

from dataclasses import replace

import pytest

from telephony.ivr.check import Code
from telephony.ivr.expressions import ValueType
from telephony.ivr.loader import read_flow
from telephony.ivr.position import Doing, Seen
from telephony.ivr.surroundings import AskedBy
from telephony.ivr.yaml_tree import Faults
from tests.fakes.caller import ANY_TEXTS, KNOWN, Caller, flow_faults, nodes

FLOW = nodes(
    """
    number: {type: collect, say: enter_number, max_digits: 5, min_digits: 4, save_as: order, to: order}
    order:
      type: lookup
      source: orders
      with: {order: answers.order}
      gives: {status: text, total: number, parcels: whole, paid: flag}
      say: one_moment
      limit_s: 2.5
      to: told
      not_found: unknown
      otherwise: person
    told:
      type: branch
      when: [{if: 'lookup.order.status == "sent" && lookup.order.parcels > 1 && lookup.order.paid', to: sent}]
      else: person
    sent: {type: play, say: [total_is, {money: lookup.order.total}], to: person}
    unknown: {type: play, say: [no_such_order, {digits: answers.order}], to: number}
    """,
    start="number",
)
SENT = {"status": "sent", "total": 12.5, "parcels": 2, "paid": True}


def asked() -> Caller:
    return Caller(FLOW).presses("12345").listens()


def test_what_is_said_is_heard_before_the_source_is_asked() -> None:
    caller = Caller(FLOW).presses("12345")
    assert caller.hears == ["one_moment"]
    task = caller.listens().looks_up
    assert (task.source, task.limit_s) == ("orders", 2.5)
    assert [(given.name, given.value) for given in task.values] == [("order", "12345")]
    assert dict(task.gives)["parcels"] is ValueType.WHOLE


def test_an_answer_is_known_to_conditions_and_can_be_said() -> None:
    caller = asked().finds(**SENT)
    assert caller.hears[0] == "total_is"
    assert "_n12" in caller.hears
    assert caller.listens().in_line == "operator"
    assert ("order", Seen.FOUND, "found", "") in caller.journal


def test_a_thing_that_is_not_there_has_its_way() -> None:
    caller = asked().finds_nothing()
    assert caller.hears == ["no_such_order", "_n1", "_n2", "_n3", "_n4", "_n5", "enter_number"]


def test_a_source_that_fails_leads_to_a_person() -> None:
    caller = asked().gets_no_answer()
    assert caller.hears == []
    assert caller.in_line == "operator"
    assert ("order", Seen.FOUND, "failed", "late") in caller.journal


def test_without_a_way_of_its_own_a_thing_that_is_not_there_goes_otherwise() -> None:
    flow = nodes(
        """
        order: {type: lookup, source: orders, gives: {a: text}, to: bye, otherwise: person}
        """,
        start="order",
    )
    assert Caller(flow).listens().finds_nothing().in_line == "operator"


def test_an_answer_of_an_earlier_time_is_forgotten() -> None:
    flow = nodes(
        """
        number: {type: collect, say: enter, max_digits: 1, save_as: n, to: order}
        order: {type: lookup, source: orders, with: {n: answers.n}, gives: {a: text}, to: number, otherwise: said}
        said: {type: play, say: {digits: lookup.order.a}, to: number}
        """,
        start="number",
    )
    caller = Caller(flow).presses("1").finds(a="7").presses("2").gets_no_answer()
    assert caller.hears == ["not_known", "enter"]


def test_an_answer_that_comes_twice_or_late_changes_nothing() -> None:
    caller = asked()
    task_turn = caller.turn
    caller.finds_nothing()
    before = caller.now
    assert caller.finds(**SENT).now is before
    assert caller.now.position.doing is Doing.ASKING
    assert before.position.turn > task_turn


def test_nothing_but_an_answer_moves_a_caller_who_waits_for_one() -> None:
    caller = asked()
    before = caller.now
    assert caller.presses("1").listens().says_nothing().is_verified().is_promised().now is before


def test_a_hang_up_while_a_source_is_asked_ends_the_flow() -> None:
    caller = asked().hangs_up()
    assert caller.now.ended
    assert caller.finds(**SENT).now.ended
    assert caller.journal[-1] == ("order", Seen.HUNG_UP, "", "")


def test_a_sensitive_answer_is_asked_about_and_never_shown() -> None:
    flow = nodes(
        """
        card: {type: collect, say: enter, max_digits: 6, save_as: card, sensitive: true, to: points}
        points:
          type: lookup
          source: cards
          with: {card: {value: answers.card, sensitive: true}}
          gives: {points: whole}
          to: person
          otherwise: person
        """,
        start="card",
    )
    caller = Caller(flow).presses("987654")
    (given,) = caller.looks_up.values
    assert given.value == "987654"
    assert given.sensitive
    assert "987654" not in repr(caller.steps)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ("gives: {}", "must give at least one field with its type, e.g. {status: text}"),
        ("gives: {a: txt}", "'a' is 'txt' (did you mean 'text'?); allowed are flag, number, text, whole"),
        ("gives: {a: text}, limit_s: 60", "must be 0.1 to 10, is '60'"),
        ("gives: {a: text}, with: {b: answers.nothing}", "names 'answers.nothing', which is unknown"),
    ],
)
def test_faults_in_lookups_are_told(fields: str, told: str) -> None:
    faults = flow_faults(f"""
        flow: test
        languages: [en]
        start: order
        nodes:
          order: {{type: lookup, source: orders, {fields}, to: line, otherwise: line}}
          line: {{type: queue, queue: sales, otherwise: bye}}
          bye: {{type: hangup}}
        """)
    assert told in "\n".join(faults)


def faults_asking(with_: str, by: AskedBy) -> list[str]:
    faults = Faults()
    source = f"""
flow: test
languages: [en]
start: order
nodes:
  order: {{type: lookup, source: shop, {with_} gives: {{a: text}}, to: line, otherwise: line}}
  line: {{type: queue, queue: sales, otherwise: bye}}
  bye: {{type: hangup}}
"""
    read_flow(source, "test.yaml", replace(KNOWN, asked_by={"shop": by}), ANY_TEXTS, faults)
    return faults.told


EACH = AskedBy(names=frozenset({"order", "shop"}))
ONE_OF = AskedBy(names=frozenset({"id", "phone"}), one=True)
ANY_ONE = AskedBy(one=True)


@pytest.mark.parametrize(
    ("with_", "by"),
    [
        ("with: {order: call.caller, shop: call.called},", EACH),
        ("with: {phone: call.caller},", ONE_OF),
        ("with: {whatever: call.caller},", ANY_ONE),
        ("", AskedBy(names=frozenset())),
    ],
)
def test_a_source_is_asked_by_the_values_it_takes(with_: str, by: AskedBy) -> None:
    assert faults_asking(with_, by) == []


@pytest.mark.parametrize(
    ("with_", "by", "told"),
    [
        ("with: {order: call.caller},", EACH, ["'with' gives no 'shop', which source 'shop' is asked by; add it"]),
        (
            "with: {order: call.caller, shop: call.called, ordr: call.called},",
            EACH,
            ["source 'shop' is not asked by 'ordr' (did you mean 'order'?); it is by order, shop"],
        ),
        ("with: {shop: call.caller, odrer: call.called},", EACH, ["is not asked by 'odrer'", "gives no 'order'"]),
        ("", ONE_OF, ["'with' must give one of id, phone to source 'shop', and gives none"]),
        ("with: {number: call.caller},", ONE_OF, ["is not asked by 'number'; it is by id, phone"]),
        ("with: {a: call.caller, b: call.called},", ANY_ONE, ["must give one value to source 'shop', and gives a, b"]),
        ("with: {a: call.caller},", AskedBy(names=frozenset()), ["is not asked by 'a'; it is by none"]),
    ],
)
def test_values_that_a_source_is_not_asked_by_and_those_it_lacks_are_told(
    with_: str, by: AskedBy, told: list[str]
) -> None:
    faults = faults_asking(with_, by)
    assert len(faults) == len(told)
    for fault, text in zip(faults, told, strict=True):
        assert fault.startswith("test.yaml:6:")
        assert text in fault
        assert fault.endswith(f"[{Code.LOOKUP_VALUES}]")


def test_values_that_are_no_mapping_are_told_once() -> None:
    assert len(faults_asking("with: [order],", EACH)) == 1
