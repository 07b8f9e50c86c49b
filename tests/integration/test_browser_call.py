"""The real browser on the real Asterisk: the agent's phone is the page, and the page shows who calls while it rings."""

import asyncio
import contextlib
import json
import os
import re
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.stage import chromium
from tests.integration.asterisk import AsteriskInstance
from tests.integration.desk_browser import answer, card, desk, hang_up, hears, rings_first, shoot
from tests.integration.ringside import Server, serving
from tests.integration.sipp import HangUp, Phone, Press, Running, Sipp, Speak, Wait
from tests.waiting import until

pytestmark = [pytest.mark.integration, pytest.mark.browser]

EMMA, THOMAS, AOIFE, NIKOLAY = "+447700900104", "+4915112340007", "+353871000011", "+359888100005"
MARIA_DIRECT, MARIA_AND_IVAN = "+35929000101", "+35929000198"
GONE_AT_ONCE_S = 5.0
GONE_WITHIN_S = 20.0
"""Asterisk ends a talk in which a browser sends nothing for `rtp_timeout`, 15 s."""


@pytest.fixture
async def server(asterisk: AsteriskInstance, tmp_path: Path) -> AsyncIterator[Server]:
    ws_url = f"ws://127.0.0.1:{asterisk.ports.http}/ws"
    asterisk.rx(f"dialplan add extension {MARIA_DIRECT},1,Goto,ringside-phones,101,1 into ringside-in")
    asterisk.rx(f"dialplan remove extension {MARIA_AND_IVAN}@ringside-in")
    asterisk.rx(f'dialplan add extension {MARIA_AND_IVAN},1,Dial,"PJSIP/101&PJSIP/102,30" into ringside-in')
    settings = {"CARRIERS__ASTERISK__PHONE_WS_URL": ws_url, "QUEUES__SALES__RING_LIMIT_S": "20"}
    async with serving(asterisk, tmp_path, {f"RINGSIDE__{name}": value for name, value in settings.items()}) as made:
        yield made


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as opened:
        yield opened


async def calls_sales(sipp: Sipp, number: str, *, stays_s: float = 20) -> Running:
    return await sipp.call(Wait(4), Press("1"), Speak(stays_s), HangUp(), number=number)


async def test_the_agent_sees_the_record_answers_talks_and_hangs_up_in_the_page(
    server: Server, sipp: Sipp, browser: Browser, asterisk: AsteriskInstance
) -> None:
    async with desk(browser, server, "maria") as page:
        caller = await calls_sales(sipp, EMMA, stays_s=40)
        await expect(card(page).get_by_role("heading", name="Emma Clarke")).to_be_visible()
        await expect(card(page)).to_contain_text("Main menu: sales")
        await expect(card(page)).to_contain_text("the only free agent of sales")
        await expect(page.get_by_role("region", name="Customer")).to_contain_text("The parcel NB-20832")
        await expect(page.get_by_role("button", name="Accept")).to_be_enabled()
        await shoot(page, "ringing")
        await answer(page)
        await hears(page)
        await until(lambda: sound_goes_both_ways(asterisk))
        await expect(page.get_by_role("timer")).to_contain_text(re.compile(r"\d:(0[4-9]|[1-5]\d)"))
        await shoot(page, "talking")
        await hang_up(page)
        await page.get_by_label("Note").fill("Wants the blue one.")
        await expect(page.get_by_text("Saved")).to_be_visible()
        await shoot(page, "wrap-up")
        await page.reload()
        await expect(page.get_by_label("Note")).to_have_value("Wants the blue one.")
        await page.get_by_role("button", name="Done").click()
        await expect(page.get_by_text("You are ready")).to_be_visible()
        await caller.ended()
        entry = await server.entry(EMMA)
        await expect(page.get_by_role("button", name="Emma Clarke").first).to_contain_text("Wants the blue one.")
        await shoot(page, "after")
    assert (entry["direction"], entry["disposition"], entry["hung_up_by"]) == ("inbound", "answered", "called")
    assert (entry["queue"], entry["customer_id"]) == ("sales", "c-1004")
    assert json.loads(entry["agents"]) == ["maria"]
    assert 4 <= entry["talk_s"] < 20
    theirs, hers = json.loads(entry["legs"])
    assert (theirs["number"], hers["number"]) == (EMMA, "101")
    assert theirs["talk_s"] == pytest.approx(hers["talk_s"], abs=0.5)
    assert server.notes(entry["id"]) == ["Wants the blue one."]


