"""Bad days on a real Asterisk: what dies in mid-call, and what the caller and the timeline make of it."""

import asyncio
import contextlib
import json
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.asterisk import AsteriskInstance, new_instance
from tests.integration.ringside import Server, agent_page, free_tcp_port, serving
from tests.integration.sipp import HangUp, Phone, Press, Sipp, UntilBye, Wait
from tests.waiting import until

pytestmark = pytest.mark.integration

AOIFE, THOMAS, OLGA, PLAMEN = "+353871000011", "+4915112340007", "+359888100008", "+359888100010"


@pytest.fixture(scope="module")
def own_asterisk(tmp_path_factory: pytest.TempPathFactory) -> object:
    instance = new_instance(tmp_path_factory.mktemp("bad-days"))
    instance.start()
    yield instance
    instance.stop()


@pytest.fixture
async def server(own_asterisk: AsteriskInstance, tmp_path: Path) -> AsyncIterator[Server]:
    async with serving(own_asterisk, tmp_path) as made:
        yield made


@pytest.fixture
async def phones(own_asterisk: AsteriskInstance, tmp_path: Path) -> AsyncIterator[Sipp]:
    made = Sipp(folder=tmp_path, asterisk=own_asterisk)
    try:
        yield made
    finally:
        await made.close()


async def is_in_fallback(asterisk: AsteriskInstance) -> bool:
    return "ringside-fallback" in await asyncio.to_thread(asterisk.rx, "core show channels concise")


async def test_ringside_killed_in_the_menu_the_caller_reaches_the_fallback_and_the_timeline_is_whole(
    server: Server, phones: Sipp
) -> None:
    caller = await phones.call(Wait(4), Press("1"), Wait(12), HangUp(), number=AOIFE)
    await until(lambda: ("queue", "entered", "sales") in server.steps_of(AOIFE) or server.seen(AOIFE))
    await asyncio.sleep(0.2)  # the journal's last group is on its way to the disk
    await server.kill()
    await until(lambda: is_in_fallback(server.asterisk))
    await caller.ended()
    assert server.entries_of(AOIFE) == []
    await server.start()
    entry = await server.entry(AOIFE)
    assert entry["disposition"] == "no_answer"  # the fallback said that nobody is there
    assert 10 < (int(entry["ended_at"]) - int(entry["at"])) / 1e6 < 25
    assert entry["customer_id"] == "c-1011"


async def test_ringside_killed_in_a_talk_the_talk_goes_on_and_its_seconds_are_in_the_timeline(
    server: Server, phones: Sipp
) -> None:
    async with phones.phone("111", Phone(ring_s=0.5)), agent_page(server, "petra") as petra:
        await petra.is_ready_for_calls()
        caller = await phones.call(Wait(4), Press("1"), Wait(14), HangUp(), number=THOMAS)
        await petra.sees("call", phase="talking")
        await server.kill()
        await asyncio.sleep(3)
        assert not caller.is_over
        await server.start()
        await caller.ended()
    entry = await server.entry(THOMAS)
    assert (entry["disposition"], json.loads(entry["agents"])) == ("answered", ["petra"])
    assert 5 < entry["talk_s"] < 15
    assert entry["queue"] == "sales"
    assert len(server.entries_of(THOMAS)) == 1


async def test_calls_while_ringside_is_away_are_in_the_timeline_after_it_is_back(server: Server, phones: Sipp) -> None:
    await server.stop()
    async with phones.phone("112", Phone(ring_s=0.5)):
        caller = await phones.call(Wait(9), HangUp(), number=PLAMEN)
        await caller.ended()
    await server.start()
    entry = await server.entry(PLAMEN)
    assert entry["direction"] == "inbound"
    assert entry["customer_id"] == "c-1010"


async def test_calls_of_an_outage_are_found_where_the_ledgers_file_was_not_there_at_the_first_start(
    own_asterisk: AsteriskInstance, phones: Sipp, tmp_path: Path
) -> None:
    own_asterisk.cel_file.unlink()  # Asterisk makes it anew with its next row
    async with serving(own_asterisk, tmp_path) as server:
        await until(server.ledger_mark)
        assert not own_asterisk.cel_file.exists()
        await server.stop()
        async with phones.phone("112", Phone(ring_s=0.5)):
            caller = await phones.call(Wait(9), HangUp(), number=PLAMEN)
            await caller.ended()
        await server.start()
        assert (await server.entry(PLAMEN))["direction"] == "inbound"


async def test_asterisk_restarted_in_mid_call_leaves_no_ghosts_and_the_next_call_works(
    server: Server, phones: Sipp, own_asterisk: AsteriskInstance
) -> None:
    lost = await phones.call(Wait(4), Press("2"), UntilBye(30), number=OLGA)
    await until(lambda: server.seen(OLGA))
    await asyncio.to_thread(own_asterisk.restart)
    await lost.stop()
    await until(server.is_ready)
    entry = await server.entry(OLGA)
    assert entry["ended_at"]
    assert await server.live_calls() == 0
    again = await phones.call(Wait(6), HangUp(), number=AOIFE)
    await again.ended()
    assert (await server.entry(AOIFE))["disposition"] == "abandoned"


