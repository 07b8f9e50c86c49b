"""Conversations and messages that are recorded: the file is there, stands in the entry, and can be heard."""

import json
import shutil
import wave
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.asterisk import AsteriskInstance
from tests.integration.ringside import PROJECT, Server, agent_page, serving
from tests.integration.sipp import HangUp, Phone, Press, Sipp, Speak, Wait
from tests.waiting import until

pytestmark = pytest.mark.integration

EMMA, THOMAS = "+447700900104", "+4915112340007"


@pytest.fixture
async def server(asterisk: AsteriskInstance, tmp_path: Path) -> AsyncIterator[Server]:
    async with serving(asterisk, tmp_path, {"RINGSIDE__RECORDING__RECORD_CALLS": "true"}) as made:
        yield made


async def test_a_recorded_talk_stands_in_the_entry_and_can_be_heard(server: Server, sipp: Sipp) -> None:
    async with sipp.phone("111", Phone(ring_s=0.5)), agent_page(server, "petra") as petra:
        await petra.is_ready_for_calls()
        caller = await sipp.call(Wait(4), Press("1"), Wait(3), Speak(3), HangUp(), number=EMMA)
        await petra.sees("call", phase="talking")
        await caller.ended()
        entry = await server.entry(EMMA)
        (recording,) = json.loads(entry["recordings"])
        file = server.asterisk.recordings / recording
        await until(lambda: seconds_of(file) > 2)  # Asterisk closes it in a thread of its own
        async with petra.session.get(f"{server.url}/api/v1/calls/{entry['id']}/recordings/0") as answer:
            assert answer.status == 200
            assert await answer.read() == file.read_bytes()


async def test_a_ring_in_vain_leaves_no_recording(server: Server, sipp: Sipp) -> None:
    async with sipp.phone("111", Phone(answer=False)), agent_page(server, "petra") as petra:
        await petra.is_ready_for_calls()
        caller = await sipp.call(Wait(4), Press("1"), Wait(4), HangUp(), number=THOMAS)
        await petra.sees("call", phase="ringing")
        await caller.ended()
        entry = await server.entry(THOMAS)
        assert json.loads(entry["recordings"]) == []
        await until(lambda: not list(server.asterisk.recordings.glob(f"calls/**/{entry['id']}*")))


async def test_a_message_is_kept_when_the_caller_hangs_up_after_it(server: Server, sipp: Sipp) -> None:
    caller = await sipp.call(Wait(4), Press("1"), Wait(12), Speak(4), HangUp(), number=THOMAS)
    await caller.ended()
    entry = await server.entry(THOMAS)
    assert entry["disposition"] == "voicemail"
    (recording,) = json.loads(entry["recordings"])
    assert seconds_of(server.asterisk.recordings / recording) > 2


ASKS_FIRST = """
flow: main
languages: [en]
start: may_we
no_keys: line
nodes:
  may_we: {type: consent, say: ask_to_record, to: line}
  line: {type: queue, queue: sales, record: true, otherwise: message}
  message: {type: voicemail, mailbox: sales, to: bye}
  bye: {type: hangup, say: goodbye}
"""


@pytest.mark.parametrize(("key", "recordings"), [("2", 0), ("1", 1)])
async def test_a_talk_is_recorded_only_for_a_caller_who_agreed(
    asterisk: AsteriskInstance, sipp: Sipp, tmp_path: Path, key: str, recordings: int
) -> None:
    flows = tmp_path / "flows"
    (flows / "prompts").mkdir(parents=True)
    shutil.copy(PROJECT / "ivr_flows/prompts/en.yaml", flows / "prompts")
    (flows / "main.yaml").write_text(ASKS_FIRST)
    settings = {"RINGSIDE__RECORDING__RECORD_CALLS": "true", "RINGSIDE__IVR__FLOWS_DIR": str(flows)}
    async with (
        serving(asterisk, tmp_path, settings) as server,
        sipp.phone("111", Phone(ring_s=0.5)),
        agent_page(server, "petra") as petra,
    ):
        await petra.is_ready_for_calls()
        caller = await sipp.call(Wait(3), Press(key), Wait(3), Speak(3), HangUp(), number=EMMA)
        await petra.sees("call", phase="talking")
        await caller.ended()
        entry = await server.entry(EMMA)
    assert len(json.loads(entry["recordings"])) == recordings
    assert len(list(asterisk.recordings.glob(f"calls/**/{entry['id']}*"))) == recordings


def seconds_of(file: Path) -> float:
    with wave.open(str(file)) as sound:
        return sound.getnframes() / sound.getframerate()
