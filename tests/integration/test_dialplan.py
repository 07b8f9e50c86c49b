"""What a caller meets when Ringside is away, dies, or is done: the dialplan alone, on the real Asterisk."""

import asyncio
import sys
from urllib.parse import unquote

import pytest

from tests.integration import agi_servers
from tests.integration.agi_servers import AgiServer
from tests.integration.asterisk import PROJECT, AsteriskInstance
from tests.integration.sipp import HangUp, Phone, Press, Sipp, UntilBye, Wait
from tests.waiting import until

pytestmark = pytest.mark.integration

SHORT = Phone(ring_s=0.1, hang_up_after_s=0.3)


async def test_without_ringside_the_caller_reaches_a_phone(sipp: Sipp) -> None:
    async with sipp.phone("111", SHORT) as phone:
        caller = await sipp.call(UntilBye(30))
        await phone.ended(30)
        await caller.ended(30)


async def test_without_ringside_and_without_phones_the_caller_is_told_and_released(
    sipp: Sipp, asterisk: AsteriskInstance
) -> None:
    caller = await sipp.call(UntilBye(30))
    await caller.ended(30)
    assert "vm-nobodyavail" not in asterisk.log, "the announcement could not be played"


async def test_a_server_that_breaks_off_in_mid_call_leaves_the_caller_to_the_fallback(
    sipp: Sipp, asterisk: AsteriskInstance
) -> None:
    async with AgiServer(asterisk.ports.agi, agi_servers.dies_in_mid_call) as server, sipp.phone("111", SHORT) as phone:
        caller = await sipp.call(UntilBye(30))
        await phone.ended(30)
        await caller.ended(30)
    assert len(server.calls) == 1


async def test_a_server_killed_in_mid_call_leaves_the_caller_to_the_fallback(
    sipp: Sipp, asterisk: AsteriskInstance
) -> None:
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.integration.agi_servers", str(asterisk.ports.agi),
        cwd=PROJECT, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert server.stdout is not None
    assert await server.stdout.readline() == b"ready\n"
    async with sipp.phone("111", SHORT) as phone:
        caller = await sipp.call(UntilBye(30))
        await until(lambda: "AGI" in asterisk.rx("core show channels concise"), what="the call is in AGI")
        assert not phone.is_over
        server.kill()
        await server.wait()
        await phone.ended(30)
        await caller.ended(30)


async def test_the_second_server_takes_the_call_when_the_first_is_away(sipp: Sipp, asterisk: AsteriskInstance) -> None:
    async with AgiServer(asterisk.ports.agi_2, agi_servers.finishes) as second:
        caller = await sipp.call(UntilBye(10))
        await caller.ended(15)
    assert len(second.calls) == 1


async def test_the_second_server_takes_the_call_when_the_first_dies_in_mid_call(
    sipp: Sipp, asterisk: AsteriskInstance
) -> None:
    async with (
        AgiServer(asterisk.ports.agi, agi_servers.dies_in_mid_call) as first,
        AgiServer(asterisk.ports.agi_2, agi_servers.finishes) as second,
    ):
        caller = await sipp.call(UntilBye(10))
        await caller.ended(15)
    assert (len(first.calls), len(second.calls)) == (1, 1)


@pytest.mark.parametrize("behaviour", [agi_servers.finishes, agi_servers.says_done_and_leaves])
async def test_a_finished_call_falls_through_to_nobody(
    sipp: Sipp, asterisk: AsteriskInstance, behaviour: agi_servers.Behaviour
) -> None:
    async with (
        AgiServer(asterisk.ports.agi, behaviour),
        AgiServer(asterisk.ports.agi_2, agi_servers.finishes) as second,
        sipp.phone("111", Phone()) as phone,
    ):
        caller = await sipp.call(UntilBye(30))
        await caller.ended(10)
        assert not second.calls
        assert not phone.is_over


