"""What an agent sees and does at the desk, in a real browser."""

import asyncio

import pytest
from playwright.async_api import expect

from tests.browser.stage import SEVERAL, call_view, log_in
from tests.unit.web.company import IVAN, MARIA, NOON
from tests.waiting import PATIENCE_S, until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


def card(page, name: str = "Incoming call"):
    return page.get_by_role("region", name=name)


async def test_a_wrong_password_is_told_and_the_right_one_opens_the_desk(page):
    await page.get_by_role("textbox", name="Login name").fill("maria")
    await page.get_by_label("Password", exact=True).fill("guess")
    await page.get_by_role("button", name="Log in").click()
    await expect(page.get_by_role("alert")).to_contain_text("Login name or password is wrong")
    await log_in(page)
    await expect(page.get_by_text("You are ready")).to_be_visible()


async def test_while_the_phone_rings_the_record_the_answers_and_the_reasons_are_there(company, desk):
    company.rings()
    await expect(card(desk).get_by_role("heading", name="Elena Georgieva")).to_be_visible()
    await expect(card(desk)).to_contain_text("longest idle of the 3 agents")
    await expect(card(desk)).to_contain_text("Order number 20417")
    customer = desk.get_by_role("region", name="Customer")
    await expect(customer).to_contain_text("Angry about the September bill")
    await expect(customer).to_contain_text("delivery promised for Friday")
    await expect(customer).to_contain_text("mobile number of the customer")
    await expect(desk.get_by_role("alert").filter(has_text="Elena Georgieva is calling")).to_have_count(1)
    await until(lambda: ("ack", MARIA, "pop-1") in company.desk.said)


async def test_later_facts_come_into_the_same_pop(company, desk):
    view = company.rings(record=None, record_state="loading", match={"outcome": "none", "candidates": []})
    await expect(card(desk)).to_contain_text("+359 88 812 3456")
    company.goes_on("call-1", record_state="unavailable")
    await expect(desk.get_by_text("The record cannot be loaded now")).to_be_visible()
    company.rings(revision=int(view["revision"]) + 5)
    await expect(card(desk).get_by_role("heading", name="Elena Georgieva")).to_be_visible()
    await expect(card(desk)).to_have_count(1)


async def test_the_agent_accepts_talks_and_hangs_up_through_the_browser_phone(company, desk, wall):
    company.rings()
    accept = desk.get_by_role("button", name="Accept")
    await expect(accept).to_be_disabled()
    await wall.ring()
    await expect(accept).to_be_enabled()
    await accept.click()
    assert await wall.final_answer() == 200
    company.goes_on("call-1", phase="talking", answered_at=NOON.isoformat())
    await desk.get_by_role("button", name="Mute").click()
    await expect(desk.get_by_role("button", name="Unmute")).to_be_visible()
    await desk.get_by_role("button", name="Hang up").click()
    async with asyncio.timeout(PATIENCE_S):
        await wall.hung_up.wait()


async def test_a_declined_call_is_declined_at_the_browser_phone(company, desk, wall):
    company.rings()
    await wall.ring()
    await expect(desk.get_by_role("button", name="Accept")).to_be_enabled()
    await desk.get_by_role("button", name="Decline").click()
    assert await wall.final_answer() == 486
    company.gone("call-1", "declined")
    await expect(card(desk)).to_have_count(0)


async def test_without_a_ringing_browser_phone_the_desk_declines_and_hangs_up(company, desk):
    company.rings()
    await desk.get_by_role("button", name="Decline").click()
    await expect(card(desk)).to_have_count(0)
    company.rings(call_id="call-2", pop_id="pop-2", phase="talking", answered_at=NOON.isoformat())
    await desk.get_by_role("button", name="Hang up").click()
    await expect(card(desk, "Call ended")).to_be_visible()
    assert ("decline", MARIA, "call-1") in company.desk.said
    assert ("hang_up", MARIA, "call-2") in company.desk.said


async def test_a_call_that_rings_without_a_pop_can_be_answered_all_the_same(desk, wall):
    await wall.ring()
    await desk.get_by_role("button", name="Accept").click()
    assert await wall.final_answer() == 200


