"""Asterisk as a carrier: what the switchboard is told, and what it may ask."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from telephony.calls.events import (
    CarrierDown,
    CarrierUp,
    LegDialed,
    LegEnded,
    LegRinging,
    LineLost,
    PhoneChanged,
    PhoneState,
)
from telephony.calls.model import LegId
from telephony.carriers.asterisk import actions
from telephony.carriers.asterisk.carrier import AsteriskCarrier
from telephony.errors import CarrierRefusedError, CarrierUnavailableError, OutcomeUnknownError
from telephony.ports import Dial, DialOutcome
from tests.fakes.agi_client import AgiClient
from tests.fakes.ami_server import AmiServer, message
from tests.unit.carriers.asterisk.house import FixedClock, RenderedPrompts, WritingTaker, quick
from tests.waiting import until

DIAL = Dial(leg_id=LegId("rs-1"), endpoint="PJSIP/101", caller_id="1000", flow="info", variables=(("NOTE", "x"),))


@asynccontextmanager
async def carried(server: AmiServer, taker: WritingTaker, **more: object) -> AsyncIterator[AsteriskCarrier]:
    async with AsteriskCarrier(quick(server.port, **more), taker, RenderedPrompts(), FixedClock()) as carrier:
        yield carrier


def ended(number: int) -> dict[str, str]:
    return {
        "Event": "Hangup",
        "Channel": f"PJSIP/101-{number}",
        "Linkedid": f"1.{number}",
        "Uniqueid": f"2.{number}",
        "Cause": "16",
    }


async def test_after_the_login_the_switchboard_hears_what_lives_there() -> None:
    taker = WritingTaker()
    async with AmiServer() as server:
        server.channels = [{"Channel": "PJSIP/101-1", "Uniqueid": "1.1", "Linkedid": "1.1"}]
        server.devices = [{"Device": "PJSIP/101", "State": "INUSE"}]
        async with carried(server, taker) as carrier:
            await taker.until(lambda: len(taker.told) == 2)
            up, phone = taker.told
            assert isinstance(up, CarrierUp)
            assert (up.live_calls, up.down_since) == (frozenset({"1.1"}), None)
            assert phone == PhoneChanged(endpoint="PJSIP/101", state=PhoneState.IN_USE, at=FixedClock().now())
            assert carrier.health.connected


async def test_events_that_come_during_the_snapshot_are_told_after_it_in_order() -> None:
    taker = WritingTaker()
    async with AmiServer() as server:
        server.silent = {"CoreShowChannels"}
        async with carried(server, taker, action_limit_s=2) as carrier:
            await server.wait_for("CoreShowChannels")
            for number in range(3):
                server.send(message(ended(number)))
            await until(lambda: carrier.health.waiting_events == 3)
            assert taker.told == []
            action = server.sent("CoreShowChannels")[0]["ActionID"]
            server.send(
                f"Event: CoreShowChannelsComplete\r\nActionID: {action}\r\nEventList: Complete\r\n\r\n".encode()
            )
            await taker.until(lambda: len(taker.told) == 4)
            assert isinstance(taker.told[0], CarrierUp)
            assert [event.call_id for event in taker.told if isinstance(event, LegEnded)] == ["1.0", "1.1", "1.2"]


async def test_a_header_that_stands_twice_is_a_callers_invention_and_a_snapshot_corrects_it() -> None:
    taker = WritingTaker()
    async with AmiServer() as server, carried(server, taker) as carrier:
        await taker.until(lambda: taker.told)
        server.send(message(ended(1)).removesuffix(b"\r\n") + b"Channel: PJSIP/102-1\r\n\r\n")
        await taker.until(lambda: len(taker.told) == 2)
        assert [type(event) for event in taker.told] == [CarrierUp, CarrierUp]
        assert carrier.health.odd_events == 1


async def test_a_drop_is_told_and_the_return_tells_since_when() -> None:
    taker = WritingTaker()
    async with AmiServer() as server, carried(server, taker) as carrier:
        await taker.until(lambda: taker.told)
        server.drop()
        await taker.until(lambda: len(taker.told) == 3)
        assert [type(event) for event in taker.told] == [CarrierUp, CarrierDown, CarrierUp]
        assert isinstance(taker.told[2], CarrierUp)
        assert taker.told[2].down_since == FixedClock().now()
        assert carrier.health.reconnects == 1


async def test_a_leg_that_ended_while_the_link_was_away_is_told_as_ended_and_who_rings_since_then_rings() -> None:
    taker = WritingTaker()
    waits = {"Channel": "PJSIP/trunk-1", "Uniqueid": "1.1", "Linkedid": "1.1", "Application": "Queue"}
    rung = {"Uniqueid": "1.3", "Linkedid": "1.1", "Application": "AppQueue", "ChannelState": "5"}
    async with AmiServer() as server, carried(server, taker):
        await taker.until(lambda: taker.told)
        dest = {"DestChannel": "PJSIP/101-2", "DestUniqueid": "1.2", "DestLinkedid": "1.1"}
        server.event("DialBegin", **waits, **dest)
        await taker.until(lambda: len(taker.told) == 2)
        server.channels = [waits, {"Channel": "PJSIP/102-3", **rung}]
        server.queued = [{"Queue": "sales", "Channel": "PJSIP/trunk-1", "Uniqueid": "1.1"}]
        server.drop()
        await taker.until(lambda: len(taker.told) == 7)
        _, _, _, _, gone, dialed, rings = taker.told
        assert isinstance(gone, LegEnded)
        assert isinstance(dialed, LegDialed)
        assert isinstance(rings, LegRinging)
        assert (gone.call_id, gone.leg_id, rings.leg_id) == ("1.1", "1.2", "1.3")
        assert (dialed.endpoint, dialed.queue) == ("PJSIP/102", "sales")


@pytest.mark.parametrize(("refuses", "lives"), [({}, {"1.1"}), ({"Getvar": "No such channel"}, set())])
async def test_a_channel_whose_ids_a_line_break_has_torn_off_is_asked_for_them(
    refuses: dict[str, str], lives: set[str]
) -> None:
    taker = WritingTaker()
    async with AmiServer() as server:
        server.channels = [{"Channel": "PJSIP/trunk-1", "CallerIDNum": "x\r\n", "Uniqueid": "1.1", "Linkedid": "1.1"}]
        server.variables = {"PJSIP/trunk-1": {"CHANNEL(uniqueid)": "1.1", "CHANNEL(linkedid)": "1.1"}}
        server.refuses = refuses
        async with carried(server, taker):
            await taker.until(lambda: taker.told)
            assert isinstance(taker.told[0], CarrierUp)
            assert taker.told[0].live_calls == lives


async def test_an_asterisk_without_app_queue_is_read_all_the_same() -> None:
    taker = WritingTaker()
    async with AmiServer() as server:
        server.refuses = {"QueueStatus": "Invalid/unknown command: QueueStatus."}
        async with carried(server, taker):
            await taker.until(lambda: [event for event in taker.told if isinstance(event, CarrierUp)])


async def test_a_snapshot_that_does_not_come_is_asked_again_on_a_new_connection() -> None:
    taker = WritingTaker()
    async with AmiServer() as server:
        server.silent = {"CoreShowChannels"}
        async with carried(server, taker, action_limit_s=0.05):
            await server.wait_for("Login", times=2)
            server.silent = set()
            await taker.until(lambda: any(isinstance(event, CarrierUp) for event in taker.told))


async def test_dropped_events_are_counted_and_made_good_by_a_snapshot() -> None:
    taker = WritingTaker()
    async with AmiServer() as server, carried(server, taker, event_limit=50) as carrier:
        await taker.until(lambda: taker.told)
        for number in range(400):
            server.send(message(ended(number)))
        await taker.until(lambda: sum(isinstance(event, CarrierUp) for event in taker.told) == 2)
        assert carrier.health.dropped_events > 0
        again = [event for event in taker.told if isinstance(event, CarrierUp)][1]
        assert again.down_since == FixedClock().now()


async def test_a_wrong_password_stops_the_start_and_leaves_nothing_open() -> None:
    async with AmiServer(secret="other") as server:
        with pytest.raises(CarrierRefusedError, match="RINGSIDE_AMI_SECRET"):
            async with carried(server, WritingTaker()):
                pass


async def test_a_dial_goes_out_once_under_our_own_id() -> None:
    async with AmiServer() as server, carried(server, WritingTaker()) as carrier:
        assert await carrier.dial(DIAL) is DialOutcome.PLACED
        (sent,) = server.sent("Originate")
        assert (sent["ChannelId"], sent["Async"], sent["Timeout"]) == ("rs-1", "true", "30000")
        assert sent["Context"] == "ringside-outbound"


def test_a_number_is_dialled_as_numbers_outside_are_and_the_dialplan_is_told_whom_we_call() -> None:
    wanted = replace(DIAL, endpoint="tel:+359888000111", detect_machine=True)
    sent = actions.originate(wanted, context="c", outside_dial="PJSIP/{number}@trunk")
    assert sent["Channel"] == "PJSIP/+359888000111@trunk"
    assert sent["Variable"] == ["RINGSIDE_FLOW=info", "RINGSIDE_CALLED=+359888000111", "NOTE=x", "RINGSIDE_AMD=1"]
    with pytest.raises(CarrierRefusedError, match="outside_dial"):
        actions.originate(wanted, context="c")


async def test_the_three_failures_of_a_dial() -> None:
    async with AmiServer() as server, carried(server, WritingTaker()) as carrier:
        server.refuses = {"Originate": "Extension does not exist."}
        with pytest.raises(CarrierRefusedError):
            await carrier.dial(DIAL)
        server.refuses, server.drops_on = {}, {"Originate"}
        with pytest.raises(OutcomeUnknownError):
            await carrier.dial(DIAL)
        await until(lambda: not carrier.health.connected or server.logins == 2)
        await server.stop()
        await until(lambda: not carrier.health.connected)
        with pytest.raises(CarrierUnavailableError):
            await carrier.dial(DIAL)
        assert len(server.sent("Originate")) == 2


@pytest.mark.parametrize("variable", [("X", "1,Y=2"), ("X", "1\r\nAction: Command")])
async def test_a_variable_cannot_smuggle_another_in(variable: tuple[str, str]) -> None:
    hostile = Dial(leg_id=LegId("rs-1"), endpoint="PJSIP/101", caller_id="1", flow="f", variables=(variable,))
    async with AmiServer() as server, carried(server, WritingTaker()) as carrier:
        with pytest.raises(CarrierRefusedError):
            await carrier.dial(hostile)
        assert server.sent("Originate") == []


async def test_a_leg_is_found_by_our_id_or_it_is_not_there() -> None:
    async with AmiServer() as server, carried(server, WritingTaker()) as carrier:
        assert await carrier.was_placed(LegId("rs-1"))
        server.refuses = {"Status": "No such channel"}
        assert not await carrier.was_placed(LegId("rs-1"))


async def test_a_leg_is_hung_up_by_its_id_and_never_by_a_pattern() -> None:
    async with AmiServer() as server, carried(server, WritingTaker()) as carrier:
        await carrier.hang_up(LegId("1700000000.1"))
        assert [action["Channel"] for action in server.sent("Hangup")] == ["1700000000.1"]
        for pattern in ("/.*/", ""):
            with pytest.raises(CarrierRefusedError):
                await carrier.hang_up(LegId(pattern))


async def test_a_command_line_is_returned_whole() -> None:
    async with AmiServer() as server, carried(server, WritingTaker()) as carrier:
        server.outputs = {"core show version": "Asterisk 22.10.1\nbuilt by hand", "one": "line"}
        assert await carrier.command("core show version") == "Asterisk 22.10.1\nbuilt by hand"
        assert (await carrier.command("one"), await carrier.command("none")) == ("line", "")


async def test_leaving_ends_every_task_even_while_asterisk_is_silent() -> None:
    async with AmiServer() as server:
        server.silent = {"CoreShowChannels"}
        async with carried(server, WritingTaker(), action_limit_s=30):
            await server.wait_for("CoreShowChannels")
    names = {task.get_name() for task in asyncio.all_tasks()}
    assert not names & {"ami-link", "asterisk-events"}


def agi_port(carrier: AsteriskCarrier) -> int:
    server = carrier._agi._server
    assert server is not None
    return int(server.sockets[0].getsockname()[1])


async def test_a_channel_that_comes_again_is_offered_after_the_loss_of_its_earlier_line_is_told() -> None:
    taker = WritingTaker()
    async with AmiServer() as server, carried(server, taker) as carrier:
        async with AgiClient(agi_port(carrier)), AgiClient(agi_port(carrier)):
            await taker.until(lambda: len(taker.offers) == 2)
            assert [type(event) for _, event in taker.answers] == [LineLost]
            assert {offered.call_id for offered, _ in taker.offers} == {"1700000000.1"}
        await taker.until(lambda: len(taker.answers) == 2)


async def test_two_channels_of_one_call_are_served_each_for_itself() -> None:
    taker = WritingTaker()
    async with AmiServer() as server, carried(server, taker) as carrier:
        port = agi_port(carrier)
        async with AgiClient(port):
            await taker.line()
            async with AgiClient(port, leg_id="1700000000.7", linkedid="1700000000.1"):
                await taker.line(1)
                assert [offered.call_id for offered, _ in taker.offers] == ["1700000000.1", "1700000000.7"]
            await taker.until(lambda: taker.answers)
            assert [call_id for call_id, _ in taker.answers] == ["1700000000.7"]
