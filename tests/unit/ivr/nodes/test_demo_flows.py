"""The flows that the demo company's line leads into, walked as its callers do."""

import pytest

from telephony.calls.events import RingOutcome
from telephony.calls.model import AgentId
from telephony.ivr.facts import CalendarState, CustomerFacts
from telephony.ivr.loader import FlowSet, load_flows
from telephony.ivr.nodes import TYPES
from telephony.ivr.position import Answered, CallNumber, QueueOutcome, Seen
from tests.fakes.caller import FLOWS, KNOWN, Caller

LANGUAGES = ("en", "ru", "bg")
EMMA = CustomerFacts(name="Emma", language="en", facts={"balance": 0, "tier": "standard"})
ELENA = CustomerFacts(name="Elena", language="bg", facts={"balance": -129.9})
GEORGI = CustomerFacts(language="bg", personal_agent=AgentId("maria"), facts={"tier": "vip", "balance": 12})


@pytest.fixture(scope="module")
def demo() -> FlowSet:
    return load_flows(FLOWS, KNOWN)


def of(demo: FlowSet, flow: str, customer: CustomerFacts | None = EMMA) -> Caller:
    return Caller(demo.flows[flow], customer=customer)


def test_together_they_use_every_type_of_node(demo: FlowSet) -> None:
    assert {node.kind for flow in demo.flows.values() for node in flow.nodes.values()} == set(TYPES)


def test_every_language_has_the_same_texts_and_articles(demo: FlowSet) -> None:
    def own(language: str) -> set[str]:
        return {text for text in demo.texts.by_language[language] if text[0] != "_" or text.startswith("_article")}

    assert own("en") == own("ru") == own("bg")


@pytest.mark.parametrize(
    ("key", "at"), [("4", "orders:which_order"), ("5", "account:who/by_pin"), ("6", "roadside:workshop")]
)
def test_the_menu_leads_into_them(demo: FlowSet, key: str, at: str) -> None:
    assert of(demo, "main").presses(key).at == at


# --- orders --------------------------------------------------------------------------------------------------------


def asked_for_order(demo: FlowSet, customer: CustomerFacts | None = EMMA) -> Caller:
    return of(demo, "orders", customer).presses("20832#").presses("1").listens()


def test_an_order_that_was_sent_is_told_with_its_day_and_its_price(demo: FlowSet) -> None:
    caller = asked_for_order(demo).finds(status="sent", total=1249.5, due="2026-12-05", shelf=0)
    assert caller.hears[:1] == ["order_sent"]
    assert {"_day5", "_month12", "order_total"} <= set(caller.hears)
    assert caller.hears[-1] == "order_more"
    assert ("sent", Seen.OUTCOME, "contained", "") in caller.journal
    assert caller.says_nothing().hung_up


@pytest.mark.parametrize(("status", "text"), [("ready", "order_ready"), ("painted", "order_in_work")])
def test_an_order_in_the_house_is_told(demo: FlowSet, status: str, text: str) -> None:
    caller = asked_for_order(demo, ELENA).finds(status=status, total=9.0, due="2026-12-05", shelf=7)
    assert caller.hears[0] == text


def test_an_unknown_order_is_read_back_and_asked_for_again(demo: FlowSet) -> None:
    caller = asked_for_order(demo).finds_nothing()
    assert caller.hears == ["no_such_order", "_n2", "_n0", "_n8", "_n3", "_n2", "enter_order_number"]


def test_without_the_order_book_a_colleague_helps(demo: FlowSet) -> None:
    caller = asked_for_order(demo).gets_no_answer()
    assert caller.in_line == "service"
    assert caller.hears == ["cannot_tell", "please_hold"]


def test_delivery_is_told_paragraph_by_paragraph(demo: FlowSet) -> None:
    caller = asked_for_order(demo).finds(status="ready", total=9.0, due="", shelf=7).presses("2")
    assert caller.hears == ["_article_delivery_1"]
    assert caller.presses("##").hears == ["_article_delivery_3"]
    assert caller.says_nothing().hears == ["order_more"]


def test_after_the_talk_two_questions_are_asked(demo: FlowSet) -> None:
    caller = asked_for_order(demo).gets_no_answer().leaves_line(QueueOutcome.ANSWERED)
    assert caller.hears == ["rate_service"]
    assert caller.presses("5").hears == ["rate_solved"]
    assert caller.presses("1").hears == ["thanks_for_rating", "goodbye"]


