"""What an agent's browsers see and may say."""

import asyncio
import json
import socket
import time
from contextlib import asynccontextmanager

import aiohttp
import pytest

from telephony.web.agent_log import AgentLog
from telephony.web.sockets import AgentSockets
from tests.unit.web.company import IVAN, MARIA, Company, settings
from tests.waiting import until

CALL = {"call_id": "1", "pop_id": "p1", "revision": 1, "phase": "ringing"}


@asynccontextmanager
async def screen(browser, **params):
    async with browser.ws_connect("/ws/agent", params=params, timeout=aiohttp.ClientWSTimeout(ws_close=2)) as tab:
        yield tab


async def read(tab) -> dict:
    return await tab.receive_json(timeout=2)


async def test_a_browser_gets_the_snapshot_and_then_each_event_in_order(company, maria):
    company.desk.calls = [CALL]
    async with screen(maria) as tab:
        snapshot = await read(tab)
        company.screens.show(MARIA, {"type": "call", "call": CALL})
        company.screens.show(MARIA, {"type": "call_gone", "call_id": "1", "pop_id": "p1"})
        first, second = await read(tab), await read(tab)
    assert (snapshot["type"], snapshot["calls"]) == ("snapshot", [CALL])
    assert [first["type"], second["type"]] == ["call", "call_gone"]
    assert [first["n"], second["n"]] == [snapshot["n"] + 1, snapshot["n"] + 2]


async def test_every_tab_of_an_agent_sees_the_same_and_other_agents_see_nothing(company, maria):
    async with company.visits("ivan") as ivan, screen(maria) as one, screen(maria) as two, screen(ivan) as other:
        for tab in (one, two, other):
            await read(tab)
        company.screens.show(MARIA, {"type": "call", "call": CALL})
        company.screens.show(IVAN, {"type": "queues", "queues": []})
        assert await read(one) == await read(two)
        assert (await read(other))["type"] == "queues"
    assert company.desk.said.count(("opened", MARIA)) == 1


async def test_a_browser_that_comes_back_gets_only_what_it_missed(company, maria):
    async with screen(maria) as tab:
        n = (await read(tab))["n"]
    company.screens.show(MARIA, {"type": "call", "call": CALL})
    company.screens.show(MARIA, {"type": "call_gone", "call_id": "1", "reason": "answered_elsewhere", "by": "Ivan"})
    async with screen(maria, after=n) as tab:
        assert [(await read(tab))["type"] for _ in range(2)] == ["call", "call_gone"]
    async with screen(maria, after=n + 2) as tab:
        company.screens.show(MARIA, {"type": "queues", "queues": []})
        assert (await read(tab))["n"] == n + 3
    assert ("closed", MARIA) not in company.desk.said


@pytest.mark.parametrize("after", ["0", "7", "99999999999999", "-1", "x", "9" * 400, ""])
async def test_a_number_that_cannot_be_resumed_from_gives_the_snapshot(company, maria, after):
    async with screen(maria, after=after) as tab:
        assert (await read(tab))["type"] == "snapshot"


async def test_after_too_many_missed_events_the_snapshot_comes(company, maria):
    async with screen(maria) as tab:
        n = (await read(tab))["n"]
    for _ in range(501):
        company.screens.show(MARIA, {"type": "queues", "queues": []})
    async with screen(maria, after=n) as tab:
        assert (await read(tab))["type"] == "snapshot"
    async with screen(maria, after=n + 1) as tab:
        assert (await read(tab))["n"] == n + 2


async def test_numbers_grow_over_a_restart_of_the_server(company, maria):
    async with screen(maria) as tab:
        before = (await read(tab))["n"]
    company.screens._logs.clear()
    while time.time_ns() // 1_000_000 <= before:  # a restart takes longer than the millisecond that the numbers count
        await asyncio.sleep(0.001)
    async with screen(maria, after=before) as tab:
        after = await read(tab)
    assert after["type"] == "snapshot"
    assert after["n"] > before


