"""`information`: an article is read paragraph by paragraph."""

from telephony.ivr.facts import CustomerFacts
from telephony.ivr.position import Seen
from tests.fakes.caller import Caller, flow_faults, nodes

FLOW = nodes(
    """
    read: {type: information, article: guarantee, keys: {0: person}, to: menu}
    menu: {type: menu, say: menu, keys: {1: read}}
    """,
    start="read",
)


def test_paragraphs_follow_each_other_and_then_the_caller_goes_on() -> None:
    caller = Caller(FLOW)
    assert caller.hears == ["_article_guarantee_1"]
    assert caller.says_nothing().hears == ["_article_guarantee_2"]
    assert caller.says_nothing().hears == ["menu"]
    assert ("read", Seen.PLAYED, "guarantee", "") in caller.journal


def test_hash_goes_on_and_star_repeats() -> None:
    caller = Caller(FLOW).presses("#")
    assert caller.hears == ["_article_guarantee_2"]
    assert ("read", Seen.KEYS, "#", "on") in caller.journal
    assert caller.presses("*").hears == ["_article_guarantee_2"]
    assert ("read", Seen.KEYS, "*", "again") in caller.journal


def test_repeats_are_bounded() -> None:
    caller = Caller(FLOW)
    for _ in range(4):
        caller.presses("*")
    assert caller.at == "menu"


def test_a_key_of_its_own_leads_elsewhere() -> None:
    caller = Caller(FLOW).presses("0")
    assert caller.at == "person"
    assert ("read", Seen.KEYS, "0", "person") in caller.journal


def test_another_key_is_no_reason_to_stop_reading() -> None:
    assert Caller(FLOW).presses("7").hears == ["_article_guarantee_1"]


def test_keys_typed_ahead_pass_through_the_article() -> None:
    assert Caller(FLOW).presses("##1").hears == ["_article_guarantee_1"]


def test_an_article_that_is_shorter_in_a_language_ends_there() -> None:
    caller = Caller(FLOW, customer=CustomerFacts(language="ru"))
    assert caller.hears == ["_article_guarantee_1"]
    assert caller.says_nothing().hears == ["menu"]


def test_a_hang_up_while_it_is_read_ends_the_flow() -> None:
    assert Caller(FLOW).presses("#").hangs_up().now.ended


def test_faults_are_told() -> None:
    faults = "\n".join(
        flow_faults("""
        flow: test
        languages: [en]
        start: read
        nodes:
          read: {type: information, article: garantee, keys: {"#": line}, to: line}
          line: {type: queue, queue: sales, otherwise: bye}
          bye: {type: hangup}
        """)
    )
    assert "there is no articles/en/garantee.md (did you mean 'guarantee'?); there are guarantee" in faults
    assert "is taken: * repeats a paragraph, # goes on to the next" in faults