def test_an_unhappy_caller_is_noted(demo: FlowSet) -> None:
    caller = asked_for_order(demo).gets_no_answer().leaves_line(QueueOutcome.ANSWERED).presses("1").presses("0")
    assert caller.hears == ["sorry_to_hear", "goodbye"]
    assert ("how_was_it/sorry", Seen.MILESTONE, "unhappy", "") in caller.journal


# --- account -------------------------------------------------------------------------------------------------------


def identified(demo: FlowSet, customer: CustomerFacts) -> Caller:
    caller = of(demo, "account", None).presses("10001004").presses("8305")
    return caller.becomes(customer=customer).is_verified()


def test_a_debt_is_told_as_what_is_owed(demo: FlowSet) -> None:
    caller = identified(demo, ELENA)
    assert caller.hears[0] == "you_owe"
    assert "_minus" not in caller.hears
    assert caller.hears[-1] == "account_menu"
    assert caller.answers["answers.owed"] == 129.9


def test_a_customer_without_debt_hears_the_balance(demo: FlowSet) -> None:
    assert identified(demo, EMMA).hears[0] == "your_balance"
    assert identified(demo, CustomerFacts()).hears[0] == "your_balance"


def test_who_cannot_be_identified_reaches_the_operator(demo: FlowSet) -> None:
    caller = of(demo, "account").presses("10001004").presses("1111").is_verified(Answered.FAILED)
    assert caller.in_line == "operator"
    assert caller.hears == ["not_identified", "please_hold"]


def test_a_vip_reaches_their_adviser_and_is_recorded_only_if_they_agree(demo: FlowSet) -> None:
    for key, recorded in (("1", True), ("2", False)):
        caller = identified(demo, GEORGI).presses("1").presses(key).listens()
        assert caller.with_agent == "maria"
        assert caller.rings.record is recorded
        assert caller.leaves_agent(RingOutcome.NO_ANSWER).in_line == "sales"


def test_a_callback_is_offered_when_nobody_is_free(demo: FlowSet) -> None:
    caller = identified(demo, EMMA).presses("1").presses("1").leaves_line(QueueOutcome.TIMEOUT)
    assert caller.hears == ["offer_callback"]
    assert caller.presses("1").is_offered.queue == "sales"
    assert caller.is_promised().hears == ["callback_promised", "goodbye"]
    assert ("promised", Seen.OUTCOME, "callback", "") in caller.journal


# --- roadside ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "hears"),
    [
        (CalendarState.CLOSED, ["roadside_menu"]),
        (CalendarState.HOLIDAY, ["holiday_today", "roadside_menu"]),
        (CalendarState.EMERGENCY, ["shut_today", "leave_message"]),
    ],
)
def test_each_kind_of_closing_has_its_words(demo: FlowSet, state: CalendarState, hears: list[str]) -> None:
    menu = of(demo, "main").becomes(calendars={"office": state})
    assert menu.presses("6").hears == hears


def night(demo: FlowSet) -> Caller:
    return Caller(demo.flows["roadside"], is_open=False, customer=EMMA)


def test_by_night_the_rescue_service_is_rung(demo: FlowSet) -> None:
    caller = night(demo).presses("1").listens()
    assert isinstance(caller.rings, CallNumber)
    assert caller.leaves_agent(RingOutcome.UNAVAILABLE).hears == ["nobody_free", "offer_callback"]


def test_a_flat_tyre_can_be_mended_by_telephone(demo: FlowSet) -> None:
    caller = night(demo).presses("3")
    assert caller.hears == ["_article_puncture_1"]
    assert caller.presses("#").presses("#").presses("#").hears == ["roadside_menu"]


def test_a_silent_phone_leaves_a_message_by_night(demo: FlowSet) -> None:
    caller = night(demo).says_nothing().says_nothing()
    assert caller.records is not None
    assert caller.leaves_message().hears == ["thanks_for_message", "goodbye"]


@pytest.mark.parametrize("flow", ["orders", "account", "roadside", "feedback", "identity"])
@pytest.mark.parametrize("keys", [(), ("1",), ("10001004", "8305"), ("20832#", "1")])
def test_a_hang_up_anywhere_ends_the_call(demo: FlowSet, flow: str, keys: tuple[str, ...]) -> None:
    caller = of(demo, flow, None)
    for key in keys:
        caller.presses(key)
    assert caller.hangs_up().now.ended
