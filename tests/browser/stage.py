"""A company with a story to look at, and Chromium to look with."""

from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from playwright.async_api import async_playwright

from telephony.calls.model import Channel, CustomerId
from telephony.customers.record import CustomerRecord, PastContact
from telephony.routing.agents import AgentState
from telephony.web.api.models import record_of
from telephony.web.settings import WebSettings
from telephony.web.sockets import AgentSockets
from tests.unit.web.company import IVAN, MARIA, NOON, PASSWORD, Company, Customers, Desk, entry, record_of_elena

CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]
QUEUES = [
    {"name": "sales", "waiting": 2, "longest_wait_s": 74},
    {"name": "support", "waiting": 0, "longest_wait_s": 0},
]


def state_view(value: str) -> dict[str, object]:
    return {"value": value, "wanted": value, "since": NOON.isoformat(), "until": None, "reason": ""}


class LiveDesk(Desk):
    """Answers browsers as the real desk does, as far as one screen shows it."""

    def __init__(self, company_: "Stage") -> None:
        super().__init__()
        self.stage = company_
        self.state = state_view("ready")

    def snapshot(self, agent):
        person = self.stage.users.users[str(agent)].agent
        shown = {"id": agent, "name": person.name, "extension": person.extension, "queues": sorted(person.queues)}
        return {
            "agent": shown,
            "state": self.state,
            "calls": list(self.calls),
            "queues": QUEUES,
            "now": NOON.isoformat(),
        }

    async def set_state(self, agent, state: AgentState) -> None:
        await super().set_state(agent, state)
        self.state = state_view(state.value)
        self.stage.screens.show(agent, {"type": "state", **self.state})

    async def decline(self, agent, call_id) -> None:
        await super().decline(agent, call_id)
        self.stage.gone(call_id, "declined")

    async def hang_up(self, agent, call_id) -> None:
        await super().hang_up(agent, call_id)
        self.stage.goes_on(call_id, phase="wrap_up", ended_at=(NOON + timedelta(seconds=154)).isoformat())

    def wrap_up(self, agent, call_id, note, *, done) -> None:
        super().wrap_up(agent, call_id, note, done=done)
        if done:
            self.stage.gone(call_id, "ended")


class Stage(Company):
    """The company, with the things that happen to Maria."""

    def rings(self, **changes: object) -> dict[str, object]:
        view = call_view(**changes)
        self._show(view)
        return view

    def goes_on(self, call_id: str, **changes: object) -> None:
        view = next(call for call in self.desk.calls if call["call_id"] == call_id)
        self._show({**view, **changes, "revision": int(view["revision"]) + 1})

    def gone(self, call_id: str, reason: str, by: str | None = None) -> None:
        view = next(call for call in self.desk.calls if call["call_id"] == call_id)
        self.desk.calls.remove(view)
        told = {"type": "call_gone", "call_id": call_id, "pop_id": view["pop_id"], "reason": reason, "by": by}
        self.screens.show(MARIA, told)

    def _show(self, view: dict[str, object]) -> None:
        self.desk.calls = [call for call in self.desk.calls if call["call_id"] != view["call_id"]] + [view]
        self.screens.show(MARIA, {"type": "call", "call": view})


def record() -> dict[str, object]:
    return record_of(long_record()).model_dump(mode="json")


def long_record() -> CustomerRecord:
    base = record_of_elena()
    past = [
        (Channel.EMAIL, "inbound", 0.1, "Asked why invoice 20417 is higher than last month’s", "waiting"),
        (Channel.PHONE, "inbound", 3, "Ordered the second router; delivery promised for Friday", "answered"),
        (Channel.TELEGRAM, "outbound", 9, "Sent the tracking number", "delivered"),
        (Channel.PHONE, "inbound", 16, "Hung up after 2:10 in the sales line", "abandoned"),
        (Channel.CHAT, "inbound", 41, "Moved to a new address in Plovdiv", "done"),
    ]
    recent = tuple(
        PastContact(
            entry_id=f"e-{place}",
            channel=channel,
            direction=direction,
            at=NOON - timedelta(days=days),
            summary=summary,
            outcome=outcome,
        )
        for place, (channel, direction, days, summary, outcome) in enumerate(past)
    )
    note = "Prefers to be called after five. Angry about the September bill: listen first."
    facts = {"tier": "gold", "open_invoices": 2, "debt": 84.5, "vip": True}
    return replace(base, customer=replace(base.customer, note=note, facts=facts), recent=recent)


def call_view(**changes: object) -> dict[str, object]:
    view: dict[str, object] = {
        "call_id": "call-1",
        "pop_id": "pop-1",
        "revision": 1,
        "kind": "queue",
        "direction": "inbound",
        "phase": "ringing",
        "caller": {"number": "+359888123456", "shown": "+359 88 812 3456", "name": ""},
        "called": "+359 2 400 0000",
        "queue": "sales",
        "why": "longest idle of the 3 agents who are ready in sales",
        "waited_s": 42,
        "rang_at": NOON.isoformat(),
        "answered_at": None,
        "ended_at": None,
        "match": {
            "outcome": "one",
            "candidates": [
                {"customer_id": "c-1", "name": "Elena Georgieva", "reason": "mobile number of the customer"}
            ],
        },
        "record": record(),
        "record_state": "ready",
        "note": "",
        "answers": [
            {"node": "language", "label": "English", "value": "2"},
            {"node": "topic", "label": "sales", "value": "1"},
            {"node": "order_number", "label": "", "value": "20417"},
        ],
    }
    return view | changes


SEVERAL = {
    "record": None,
    "match": {
        "outcome": "several",
        "candidates": [
            {"customer_id": "c-1", "name": "Elena Georgieva", "reason": "mobile number; called 3 days ago"},
            {"customer_id": "c-2", "name": "Georgieva & Sons Ltd", "reason": "contact number of the company"},
        ],
    },
}


@asynccontextmanager
async def stage(folder: Path, sip_ws_url: str = "", **screens: float):
    settings = WebSettings(port=0, recordings=folder, shutdown_limit_s=2.0, sip_ws_url=sip_ws_url)
    company = Stage(settings=settings, screens=AgentSockets(**screens))
    company.desk = LiveDesk(company)
    company.customers = Customers(records={"c-1": long_record()})
    company.history.entries = [
        replace(entry(number), customer_id=CustomerId("c-1"), agents=(MARIA if number % 4 else IVAN,))
        for number in range(1, 9)
    ]
    async with company.opens() as opened:
        yield opened


@asynccontextmanager
async def chromium():
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        yield browser
        await browser.close()


async def log_in(page, login: str = "maria") -> None:
    await page.get_by_role("textbox", name="Login name").fill(login)
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="Log in").click()
