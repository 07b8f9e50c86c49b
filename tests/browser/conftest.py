"""Chromium, the company on its stage, and the exchange that rings Maria's browser phone."""

import pytest_asyncio

from telephony.web.settings import WebSettings
from tests.browser.sip_wall import SipWall
from tests.browser.stage import chromium, log_in, stage


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser():
    async with chromium() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def wall():
    async with SipWall().opens() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def company(tmp_path, wall):
    built = WebSettings().static / "index.html"
    assert built.is_file(), "the browser apps are not built: run `npm ci && npm run build` in the folder `web`"
    async with stage(tmp_path, wall.url) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def page(company, browser):
    """Give Maria's browser at the log-in page; a fault in its script or a breach of its policy fails the test."""
    context = await browser.new_context(locale="en-GB", viewport={"width": 1320, "height": 860})
    page = await context.new_page()
    page.set_default_timeout(8_000)
    faults: list[str] = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
    await page.goto(company.url)
    yield page
    await context.close()
    assert faults == []


@pytest_asyncio.fixture(loop_scope="module")
async def desk(page, wall):
    """Give Maria's browser at her desk, ready, her phone registered."""
    await log_in(page)
    await page.get_by_text("Phone ready").wait_for()
    return page
