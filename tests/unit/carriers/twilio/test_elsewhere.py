"""Callers of the cloud at Asterisk: taken there, served there to the end, or back in the cloud."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from telephony.calls.commands import Command, HangUp, Say
from telephony.calls.events import CallFinished
from telephony.calls.model import CallId
from tests.fakes.twilio import FarPhone
from tests.unit.carriers.asterisk.house import until
from tests.unit.carriers.twilio.house import prompts
from tests.unit.carriers.twilio.whole import OURS, House, house

PBX = "sip:+35924000000@pbx.example.com"
SERVED = FarPhone(rings_after_s=0.2, answers_after_s=0.5, talks_s=5)
HELLO: dict[int, tuple[Command, ...]] = {1: (Say(prompts=prompts("hello")), HangUp())}


@dataclass(slots=True)
class Pbx:
    """Asterisk, as the cloud's carrier knows it."""

    takes: bool = True
    lost: bool = False

    def takes_calls(self) -> bool:
        return self.takes

    def has_lost(self, call_id: CallId) -> bool:
        return self.lost


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


async def test_a_caller_who_hangs_up_there_is_gone(tmp_path: Path) -> None:
    async with beside(tmp_path, FarPhone(rings_after_s=0.2, answers_after_s=0.5, talks_s=None), Pbx()) as at:
        caller = await at.twilio.incoming(to=OURS)
        await caller.hears(PBX)
        caller.hangs_up()
        await until(lambda: "CallFinished" in at.taker.legs())
        assert at.taker.offers == []
        assert [type(each) for each in at.taker.told if isinstance(each, CallFinished)] == [CallFinished]
