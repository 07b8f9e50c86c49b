"""An agent at a real browser: the page, its phone, and what that phone hears."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Locator, Page, expect

from tests.integration.ringside import PASSWORD, Server
from tests.waiting import until

LIMIT_MS = 20_000
SHOTS = os.environ.get("RINGSIDE_SHOTS")
"""A folder for pictures of the pages, for whoever wants to look at them."""

LISTEN = """
    window.lines = [];
    window.RTCPeerConnection = class extends RTCPeerConnection {
        constructor(...given) { super(...given); window.lines.push(this); }
    };
"""
HEARD = """async () => {
    let energy = 0;
    for (const line of window.lines)
        for (const each of (await line.getStats()).values())
            if (each.type === "inbound-rtp") energy += each.totalAudioEnergy ?? 0;
    return energy;
}"""


@asynccontextmanager
async def desk(
    browser: Browser, server: Server, login: str, phone: str = "Phone ready", *, ready: bool = True
) -> AsyncIterator[Page]:
    """Give an agent's browser at the desk: logged in, the phone registered, ready for calls or else away.

    A fault in the page's script fails the test.
    """
    context = await browser.new_context(locale="en-GB", viewport={"width": 1320, "height": 860})
    await context.add_init_script(LISTEN)
    page = await context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.set_default_timeout(LIMIT_MS)
    expect.set_options(timeout=LIMIT_MS)
    await page.goto(server.url)
    await page.get_by_role("textbox", name="Login name").fill(login)
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="Log in").click()
    await page.get_by_text("Ready" if ready else "Away", exact=True).first.click()
    await expect(page.get_by_text("You are ready" if ready else "You are away")).to_be_visible()
    await page.get_by_text(phone).wait_for()
    try:
        yield page
    finally:
        await context.close()
    assert faults == []


def card(page: Page, name: str = "Incoming call") -> Locator:
    return page.get_by_role("region", name=name)


async def answer(page: Page) -> None:
    await page.get_by_role("button", name="Accept").click()  # waits until the phone rings, too
    await expect(card(page, "In call")).to_be_visible()


async def hang_up(page: Page) -> None:
    await page.get_by_role("button", name="Hang up").click()
    await expect(card(page, "Call ended")).to_be_visible()


async def hears(page: Page) -> None:
    """Wait until the browser hears sound, and not only packets of silence."""

    async def sound() -> bool:
        return float(await page.evaluate(HEARD)) > 0.001

    await until(sound, LIMIT_MS / 1000)


async def rings_first(one: Page, other: Page) -> bool:
    """Tell whether it is the first of the two where it rings."""
    async with asyncio.timeout(LIMIT_MS / 1000):
        while True:
            if await card(one).count():
                return True
            if await card(other).count():
                return False
            await asyncio.sleep(0.1)


async def shoot(page: Page, name: str) -> None:
    if SHOTS:
        await page.screenshot(path=f"{SHOTS}/{name}.png")
