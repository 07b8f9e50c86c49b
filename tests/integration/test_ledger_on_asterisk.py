"""Real calls on a real Asterisk, with the project's own cel.conf: the file it writes gives the right records."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from telephony.calls.events import CelRow
from telephony.calls.ledger import derive
from telephony.calls.model import CallRecord
from telephony.carriers.asterisk.celfile import end_of_cel_file, read_new_rows
from tests.integration import ledger_scenes as scenes
from tests.integration import ledger_scenes_moved as moved
from tests.integration import ledger_scenes_originated as originated
from tests.integration.asterisk import AsteriskInstance, free_port, new_instance
from tests.integration.ledger_pbx import furnish
from tests.integration.softphone import Phone
from tests.unit.calls.told import SCENES, tell

pytestmark = pytest.mark.integration

PLAYED: tuple[scenes.Scene, ...] = (
    scenes.simple,
    scenes.busy,
    scenes.abandoned,
    scenes.ring_all,
    scenes.local_group,
    scenes.local_optimised,
    scenes.queue_with_retries,
    scenes.ivr_only,
    scenes.outgoing,
    scenes.internal,
    originated.click_to_call,
    originated.callback_customer_first,
    originated.callback_unanswered,
    moved.blind_transfer,
    moved.attended_transfer,
    moved.semi_attended_transfer,
    moved.attended_by_caller,
    moved.two_merged,
    moved.forwarded,
    moved.picked_up,
    moved.redirected,
    moved.agent_redirected,
)

WRITTEN_WITHIN_S = 5.0
SLACK_S = 0.3


@pytest.fixture(scope="module")
def ports() -> dict[str, int]:
    return {name: free_port() for name in ("trunk", "101", "102", "103")}


@pytest.fixture(scope="module")
def pbx(tmp_path_factory: pytest.TempPathFactory, ports: dict[str, int]) -> Iterator[AsteriskInstance]:
    instance = new_instance(tmp_path_factory.mktemp("ledger"))
    instance.start()
    try:
        furnish(instance, ports)
        yield instance
    finally:
        instance.stop()


class Manager:
    """Asterisk's manager interface, as far as the scenes need it."""

    def __init__(self, pbx: AsteriskInstance) -> None:
        self._pbx = pbx

    async def originate(self, channel: str, to: str, *, caller_id: str, limit_ms: int = 10_000) -> None:
        options = f"CallerID: {caller_id}\r\nAsync: true\r\nTimeout: {limit_ms}\r\n"
        await self._ask(f"Action: Originate\r\nChannel: {channel}\r\n{options}{_place(to)}", b"successfully queued")

    async def redirect(self, endpoint: str, to: str) -> None:
        lines = (await asyncio.to_thread(self._pbx.rx, "core show channels concise")).splitlines()
        channel = max(name for line in lines if (name := line.partition("!")[0]).startswith(f"{endpoint}-"))
        await self._ask(f"Action: Redirect\r\nChannel: {channel}\r\n{_place(to)}", b"Redirect successful")

    async def _ask(self, action: str, answer: bytes) -> None:
        login = f"Action: Login\r\nUsername: ringside\r\nSecret: {self._pbx.ami_secret}\r\nEvents: off\r\n\r\n"
        async with asyncio.timeout(5):
            reader, writer = await asyncio.open_connection("127.0.0.1", self._pbx.ports.ami)
            try:
                writer.write((login + action).encode())
                await reader.readuntil(answer)
            finally:
                writer.close()
                await writer.wait_closed()


def _place(to: str) -> str:
    exten, _, context = to.partition("@")
    return f"Context: {context}\r\nExten: {exten}\r\nPriority: 1\r\n\r\n"


async def no_restart() -> None:
    raise AssertionError("this scene is only for captures")


@pytest.fixture
async def stage(pbx: AsteriskInstance, ports: dict[str, int]) -> AsyncIterator[scenes.Stage]:
    phones = {name: Phone(name, port, pbx.ports.sip) for name, port in ports.items()}
    async with phones["trunk"] as trunk, phones["101"] as p101, phones["102"] as p102, phones["103"] as p103:
        yield scenes.Stage(trunk=trunk, p101=p101, p102=p102, p103=p103, ami=Manager(pbx), restart=no_restart)
    pbx.rx("channel request hangup all")


async def written(pbx: AsteriskInstance, since: str | None) -> list[CallRecord]:
    """Return the calls in the file, once there are some and all of them are over."""
    rows: list[CelRow] = []
    async with asyncio.timeout(WRITTEN_WITHIN_S):
        while True:
            if pbx.cel_file.exists():
                chunk = await asyncio.to_thread(read_new_rows, pbx.cel_file, since)
                rows, since = [*rows, *chunk.rows], chunk.position
            records = derive(rows)
            if records and all(record.ended_at for record in records) and rows[-1].eventtype == "LINKEDID_END":
                return records
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("scene", PLAYED, ids=lambda scene: str(scene.__name__))
async def test_a_real_call_is_one_record(scene: scenes.Scene, stage: scenes.Stage, pbx: AsteriskInstance) -> None:
    since = end_of_cel_file(pbx.cel_file) if pbx.cel_file.exists() else None
    began = asyncio.get_running_loop().time()
    await scene(stage)
    took_s = asyncio.get_running_loop().time() - began
    records = await written(pbx, since)
    assert len(records) == 1
    told, expected = tell(records[0]), SCENES[scene.__name__]
    # Phones dialled together begin in any order. The captures test exact seconds; here the machine may be busy.
    for (number, talk), (wanted, least) in zip(sorted(told.legs), sorted(expected.legs), strict=True):
        assert number == wanted
        assert (talk > 0) == (least > 0)
        assert least - SLACK_S <= talk <= took_s + SLACK_S
    assert expected.talk - SLACK_S <= told.talk <= took_s + SLACK_S
    for (queue, wait), (wanted, least) in zip(told.waits, expected.waits, strict=True):
        assert queue == wanted
        assert least - SLACK_S <= wait <= took_s + SLACK_S
    assert (told.direction, told.caller, told.called) == (expected.direction, expected.caller, expected.called)
    assert (told.ends, told.by) == (expected.ends, expected.by)
