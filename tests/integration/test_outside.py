"""A flow has a telephone outside rung: over the trunk, on a real Asterisk, in the caller's own call."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.asterisk import AsteriskInstance
from tests.integration.ringside import Server, serving
from tests.integration.sipp import HangUp, Phone, Sipp, Speak, UntilBye, Wait
from tests.waiting import until

pytestmark = pytest.mark.integration

EMMA = "+447700900104"
ON_CALL = "+359888000222"
FLOW = f"""
flow: main
languages: [en]
start: hello
no_keys: message
nodes:
  hello: {{type: play, say: hello, to: on_call}}
  on_call: {{type: external, number: "{ON_CALL}", ring_s: 20, otherwise: message}}
  message: {{type: voicemail, mailbox: sales, to: bye}}
  bye: {{type: hangup}}
"""


@pytest.fixture
async def server(asterisk: AsteriskInstance, tmp_path: Path) -> AsyncIterator[Server]:
    flows = tmp_path / "flows"
    (flows / "prompts").mkdir(parents=True)
    (flows / "main.yaml").write_text(FLOW)
    common = Path(__file__).parents[2] / "ivr_flows/prompts/en.yaml"
    (flows / "prompts/en.yaml").write_text(common.read_text(encoding="utf-8") + "\nhello: One moment.\n")
    environment = {
        "RINGSIDE__IVR__FLOWS_DIR": str(flows),
        "RINGSIDE__IVR__DEFAULT_FLOW": "main",
        "RINGSIDE__SPEECH__TRANSCRIBE": "echo in {language} {file}",
        "RINGSIDE__IVR__NUMBERS": "{}",
        "RINGSIDE__COMPANY__LANGUAGES": '["en"]',
        "RINGSIDE__CARRIERS__ASTERISK__OUTSIDE_DIAL": "PJSIP/{number}@trunk",
        "RINGSIDE__CARRIERS__ASTERISK__OUTSIDE_ALLOW": '["+359"]',
        "RINGSIDE__CARRIERS__ASTERISK__OUTSIDE_CALLER_ID": '"+35921234567"',
    }
    async with serving(asterisk, tmp_path, environment) as made:
        yield made


def shown_to(number: str, packets: Path) -> set[bytes]:
    """Return the callers' numbers that the invitations to this number show."""
    invitations = packets.read_bytes().split(f"INVITE sip:{number}@".encode())[1:]
    return {found[1] for each in invitations if (found := re.search(rb"From:[^\r]*<sip:([^@>]*)@", each))}


async def test_a_caller_talks_with_a_telephone_outside_and_both_legs_are_one_inbound_call(
    server: Server, sipp: Sipp, asterisk: AsteriskInstance, tmp_path: Path
) -> None:
    asterisk.rx(f"pjsip set logger pcap {tmp_path / 'sip.pcap'}")
    asterisk.rx("pjsip set logger on")
    provider = await sipp.provider(Phone(ring_s=1, hang_up_after_s=3))
    caller = await sipp.call(UntilBye(), number=EMMA)
    await provider.ended()
    await caller.ended()
    asterisk.rx("pjsip set logger off")
    assert shown_to(ON_CALL, tmp_path / "sip.pcap") == {b"+35921234567"}
    entry = await server.entry(EMMA)
    assert (entry["direction"], entry["disposition"]) == ("inbound", "answered")
    assert (entry["called"], entry["customer_id"]) == ("+35921234567", "c-1004")
    assert 2 < entry["talk_s"] < 12
    legs = json.loads(entry["legs"])
    assert [leg["channel"].rpartition("-")[0] for leg in legs] == ["PJSIP/trunk", "PJSIP/trunk"]
    assert [leg["talk_s"] > 2 for leg in legs] == [True, True]
    assert len(server.entries()) == 1


async def test_a_caller_whom_nobody_outside_answers_leaves_a_message_that_is_written_down(
    server: Server, sipp: Sipp, asterisk: AsteriskInstance
) -> None:
    provider = await sipp.provider(Phone(refuse=486))
    caller = await sipp.call(Wait(9), Speak(3), HangUp(), number=EMMA)
    await provider.ended()
    await caller.ended()
    entry = await server.entry(EMMA)
    assert entry["direction"] == "inbound"
    assert ("external", "left", "busy") in server.steps(entry["id"])
    notes = await until(lambda: server.notes(entry["id"]))
    (recording,) = json.loads(entry["recordings"])
    assert notes == [f"Message: in en {asterisk.recordings / recording}"]
