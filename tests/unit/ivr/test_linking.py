"""Flows within flows: parameters in, results and values out, and no circle of them."""

import pytest

from telephony.ivr.position import Answered, Seen
from tests.fakes.caller import Caller, link_faults, linked

MAIN = """
    flow: main
    languages: [en, ru]
    start: menu
    no_keys: person
    nodes:
      menu: {type: menu, say: menu, keys: {1: first, 2: second, 3: away}}
      first:
        type: subflow
        flow: ask
        with: {limit: "'2'", strict: customer.known}
        take: {order: number}
        results: {done: got, refused: person}
      second:
        type: subflow
        flow: ask
        with: {limit: "'1'", strict: "true"}
        take: {other: number}
        results: {done: got, refused: menu}
      got: {type: play, say: [thank_you, {digits: answers.order}, {digits: answers.other}], to: menu}
      away: {type: goto, flow: evening}
      person: {type: queue, queue: operator, otherwise: bye}
      bye: {type: hangup, say: goodbye}
    """
ASK = """
    flow: ask
    languages: [en, ru]
    parameters: {limit: text, strict: flag}
    results: [done, refused]
    gives: [number]
    start: number
    nodes:
      number:
        type: collect
        say: enter
        max_digits: 1
        save_as: number
        no_input: {to: no}
        no_match: {to: no}
        to: ok
      ok:
        type: branch
        when: [{if: "answers.number <= params.limit", to: yes}]
        else: no
      yes: {type: return, result: done, gives: {number: answers.number}}
      no: {type: return, result: refused}
    """
EVENING = """
    flow: evening
    languages: [en, ru]
    start: message
    nodes:
      message: {type: voicemail, mailbox: sales, to: more}
      more: {type: menu, say: more, keys: {1: back}, no_input: {to: bye}, no_match: {to: bye}}
      back: {type: goto, flow: main}
      bye: {type: hangup}
    """
FLOW = linked(MAIN, ASK, EVENING)


def test_the_other_flows_nodes_are_a_part_of_this_one() -> None:
    assert {"menu", "first", "first/number", "second/number", "evening:message"} <= set(FLOW.nodes)
    assert FLOW.parts == ("ask", "evening")


def test_a_result_leads_back_with_what_was_wanted() -> None:
    caller = Caller(FLOW).presses("1")
    assert caller.at == "first/number"
    caller.presses("2")
    assert caller.hears == ["thank_you", "_n2", "not_known", "menu"]
    assert ("first", Seen.ENTERED, "ask", "") in caller.journal
    assert ("first/yes", Seen.LEFT, "done", "") in caller.journal


def test_each_place_has_parameters_and_answers_of_its_own() -> None:
    caller = Caller(FLOW).presses("1").presses("2").presses("2").presses("2")
    assert caller.at == "menu"
    assert ("second/no", Seen.LEFT, "refused", "") in caller.journal
    assert caller.answers["first/params.limit"] == "2"
    assert caller.answers["second/params.limit"] == "1"
    assert caller.answers["first/answers.number"] == "2"


def test_a_flow_that_is_entered_again_knows_nothing_of_the_last_time() -> None:
    caller = Caller(FLOW).presses("1").presses("2").presses("1")
    assert "first/answers.number" not in caller.answers
    assert caller.answers["answers.order"] == "2"


def test_keys_typed_ahead_pass_through_flows() -> None:
    assert Caller(FLOW).presses("122").at == "second/number"


def test_a_hang_up_within_ends_the_whole_call() -> None:
    caller = Caller(FLOW).presses("1").hangs_up()
    assert caller.now.ended
    assert caller.journal[-1] == ("first/number", Seen.HUNG_UP, "", "")


def test_a_flow_that_is_gone_to_is_there_once_and_can_lead_back() -> None:
    caller = Caller(FLOW).presses("3")
    assert caller.records is not None
    caller.leaves_message().presses("1")
    assert caller.at == "menu"
    assert ("away", Seen.CHOSE, "evening", "") in caller.journal


def test_a_part_by_itself_is_a_flow_whose_returns_end_the_call() -> None:
    assert Caller(linked(ASK)).presses("1").hung_up


