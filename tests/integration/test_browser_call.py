"""The real browser on the real Asterisk: the agent's phone is the page, and the page shows who calls while it rings."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.browser.stage import chromium
from tests.integration.asterisk import AsteriskInstance
from tests.integration.ringside import PASSWORD, Server, serving
from tests.integration.sipp import HangUp, Phone, Press, Running, Sipp, Speak, Wait

pytestmark = [pytest.mark.integration, pytest.mark.browser]

EMMA, THOMAS, AOIFE = "+447700900104", "+4915112340007", "+353871000011"
LIMIT_MS = 20_000
SHOTS = os.environ.get("RINGSIDE_SHOTS")
"""A folder for pictures of the pages, for whoever wants to look at them."""


@pytest.fixture
async def server(asterisk: AsteriskInstance, tmp_path: Path) -> AsyncIterator[Server]:
    ws_url = f"ws://127.0.0.1:{asterisk.ports.http}/ws"
    asterisk.rx("dialplan add extension +35929000101,1,Goto,ringside-phones,101,1 into ringside-in")
    asterisk.rx("dialplan remove extension +35929000198@ringside-in")
    asterisk.rx('dialplan add extension +35929000198,1,Dial,"PJSIP/101&PJSIP/102,30" into ringside-in')
    async with serving(asterisk, tmp_path, {"RINGSIDE__CARRIERS__ASTERISK__PHONE_WS_URL": ws_url}) as made:
        yield made


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as opened:
        yield opened


@asynccontextmanager
async def desk(browser: Browser, server: Server, login: str) -> AsyncIterator[Page]:
    """Give an agent's browser at the desk: logged in, the phone registered, ready for calls."""
    context = await browser.new_context(locale="en-GB", viewport={"width": 1320, "height": 860})
    page = await context.new_page()
    page.set_default_timeout(LIMIT_MS)
    expect.set_options(timeout=LIMIT_MS)
    await page.goto(server.url)
    await page.get_by_role("textbox", name="Login name").fill(login)
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="Log in").click()
    await becomes(page, "Ready")
    await page.get_by_text("Phone ready").wait_for()
    try:
        yield page
    finally:
        await context.close()


async def becomes(page: Page, state: str) -> None:
    await page.get_by_text(state, exact=True).first.click()
    await expect(page.get_by_text("You are ready")).to_be_visible()


def card(page: Page, name: str = "Incoming call") -> Locator:
    return page.get_by_role("region", name=name)


async def calls_sales(sipp: Sipp, number: str, *, stays_s: float = 20) -> Running:
    return await sipp.call(Wait(4), Press("1"), Speak(stays_s), HangUp(), number=number)


async def shoot(page: Page, name: str) -> None:
    if SHOTS:
        await page.screenshot(path=f"{SHOTS}/{name}.png")


async def test_the_agent_sees_the_record_answers_talks_and_hangs_up_in_the_page(
    server: Server, sipp: Sipp, browser: Browser, asterisk: AsteriskInstance
) -> None:
    async with desk(browser, server, "maria") as page:
        caller = await calls_sales(sipp, EMMA, stays_s=40)
        await expect(card(page)).to_contain_text("Emma Clarke")
        await expect(card(page)).to_contain_text("sales")
        await expect(page.get_by_role("region", name="Customer")).to_contain_text("standard")
        accept = page.get_by_role("button", name="Accept")
        await expect(accept).to_be_enabled()
        await shoot(page, "ringing")
        await accept.click()
        await expect(card(page, "In call")).to_be_visible()
        await asyncio.sleep(4)  # let them talk: the audio is counted below
        assert both_ways(await asyncio.to_thread(asterisk.rx, "pjsip show channelstats"))
        await shoot(page, "talking")
        await page.get_by_role("button", name="Hang up").click()
        await expect(card(page, "Call ended")).to_be_visible()
        await page.get_by_label("Note").fill("Wants the blue one.")
        await expect(page.get_by_text("Saved")).to_be_visible()
        await shoot(page, "wrap-up")
        await page.reload()
        await expect(page.get_by_label("Note")).to_have_value("Wants the blue one.")
        await page.get_by_role("button", name="Done").click()
        await expect(page.get_by_text("You are ready")).to_be_visible()
        await caller.stop()
        entry = await server.entry(EMMA)
    assert (entry["disposition"], entry["hung_up_by"]) == ("answered", "called")
    assert json.loads(entry["agents"]) == ["maria"]
    assert 3 < entry["talk_s"] < 20
    assert server.notes(entry["id"]) == ["Wants the blue one."]


