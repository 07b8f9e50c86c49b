"""Every node is reached, from each an end is, and no call goes round by itself."""

from telephony.ivr.check import Code, Finding, findings
from tests.fakes.caller import unproven_flow

HEAD = "flow: test\nlanguages: [en]\nstart: menu\nno_keys: person\nnodes:\n"
PERSON = "  person: {type: queue, queue: sales, otherwise: bye}\n  bye: {type: hangup}\n"


def found(nodes: str, code: Code) -> list[Finding]:
    return [each for each in findings(unproven_flow(HEAD + nodes + PERSON)) if each.code is code]


def test_a_good_flow_has_no_findings() -> None:
    assert findings(unproven_flow(HEAD + "  menu: {type: menu, say: t, keys: {1: person}}\n" + PERSON)) == ()


def test_a_node_that_nothing_leads_to_is_told_where_it_stands() -> None:
    nodes = "  menu: {type: menu, say: t, keys: {1: person}}\n  lonely: {type: hangup}\n"
    (told,) = found(nodes, Code.UNREACHABLE)
    assert (told.at, told.node, told.is_error) == ("test.yaml:7:11", "lonely", True)


def test_the_cycle_that_no_call_leaves_is_printed_once_whatever_leads_into_it() -> None:
    nodes = """\
  menu: {type: menu, say: t, keys: {1: person, 2: before}}
  before: {type: play, say: t, to: ask}
  ask: {type: menu, say: t, keys: {1: again, 2: ask}, no_input: {to: again}, no_match: {to: again}}
  again: {type: play, say: t, to: ask}
"""
    (told,) = found(nodes, Code.NO_END)
    assert "ask -> again -> ask" in told.text
    assert "no end is reached from before either" in told.text


def test_two_traps_are_two_findings() -> None:
    nodes = """\
  menu: {type: menu, say: t, keys: {1: one, 2: two, 3: person}}
  one: {type: play, say: t, to: one}
  two: {type: play, say: t, to: three}
  three: {type: play, say: t, to: two}
"""
    assert [told.node for told in found(nodes, Code.NO_END)] == ["one", "two"]


def test_a_cycle_with_a_way_out_is_no_trap() -> None:
    nodes = """\
  menu: {type: menu, say: t, keys: {1: news, 2: person}}
  news: {type: play, say: t, to: menu}
"""
    assert found(nodes, Code.NO_END) == found(nodes, Code.ENDLESS) == []


def test_a_call_that_goes_round_unasked_is_told_with_the_cycle() -> None:
    nodes = """\
  menu: {type: menu, say: t, keys: {1: line, 2: person}}
  line: {type: queue, queue: sales, otherwise: sorry}
  sorry: {type: branch, when: [{if: customer.known, to: person}], else: line}
"""
    (told,) = found(nodes, Code.ENDLESS)
    assert "line -> sorry -> line" in told.text


def test_a_flow_of_any_depth_is_checked() -> None:
    links = "".join(f"  n{number}: {{type: play, say: t, to: n{number + 1}}}\n" for number in range(3000))
    nodes = "  menu: {type: play, say: t, to: n0}\n" + links + "  n3000: {type: play, say: t, to: person}\n"
    assert {each.code for each in findings(unproven_flow(HEAD + nodes + PERSON))} == {Code.LONG_CHAIN}
