"""Callers whom their agent sends on: they reach the colleague, both agents are free afterwards, and it is one call."""

import json

import pytest

from telephony.carriers.asterisk.link import AmiLink
from telephony.carriers.asterisk.settings import AsteriskSettings
from tests.integration.asterisk import AsteriskInstance
from tests.integration.ringside import Server, agent_page
from tests.integration.sipp import HangUp, Phone, Press, Sipp, Wait
from tests.unit.carriers.asterisk.house import FixedClock

pytestmark = pytest.mark.integration

EMMA = "+447700900104"


async def sends_on(asterisk: AsteriskInstance, agent: str, *, to: str, context: str) -> None:
    """Have the agent's phone send its caller on, without asking there first."""
    channels = asterisk.rx("core show channels concise").splitlines()
    phone = next(line.partition("!")[0] for line in channels if line.startswith(f"PJSIP/{agent}-"))
    link = AmiLink(AsteriskSettings(port=asterisk.ports.ami, secret=asterisk.ami_secret), FixedClock())
    await link.start()
    try:
        await link.ask({"Action": "BlindTransfer", "Channel": phone, "Context": context, "Exten": to})
    finally:
        await link.stop()


async def test_a_caller_is_sent_on_to_a_colleague(server: Server, sipp: Sipp, asterisk: AsteriskInstance) -> None:
    async with (
        sipp.phone("111", Phone(ring_s=1)),
        sipp.phone("112", Phone(ring_s=1)),
        agent_page(server, "petra") as petra,
        agent_page(server, "paul") as paul,
    ):
        await petra.is_ready_for_calls()
        caller = await sipp.calls_sales(EMMA, stays_s=12)
        await petra.sees("call", phase="talking")
        await sends_on(asterisk, "111", to="112", context="ringside-phones")
        await petra.sees("state", value="wrap_up")
        card = await paul.sees("call", phase="talking")
        assert card["caller"]["number"] == EMMA
        await caller.ended()
        await paul.sees("call", phase="wrap_up")
        entry = await server.entry(EMMA)
        assert (entry["disposition"], json.loads(entry["agents"])) == ("answered", ["petra", "paul"])
        assert entry["summary"].endswith("with Petra, then Paul, caller hung up")
        assert await server.live_calls() == 0


async def test_a_caller_who_is_sent_back_to_the_company_number_is_served_anew(
    server: Server, sipp: Sipp, asterisk: AsteriskInstance
) -> None:
    async with sipp.phone("111", Phone(ring_s=1), times=2), agent_page(server, "petra") as petra:
        await petra.is_ready_for_calls()
        caller = await sipp.call(Wait(4), Press("1"), Wait(10), Press("1"), Wait(6), HangUp(), number=EMMA)
        await petra.sees("call", phase="talking")
        await sends_on(asterisk, "111", to="+35921234567", context="ringside-in")
        await petra.sees("state", value="wrap_up")
        await caller.ended()
        entry = await server.entry(EMMA)
        answers = [step for step in server.steps(entry["id"]) if step[:2] == ("menu", "keys")]
        assert len(answers) == 2