async def test_a_reload_while_it_rings_shows_the_call_again_and_it_can_be_answered(
    server: Server, sipp: Sipp, browser: Browser
) -> None:
    async with desk(browser, server, "maria") as page:
        caller = await sipp.call(Speak(25), HangUp(), to="+35929000101", number=AOIFE)
        await expect(card(page, "Direct call to you")).to_contain_text("Aoife Byrne")
        await page.reload()
        await expect(card(page, "Direct call to you")).to_contain_text("Aoife Byrne")
        await caller.stop()


async def test_of_two_agents_the_later_one_loses_cleanly_and_is_told_who_answered(
    server: Server, sipp: Sipp, browser: Browser
) -> None:
    async with desk(browser, server, "maria") as maria, desk(browser, server, "ivan") as ivan:
        caller = await sipp.call(Speak(25), HangUp(), to="+35929000198", number=THOMAS)
        await expect(card(maria, "Direct call to you")).to_contain_text("Thomas Weber")
        accept = ivan.get_by_role("button", name="Accept")
        await expect(accept).to_be_enabled()
        await accept.click()
        await expect(card(ivan, "In call")).to_be_visible()
        await expect(maria.get_by_text("Answered by Ivan Ivanov")).to_be_visible()
        await expect(card(maria, "Direct call to you")).to_have_count(0)
        await ivan.get_by_role("button", name="Hang up").click()
        await caller.stop()
        entry = await server.entry(THOMAS)
    assert json.loads(entry["agents"]) == ["ivan"]
    assert len(server.entries_of(THOMAS)) == 1


async def test_a_declined_call_goes_to_the_next_agent(server: Server, sipp: Sipp, browser: Browser) -> None:
    async with desk(browser, server, "maria") as maria, desk(browser, server, "ivan") as ivan:
        caller = await calls_sales(sipp, AOIFE)
        first, second = (maria, ivan) if await rings_first(maria, ivan) else (ivan, maria)
        await expect(first.get_by_role("button", name="Accept")).to_be_enabled()
        await first.get_by_role("button", name="Decline").click()
        await expect(card(second)).to_contain_text("Aoife Byrne")
        await expect(card(first)).to_have_count(0)
        await caller.stop()


async def test_an_agent_whose_browser_is_gone_does_not_keep_the_caller(
    server: Server, sipp: Sipp, browser: Browser
) -> None:
    async with sipp.phone("111", Phone(ring_s=0.5)):
        async with desk(browser, server, "maria") as maria:
            caller = await calls_sales(sipp, EMMA, stays_s=30)
            await expect(card(maria)).to_contain_text("Emma Clarke")
        async with desk(browser, server, "ivan") as ivan:  # maria's browser is closed
            await expect(card(ivan)).to_contain_text("Emma Clarke")
            accept = ivan.get_by_role("button", name="Accept")
            await expect(accept).to_be_enabled()
            await accept.click()
            await expect(card(ivan, "In call")).to_be_visible()
            await ivan.get_by_role("button", name="Hang up").click()
            await caller.stop()
    entry = await server.entry(EMMA)
    assert json.loads(entry["agents"]) == ["ivan"]


async def rings_first(one: Page, other: Page) -> bool:
    """Tell whether it is the first of the two where it rings."""
    async with asyncio.timeout(LIMIT_MS / 1000):
        while True:
            if await card(one).count():
                return True
            if await card(other).count():
                return False
            await asyncio.sleep(0.1)


def both_ways(stats: str) -> bool:
    """Tell whether the browser's channel has received and sent sound, by Asterisk's own counters."""
    for line in stats.splitlines():
        words = line.split()
        if any("101-" in word for word in words):
            counts = [int(word.rstrip("K")) for word in words if word.rstrip("K").isdigit()]
            return sum(count > 50 for count in counts) >= 2
    return False
