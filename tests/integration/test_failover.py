"""Asterisk dies while it serves the cloud's callers: they go on in the cloud, in their place, and are one call."""

import asyncio
import json
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.twilio import FarPhone
from tests.integration.asterisk import new_instance
from tests.integration.both_networks import MOBILE, PBX, Networks, both_networks
from tests.integration.ringside import agent_page
from tests.integration.sipp import Press, UntilBye, Wait
from tests.waiting import until

pytestmark = pytest.mark.integration

EMMA, ELENA, THOMAS = "+447700900104", "+359888100002", "+4915112340007"


@pytest.fixture
async def networks(tmp_path: Path) -> AsyncIterator[Networks]:
    own = new_instance(tmp_path / "pbx")
    own.start()
    try:
        async with both_networks(own, tmp_path) as made:
            yield made
    finally:
        own.stop()


async def test_who_waits_at_asterisk_when_it_is_killed_waits_on_in_the_cloud_in_their_place(networks: Networks) -> None:
    twilio, server = networks.twilio, networks.server
    twilio.phones[MOBILE] = FarPhone(rings_after_s=0.3, answers_after_s=0.5, talks_s=None)
    async with agent_page(server, "vera") as vera:
        await vera.sends(type="state", value="away")
        first = await networks.calls(EMMA)
        at_asterisk = await networks.is_taken_to_asterisk(first, Wait(0.5), Press("1"), UntilBye())
        await until(lambda: "queue" in {kind for kind, _, _ in server.steps(first.sid)})
        await asyncio.sleep(1)  # the greeting is through

        os.kill(networks.asterisk.pid, signal.SIGKILL)
        killed_at = time.monotonic()
        await first.hears("music/")
        assert time.monotonic() - killed_at < 10
        await at_asterisk.stop()

        later = await networks.calls(ELENA)
        await later.answers("1")
        await later.hears("music/")
        assert not later.legs  # nobody is taken to an Asterisk that is not there

        await vera.is_ready_for_calls()
        popped = await vera.sees("call", phase="ringing")
        assert popped["call_id"] == first.sid
        mobile = await twilio.called(MOBILE)
        await mobile.answers("1")  # it might be a mailbox
        await vera.sees("call", phase="talking")
        later.hangs_up()
        await asyncio.sleep(1.5)  # they talk
        mobile.hangs_up()
        await first.until_over()
        await until(lambda: networks.entries_of(EMMA) and networks.entries_of(ELENA))

    await asyncio.to_thread(networks.asterisk.start)
    await until(server.is_ready)
    await asyncio.sleep(1.2)  # back_after_s
    third = await networks.calls(THOMAS)
    await twilio.called(PBX, number=2)
    back = await networks.is_taken_to_asterisk(third, Wait(3))
    await until(lambda: server.steps(third.sid))
    await back.stop()
    third.hangs_up()
    await until(lambda: networks.entries_of(THOMAS))

    [entry] = networks.entries_of(EMMA)
    assert (entry["id"], entry["disposition"], json.loads(str(entry["agents"]))) == (first.sid, "answered", ["vera"])
    legs = json.loads(str(entry["legs"]))
    assert MOBILE in [leg["number"] for leg in legs]
    assert 1 < float(str(entry["talk_s"])) < 12
    steps = server.steps(first.sid)
    assert steps.count(("menu", "keys", "1")) == 1
    assert [event for _, event, _ in steps].count("moved") == 1
    moved = [event for _, event, _ in steps].index("moved")
    assert ("queue", "entered") in [(kind, event) for kind, event, _ in steps[:moved]]
    assert ("agent", "rung", "vera") in steps[moved:]
    assert not twilio.faults
