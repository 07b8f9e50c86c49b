"""Agents at extensions, mobiles and browser clients in one line of callers from two carriers."""

import logging
from collections.abc import Sequence

import pytest

from telephony.calls.events import PhoneChanged, PhoneState
from telephony.calls.model import AgentId
from telephony.routing.agents import AgentState
from telephony.routing.reach import reach_of_asterisk, reach_of_twilio
from tests.fakes.flows import flows
from tests.fakes.house import IVAN, MARIA, House, open_house

FLOWS = flows()
MOBILE, CLIENT, DESK = "tel:+359888300400", "client:ivan-petrov", "PJSIP/102"
REACHES = {"asterisk": reach_of_asterisk(outside_dial=True), "twilio": reach_of_twilio(sip_dial=False)}


def staff(house: House, *addresses: tuple[AgentId, str]) -> None:
    house.floor.reaches = REACHES
    house.staff(dict(addresses))


async def rung_for(house: House, carrier: str) -> AgentId | None:
    caller = await house.in_line(f"on-{carrier}", carrier=carrier)
    return caller.is_rung_through


@pytest.mark.parametrize("carrier", ["asterisk", "twilio"])
async def test_an_agent_with_only_a_mobile_takes_callers_of_either_carrier(carrier: str) -> None:
    async with open_house(FLOWS) as house:
        staff(house, (MARIA, MOBILE))
        house.ready(MARIA)
        assert await rung_for(house, carrier) == MARIA


async def test_a_browser_client_is_passed_over_for_a_caller_of_asterisks_and_the_log_says_why(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    async with open_house(FLOWS) as house:
        staff(house, (IVAN, CLIENT), (MARIA, DESK))
        house.ready(IVAN, MARIA)
        assert await rung_for(house, "asterisk") == MARIA
        assert await rung_for(house, "twilio") == IVAN
    passed = [record.passed_over for record in caplog.records if record.message == "agent chosen"]  # type: ignore[attr-defined]
    assert passed[0] == ["ivan: a browser client of Twilio cannot be rung for a caller on Asterisk"]


@pytest.mark.parametrize(
    ("carrier", "addresses", "served"),
    [
        ("asterisk", [(IVAN, CLIENT)], False),
        ("twilio", [(IVAN, CLIENT)], True),
        ("twilio", [(MARIA, DESK)], False),
        ("asterisk", [(MARIA, DESK)], True),
    ],
)
async def test_a_caller_whom_nobody_who_works_can_be_rung_for_does_not_wait_in_vain(
    carrier: str, addresses: Sequence[tuple[AgentId, str]], served: bool
) -> None:
    async with open_house(FLOWS) as house:
        staff(house, *addresses)
        for name, _ in addresses:
            house.floor.wish(name, AgentState.AWAY)
        caller = await house.in_line("c1", carrier=carrier)
        assert caller.line.held is served


async def test_an_agent_who_was_asked_for_and_cannot_be_rung_is_not_available() -> None:
    async with open_house(FLOWS) as house:
        staff(house, (IVAN, CLIENT))
        house.ready(IVAN)
        assert house.floor.reserve(IVAN, "c1", "was asked for", carrier="asterisk") is None  # type: ignore[arg-type]
        assert house.state(IVAN) is AgentState.READY
        assert house.floor.reserve(IVAN, "c1", "was asked for", carrier="twilio") is not None  # type: ignore[arg-type]


async def test_a_mobile_of_which_nothing_was_heard_is_idle_and_what_is_told_of_it_counts() -> None:
    async with open_house(FLOWS) as house:
        staff(house, (MARIA, MOBILE))
        assert house.floor.agents[MARIA].phone is PhoneState.IDLE
        house.switchboard.tell(PhoneChanged(endpoint=MOBILE, state=PhoneState.IN_USE, at=house.clock.now()))
        house.ready(MARIA)
        assert await rung_for(house, "twilio") is None
        house.switchboard.tell(PhoneChanged(endpoint=MOBILE, state=PhoneState.IDLE, at=house.clock.now()))
        await house.settles()
        assert house.state(MARIA) is AgentState.RINGING


async def test_an_agent_whose_desk_phone_is_out_of_reach_and_who_gets_a_mobile_is_rung_there() -> None:
    async with open_house(FLOWS) as house:
        staff(house, (MARIA, "PJSIP/101"))
        house.floor.phone("PJSIP/101", PhoneState.UNREACHABLE)
        house.ready(MARIA)
        staff(house, (MARIA, MOBILE))
        assert await rung_for(house, "twilio") == MARIA


@pytest.mark.parametrize("endpoint", [MOBILE, CLIENT])
async def test_who_talked_at_a_mobile_or_a_client_stands_in_the_entry(endpoint: str) -> None:
    async with open_house(FLOWS) as house:
        staff(house, (MARIA, endpoint), (IVAN, "client:ivan"))
        house.ready(MARIA)
        caller = await house.in_line("c1", carrier="twilio")
        leg = await caller.phone_rings()
        await caller.agent_answers(leg)
        house.clock.passes(5)
        await caller.agent_hangs_up(leg)
        await caller.hangs_up()
        entry = house.timeline.entries[caller.id]
    assert entry.agents == (MARIA,)
    assert entry.record.legs[1].number == endpoint.partition(":")[2]
