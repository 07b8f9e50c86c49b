"""Calls that Ringside does not answer itself: they pop and are logged all the same, from AMI events and CEL alone."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.asterisk import AsteriskInstance
from tests.integration.ringside import Server, agent_page, serving
from tests.integration.sipp import HangUp, Phone, Sipp, Wait

pytestmark = pytest.mark.integration

NIKOLAY, DESISLAVA_OR_NIKOLAY, PLAMEN, AOIFE = "+359888100005", "+35924918055", "+359888100010", "+353871000011"


@pytest.fixture
async def server(asterisk: AsteriskInstance, tmp_path: Path) -> AsyncIterator[Server]:
    # The company's own dialplan sends this number to its own queue, and another to its ring group.
    asterisk.rx("dialplan add extension +35929000700,1,Goto,ringside-phones,700,1 into ringside-in")
    asterisk.rx("dialplan add extension +35929000199,1,Goto,ringside-phones,199,1 into ringside-in")
    asterisk.rx("dialplan add extension +35929000112,1,Goto,ringside-phones,112,1 into ringside-in")
    async with serving(asterisk, tmp_path) as made:
        yield made


async def test_a_call_of_the_companys_own_queue_pops_and_is_logged(server: Server, sipp: Sipp) -> None:
    async with sipp.phone("111", Phone(ring_s=1)), agent_page(server, "petra") as petra:
        await petra.is_ready_for_calls()
        caller = await sipp.call(Wait(6), HangUp(), to="+35929000700", number=PLAMEN)
        card = await petra.sees("call", phase="ringing")
        assert (card["kind"], card["queue"], card["caller"]["number"]) == ("queue", "support", PLAMEN)
        assert card["record"]["customer"]["id"] == "c-1010"
        await petra.sees("call", phase="talking")
        await caller.ended()
        await petra.sees("call", phase="wrap_up")
        entry = await server.entry(PLAMEN)
        assert (entry["disposition"], json.loads(entry["agents"])) == ("answered", ["petra"])
        assert 2 < entry["talk_s"] < 14
        assert entry["queue"] == "support"
        assert 0.5 < entry["wait_s"] < 4


async def test_who_abandons_the_companys_own_queue_is_logged_with_it_and_the_wait(server: Server, sipp: Sipp) -> None:
    async with sipp.phone("111", Phone(answer=False)):
        caller = await sipp.call(Wait(4), HangUp(), to="+35929000700", number=PLAMEN)
        await caller.ended()
        entry = await server.entry(PLAMEN)
    assert (entry["disposition"], json.loads(entry["agents"])) == ("abandoned", [])
    assert entry["queue"] == "support"
    assert 2 < entry["wait_s"] < 7


async def test_a_ring_group_pops_at_all_and_is_one_call(server: Server, sipp: Sipp) -> None:
    async with (
        sipp.phone("111", Phone(answer=False)),
        sipp.phone("112", Phone(ring_s=1.5)),
        agent_page(server, "petra") as petra,
        agent_page(server, "paul") as paul,
    ):
        await petra.is_ready_for_calls()
        await paul.is_ready_for_calls()
        caller = await sipp.call(Wait(5), HangUp(), to="+35929000199", number=AOIFE)
        await petra.sees("call", phase="ringing")
        await paul.sees("call", phase="ringing")
        gone = await petra.sees("call_gone")
        assert (gone["reason"], gone["by"]) == ("answered_elsewhere", "Paul")
        await paul.sees("call", phase="talking")
        await petra.sees("state", value="ready")
        await caller.ended()
        entry = await server.entry(AOIFE)
        assert json.loads(entry["agents"]) == ["paul"]
        assert len(server.entries_of(AOIFE)) == 1


async def test_a_direct_call_on_a_shared_number_shows_both_customers(server: Server, sipp: Sipp) -> None:
    async with sipp.phone("112", Phone(ring_s=1)), agent_page(server, "paul") as paul:
        caller = await sipp.call(Wait(4), HangUp(), to="+35929000112", number=DESISLAVA_OR_NIKOLAY)
        card = await paul.sees("call", phase="ringing")
        assert card["kind"] == "direct"
        assert {each["customer_id"] for each in card["match"]["candidates"]} == {"c-1005", "c-1006"}
        await caller.ended()
        entry = await server.entry(DESISLAVA_OR_NIKOLAY)
        assert entry["customer_id"] is None  # either may have called; nobody's timeline is guessed into


async def test_an_agents_outgoing_call_pops_the_customer_and_stands_in_the_timeline(server: Server, sipp: Sipp) -> None:
    provider = await sipp.provider(Phone(ring_s=1))
    async with agent_page(server, "petra") as petra:
        await petra.is_ready_for_calls()
        caller = await sipp.dials("111", NIKOLAY, Wait(5), HangUp())
        card = await petra.sees("call", kind="outgoing")
        assert card["record"]["customer"]["id"] == "c-1005"
        await petra.sees("call", phase="talking")
        await caller.ended()
        await provider.ended()
        await petra.sees("call", phase="wrap_up")
    entry = await server.entry_to(NIKOLAY)
    assert (entry["direction"], entry["customer_id"]) == ("outbound", "c-1005")
    assert 2 < entry["talk_s"] < 14


async def test_a_colleagues_call_says_so(server: Server, sipp: Sipp) -> None:
    async with sipp.phone("112", Phone(ring_s=1)), agent_page(server, "paul") as paul:
        caller = await sipp.dials("111", "112", Wait(3), HangUp())
        card = await paul.sees("call", phase="ringing")
        assert (card["kind"], card["direction"]) == ("internal", "internal")
        await caller.ended()
        assert (await server.entry_to("112"))["direction"] == "internal"