def test_what_a_part_gives_of_a_sensitive_answer_is_sensitive() -> None:
    secret = ASK.replace("save_as: number\n", "save_as: number\n        sensitive: true\n")
    main = MAIN.replace("{digits: answers.order}, {digits: answers.other}", "{digits: answers.order, sensitive: true}")
    main = main.replace("take: {other: number}", "")
    caller = Caller(linked(main, secret, EVENING)).presses("1").presses("2")
    (given,) = (given for given in caller.now.position.answers if given.name == "answers.order")
    assert given.sensitive


def test_a_customer_is_identified_within_a_part() -> None:
    main = """
        flow: main
        languages: [en]
        start: who
        no_keys: person
        nodes:
          who: {type: subflow, flow: who, results: {known: account, stranger: person}}
          account: {type: menu, say: account, keys: {1: person}}
          person: {type: queue, queue: operator, otherwise: bye}
          bye: {type: hangup}
        """
    who = """
        flow: who
        languages: [en]
        results: [known, stranger]
        start: ask
        nodes:
          ask: {type: identify, number: {say: number}, pin: {say: pin}, to: yes, otherwise: no}
          yes: {type: return, result: known}
          no: {type: return, result: stranger}
        """
    caller = Caller(linked(main, who)).presses("123456#").presses("1234#")
    assert caller.verifies.number == "123456"
    assert caller.is_verified(Answered.FOUND).hears == ["account"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("flow: ask", "flow: aks", "'flow' 'aks' is unknown (did you mean 'ask'?); there are ask, evening, main"),
        ("flow: ask", "flow: main", "a flow cannot be a part of itself [subflow_cycle]"),
        ("flow: ask", "flow: evening", "'evening' has no 'results', so it never comes back; use goto"),
        ("flow: evening", "flow: ask", "'ask' is made to be a part of others; use a subflow node"),
        (', strict: "true"}', "}", "must give 'strict', which flow 'ask' needs"),
        (
            "with: {limit: \"'2'\"",
            "with: {limt: \"'2'\"",
            "gives 'limt' (did you mean 'limit'?); it takes limit, strict",
        ),
        ("{done: got, refused: menu}", "{done: got}", "must say where 'refused' leads"),
        ("refused: menu}", "refused: menu, dnoe: menu}", "'dnoe' is unknown (did you mean 'done'?)"),
        ("take: {order: number}", "take: {order: nubmer}", "'nubmer' is unknown (did you mean 'number'?)"),
        ("results: {done: got, refused: person}", "", "must say where each result leads, e.g. {done: main_menu}"),
    ],
)
def test_faults_of_a_call_are_told(old: str, new: str, told: str) -> None:
    assert told in "\n".join(link_faults(MAIN.replace(old, new, 1), ASK, EVENING))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("result: done", "result: finished", "2.yaml:21:31: node 'yes': 'result' 'finished' is unknown"),
        ("params.limit", "params.limt", "names 'params.limt', which is unknown"),
    ],
)
def test_faults_of_a_part_stand_in_its_own_file(old: str, new: str, told: str) -> None:
    assert told in "\n".join(link_faults(MAIN, ASK.replace(old, new, 1), EVENING))


def test_flows_that_lead_into_each_other_are_refused_with_the_circle() -> None:
    part = """
        flow: {name}
        languages: [en]
        results: [done]
        start: on
        nodes:
          on: {{type: subflow, flow: {other}, results: {{done: back}}}}
          back: {{type: return, result: done}}
        """
    told = link_faults(
        part.format(name="a", other="b"), part.format(name="b", other="c"), part.format(name="c", other="a")
    )
    assert "a -> b -> c -> a" in "\n".join(told)


def test_flows_within_flows_that_explode_are_refused() -> None:
    def part(level: int) -> str:
        calls = "".join(
            f"  n{at}: {{type: subflow, flow: f{level + 1}, results: {{done: n{at + 1}}}}}\n" for at in range(20)
        )
        return head.format(level) + calls + "  n20: {type: return, result: done}\n"

    head = "flow: f{}\nlanguages: [en]\nresults: [done]\nstart: n0\nnodes:\n"
    last = head.format(6) + "  n0: {type: return, result: done}\n"
    assert "[too_large]" in "\n".join(link_faults(*(part(level) for level in range(6)), last))