async def test_what_the_agent_does_reaches_the_desk_in_order(company, maria):
    async with screen(maria) as tab:
        for said in (
            {"type": "ack", "pop_id": "p1"},
            {"type": "state", "value": "away"},
            {"type": "decline", "call_id": "1"},
            {"type": "hang_up", "call_id": "1"},
            {"type": "wrap_up", "call_id": "1", "note": "Ще се обади пак", "done": True},
        ):
            await tab.send_json(said)
        await until(lambda: len(company.desk.said) == 6)
    assert [said[0] for said in company.desk.said] == ["opened", "ack", "state", "decline", "hang_up", "wrap_up"]
    assert company.desk.said[-1] == ("wrap_up", MARIA, "1", "Ще се обади пак", True)


async def test_a_ping_is_answered(company, maria):
    async with screen(maria) as tab:
        n = (await read(tab))["n"]
        await tab.send_json({"type": "ping"})
        assert await read(tab) == {"n": n, "type": "pong"}


@pytest.mark.parametrize(
    "rubbish",
    [
        "",
        "{",
        "[]",
        "null",
        "💥",
        '{"type":"dance"}',
        '{"type":"state","value":"ringing"}',
        '{"type":"state","value":["ready"]}',
        '{"type":"wrap_up","call_id":"1","note":5,"done":true}',
        '{"type":"ack"}',
        '{"type":"ack","pop_id":"' + "x" * 129 + '"}',
        "[" * 20_000,
    ],
)
async def test_rubbish_is_answered_with_a_problem_and_hurts_nothing(company, maria, rubbish):
    async with screen(maria) as tab:
        await read(tab)
        await tab.send_str(rubbish)
        assert (await read(tab))["type"] == "problem"
        await tab.send_bytes(b"\x00\xff")
        assert (await read(tab))["type"] == "problem"
        await tab.send_json({"type": "ack", "pop_id": "p1"})
        await until(lambda: ("ack", MARIA, "p1") in company.desk.said)


async def test_a_message_that_is_too_big_closes_only_that_browser(company, maria):
    async with screen(maria) as tab, screen(maria) as other:
        await read(tab)
        await read(other)
        await tab.send_str("x" * 70_000)
        assert (await tab.receive(timeout=2)).type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED}
        assert tab.close_code == aiohttp.WSCloseCode.MESSAGE_TOO_BIG
        company.screens.show(MARIA, {"type": "queues", "queues": []})
        assert (await read(other))["type"] == "queues"


async def test_the_desks_refusal_is_told_to_the_browser_that_asked(company, maria):
    company.desk.refuses = "The caller has already hung up."
    async with screen(maria) as tab:
        await read(tab)
        await tab.send_json({"type": "hang_up", "call_id": "1"})
        problem = await read(tab)
    assert (problem["type"], problem["detail"]) == ("problem", "The caller has already hung up.")


async def test_a_bug_in_the_desk_is_told_and_the_socket_stays(company, maria):
    company.desk.breaks = True
    async with screen(maria) as tab:
        await read(tab)
        await tab.send_json({"type": "ack", "pop_id": "p1"})
        assert (await read(tab))["type"] == "problem"
        await tab.send_json({"type": "ping"})
        assert (await read(tab))["type"] == "pong"


async def test_another_sites_page_cannot_open_the_socket(company, maria):
    with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
        await maria.ws_connect("/ws/agent", origin="https://evil.example")
    assert refusal.value.status == 403


async def test_who_takes_no_calls_has_no_agent_screen(company):
    async with company.visits("boss") as boss:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
            await boss.ws_connect("/ws/agent")
    assert refusal.value.status == 403


async def test_logging_out_closes_this_browsers_tabs_only(company, maria):
    async with company.visits("maria") as at_home, screen(maria) as here, screen(at_home) as home:
        await read(here)
        await read(home)
        async with maria.post("/api/v1/logout"):
            pass
        await here.receive(timeout=2)
        assert here.close_code == 4401
        company.screens.show(MARIA, {"type": "queues", "queues": []})
        assert (await read(home))["type"] == "queues"


