"""The carrier alone on the real Asterisk: placing, finding, moving, handing over and ending calls."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from telephony.calls.commands import Answer, Batch, HandOver, Hold
from telephony.calls.events import CarrierUp, HoldEnded, LegAnswered, LegEnded, LegRinging, LineLost
from telephony.calls.model import Direction, LegId
from telephony.carriers.asterisk.carrier import AsteriskCarrier
from telephony.carriers.asterisk.settings import AsteriskSettings
from telephony.errors import CarrierRefusedError
from telephony.ports import Dial, DialOutcome
from tests.integration.asterisk import AsteriskInstance
from tests.integration.sipp import HangUp, Phone, Sipp, UntilBye, Wait
from tests.unit.carriers.asterisk.house import FixedClock, RenderedPrompts, WritingTaker

pytestmark = pytest.mark.integration


@pytest.fixture
def taker() -> WritingTaker:
    return WritingTaker()


@pytest.fixture
async def carrier(asterisk: AsteriskInstance, taker: WritingTaker) -> AsyncIterator[AsteriskCarrier]:
    settings = AsteriskSettings(
        port=asterisk.ports.ami,
        secret=asterisk.ami_secret,
        agi_port=asterisk.ports.agi,
        recordings_dir=str(asterisk.recordings),
    )
    async with AsteriskCarrier(settings, taker, RenderedPrompts(), FixedClock()) as made:
        await taker.until(lambda: any(isinstance(event, CarrierUp) for event in taker.told))
        yield made


def dial(endpoint: str) -> Dial:
    return Dial(leg_id=LegId(f"rs-{uuid.uuid4().hex}"), endpoint=endpoint, caller_id="1000", flow="info", limit_s=20)


async def test_a_call_of_ours_is_found_by_our_id_and_not_placed_twice(
    carrier: AsteriskCarrier, taker: WritingTaker, sipp: Sipp
) -> None:
    wanted = dial("PJSIP/111")
    async with sipp.phone("111", Phone(ring_s=4)):
        assert await carrier.dial(wanted) is DialOutcome.PLACED
        await taker.until(lambda: [each for each in taker.told if isinstance(each, LegRinging)])
        assert await carrier.was_placed(wanted.leg_id)
        await carrier.dial(wanted)  # Asterisk takes it and then finds that the id lives: nobody is rung again
        line = await taker.line()
        offered, _ = taker.offers[0]
        assert (offered.flow, offered.leg_id) == ("info", wanted.leg_id)
        assert (offered.direction, offered.theirs, offered.ours) == (Direction.OUTBOUND, "111", "1000")
        assert offered.answered_by is None
        line.perform(Batch(turn=1, language="en", commands=(Answer(), Hold(for_s=0.2))))
        assert isinstance(await taker.answered(), HoldEnded)
        assert len({each.leg_id for each in taker.told if isinstance(each, LegRinging)}) == 1
        await carrier.hang_up(wanted.leg_id)
        await taker.until(lambda: [each for each in taker.told if isinstance(each, LegEnded)])
    assert not await carrier.was_placed(wanted.leg_id)
    with pytest.raises(CarrierRefusedError):
        await carrier.hang_up(wanted.leg_id)


async def test_it_is_told_that_somebody_or_something_answered(
    carrier: AsteriskCarrier, taker: WritingTaker, sipp: Sipp
) -> None:
    wanted = replace(dial("PJSIP/111"), detect_machine=True)
    async with sipp.phone("111", Phone(ring_s=0.2)):
        await carrier.dial(wanted)
        await taker.line()
        assert taker.offers[0][0].answered_by is not None  # a phone that says nothing is no person
        await carrier.hang_up(wanted.leg_id)
        await taker.until(lambda: [each for each in taker.told if isinstance(each, LegEnded)])


async def test_a_leg_is_moved_to_another_place_of_the_dialplan(
    carrier: AsteriskCarrier, taker: WritingTaker, sipp: Sipp, asterisk: AsteriskInstance
) -> None:
    caller = await sipp.call(Wait(8), HangUp())
    (await taker.line()).perform(Batch(turn=1, language="en", commands=(Answer(), Hold(for_s=20))))
    offered, _ = taker.offers[0]
    await until_in(asterisk, "AGI")
    await carrier.redirect(offered.leg_id, context="ringside-phones", exten="600")
    await taker.until(lambda: [each for _, each in taker.answers if isinstance(each, LineLost)])
    await until_in(asterisk, "Echo")
    await caller.ended()


async def test_a_call_that_is_handed_over_goes_on_in_the_fallback(
    carrier: AsteriskCarrier, taker: WritingTaker, sipp: Sipp
) -> None:
    assert carrier.health.connected
    async with sipp.phone("112", Phone(ring_s=0.2, hang_up_after_s=0.5)) as phone:
        caller = await sipp.call(UntilBye(30))
        (await taker.line()).perform(Batch(turn=1, language="en", commands=(HandOver(),)))
        await phone.ended(30)
        await caller.ended(30)
    assert [each.endpoint for each in taker.told if isinstance(each, LegAnswered)] == ["PJSIP/112"]
    assert sum(isinstance(each, LineLost) for _, each in taker.answers) == 1


async def until_in(asterisk: AsteriskInstance, application: str) -> None:
    async with asyncio.timeout(10):
        while f"!{application}!" not in await asyncio.to_thread(asterisk.rx, "core show channels concise"):
            await asyncio.sleep(0.1)
