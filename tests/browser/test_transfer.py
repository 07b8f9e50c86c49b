"""An agent sends the caller on from the card, with the mouse or the keyboard alone."""

import os

import pytest
from playwright.async_api import expect

from telephony.calls.model import AgentId
from telephony.journey.moves import Asker, Colleague, MoveRefusedError, Refusal
from telephony.journey.sent import ToAgent, ToQueue
from telephony.routing.agents import AgentState
from tests.unit.web.company import IVAN, MARIA, NOON
from tests.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

SHOTS = os.environ.get("RINGSIDE_SHOTS")
AS_MARIA = Asker(name="Maria Petrova", agent=MARIA, supervises=False)
FOCUS_IN_MENU = "[role=menu]:focus, [role=menu] :focus"
"""A menu takes the focus a moment after it is seen."""

BORIS = Colleague(agent=AgentId("boris"), name="Boris Busy", state=AgentState.ON_CALL, free=False)
OLGA = Colleague(agent=AgentId("olga"), name="Olga Offline", state=AgentState.OFFLINE, free=False)


async def talks(company, desk, **changes):
    company.moves.others = (BORIS, OLGA)
    company.rings(phase="talking", answered_at=NOON.isoformat(), **changes)
    await expect(desk.get_by_role("region", name="In call")).to_be_visible()


async def shoot(desk, name):
    if SHOTS:
        await desk.screenshot(path=f"{SHOTS}/{name}.png")


async def test_the_caller_is_sent_to_a_colleague_who_is_free(company, desk):
    await talks(company, desk)
    await desk.get_by_role("button", name="Transfer").click()
    await expect(desk.get_by_role("menuitem", name="Ivan Ivanov")).to_contain_text("Ready")
    await expect(desk.get_by_role("menuitem", name="Boris Busy")).to_be_disabled()
    await expect(desk.get_by_role("menuitem", name="Olga Offline")).to_have_count(0)
    await shoot(desk, "transfer")
    await desk.get_by_role("menuitem", name="Ivan Ivanov").click()
    await expect(desk.get_by_role("menu")).to_have_count(0)
    company.goes_on("call-1", phase="wrap_up", ended_at=NOON.isoformat())
    await expect(desk.get_by_role("region", name="Call ended")).to_be_visible()
    assert ("transfer", AS_MARIA, "call-1", ToAgent(agent=IVAN)) in company.moves.said


async def test_the_keyboard_is_enough(company, desk):
    await talks(company, desk)
    await desk.get_by_role("button", name="Transfer").focus()
    await desk.keyboard.press("Enter")
    await expect(desk.get_by_role("menuitem", name="Ivan Ivanov")).to_be_visible()
    await expect(desk.locator(FOCUS_IN_MENU)).to_have_count(1)
    await desk.keyboard.press("ArrowDown")
    await expect(desk.get_by_role("menuitem", name="Ivan Ivanov")).to_be_focused()
    await desk.keyboard.press("Escape")
    await expect(desk.get_by_role("menu")).to_have_count(0)
    await expect(desk.get_by_role("button", name="Transfer")).to_be_focused()
    await desk.keyboard.press("Enter")
    await expect(desk.get_by_role("menuitem", name="Sales")).to_contain_text("1 free")
    await expect(desk.locator(FOCUS_IN_MENU)).to_have_count(1)
    await desk.keyboard.press("ArrowDown")
    await expect(desk.get_by_role("menuitem", name="Ivan Ivanov")).to_be_focused()
    await desk.keyboard.press("ArrowDown")
    await expect(desk.get_by_role("menuitem", name="Sales")).to_be_focused()
    await desk.keyboard.press("Enter")
    await expect(desk.get_by_role("menu")).to_have_count(0)
    await until(lambda: ("transfer", AS_MARIA, "call-1", ToQueue(queue="sales")) in company.moves.said)


async def test_a_refusal_is_said_in_the_card_and_the_talk_goes_on(company, desk):
    await talks(company, desk)
    await desk.get_by_role("button", name="Transfer").click()
    await expect(desk.get_by_role("menuitem", name="Ivan Ivanov")).to_be_visible()
    company.moves.refuses = MoveRefusedError(
        Refusal.NOT_NOW, "Ivan Ivanov cannot be rung: is on call", "Choose somebody else, or a queue."
    )
    await desk.get_by_role("menuitem", name="Ivan Ivanov").click()
    told = desk.get_by_role("alert").filter(has_text="Ivan Ivanov cannot be rung")
    await expect(told).to_contain_text("Choose somebody else")
    await shoot(desk, "transfer-refused")
    await expect(desk.get_by_role("button", name="Transfer")).to_be_enabled()
    await told.get_by_role("button", name="Close").click()
    await expect(told).to_have_count(0)


async def test_a_call_past_our_lines_has_no_transfer_here(company, desk):
    await talks(company, desk, kind="direct")
    await expect(desk.get_by_role("button", name="Hang up")).to_be_visible()
    await expect(desk.get_by_role("button", name="Transfer")).to_have_count(0)
