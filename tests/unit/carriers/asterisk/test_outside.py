"""Which telephones outside a flow may have rung: what is not allowed costs nobody money."""

from dataclasses import replace

import pytest

from telephony.calls.commands import Ring
from telephony.calls.events import RingOutcome
from telephony.calls.model import AgentId
from telephony.carriers.asterisk.agi_dial import asks, ring_arguments, ring_outcome
from telephony.carriers.asterisk.outside import address_of, outside_endpoint, reader_of

DIAL = "PJSIP/{number}@trunk"


def test_a_number_that_begins_as_allowed_has_an_address_that_dial_takes() -> None:
    endpoint = outside_endpoint("+359888000222", dial=DIAL, allow=["+44", "+359"])
    assert endpoint == "PJSIP/+359888000222@trunk"
    ring = Ring(agent=AgentId(""), endpoint=endpoint, limit_s=20, music=None)
    assert ring_arguments(ring) == "PJSIP/+359888000222@trunk,20,gr"
    shown = ring_arguments(ring, outside_caller_id="+35921234567")
    assert shown == "PJSIP/+359888000222@trunk,20,grf(+35921234567)"


def test_an_agent_sees_the_callers_own_number() -> None:
    ring = Ring(agent=AgentId("maria"), endpoint="PJSIP/101", limit_s=20, music=None)
    assert ring_arguments(ring, outside_caller_id="+35921234567") == "PJSIP/101,20,gr"


@pytest.mark.parametrize(
    "number",
    [
        "+79161000003",
        "359888000222",
        "",
        "+",
        "+359",
        "+359888&PJSIP/1",
        "+359888000222\n",
        "+3598880002221234567",
        "+٣٥٩٨٨٨٠٠٠",
    ],
)
def test_any_other_number_has_none(number: str) -> None:
    assert outside_endpoint(number, dial=DIAL, allow=["+359"]) is None


def test_without_settings_nobody_outside_is_called() -> None:
    assert outside_endpoint("+359888000222", dial="", allow=["+359"]) is None
    assert outside_endpoint("+359888000222", dial=DIAL, allow=[]) is None


def test_an_agents_mobile_is_rung_by_the_way_outside_whoever_flows_may_call() -> None:
    ring = Ring(agent=AgentId("maria"), endpoint="tel:+359888300400", limit_s=20, music=None)
    assert ring_arguments(ring, outside_dial=DIAL) == "PJSIP/+359888300400@trunk,20,gr"
    shown = ring_arguments(ring, outside_dial=DIAL, outside_caller_id="+35921234567")
    assert shown == "PJSIP/+359888300400@trunk,20,grf(+35921234567)"


@pytest.mark.parametrize("endpoint", ["tel:+359888300400", "client:maria", "tel:101", "tel:+359&PJSIP/1"])
def test_what_asterisk_cannot_ring_is_not_tried(endpoint: str) -> None:
    ring = Ring(agent=AgentId("maria"), endpoint=endpoint, limit_s=20, music=None)
    assert ring_arguments(ring, outside_dial="" if endpoint == "tel:+359888300400" else DIAL) is None


@pytest.mark.parametrize("dial", [DIAL, "SIP/provider/{number}", "PJSIP/00.{number}@trunk-2"])
def test_what_is_dialled_tells_the_telephone_again(dial: str) -> None:
    technology, _, dialled = address_of("tel:+359888300400", dial=dial).partition("/")
    assert reader_of(dial)(technology, dialled) == "tel:+359888300400"


@pytest.mark.parametrize(
    ("technology", "dialled"),
    [
        ("PJSIP", "101"),
        ("PJSIP", "+359888300400@other"),
        ("SIP", "+359888300400@trunk"),
        ("PJSIP", "0888300400@trunk"),
        ("PJSIP", ""),
    ],
)
def test_what_is_dialled_otherwise_is_no_telephone_outside(technology: str, dialled: str) -> None:
    assert reader_of(DIAL)(technology, dialled) == ""
    assert reader_of("")(technology, dialled) == ""


def test_whoever_answers_at_an_agents_telephone_outside_is_asked_for_a_key() -> None:
    ring = Ring(agent=AgentId("maria"), endpoint="tel:+359888300400", limit_s=20, music=None)
    asked = ring_arguments(ring, outside_dial=DIAL, ask="/prompts/ab12")
    assert asked == "PJSIP/+359888300400@trunk,20,grU(ringside-confirm^/prompts/ab12)"
    assert ring_arguments(ring, outside_dial=DIAL, ask="") == "PJSIP/+359888300400@trunk,20,grU(ringside-confirm^)"
    odd = ring_arguments(ring, outside_dial=DIAL, ask="x^y),A(z")
    assert odd == "PJSIP/+359888300400@trunk,20,grU(ringside-confirm^)"
    assert asks(ring)
    assert not asks(replace(ring, agent=AgentId("")))
    assert not asks(replace(ring, endpoint="PJSIP/101"))


def test_who_answered_and_pressed_no_key_has_not_answered() -> None:
    assert ring_outcome("CONGESTION", "16") is RingOutcome.NO_ANSWER
    assert ring_outcome("CONGESTION", "0") is RingOutcome.NO_ANSWER
    assert ring_outcome("CONGESTION", "34") is RingOutcome.UNAVAILABLE