async def test_a_reload_while_it_rings_shows_the_call_again_and_it_can_be_answered(
    server: Server, sipp: Sipp, browser: Browser
) -> None:
    async with desk(browser, server, "maria") as page:
        caller = await sipp.call(Speak(40), HangUp(), to=MARIA_DIRECT, number=AOIFE)
        await expect(card(page, "Direct call to you")).to_contain_text("Aoife Byrne")
        await expect(page.get_by_role("button", name="Accept")).to_be_enabled()
        await page.reload()
        await expect(card(page, "Direct call to you")).to_contain_text("Aoife Byrne")
        await answer(page)
        await hears(page)
        await hang_up(page)
        await caller.ended()
        entry = await server.entry(AOIFE)
    assert (entry["disposition"], entry["hung_up_by"]) == ("answered", "called")
    assert len(server.entries_of(AOIFE)) == 1


async def test_a_caller_who_leaves_after_a_reload_leaves_the_page_too(
    server: Server, sipp: Sipp, browser: Browser, asterisk: AsteriskInstance
) -> None:
    async with desk(browser, server, "maria") as page:
        await sipp.call(Wait(60), to=MARIA_DIRECT, number=AOIFE)
        await expect(page.get_by_role("button", name="Accept")).to_be_enabled()
        await page.reload()
        await expect(page.get_by_role("button", name="Accept")).to_be_enabled()
        trunk = next(word for word in asterisk.rx("core show channels concise").split("!") if "PJSIP/trunk" in word)
        asterisk.rx(f"channel request hangup {trunk.split()[-1]}")
        await expect(page.get_by_text("Aoife Byrne hung up")).to_be_visible()
        await expect(page.get_by_role("button", name="Accept")).to_have_count(0)


async def test_of_two_agents_the_later_one_loses_cleanly_and_is_told_who_answered(
    server: Server, sipp: Sipp, browser: Browser
) -> None:
    async with desk(browser, server, "maria") as maria, desk(browser, server, "ivan") as ivan:
        caller = await sipp.call(Speak(40), HangUp(), to=MARIA_AND_IVAN, number=THOMAS)
        await expect(card(maria, "Direct call to you")).to_contain_text("Thomas Weber")
        told = expect(maria.get_by_text("Answered by Ivan Ivanov")).to_be_visible()  # it goes by itself after a while
        await asyncio.gather(answer(ivan), told)
        await shoot(maria, "answered-elsewhere")
        await expect(card(maria, "Direct call to you")).to_have_count(0)
        await expect(maria.get_by_role("button", name="Accept")).to_have_count(0)
        await hang_up(ivan)
        await caller.ended()
        entry = await server.entry(THOMAS)
    assert json.loads(entry["agents"]) == ["ivan"]
    assert len(server.entries_of(THOMAS)) == 1


async def test_a_declined_call_goes_to_the_next_agent(server: Server, sipp: Sipp, browser: Browser) -> None:
    async with desk(browser, server, "maria") as maria, desk(browser, server, "ivan") as ivan:
        caller = await calls_sales(sipp, AOIFE, stays_s=40)
        first, second = (maria, ivan) if await rings_first(maria, ivan) else (ivan, maria)
        await expect(first.get_by_role("button", name="Accept")).to_be_enabled()
        await first.get_by_role("button", name="Decline").click()
        await expect(card(second)).to_contain_text("Aoife Byrne")
        await expect(card(first)).to_have_count(0)
        await answer(second)
        await caller.stop()


async def test_an_agent_whose_browser_is_gone_does_not_keep_the_caller(
    server: Server, sipp: Sipp, browser: Browser
) -> None:
    async with sipp.phone("111", Phone(ring_s=0.5)):
        async with desk(browser, server, "maria") as maria:
            caller = await calls_sales(sipp, EMMA, stays_s=60)
            await expect(card(maria)).to_contain_text("Emma Clarke")
        async with desk(browser, server, "ivan") as ivan:  # maria's browser is closed
            await expect(card(ivan)).to_contain_text("Emma Clarke")
            await answer(ivan)
            await hang_up(ivan)
            await caller.ended()
    entry = await server.entry(EMMA)
    assert json.loads(entry["agents"]) == ["ivan"]


async def test_a_caller_whose_agent_closes_the_page_in_the_talk_is_in_the_line_again_at_once(
    server: Server, sipp: Sipp, browser: Browser
) -> None:
    async with desk(browser, server, "maria") as maria, desk(browser, server, "ivan", ready=False) as ivan:
        caller = await calls_sales(sipp, EMMA, stays_s=60)
        await answer(maria)
        await hears(maria)
        await maria.close()
        await until(lambda: server.has_step("agent", "lost", "maria"), GONE_AT_ONCE_S)
        await is_taken_by(ivan, caller)
    entry = await server.entry(EMMA)
    assert json.loads(entry["agents"]) == ["maria", "ivan"]
    assert "the line to Maria Petrova was lost" in entry["summary"]