async def test_a_reload_does_not_take_the_agent_away_but_going_does(tmp_path):
    company = Company(settings=settings(tmp_path), screens=AgentSockets(gone_after_s=0.1))
    async with company.opens(), company.visits("maria") as maria:
        for _ in range(3):
            async with screen(maria) as tab:
                await read(tab)
        assert company.desk.said == [("opened", MARIA)]
        await until(lambda: ("closed", MARIA) in company.desk.said)
        company.screens.show(MARIA, {"type": "call", "call": CALL})
        async with screen(maria) as tab:
            assert (await read(tab))["type"] == "snapshot"
        assert company.desk.said.count(("opened", MARIA)) == 2


@asynccontextmanager
async def browser_that_never_reads(url, token):
    """Connect by hand, with the smallest buffers there are."""
    address = ("127.0.0.1", int(url.rpartition(":")[2]))
    with socket.socket() as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        raw.setblocking(False)
        await asyncio.get_running_loop().sock_connect(raw, address)
        upgrade = (
            f"GET /ws/agent HTTP/1.1\r\nHost: x\r\nCookie: ringside={token}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        await asyncio.get_running_loop().sock_sendall(raw, upgrade.encode())
        yield raw


async def test_a_browser_that_does_not_keep_up_is_sent_away_and_the_others_are_not_held_up(tmp_path):
    company = Company(settings=settings(tmp_path), screens=AgentSockets(send_limit_s=0.1))
    async with company.opens(), company.visits("maria") as maria, screen(maria) as reading:
        await read(reading)
        async with browser_that_never_reads(company.url, next(iter(maria.cookie_jar)).value):
            await until(lambda: company.screens.count == 2)
            big = {"type": "call", "call": CALL | {"note": "x" * 30_000}}
            for _ in range(400):
                company.screens.show(MARIA, big)
                assert (await read(reading))["type"] == "call"
            await until(lambda: company.screens.count == 1)
            company.screens.show(MARIA, {"type": "queues", "queues": []})
            assert (await read(reading))["type"] == "queues"


async def test_a_browser_with_too_much_waiting_is_told_to_connect_again(company, maria):
    async with screen(maria) as tab:
        await read(tab)
        for _ in range(601):
            company.screens.show(MARIA, {"type": "queues", "queues": []})
        await tab.receive(timeout=2)
        assert tab.close_code == aiohttp.WSCloseCode.TRY_AGAIN_LATER
    async with screen(maria) as tab:
        assert (await read(tab))["type"] == "snapshot"


async def test_when_the_server_stops_browsers_are_told_to_come_back(tmp_path):
    company = Company(settings=settings(tmp_path))
    async with company.opens():
        browser = aiohttp.ClientSession(company.url, cookie_jar=aiohttp.CookieJar(unsafe=True))
        async with browser.post("/api/v1/login", json={"login": "maria", "password": "correct horse"}):
            pass
        tab = await browser.ws_connect("/ws/agent")
        await read(tab)
        reading = asyncio.create_task(tab.receive(timeout=2), name="browser")
    await reading
    assert tab.close_code == aiohttp.WSCloseCode.GOING_AWAY
    await browser.close()


async def test_an_event_is_written_as_json_once_however_many_tabs_there_are():
    written = []

    class Odd:
        def __str__(self) -> str:
            written.append(1)
            return "odd"

    class Tab:
        def __init__(self) -> None:
            self.heard: list[str] = []

        def send(self, text: str) -> None:
            self.heard.append(text)

    tabs = [Tab() for _ in range(10)]
    log = AgentLog(browsers=set(tabs))
    log.add({"type": "call", "odd": Odd()})
    assert written == [1]
    assert all(json.loads(tab.heard[0])["odd"] == "odd" for tab in tabs)
