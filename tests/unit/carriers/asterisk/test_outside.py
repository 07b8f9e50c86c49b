"""Which telephones outside a flow may have rung: what is not allowed costs nobody money."""

import pytest

from telephony.calls.commands import Ring
from telephony.calls.model import AgentId
from telephony.carriers.asterisk.agi_dial import ring_arguments
from telephony.carriers.asterisk.outside import outside_endpoint

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
