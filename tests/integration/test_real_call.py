"""One real call, end to end: SIP caller, Asterisk, IVR, agent's phone and page, timeline."""

import json

import pytest

from tests.integration.ringside import AgentPage, Server, agent_page
from tests.integration.sipp import HangUp, Phone, Press, Sipp, Wait
from tests.waiting import until

pytestmark = pytest.mark.integration

ELENA = "+359888100002"
EMMA = "+447700900104"


async def is_offered(page: AgentPage, **fields: object) -> dict[str, object]:
    return await page.sees("call", phase="ringing", **fields)


async def test_a_caller_presses_keys_reaches_an_agent_whose_page_shows_the_record(server: Server, sipp: Sipp) -> None:
    async with sipp.phone("111", Phone(ring_s=1.5)), agent_page(server, "petra") as petra:
        await petra.is_ready_for_calls()
        caller = await sipp.call(Wait(4), Press("1"), Wait(8), HangUp(), number=ELENA)
        card = await is_offered(petra)
        assert card["queue"] == "sales"
        assert card["caller"]["number"] == ELENA
        assert card["record"]["customer"]["identities"]
        assert [answer["label"] for answer in card["answers"]][-1] == "sales"
        await petra.sees("call", phase="talking")
        await caller.ended()
        await petra.sees("call", phase="wrap_up")
        await petra.sends(type="wrap_up", call_id=card["call_id"], note="Wants a blue one.", done=True)
        entry = await server.entry(ELENA)
        assert (entry["direction"], entry["disposition"], entry["queue"]) == ("inbound", "answered", "sales")
        assert entry["hung_up_by"] == "caller"
        assert entry["customer_id"] == card["record"]["customer"]["id"]
        assert json.loads(entry["agents"]) == ["petra"]
        assert 2 < entry["talk_s"] < 9
        assert entry["wait_s"] < 10
        legs = json.loads(entry["legs"])
        assert len(legs) == 2
        assert ("menu", "keys", "1") in server.steps(entry["id"])
        await until(lambda: "Wants a blue one." in str(server.notes(entry["id"])))


async def test_the_next_agent_is_rung_when_the_first_does_not_answer(server: Server, sipp: Sipp) -> None:
    async with (
        sipp.phone("111", Phone(answer=False)),
        sipp.phone("112", Phone(ring_s=1)),
        agent_page(server, "petra") as petra,
        agent_page(server, "paul") as paul,
    ):
        await petra.is_ready_for_calls()
        await paul.is_ready_for_calls()
        caller = await sipp.call(Wait(4), Press("1"), Wait(14), HangUp(), number=EMMA)
        await is_offered(petra)
        await petra.sees("call_gone", reason="not_answered")
        await is_offered(paul)
        await paul.sees("call", phase="talking")
        await caller.ended()
        entry = await server.entry(EMMA)
        assert json.loads(entry["agents"]) == ["paul"]
        assert len([each for each in server.entries() if each["caller"] == EMMA]) == 1
