"""Agents who have only a mobile take callers of Asterisk's: two at once over one trunk, each with their own caller."""

import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from telephony.store.database import Database
from telephony.store.users import StoredUsers
from tests.integration.asterisk import AsteriskInstance
from tests.integration.ringside import AgentPage, Server, agent_page, desk_agent, free_tcp_port
from tests.integration.sipp import Phone, Sipp
from tests.waiting import until

pytestmark = pytest.mark.integration

EMMA, ELENA = "+447700900104", "+359888100002"
MOBILES = {"vera": "+359888300400", "viktor": "+359888300500"}
ENVIRONMENT = {
    "RINGSIDE__CARRIERS__ASTERISK__OUTSIDE_DIAL": "PJSIP/{number}@trunk",
    "RINGSIDE__CARRIERS__ASTERISK__OUTSIDE_CALLER_ID": '"+35921234567"',
    "RINGSIDE__CARRIERS__ASTERISK__TRUNKS": '["PJSIP/trunk"]',
}


@pytest.fixture
async def server(asterisk: AsteriskInstance, tmp_path: Path) -> AsyncIterator[Server]:
    made = Server(folder=tmp_path, asterisk=asterisk, port=free_tcp_port(), environment=dict(ENVIRONMENT))
    await made.prepare()
    async with Database(f"sqlite:///{made.database}") as database:
        for login, number in MOBILES.items():
            user = desk_agent(login, number)
            assert user.agent is not None
            at_mobile = replace(user.agent, endpoint=f"tel:{number}")
            await StoredUsers(database).add_user(replace(user, agent=at_mobile))
    try:
        await made.start()
        yield made
    finally:
        await made.stop()


@contextlib.asynccontextmanager
async def vera_and_petra(server: Server, sipp: Sipp) -> AsyncIterator[tuple[AgentPage, AgentPage]]:
    """Have the pages of an agent with only a mobile, and of one whose desk phone answers."""
    async with (
        sipp.phone("111", Phone(ring_s=1)),
        agent_page(server, "vera") as vera,
        agent_page(server, "petra") as petra,
    ):
        yield vera, petra


async def test_two_mobiles_that_ring_over_one_trunk_are_each_their_own(server: Server, sipp: Sipp) -> None:
    provider = await sipp.provider(Phone(ring_s=1.5, presses="1"), times=2)
    async with agent_page(server, "vera") as vera, agent_page(server, "viktor") as viktor:
        await vera.is_ready_for_calls()
        await viktor.is_ready_for_calls()
        emma = await sipp.calls_sales(EMMA, stays_s=12)
        elena = await sipp.calls_sales(ELENA, stays_s=12)
        seen = {}
        for page in (vera, viktor):
            card = await page.sees("call", phase="ringing")
            assert (card["kind"], card["queue"]) == ("queue", "sales")
            seen[card["caller"]["number"]] = page.login
            await page.sees("call", phase="talking")
        assert set(seen) == {EMMA, ELENA}
        await emma.ended()
        await elena.ended()
        await provider.ended()
        for page in (vera, viktor):
            assert len({event["call"]["pop_id"] for event in page.events if event["type"] == "call"}) == 1
            await page.sees("state", value="wrap_up")
            await page.sees("state", value="ready")
        for number, login in seen.items():
            entry = await server.entry(number)
            assert json.loads(entry["agents"]) == [login]
            assert [leg["number"] for leg in json.loads(entry["legs"])] == [number, MOBILES[login]]
    assert len(server.entries()) == 2


async def test_a_mobile_that_is_busy_is_passed_over_and_the_caller_goes_on_to_the_next(
    server: Server, sipp: Sipp
) -> None:
    async with vera_and_petra(server, sipp) as (vera, petra):
        provider = await sipp.provider(Phone(refuse=486))
        await vera.is_ready_for_calls()
        await petra.is_ready_for_calls()
        caller = await sipp.calls_sales(EMMA, stays_s=9)
        await provider.ended()
        await petra.sees("call", phase="talking")
        await caller.ended()
        entry = await server.entry(EMMA)
    assert json.loads(entry["agents"]) == ["petra"]
    await until(lambda: ("agent", "busy", "vera") in server.steps(entry["id"]))


async def test_a_mobile_whose_voicemail_answers_is_passed_over_and_the_caller_goes_on_to_the_next(
    server: Server, sipp: Sipp
) -> None:
    async with vera_and_petra(server, sipp) as (vera, petra):
        provider = await sipp.provider(Phone(ring_s=1))
        await vera.is_ready_for_calls()
        caller = await sipp.calls_sales(EMMA, stays_s=40)
        await vera.sees("call", phase="ringing")
        await petra.is_ready_for_calls()
        await provider.ended()
        await petra.sees("call", phase="talking")
        await caller.ended()
        entry = await server.entry(EMMA)
        assert "talking" not in [event["call"]["phase"] for event in vera.events if event["type"] == "call"]
    assert json.loads(entry["agents"]) == ["petra"]
    mobile = json.loads(entry["legs"])[1]
    assert mobile["talk_s"] == 0.0
    await until(lambda: ("agent", "no_answer", "vera") in server.steps(entry["id"]))
