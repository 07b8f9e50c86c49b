"""The demo company's line, walked as its callers do."""

import pytest

from telephony.calls.events import RingOutcome
from telephony.calls.model import AgentId, CallId
from telephony.ivr.facts import CalendarState, CustomerFacts, Facts
from telephony.ivr.loader import FlowSet, load_flows
from telephony.ivr.position import QueueOutcome
from telephony.ivr.texts import COMMON_TEXTS
from telephony.ivr.walks.transcript import SILENCE, CallerOnPaper, simulate
from tests.fakes.caller import FLOWS, KNOWN, Caller

LANGUAGES = ("en", "ru", "bg")
VIP = CustomerFacts(language="ru", personal_agent=AgentId("maria"), facts={"tier": "vip"})


@pytest.fixture(scope="module")
def demo() -> FlowSet:
    return load_flows(FLOWS, KNOWN)


@pytest.fixture
def main(demo: FlowSet) -> Caller:
    return Caller(demo.flows["main"])


def test_sales_are_reached_in_bulgarian(main: Caller) -> None:
    main.presses("2").presses("1")
    assert main.in_line == "sales"
    assert main.now.position.language == "bg"


def test_the_order_number_goes_with_the_caller_to_service(main: Caller) -> None:
    main.presses("1").presses("2").presses("12345")
    assert main.in_line == "service"
    assert [(given.name, given.value) for given in main.now.position.answers] == [("answers.order_number", "12345")]


def test_opening_times_are_told_and_the_menu_asked_again(main: Caller) -> None:
    assert main.presses("1").presses("3").hears == ["opening_times", "main_menu"]


def test_a_caller_whose_phone_sends_no_keys_reaches_the_operator(main: Caller) -> None:
    assert main.says_nothing().says_nothing().says_nothing().in_line == "operator"


def test_a_customer_with_a_language_is_not_asked_for_it(demo: FlowSet) -> None:
    assert Caller(demo.flows["main"], customer=CustomerFacts(language="ru")).hears == ["welcome", "main_menu"]


def test_a_vip_reaches_their_own_agent_and_else_the_queue(demo: FlowSet) -> None:
    caller = Caller(demo.flows["main"], customer=VIP).listens()
    assert caller.with_agent == "maria"
    assert caller.leaves_agent(RingOutcome.BUSY).in_line == "sales"


def test_when_closed_a_message_is_taken(demo: FlowSet) -> None:
    caller = Caller(demo.flows["main"], is_open=False, customer=VIP)
    assert caller.hears == ["welcome", "closed", "opening_times", "leave_message"]
    assert caller.records is not None
    assert caller.leaves_message().hung_up


def test_when_nobody_is_free_a_message_is_taken(main: Caller) -> None:
    main.presses("1").presses("0").leaves_line(QueueOutcome.NO_AGENTS)
    assert main.hears == ["nobody_free", "leave_message"]


def test_every_language_has_every_text(demo: FlowSet) -> None:
    assert set(demo.texts.by_language) == set(LANGUAGES)
    ids = [{text for text in demo.texts.by_language[language] if not text.startswith("_")} for language in LANGUAGES]
    assert ids[0] == ids[1] == ids[2]
    assert ids[0] >= set(COMMON_TEXTS)


@pytest.mark.parametrize("keys", [(), ("1",), ("1", "2"), ("9", "9", "9"), ("3", "2", "123", "1234")])
def test_a_hang_up_anywhere_ends_the_call(demo: FlowSet, keys: tuple[str, ...]) -> None:
    caller = Caller(demo.flows["main"])
    for key in keys:
        caller.presses(key)
    assert caller.hangs_up().now.ended


def transcript(demo: FlowSet, caller: CallerOnPaper) -> list[str]:
    known = Facts(call_id=CallId("paper"), calendars={"office": CalendarState.OPEN})
    return list(simulate(demo.flows["main"], demo.texts, known, caller))


def test_a_transcript_tells_what_is_heard_pressed_and_where_it_ends(demo: FlowSet) -> None:
    lines = transcript(demo, CallerOnPaper(keys=("1", SILENCE, "2", "1234")))
    assert "hears: [bg] За български език натиснете 2." in lines
    assert "presses: nothing" in lines
    assert "  at main_menu: keys 2 (service)" in lines
    assert lines[-1] == "ends: in queue service"


def test_a_transcript_of_an_evening_without_agents_ends_with_a_message(demo: FlowSet) -> None:
    lines = transcript(demo, CallerOnPaper(keys=("1", "0"), nobody_answers=True))
    assert "speaks: 4 s" in lines
    assert lines[-1] == "ends: hung up"
