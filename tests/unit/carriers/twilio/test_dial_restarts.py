"""What we dialled is remembered over restarts, and forgotten when it is old or must be."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from telephony.calls.commands import HangUp
from telephony.calls.model import Direction, LegId
from telephony.carriers.twilio.placing import KIND
from telephony.errors import CarrierRefusedError, OutcomeUnknownError
from telephony.ports import Due
from tests.fakes.dues import FakeDues
from tests.fakes.twilio import FarPhone, Misbehaviour
from tests.unit.carriers.twilio.dialling import DIAL, GEORGI, HASTY, HELLO, LEG, MENU, WallClock, calling, created
from tests.unit.carriers.twilio.whole import OURS
from tests.waiting import until


async def test_after_a_restart_it_is_known_what_was_placed_and_what_became_of_the_unknown(tmp_path: Path) -> None:
    dues, other = FakeDues(), replace(DIAL, leg_id=LegId("attempt-2"), endpoint="tel:+359888100201")
    never = replace(DIAL, leg_id=LegId("attempt-3"), endpoint="tel:+359888100202")
    async with calling(tmp_path, dues) as at:
        at.twilio.callbacks.lost("*")
        for number in (GEORGI, "+359888100201"):
            at.twilio.phones[number] = FarPhone(answers_after_s=None)
        await at.carrier.dial(replace(DIAL, limit_s=600))
        at.twilio.misbehaves(Misbehaviour.DONE_BUT_LOST, method="POST")
        with pytest.raises(OutcomeUnknownError):
            await at.carrier.dial(replace(other, limit_s=600))
        at.twilio.misbehaves(Misbehaviour.REFUSED, method="POST")
        with pytest.raises(OutcomeUnknownError):
            await at.carrier.dial(never)
        await until(lambda: sorted(dues.ids(KIND)) == ["attempt-1", "attempt-2", "attempt-3"])
        anew = await at.restarted()
        assert await anew.was_placed(LEG)
        assert await anew.was_placed(other.leg_id)
        with pytest.raises(CarrierRefusedError):
            await anew.dial(DIAL)
        assert not await anew.was_placed(LegId("attempt-9"))
        assert created(at) == 2


async def test_attempts_from_long_ago_are_forgotten_when_we_start(tmp_path: Path) -> None:
    dues, now = FakeDues(), WallClock().now()
    detail = json.dumps({"endpoint": DIAL.endpoint, "to": GEORGI, "from": OURS, "sid": ""})
    for days in (1, 6, 8, 30):
        await dues.keep(Due(kind=KIND, id=f"{days}-days", detail=detail, since=now - timedelta(days=days)))
    async with calling(tmp_path, dues):
        await until(lambda: dues.ids(KIND) == ["1-days", "6-days"])


async def test_after_a_restart_who_was_called_goes_on_in_their_own_flow(tmp_path: Path) -> None:
    async with calling(tmp_path) as at:
        at.taker.script = {1: (HELLO, MENU)}
        await at.carrier.dial(DIAL)
        called = await at.twilio.called(GEORGI)
        await called.is_asked()
        at.taker.script = {1: (HangUp(),)}
        await at.restarted()
        await called.presses("5")
        await asyncio.wait_for(called.over.wait(), 5)
        offered = at.taker.offers[1][0]
        assert (offered.flow, offered.leg_id, offered.direction) == ("info", LEG, Direction.OUTBOUND)
        assert offered.theirs == GEORGI


async def test_of_a_customer_who_is_forgotten_it_is_not_told_whether_they_were_called(tmp_path: Path) -> None:
    dues = FakeDues()
    async with calling(tmp_path, dues, pace=HASTY) as at:
        at.twilio.misbehaves(Misbehaviour.NEVER, method="POST", path="/Calls.json")
        with pytest.raises(OutcomeUnknownError):
            await at.carrier.dial(DIAL)
        carrier = await at.restarted()
        dues.erase(KIND, LEG)
        with pytest.raises(OutcomeUnknownError, match="forgotten"):
            await carrier.was_placed(LEG)
        with pytest.raises(OutcomeUnknownError, match="forgotten"):
            await carrier.dial(DIAL)
