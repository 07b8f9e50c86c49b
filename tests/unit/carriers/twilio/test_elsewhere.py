"""Callers of the cloud at Asterisk: taken there, served there to the end, or back in the cloud."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from telephony.calls.commands import Command, HangUp, Ring, Say
from telephony.calls.events import CallFinished
from telephony.calls.model import AgentId, CallId
from tests.fakes.twilio import Caller, FarPhone
from tests.unit.carriers.twilio.house import prompts
from tests.unit.carriers.twilio.whole import OURS, House, house
from tests.waiting import until

PBX = "sip:+35924000000@pbx.example.com"
MOBILE = "+359888300400"
SERVED = FarPhone(rings_after_s=0.2, answers_after_s=0.5, talks_s=5)
HELLO: dict[int, tuple[Command, ...]] = {1: (Say(prompts=prompts("hello")), HangUp())}


@dataclass(slots=True)
class Pbx:
    """Asterisk, as the cloud's carrier knows it."""

    takes: bool = True
    lost: bool = False
    down: bool = False
    served: list[bool | None] = field(default_factory=lambda: [True])
    """What it says, one after another, of calls from before a restart."""

    def takes_calls(self) -> bool:
        return self.takes

    def has_lost(self, call_id: CallId) -> bool:
        return self.lost

    def is_down(self) -> bool:
        return self.down

    async def has_served(self, call_id: CallId) -> bool | None:
        return self.served.pop(0) if len(self.served) > 1 else self.served[0]


@asynccontextmanager
async def beside(tmp_path: Path, phone: FarPhone | None, pbx: Pbx) -> AsyncIterator[House]:
    async with house(tmp_path, asterisk_sip="sip:{called}@pbx.example.com") as at:
        at.carrier.elsewhere.asterisk = pbx
        at.taker.script = HELLO
        if phone is not None:
            at.twilio.phones[PBX] = phone
        yield at


async def test_a_caller_is_served_at_asterisk_to_the_end(tmp_path: Path) -> None:
    async with beside(tmp_path, SERVED, Pbx()) as at:
        caller = await at.twilio.incoming(to=OURS)
        leg = await at.twilio.called(PBX)
        assert leg.call.sip_headers == {"X-Ringside-Call": caller.sid, "X-Ringside-Flow": "main"}
        await caller.until_over()
        await until(lambda: "CallFinished" in at.taker.legs())
        assert at.taker.offers == []
        assert len(at.carrier.elsewhere) == 0
        assert list(at.twilio.faults) == []


async def test_who_is_not_answered_there_is_served_in_the_cloud(tmp_path: Path) -> None:
    async with beside(tmp_path, None, Pbx()) as at:
        caller = await at.twilio.incoming(to=OURS)
        await at.over(caller)
        assert [each.rpartition("/")[2] for each in caller.sounds] == ["hello.wav"]
        assert at.taker.offers[0][0].flow == "main"


async def test_while_the_rules_say_the_cloud_nobody_is_taken_there(tmp_path: Path) -> None:
    async with beside(tmp_path, SERVED, Pbx(takes=False)) as at:
        caller = await at.twilio.incoming(to=OURS)
        await at.over(caller)
        assert caller.legs == []


async def test_who_was_lost_there_goes_on_in_the_cloud(tmp_path: Path) -> None:
    async with beside(tmp_path, SERVED, Pbx(lost=True)) as at:
        caller = await at.twilio.incoming(to=OURS)
        await at.over(caller)
        assert [each.rpartition("/")[2] for each in caller.sounds] == ["hello.wav"]


async def test_a_caller_is_brought_back(tmp_path: Path) -> None:
    async with beside(tmp_path, FarPhone(rings_after_s=0.2, answers_after_s=0.5, talks_s=None), Pbx()) as at:
        caller = await at.twilio.incoming(to=OURS)
        await caller.hears(PBX)
        at.carrier.bring_back(CallId(caller.sid))
        await at.over(caller)
        assert [each.rpartition("/")[2] for each in caller.sounds] == ["hello.wav"]
        assert at.taker.offers[0][0].call_id == caller.sid


async def test_a_mobile_shows_the_number_of_a_caller_whom_asterisk_did_not_serve(tmp_path: Path) -> None:
    async with beside(tmp_path, None, Pbx()) as at:
        at.taker.script = {1: (Ring(agent=AgentId("maria"), endpoint=f"tel:{MOBILE}"),), 2: (HangUp(),)}
        at.twilio.phones[MOBILE] = FarPhone(rings_after_s=0.2, answers_after_s=0.5, talks_s=3, presses="1")
        caller = await at.twilio.incoming(to=OURS, from_="+359888100200")
        await at.over(caller)
        [mobile] = at.twilio.calls(to=MOBILE)
        assert (mobile.call.direction, mobile.call.from_) == ("outbound-api", "+359888100200")