async def test_after_a_reload_in_the_talk_the_page_says_that_it_is_over_and_the_caller_waits(
    server: Server, sipp: Sipp, browser: Browser
) -> None:
    async with desk(browser, server, "maria") as maria:
        caller = await calls_sales(sipp, EMMA, stays_s=60)
        await answer(maria)
        await hears(maria)
        await maria.get_by_text("Away", exact=True).first.click()
        maria.on("dialog", lambda dialog: dialog.accept())  # whether to leave the page
        await maria.reload()
        await expect(card(maria, "Call ended")).to_be_visible()
        await maria.get_by_role("button", name="Done").click()
        await is_taken_by(maria, caller)  # nobody else works
    entry = await server.entry(EMMA)
    assert json.loads(entry["agents"]) == ["maria"]


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGSTOP], ids=["the browser crashes", "the machine stops"])
async def test_a_caller_whose_agents_browser_is_gone_in_the_talk_is_in_the_line_again(
    server: Server, sipp: Sipp, browser: Browser, end: signal.Signals
) -> None:
    async with (
        chromium() as lost,
        desk(browser, server, "ivan", ready=False) as ivan,
        desk(lost, server, "maria") as maria,
    ):
        caller = await calls_sales(sipp, EMMA, stays_s=90)
        await answer(maria)
        await hears(maria)
        pids = await signalled(lost, end)
        try:
            await until(lambda: server.has_step("agent", "lost", "maria"), GONE_WITHIN_S)
            await is_taken_by(ivan, caller)
        finally:
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            await until(lambda: not lost.is_connected())
    entry = await server.entry(EMMA)
    assert json.loads(entry["agents"]) == ["maria", "ivan"]


async def test_a_talk_goes_on_while_the_agent_is_muted_or_holds_the_caller(
    server: Server, sipp: Sipp, browser: Browser, asterisk: AsteriskInstance
) -> None:
    async with desk(browser, server, "maria") as maria:
        caller = await calls_sales(sipp, EMMA, stays_s=90)
        await answer(maria)
        for begin, end in (("Mute", "Unmute"), ("Hold", "Resume")):
            await maria.get_by_role("button", name=begin).click()
            await asyncio.sleep(GONE_WITHIN_S)
            await maria.get_by_role("button", name=end).click()
            await expect(card(maria, "In call")).to_be_visible()
        await hang_up(maria)
        await caller.ended()
    entry = await server.entry(EMMA)
    assert (entry["disposition"], entry["hung_up_by"]) == ("answered", "called")


async def test_an_agents_outgoing_call_is_on_the_page_with_the_customers_record(
    server: Server, sipp: Sipp, browser: Browser
) -> None:
    provider = await sipp.provider(Phone(ring_s=3))
    async with desk(browser, server, "petra", phone="Desk phone 111") as petra:
        caller = await sipp.dials("111", NIKOLAY, Wait(5), HangUp())
        await expect(card(petra, "Outgoing call")).to_contain_text("Nikolay Kolev")
        await shoot(petra, "outgoing")
        await expect(card(petra, "In call")).to_be_visible()
        await caller.ended()
        await expect(card(petra, "Call ended")).to_be_visible()
        await provider.ended()
    assert (await server.entry_to(NIKOLAY))["direction"] == "outbound"


async def is_taken_by(page: Page, caller: Running) -> None:
    """Have this agent, who may have been away, take the caller, who waits, and hang up."""
    await page.get_by_text("Ready", exact=True).first.click()
    await answer(page)
    await hears(page)
    await hang_up(page)
    await caller.ended()


async def sound_goes_both_ways(asterisk: AsteriskInstance) -> bool:
    """Tell whether the browser's channel has received and sent more than a second of sound, as Asterisk counts."""
    for line in (await asyncio.to_thread(asterisk.rx, "pjsip show channelstats")).splitlines():
        words = line.split()
        if any("101-" in word for word in words):
            counts = [int(word.rstrip("K")) for word in words if word.rstrip("K").isdigit()]
            return sum(count > 50 for count in counts) >= 2
    return False


async def signalled(browser: Browser, what: signal.Signals) -> list[int]:
    """Send every process of the browser this signal; return their ids."""
    session = await browser.new_browser_cdp_session()
    told = await session.send("SystemInfo.getProcessInfo")
    pids = [each["id"] for each in told["processInfo"]]
    for pid in pids:
        os.kill(pid, what)
    return pids
