"""The AMI link against a real socket that misbehaves; the numbers are the faults of panoramisk that it makes good."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from telephony.carriers.asterisk.event_queue import Item, LinkDown, LinkUp, Overflowed, RawEvent
from telephony.carriers.asterisk.link import WANTED, AmiLink
from telephony.carriers.asterisk.wire import headers_of
from telephony.errors import CarrierRefusedError, CarrierUnavailableError, OutcomeUnknownError
from tests.fakes.ami_server import AmiServer
from tests.unit.carriers.asterisk.house import FixedClock, quick
from tests.waiting import PATIENCE_S, until

CAPTURED = Path(__file__).parents[3] / "captured" / "ami"
STRANGERS = re.compile(rb"(?m)^(?:Dest)?(?:CallerID|ConnectedLine)\w+: ", re.IGNORECASE)
"""What a caller may fill with whatever they like."""
TELL_NO_STRANGER = {b"DeviceStateChange", b"Shutdown"}
ORIGINATE = {"Action": "Originate", "Async": "true", "Channel": "PJSIP/101", "ChannelId": "rs-1"}


@asynccontextmanager
async def linked(server: AmiServer, **more: object) -> AsyncIterator[AmiLink]:
    link = AmiLink(quick(server.port, **more), FixedClock())
    await link.start()
    try:
        yield link
    finally:
        await link.stop()


def captured(kind: bytes) -> bytes:
    """Return an event of this kind as a real Asterisk sent it."""
    raw = b"".join(file.read_bytes() for file in sorted(CAPTURED.glob("*.txt")))
    events = raw.replace(b"\n", b"\r\n").split(b"\r\n\r\n")
    return next(each for each in events if each.startswith(b"Event: " + kind + b"\r\n")) + b"\r\n\r\n"


async def heard(link: AmiLink, number: int) -> list[Item]:
    """Return the next items of the link."""
    items: list[Item] = []
    async with asyncio.timeout(PATIENCE_S):
        while len(items) < number:
            await link.some()
            while len(items) < number and (item := link.take()) is not None:
                items.append(item)
    return items


async def test_a_wrong_password_is_told_at_start_and_not_tried_again() -> None:
    async with AmiServer(secret="other") as server:
        link = AmiLink(quick(server.port, username="ringside"), FixedClock())
        with pytest.raises(CarrierRefusedError, match=r"127.0.0.1:\d+ refused manager user 'ringside'.*manager\.conf"):
            await link.start()
        assert len(server.sent("Login")) == 1
        assert not link.connected


async def test_a_password_changed_later_is_tried_slowly_for_ever_and_works_once_mended() -> None:
    async with AmiServer() as server, linked(server) as link:
        server.secret = "changed"
        server.drop()
        await server.wait_for("Login", times=3)
        assert not link.connected
        server.secret = "secret"
        await until(lambda: link.connected)


async def test_an_asterisk_that_is_not_up_yet_is_no_error_and_is_found_later() -> None:
    server = AmiServer()
    await server.start()
    await server.stop()
    async with linked(server) as link:
        assert not link.connected
        with pytest.raises(CarrierUnavailableError, match="nothing was sent"):
            await link.ask({"Action": "Ping"})
        async with server:
            await until(lambda: link.connected)
            assert link.version == "11.0.0"


async def test_a_login_without_answer_ends_at_its_deadline_and_is_tried_again() -> None:
    async with AmiServer() as server:
        server.silent = {"Login"}
        async with linked(server, login_limit_s=0.2) as link:
            await server.wait_for("Login", times=2)
            server.silent = set()
            await until(lambda: link.connected)


@pytest.mark.parametrize("greeting", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\xff" * 100_000])
async def test_a_stranger_on_the_port_is_left_within_the_limit(greeting: bytes) -> None:
    async with AmiServer() as server:
        server.greeting = greeting
        async with asyncio.timeout(PATIENCE_S), linked(server, login_limit_s=0.2) as link:
            assert not link.connected
        assert server.actions == []


async def test_an_originate_lost_in_a_drop_is_unknown_and_never_sent_again() -> None:  # 1
    async with AmiServer() as server, linked(server) as link:
        server.drops_on = {"Originate"}
        with pytest.raises(OutcomeUnknownError, match="Originate was sent"):
            await link.ask(ORIGINATE)
        await until(lambda: server.logins == 2 and link.connected)
        await link.ask({"Action": "Ping"})
        assert len(server.sent("Originate")) == 1


async def test_an_action_without_answer_ends_at_its_deadline() -> None:  # 2
    async with AmiServer() as server, linked(server, action_limit_s=0.2) as link:
        server.silent = {"Originate"}
        with pytest.raises(OutcomeUnknownError, match=r"did not answer Originate within 0\.2 s"):
            await link.ask(ORIGINATE)
        assert link.connected


async def test_a_list_cut_by_its_deadline_or_by_a_drop_ends() -> None:  # 2
    async with AmiServer() as server, linked(server, action_limit_s=0.5) as link:
        server.cut_lists = True
        with pytest.raises(OutcomeUnknownError):
            await link.ask_list({"Action": "CoreShowChannels"})
        asked = asyncio.create_task(link.ask_list({"Action": "CoreShowChannels"}), name="list")
        await server.wait_for("CoreShowChannels", times=2)
        server.drop()
        with pytest.raises(OutcomeUnknownError):
            await asked


async def test_a_list_is_its_items_and_none_of_them_passes_for_news() -> None:
    async with AmiServer() as server, linked(server) as link:
        server.devices = [{"Device": "PJSIP/101", "State": "INUSE"}, {"Device": "PJSIP/102", "State": "NOT_INUSE"}]
        states = await link.ask_list({"Action": "DeviceStateList"})
        assert [state["Device"] for state in states] == ["PJSIP/101", "PJSIP/102"]
        server.event("DeviceStateChange", Device="PJSIP/103", State="INUSE", ActionID="ringside-0")
        server.event("DeviceStateChange", Device="PJSIP/104", State="INUSE")
        up, news = await heard(link, 2)
        assert up == LinkUp()
        assert isinstance(news, RawEvent)
        assert headers_of(news.message)["Device"] == "PJSIP/104"


async def test_a_refusal_tells_asterisks_reason() -> None:
    async with AmiServer() as server, linked(server) as link:
        server.refuses = {"Hangup": "No such channel"}
        with pytest.raises(CarrierRefusedError, match="refused Hangup: No such channel"):
            await link.ask({"Action": "Hangup", "Channel": "x"})


async def test_events_come_in_order_and_only_the_kinds_that_are_read() -> None:  # 3
    async with AmiServer() as server, linked(server) as link:
        server.event("VarSet", Variable="x")
        for number in range(500):
            server.event("Newstate", Number=str(number), Linkedid="1.1")
            server.event("Hangup", Number=str(number), Linkedid="1.1")
        _, *news = await heard(link, 1001)
        named = [(one.name, headers_of(one.message)["Number"]) for one in news if isinstance(one, RawEvent)]
        assert named == [(name, str(number)) for number in range(500) for name in (b"Newstate", b"Hangup")]


async def test_an_event_in_the_same_read_as_the_login_stands_after_the_mark() -> None:
    async with AmiServer() as server:
        server.after_login = b"Event: Hangup\r\nLinkedid: 1.1\r\n\r\n"
        async with linked(server) as link:
            up, news = await heard(link, 2)
            assert up == LinkUp()
            assert isinstance(news, RawEvent)


async def test_a_name_split_over_two_reads_is_whole() -> None:  # 5
    async with AmiServer() as server, linked(server) as link:
        raw = "Event: Hangup\r\nCallerIDName: Иван\r\nLinkedid: 1.1\r\n\r\n".encode()
        server.send(raw[:32])
        await asyncio.sleep(0)
        server.send(raw[32:])
        _, news = await heard(link, 2)
        assert isinstance(news, RawEvent)
        assert headers_of(news.message)["CallerIDName"] == "Иван"


@pytest.mark.parametrize("kind", sorted(WANTED - TELL_NO_STRANGER))
async def test_a_callers_line_break_cannot_forge_an_event_and_the_gap_is_marked(kind: bytes) -> None:
    event = captured(kind)
    strangers = [found.end() for found in STRANGERS.finditer(event)]
    assert strangers
    forged = b"Event: Hangup\r\nChannel: PJSIP/101-1\r\nLinkedid: 1.1\r\n\r\n"
    async with AmiServer() as server, linked(server) as link:
        server.silent = {"Ping"}
        for torn, behind in enumerate(strangers, start=1):
            server.send(event[:behind] + b"x\r\n\r\n" + forged + event[behind:])
            await server.wait_for("Ping", times=torn)
            server.event("Hangup", Channel="PJSIP/102-1", Linkedid="1.2")
            server.send(b"Response: Success\r\nActionID: guessed\r\n\r\n" + forged)
            answer = f"Response: Success\r\nActionID: {server.sent('Ping')[-1]['ActionID']}\r\n\r\n"
            server.send(answer.encode())
        server.send(event)
        up, *gaps, news = await heard(link, 2 + len(strangers))
        assert up == LinkUp()
        assert [type(gap) for gap in gaps] == [Overflowed] * len(strangers)
        assert isinstance(news, RawEvent)
        assert (news.name, news.message + b"\r\n\r\n") == (kind, event)
        assert link.torn == len(strangers)


@pytest.mark.parametrize("header", ["EventList: Complete", "Event: CoreShowChannelsComplete", "Channel: PJSIP/102-1"])
async def test_a_callers_line_break_neither_ends_a_list_nor_renames_a_channel(header: str) -> None:
    async with AmiServer() as server, linked(server) as link:
        server.silent = {"CoreShowChannels"}
        asked = asyncio.create_task(link.ask_list({"Action": "CoreShowChannels"}), name="list")
        await server.wait_for("CoreShowChannels")
        of = f"ActionID: {server.sent('CoreShowChannels')[0]['ActionID']}\r\n"
        item = f"Event: CoreShowChannel\r\n{of}Channel: PJSIP/{{}}\r\nCallerIDNum: {{}}\r\nDuration: 1\r\n\r\n"
        server.send((item.format("101-1", "1") + item.format("111-2", f"x\r\n{header}")).encode())
        await asyncio.sleep(0)
        server.send((item.format("103-3", "3") + f"Event: CoreShowChannelsComplete\r\n{of}\r\n").encode())
        assert [each["Channel"] for each in await asked] == ["PJSIP/101-1", "PJSIP/111-2", "PJSIP/103-3"]


async def test_what_a_caller_makes_look_whole_is_found_out_by_its_rest() -> None:
    async with AmiServer() as server, linked(server) as link:
        forged = "Event: Newstate\r\nCallerIDNum: x\r\nLinkedid: 1\r\n\r\nEvent: Hangup\r\nLinkedid: 9\r\n\r\n"
        server.send(f"{forged}ConnectedLineNum: 1\r\nLinkedid: 1.1\r\n\r\n".encode())
        await server.wait_for("Ping")
        await until(lambda: link.torn == 1)


@pytest.mark.parametrize(
    ("action", "item", "behind"),
    [
        ("CoreShowChannels", "CoreShowChannel", "Application: Queue\r\nDuration: 00:00:01"),
        ("QueueStatus", "QueueEntry", "ConnectedLineNum: y\r\nWait: 1\r\nPriority: 0"),
    ],
)
async def test_a_callers_line_break_cannot_forge_an_event_between_the_items_of_a_list(
    action: str, item: str, behind: str
) -> None:
    forged = "Event: Hangup\r\nChannel: PJSIP/101-1\r\n{}Linkedid: 1.1\r\n\r\n"
    async with AmiServer() as server, linked(server) as link:
        server.silent = {action}
        asked = asyncio.create_task(link.ask_list({"Action": action}), name="list")
        await server.wait_for(action)
        of = f"ActionID: {server.sent(action)[0]['ActionID']}\r\n"
        torn = f"Event: {item}\r\n{of}Uniqueid: 1.1\r\nCallerIDNum: x\r\n\r\n"
        invented = forged.format("ActionID: guessed\r\n") + forged.format("")
        whole = f"Event: {item}\r\n{of}Uniqueid: 1.2\r\nCallerIDNum: y\r\n{behind}\r\n\r\n"
        end = f"Event: {action}Complete\r\n{of}EventList: Complete\r\n\r\n"
        server.send((torn + invented + f"{behind}\r\n\r\n" + whole + end).encode())
        server.event("Hangup", Channel="PJSIP/103-1", Linkedid="1.3")
        assert [each["Uniqueid"] for each in await asked] == ["1.1", "1.2"]
        _, news = await heard(link, 2)
        assert isinstance(news, RawEvent)
        assert headers_of(news.message)["Linkedid"] == "1.3"


async def test_an_injected_action_is_refused_and_nothing_is_sent() -> None:  # 6
    async with AmiServer() as server, linked(server) as link:
        with pytest.raises(CarrierRefusedError):
            await link.ask({"Action": "Hangup", "Channel": "x\r\n\r\nAction: Command\r\nCommand: core stop now"})
        await link.ask({"Action": "Ping"})
        assert [action["Action"] for action in server.actions] == ["Login", "Ping"]


async def test_a_frozen_asterisk_is_noticed_and_left() -> None:  # 7
    async with AmiServer() as server, linked(server, watchdog_s=0.2) as link:
        server.silent = {"*"}
        await server.wait_for("Ping")
        await until(lambda: not link.connected)
        server.silent = set()
        await until(lambda: link.connected)


async def test_a_quiet_asterisk_that_answers_pings_is_kept() -> None:
    async with AmiServer() as server, linked(server, watchdog_s=0.4) as link:
        await server.wait_for("Ping", times=3)
        assert link.connected
        assert server.logins == 1


async def test_pings_go_one_at_a_time_and_end_with_the_link() -> None:
    async with AmiServer() as server:
        server.silent = {"Ping"}
        async with linked(server, ping_every_s=0.001) as link:
            await server.wait_for("Ping")
            for _ in range(100):
                await link.ask({"Action": "Status"})
            assert len(server.sent("Ping")) == 1
        assert "ami-ping" not in {task.get_name() for task in asyncio.all_tasks()}


async def test_an_asterisk_that_answers_late_is_measured_without_anybody_asking() -> None:
    async with AmiServer() as server:
        server.late_s = {"Ping": 0.2}
        async with linked(server, ping_every_s=0.05) as link:
            await until(lambda: (link.asked.last_s or 0) >= 0.2)
            assert (link.asked.failures, link.asked.at) == (0, FixedClock().now())


async def test_pings_without_answer_are_counted_and_do_not_end_a_link_on_which_events_come() -> None:
    async with AmiServer() as server:
        server.silent = {"Ping"}
        async with linked(server, ping_every_s=0.02, action_limit_s=0.1) as link:
            await until(lambda: link.asked.failures >= 3)
            assert (link.asked.last_s or 0) >= 0.1
            server.event("Newstate", Linkedid="1.1")
            up, news = await heard(link, 2)
            assert (up, type(news)) == (LinkUp(), RawEvent)
            server.silent = set()
            await until(lambda: link.asked.failures == 0)
            assert server.logins == 1


async def test_what_was_not_sent_or_given_up_by_who_asked_is_no_failure_of_asterisks() -> None:
    async with AmiServer() as server, linked(server) as link:
        server.silent = {"Status"}
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await link.ask({"Action": "Status"})
        await server.stop()
        await until(lambda: not link.connected)
        with pytest.raises(CarrierUnavailableError):
            await link.ask({"Action": "Status"})
        assert link.asked.failures == 0


async def test_a_long_list_and_what_waits_behind_it_do_not_make_asterisk_slow() -> None:
    async with AmiServer() as server, linked(server) as link:
        server.late_s = {"CoreShowChannels": 0.5}
        await link.ask({"Action": "Status"})
        listed = asyncio.create_task(link.ask_list({"Action": "CoreShowChannels"}), name="list")
        await server.wait_for("CoreShowChannels")
        await link.ask({"Action": "Ping"})
        assert await listed == []
        assert (link.asked.last_s or 0) < 0.5


async def test_a_list_tells_whether_asterisk_answers() -> None:
    async with AmiServer() as server, linked(server, action_limit_s=0.1) as link:
        server.silent = {"CoreShowChannels"}
        for _ in range(2):
            with pytest.raises(OutcomeUnknownError):
                await link.ask_list({"Action": "CoreShowChannels"})
        assert link.asked.failures == 2
        await link.ask_list({"Action": "DeviceStateList"})
        assert link.asked.failures == 0


async def test_nothing_comes_back_after_stop() -> None:  # 7
    async with AmiServer() as server:
        async with linked(server):
            pass
        server_logins = server.logins
        await asyncio.sleep(0.05)
        assert server.logins == server_logins == 1


async def test_a_restart_of_asterisk_is_survived_and_the_gap_is_marked() -> None:
    async with AmiServer() as server, linked(server) as link:
        server.event("Shutdown", Shutdown="Uncleanly", Restart="True")
        await until(lambda: link.waiting == 2)
        await server.stop()
        await until(lambda: not link.connected)
        async with server:
            await until(lambda: link.connected)
            items = await heard(link, 4)
            assert [type(item) for item in items] == [LinkUp, RawEvent, LinkDown, LinkUp]
            assert link.connections == 2


async def test_a_message_without_end_costs_the_connection_and_not_the_memory() -> None:
    async with AmiServer() as server, linked(server) as link:
        server.send(b"Event: " + b"x" * 200_000)
        await until(lambda: server.logins == 2)
        await until(lambda: link.connected)