async def test_a_caller_who_hangs_up_there_is_gone(tmp_path: Path) -> None:
    async with beside(tmp_path, FarPhone(rings_after_s=0.2, answers_after_s=0.5, talks_s=None), Pbx()) as at:
        caller = await at.twilio.incoming(to=OURS)
        await caller.hears(PBX)
        caller.hangs_up()
        await until(lambda: "CallFinished" in at.taker.legs())
        assert at.taker.offers == []
        assert [type(each) for each in at.taker.told if isinstance(each, CallFinished)] == [CallFinished]


# --- started anew while they are at Asterisk ---

LONG = FarPhone(rings_after_s=0.2, answers_after_s=0.5, talks_s=None)


@asynccontextmanager
async def there_over_a_restart(tmp_path: Path, pbx: Pbx, phone: FarPhone = LONG) -> AsyncIterator[tuple[House, Caller]]:
    async with beside(tmp_path, phone, Pbx()) as at:
        caller = await at.twilio.incoming(to=OURS)
        await caller.hears(PBX)
        carrier = await at.restarted()
        carrier.elsewhere.asterisk = pbx
        await until(lambda: carrier.health.connected)
        assert CallId(caller.sid) in carrier.elsewhere
        yield at, caller


async def hangs_up_there(at: House) -> None:
    (await at.twilio.called(PBX)).hangs_up()


async def test_who_is_served_to_the_end_over_our_restart_is_let_go_and_told_of(tmp_path: Path) -> None:
    async with there_over_a_restart(tmp_path, Pbx()) as (at, caller):
        over: list[CallId] = []
        at.carrier.elsewhere.unfollowed = over.append
        await hangs_up_there(at)
        await caller.until_over()
        await until(lambda: "CallFinished" in at.taker.legs())
        assert (over, at.taker.offers, len(at.carrier.elsewhere)) == ([caller.sid], [], 0)
        assert list(at.twilio.faults) == []


async def test_whom_asterisk_fails_after_our_restart_goes_on_in_the_cloud_as_the_same_call(tmp_path: Path) -> None:
    async with there_over_a_restart(tmp_path, Pbx(served=[False])) as (at, caller):
        await hangs_up_there(at)
        await at.over(caller)
        ((offered, _),) = at.taker.offers
        assert (offered.call_id, offered.flow, offered.again) == (caller.sid, "main", True)
        assert [each.rpartition("/")[2] for each in caller.sounds] == ["hello.wav"]


async def test_while_it_cannot_be_told_who_was_served_they_are_asked_to_come_again(tmp_path: Path) -> None:
    async with there_over_a_restart(tmp_path, Pbx(served=[None, None, True])) as (at, caller):
        await hangs_up_there(at)
        await caller.until_over()
        await until(lambda: "CallFinished" in at.taker.legs())
        assert at.taker.offers == []
        assert [each.url.partition("?")[2] for each in caller.requests][-2:] == ["flow=main&was=completed"] * 2


async def test_what_became_of_a_talk_is_not_forgotten_by_who_comes_back_while_we_are_closed(tmp_path: Path) -> None:
    async with beside(tmp_path, LONG, Pbx()) as at:
        caller = await at.twilio.incoming(to=OURS)
        await caller.hears(PBX)
        await at.carrier.__aexit__(None, None, None)
        await hangs_up_there(at)
        await caller.until(lambda: any("was=completed" in each.url for each in caller.requests))
        await at.carrier.__aenter__()
        await caller.until_over()
        assert at.taker.offers == []


async def test_a_dead_asterisk_is_left_also_by_those_who_were_there_before_our_restart(tmp_path: Path) -> None:
    pbx = Pbx(down=True, served=[False])
    async with there_over_a_restart(tmp_path, pbx) as (at, caller):
        await at.carrier.look_up_silent()
        assert not caller.call.is_over
        assert at.taker.offers == []  # it may only be slow to be reached
        await at.carrier.look_up_silent()
        await at.over(caller)
        assert [offered.call_id for offered, _ in at.taker.offers] == [caller.sid]


async def test_the_end_of_a_call_there_that_nothing_tells_of_is_looked_up(tmp_path: Path) -> None:
    async with house(tmp_path, asterisk_sip="sip:{called}@pbx.example.com", unheard_limit_s=0.0) as at:
        at.carrier.elsewhere.asterisk = Pbx()
        at.twilio.phones[PBX] = LONG
        at.twilio.callbacks.lost("completed")
        caller = await at.twilio.incoming(to=OURS)
        await caller.hears(PBX)
        await at.carrier.look_up_silent()
        assert len(at.carrier.elsewhere) == 1
        caller.hangs_up()
        await caller.until_over()
        await at.carrier.look_up_silent()
        assert len(at.carrier.elsewhere) == 0
