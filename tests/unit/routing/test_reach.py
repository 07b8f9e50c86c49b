"""Which agent can take which carrier's caller."""

import pytest

from telephony.routing.reach import EVERYWHERE, PhoneKind, kind_of, reach_of_asterisk, reach_of_twilio
from telephony.routing.router import assign, choose
from tests.unit.routing.test_router import NOON, agent_at, caller

EXTENSION, MOBILE, CLIENT = "PJSIP/101", "tel:+359888123456", "client:maria"


@pytest.mark.parametrize(
    ("endpoint", "kind"),
    [
        (EXTENSION, PhoneKind.EXTENSION),
        ("DAHDI/i1/123", PhoneKind.EXTENSION),
        (MOBILE, PhoneKind.OUTSIDE),
        (CLIENT, PhoneKind.CLIENT),
        ("tel", PhoneKind.EXTENSION),
    ],
)
def test_an_address_tells_what_it_leads_to(endpoint: str, kind: PhoneKind) -> None:
    assert kind_of(endpoint) is kind


def test_asterisk_rings_extensions_and_mobiles_but_no_clients() -> None:
    reach = reach_of_asterisk(outside_dial=True)
    assert [reach.objection(each) is None for each in (EXTENSION, MOBILE, CLIENT)] == [True, True, False]


def test_asterisk_without_a_way_outside_rings_no_mobile_and_says_what_to_set() -> None:
    why = reach_of_asterisk(outside_dial=False).objection(MOBILE)
    assert why == "a phone outside cannot be rung for a caller on Asterisk: carriers.asterisk.outside_dial is not set"


def test_twilio_rings_everybody_once_it_is_told_how_to_reach_asterisk() -> None:
    reach = reach_of_twilio(sip_dial=True)
    assert [reach.objection(each) for each in (EXTENSION, MOBILE, CLIENT)] == [None, None, None]


def test_twilio_that_is_not_told_rings_no_extension_and_says_what_to_set() -> None:
    reach = reach_of_twilio(sip_dial=False)
    assert [reach.objection(each) is None for each in (EXTENSION, MOBILE, CLIENT)] == [False, True, True]
    assert str(reach.objection(EXTENSION)).endswith("carriers.twilio.sip_dial is not set")


def test_an_agent_out_of_reach_is_passed_over_with_the_reason() -> None:
    staff = [agent_at("maria", CLIENT, idle_s=900), agent_at("ivan", EXTENSION, idle_s=1)]
    chosen = choose(caller("a", reach=reach_of_asterisk(outside_dial=True)), staff, NOON)
    assert chosen is not None
    assert chosen.agent == "ivan"
    assert [(each.agent, each.why) for each in chosen.passed_over] == [
        ("maria", "a browser client of Twilio cannot be rung for a caller on Asterisk")
    ]


def test_one_line_serves_the_callers_of_both_carriers_each_by_an_agent_in_reach() -> None:
    staff = [agent_at("client", CLIENT), agent_at("desk", EXTENSION)]
    on_asterisk = caller("first", waited_s=50, reach=reach_of_asterisk(outside_dial=False))
    on_twilio = caller("second", waited_s=5, reach=reach_of_twilio(sip_dial=False))
    given = assign([on_twilio, on_asterisk], staff, NOON)
    assert {each.call_id: each.agent for each in given} == {"first": "desk", "second": "client"}


def test_a_caller_whom_nobody_can_be_rung_for_does_not_hold_up_the_next() -> None:
    staff = [agent_at("client", CLIENT)]
    first = caller("first", waited_s=50, reach=reach_of_asterisk(outside_dial=False))
    given = assign([first, caller("second", waited_s=5, reach=EVERYWHERE)], staff, NOON)
    assert [(each.call_id, each.agent) for each in given] == [("second", "client")]