async def test_an_agent_with_a_desk_phone_is_told_to_pick_it_up(company, page):
    await log_in(page, "ivan")
    await expect(page.get_by_text("Desk phone 102")).to_be_visible()
    company.screens.show(IVAN, {"type": "call", "call": call_view()})
    await expect(page.get_by_text("Pick up your phone 102")).to_be_visible()


async def test_a_pop_answered_elsewhere_goes_away_and_says_who_took_it(company, desk):
    company.rings()
    await expect(card(desk)).to_be_visible()
    company.gone("call-1", "answered_elsewhere", "Ivan Ivanov")
    await expect(desk.get_by_text("Answered by Ivan Ivanov")).to_be_visible()
    await expect(card(desk)).to_have_count(0)


async def test_of_several_customers_the_agent_chooses_who_calls(company, desk):
    company.rings(**SEVERAL)
    await expect(desk.get_by_text("Several customers have this number")).to_be_visible()
    await desk.get_by_role("button", name="Elena Georgieva").click()
    await expect(desk.get_by_text("Angry about the September bill")).to_be_visible()


async def test_a_reload_in_the_wrap_up_brings_the_call_and_the_note_back(company, desk):
    company.rings(phase="wrap_up", answered_at=NOON.isoformat(), ended_at=NOON.isoformat())
    await desk.get_by_label("Note").fill("Pays on Monday")
    await expect(desk.get_by_text("Saved")).to_be_visible()
    await desk.reload()
    await expect(desk.get_by_label("Note")).to_have_value("Pays on Monday")
    await desk.get_by_role("button", name="Done").click()
    await expect(desk.get_by_text("You are ready")).to_be_visible()
    notes = [said[3:] for said in company.desk.said if said[0] == "wrap_up"]
    assert notes[-1] == ("Pays on Monday", True)
    assert ("Pays on Monday", False) in notes
    assert ("closed", MARIA) not in company.desk.said


async def test_a_lost_connection_is_told_and_what_was_missed_comes_after_it(company, desk):
    await desk.context.set_offline(True)
    await expect(desk.get_by_text("Connection lost")).to_be_visible()
    company.rings()
    await desk.context.set_offline(False)
    await expect(card(desk)).to_be_visible()
    await expect(desk.get_by_text("Connection lost")).to_have_count(0)


async def test_the_agents_state_is_the_servers_in_every_tab(company, desk):
    other = await desk.context.new_page()
    await other.goto(company.url)
    await expect(other.get_by_text("You are ready")).to_be_visible()
    await desk.get_by_text("Away", exact=True).click()
    for tab in (desk, other):
        await expect(tab.get_by_text("You are away.")).to_be_visible()


async def test_an_offline_agents_phone_is_not_registered(desk):
    await desk.get_by_text("Offline", exact=True).click()
    await expect(desk.get_by_text("Phone off")).to_be_visible()


async def test_a_finished_call_is_shown_whole(company, desk):
    await desk.get_by_role("button", name="+359888123456").first.click()
    drawer = desk.get_by_role("dialog")
    await expect(drawer).to_contain_text("The caller's way")
    await expect(drawer).to_contain_text("pressed 1")
    await expect(drawer).to_contain_text("Maria Petrova")


@pytest.mark.parametrize(("language", "ready"), [("ru-RU", "Вы готовы"), ("bg-BG", "Вие сте на линия")])
async def test_the_desk_speaks_the_browsers_language(company, page, language, ready):
    context = await page.context.browser.new_context(locale=language)
    other = await context.new_page()
    await other.goto(company.url)
    await other.get_by_role("textbox").first.fill("maria")
    await other.locator("input[type=password]").fill("correct horse")
    await other.keyboard.press("Enter")
    await expect(other.get_by_text(ready)).to_be_visible()
    await context.close()


async def test_logging_out_ends_at_the_log_in_page_in_every_tab(company, desk):
    other = await desk.context.new_page()
    await other.goto(company.url)
    await expect(other.get_by_text("You are ready")).to_be_visible()
    await desk.get_by_role("button", name="Menu").click()
    await desk.get_by_role("menuitem", name="Log out").click()
    for tab in (desk, other):
        await expect(tab.get_by_role("button", name="Log in")).to_be_visible()