async def test_a_call_handed_over_goes_to_the_fallback_and_not_to_the_second_server(
    sipp: Sipp, asterisk: AsteriskInstance
) -> None:
    async with (
        AgiServer(asterisk.ports.agi, agi_servers.hands_over),
        AgiServer(asterisk.ports.agi_2, agi_servers.finishes) as second,
        sipp.phone("111", SHORT) as phone,
    ):
        caller = await sipp.call(UntilBye(30))
        await phone.ended(30)
        await caller.ended(30)
        assert not second.calls


async def test_a_caller_who_hangs_up_in_the_ivr_rings_nobody(sipp: Sipp, asterisk: AsteriskInstance) -> None:
    async with (
        AgiServer(asterisk.ports.agi, agi_servers.keeps_the_caller),
        AgiServer(asterisk.ports.agi_2, agi_servers.finishes) as second,
        sipp.phone("111", Phone()) as phone,
    ):
        caller = await sipp.call(Wait(0.5), HangUp())
        await caller.ended(10)
        await until(lambda: "0 active channels" in asterisk.rx("core show channels"), what="the call is over")
        assert not second.calls
        assert not phone.is_over


async def test_a_talk_outlives_the_server_that_connected_it_and_ends_when_the_agent_hangs_up(
    sipp: Sipp, asterisk: AsteriskInstance
) -> None:
    async with (
        AgiServer(asterisk.ports.agi, agi_servers.dies_while_they_talk),
        AgiServer(asterisk.ports.agi_2, agi_servers.finishes) as second,
        sipp.phone("111", Phone(ring_s=0.1, hang_up_after_s=1)) as phone,
        sipp.phone("112", Phone()) as other_phone,
    ):
        caller = await sipp.call(UntilBye(10))
        await phone.ended(10)
        await caller.ended(10)
        assert not second.calls
        assert not other_phone.is_over


async def test_a_number_dialled_that_is_dialplan_code_stays_a_number(sipp: Sipp, asterisk: AsteriskInstance) -> None:
    async with AgiServer(asterisk.ports.agi, agi_servers.finishes) as server:
        caller = await sipp.call(UntilBye(10), to="+3592,$SHELL(id)&x")
        await caller.ended(15)
    assert server.calls[0].arguments[3:6] == ["+3592", "", "en"]


@pytest.mark.parametrize("by_info", [False, True])
async def test_a_key_is_heard_as_rtp_and_as_info(sipp: Sipp, asterisk: AsteriskInstance, by_info: bool) -> None:
    heard: list[str] = []

    async def listens(call: agi_servers.AgiCall) -> None:
        await call.ask("ANSWER")
        heard.append(await call.ask("WAIT FOR DIGIT 5000"))
        await agi_servers.finishes(call)

    async with AgiServer(asterisk.ports.agi, listens):
        caller = await sipp.call(Wait(0.5), Press("5", by_info=by_info), UntilBye(10))
        await caller.ended(15)
    assert heard == [f"200 result={ord('5')}"]


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("+359888000001", "Мария Петрова"),
        ("+359888000001", r"a,b\",${SHELL(id)}&c%2C"),
        ("anonymous", "Anonymous"),
        ("", ""),
        ("9" * 200, "x" * 200),
        ("1,2)&System(id)", "plain"),
    ],
)
async def test_what_a_caller_shows_arrives_as_it_was_and_in_its_own_argument(
    sipp: Sipp, asterisk: AsteriskInstance, number: str, name: str
) -> None:
    async with AgiServer(asterisk.ports.agi, agi_servers.finishes) as server:
        caller = await sipp.call(UntilBye(10), number=number, name=name)
        await caller.ended(15)
    linkedid, shown_number, shown_name, called, flow, language = server.calls[0].arguments[:6]
    assert linkedid.replace(".", "").isdigit()
    assert (called, flow, language) == ("+35921234567", "", "en")
    assert unquote(shown_number) in (number, number[:79])
    assert unquote(shown_name) in (name, name.replace('\\"', '"'), name[:79])
