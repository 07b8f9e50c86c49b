"""A supervisor takes a waiting caller of the cloud from a real Asterisk into the cloud, and there again."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.asterisk import AsteriskInstance
from tests.integration.both_networks import OURS, PBX, Networks, both_networks
from tests.integration.ringside import agent_page
from tests.integration.sipp import HangUp, Phone, Press, UntilBye, Wait
from tests.waiting import until

pytestmark = pytest.mark.integration

EMMA = "+447700900104"


@pytest.fixture
async def networks(asterisk: AsteriskInstance, tmp_path: Path) -> AsyncIterator[Networks]:
    async with both_networks(asterisk, tmp_path) as made:
        yield made


async def test_a_waiting_caller_crosses_and_crosses_back_and_is_one_call(networks: Networks) -> None:
    server, twilio, sipp = networks.server, networks.twilio, networks.sipp
    async with (
        sipp.phone("111", Phone(ring_s=1)),
        agent_page(server, "petra") as petra,
        agent_page(server, "vera") as vera,  # who can be rung from the cloud, too
    ):
        await petra.is_away()
        await vera.is_away()
        await petra.asks_as("boris")
        caller = await networks.calls(EMMA)
        first = await networks.is_taken_to_asterisk(caller, Wait(2), Press("1"), UntilBye())
        await until(lambda: "queue" in {kind for kind, _, _ in server.steps(caller.sid)})

        assert await petra.asks(caller.sid, "move", carrier="twilio") == 204
        await caller.hears("music/")
        await first.stop()

        assert await petra.asks(caller.sid, "move", carrier="asterisk") == 204
        await twilio.called(PBX, number=2)
        second = await sipp.cloud_calls(OURS, Wait(9), HangUp(), header=caller.sid, number=EMMA)
        await until(lambda: [v for k, e, v in server.steps(caller.sid) if e == "moved"] == ["twilio", "asterisk"])

        await petra.sends(type="state", value="ready")
        card = await petra.sees("call", phase="talking")
        assert (card["call_id"], card["queue"]) == (caller.sid, "sales")
        assert card["answers"]
        await second.ended()
        caller.hangs_up()
        await petra.sees("state", value="ready")
        await until(lambda: networks.entries_of(EMMA))
        [entry] = networks.entries_of(EMMA)
        assert json.loads(str(entry["agents"])) == ["petra"]
        assert entry["queue"] == "sales"