async def test_a_locked_database_does_not_disturb_the_call_and_the_entry_is_written_later(
    server: Server, phones: Sipp
) -> None:
    locker = sqlite3.connect(server.database, isolation_level=None)
    try:
        async with phones.phone("111", Phone(ring_s=0.5)), agent_page(server, "petra") as petra:
            await petra.is_ready_for_calls()
            locker.execute("BEGIN EXCLUSIVE")
            caller = await phones.call(Wait(4), Press("1"), Wait(8), HangUp(), number=AOIFE)
            await petra.sees("call", phase="talking")
            await caller.ended()
            await asyncio.sleep(1)
        assert server.entries_of(AOIFE) == []
        locker.execute("ROLLBACK")
    finally:
        locker.close()
    entry = await server.entry(AOIFE)
    assert entry["disposition"] == "answered"
    assert [step for step in server.steps(entry["id"]) if step[0] == "menu"] == [("menu", "keys", "1")]


async def test_a_full_disk_does_not_disturb_the_call_and_the_entry_is_written_later(
    own_asterisk: AsteriskInstance, phones: Sipp, tmp_path: Path
) -> None:
    disk = tmp_path / "data"
    disk.mkdir()
    await run("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk))
    made = Server(folder=tmp_path, asterisk=own_asterisk, port=free_tcp_port())
    try:
        await made.prepare()
        await made.start()
        async with phones.phone("112", Phone(ring_s=0.5)), agent_page(made, "paul") as paul:
            await paul.is_ready_for_calls()
            fill(disk / "ballast")
            caller = await phones.call(Wait(4), Press("1"), Wait(8), HangUp(), number=AOIFE)
            await paul.sees("call", phase="talking")
            await caller.ended()
            await made.logged("store_unavailable")
        assert made.entries_of(AOIFE) == []
        (disk / "ballast").unlink()
        entry = await made.entry(AOIFE)
        assert (entry["disposition"], json.loads(entry["agents"])) == ("answered", ["paul"])
    finally:
        await made.stop()
        await run("umount", "-l", str(disk))


async def run(*command: str) -> None:
    process = await asyncio.create_subprocess_exec(*command)
    assert await process.wait() == 0, f"{' '.join(command)}: this test needs root"


def fill(ballast: Path) -> None:
    """Write until the disk is full."""
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        for size in (65536, 4096, 512, 64, 1):
            with contextlib.suppress(OSError):
                while True:
                    file.write(b"x" * size)


TORN = '")\r\n'
"""A number whose line break tears the events of its own call: when it ended is not always seen."""


async def test_hostile_caller_ids_are_served_like_any_other(server: Server, phones: Sipp) -> None:
    hostile = {
        "anonymous": ('Robert\\"); Hangup(', "anonymous"),
        "abc": ("a,b,c,d", "abc"),
        "0" * 60: ("Ж" * 60, "0" * 60),
        "%22%29%0d%0a": ("%0d%0aAction: Originate", TORN),
        "": ("x" * 200, ""),
        "7" * 200: ("long", "7" * 79),  # Asterisk keeps no more of it
        "%ff%fe888": ("\udcff\udcfe Ivan", "\ufffd\ufffd888"),  # bytes that are no UTF-8
    }
    callers = [await phones.call(Wait(2), HangUp(), number=number, name=name) for number, (name, _) in hostile.items()]
    for caller in callers:
        await caller.ended()
    await until(lambda: len([entry for entry in server.entries() if entry["ended_at"]]) >= len(hostile))
    entries = {entry["caller"]: entry for entry in server.entries()}
    assert set(entries) == {shown for _, shown in hostile.values()}
    assert {entry["disposition"] for entry in entries.values()} == {"abandoned"}
    assert {(entry["called"], entry["direction"]) for entry in entries.values()} == {("+35921234567", "inbound")}
    [leg] = json.loads(str(entries["\ufffd\ufffd888"]["legs"]))
    assert leg["name"] == "\ufffd\ufffd Ivan"
    assert not [line for line in server.log if line.get("level") in {"error", "critical"}], server.log


async def test_a_caller_cannot_forge_asterisks_events_by_line_breaks_in_the_number(
    server: Server, phones: Sipp
) -> None:
    forged = "Event%3a%20Hangup%0d%0aChannel%3a%20PJSIP%2f111-1%0d%0aLinkedid%3a%201.1%0d%0a%0d%0a"
    async with phones.phone("111"), agent_page(server, "petra") as petra:
        await petra.is_ready_for_calls()
        caller = await phones.call(Wait(3), HangUp(), number=f"x%0d%0a%0d%0a{forged}")
        await server.logged("ami_torn")
        await caller.ended()
        honest = await phones.call(Wait(4), Press("1"), Wait(6), HangUp(), number=AOIFE)
        await petra.sees("call", phase="talking")
        await honest.ended()
        assert [event["call"]["caller"]["number"] for event in petra.events if event["type"] == "call"][:1] == [AOIFE]
    await server.entry(AOIFE)
    await until(lambda: len(server.entries()) == 2)


async def test_a_wrong_manager_password_is_told_plainly(own_asterisk: AsteriskInstance, tmp_path: Path) -> None:
    made = Server(folder=tmp_path, asterisk=own_asterisk, port=free_tcp_port())
    made.environment["RINGSIDE_AMI_SECRET"] = "wrong"
    await made.prepare()
    with pytest.raises(AssertionError, match="the server ended with 1"):
        await made.start()
    said = " ".join(str(line.get("text", "")) for line in made.log)
    assert "RINGSIDE_AMI_SECRET" in said
    assert "Traceback" not in said
    await made.stop()
