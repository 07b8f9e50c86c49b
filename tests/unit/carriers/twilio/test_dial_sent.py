"""A call is sent once, within what the account allows; what was not sent may be sent again."""

from dataclasses import replace
from pathlib import Path

import pytest

from telephony.calls.model import LegId
from telephony.carriers.twilio.placing import KIND
from telephony.errors import CarrierRefusedError, CarrierUnavailableError, OutcomeUnknownError
from telephony.ports import Dial
from tests.fakes.dues import FakeDues
from tests.fakes.twilio import FarPhone, Misbehaviour
from tests.unit.carriers.twilio.dialling import DIAL, GEORGI, HELLO, LEG, MENU, asked, calling, created, over


@pytest.mark.parametrize(
    "dial",
    [
        replace(DIAL, endpoint="tel:5"),
        replace(DIAL, endpoint="SIP/strangers"),
        replace(DIAL, caller_id="Ringside"),
        replace(DIAL, flow="in fo"),
        replace(DIAL, leg_id=LegId("a&b")),
        replace(DIAL, caller_id="+35929999999"),
    ],
)
async def test_what_cannot_be_dialled_is_refused_and_may_be_dialled_rightly(tmp_path: Path, dial: Dial) -> None:
    dues = FakeDues()
    async with calling(tmp_path, dues) as at:
        with pytest.raises(CarrierRefusedError):
            await at.carrier.dial(dial)
        assert (created(at), dues.ids(KIND)) == (0, [])
        assert not await at.carrier.was_placed(dial.leg_id)
        await at.carrier.dial(DIAL)
        assert created(at) == 1


async def test_nothing_was_sent_when_the_cloud_cannot_be_reached(tmp_path: Path) -> None:
    async with calling(tmp_path, api_base_url="http://127.0.0.1:9") as at:
        with pytest.raises(CarrierUnavailableError):
            await at.carrier.dial(DIAL)
        assert not await at.carrier.was_placed(LEG)
        with pytest.raises(CarrierUnavailableError):
            await at.carrier.dial(DIAL)


async def test_nothing_is_sent_that_could_not_be_remembered(tmp_path: Path) -> None:
    dues = FakeDues()
    async with calling(tmp_path, dues) as at:
        dues.away = True
        with pytest.raises(OutcomeUnknownError):
            await at.carrier.was_placed(LEG)
        with pytest.raises((CarrierUnavailableError, OutcomeUnknownError)):
            await at.carrier.dial(DIAL)
        dues.away = False
        assert asked(at) == 0
        assert not await at.carrier.was_placed(LEG)
        await at.carrier.dial(DIAL)


async def test_too_many_requests_is_a_refusal_and_nobody_was_called(tmp_path: Path) -> None:
    async with calling(tmp_path) as at:
        at.twilio.misbehaves(Misbehaviour.TOO_MANY, method="POST")
        with pytest.raises(CarrierRefusedError, match="too many requests"):
            await at.carrier.dial(DIAL)
        assert not await at.carrier.was_placed(LEG)
        await at.carrier.dial(DIAL)
        assert created(at) == 1


async def test_an_account_at_its_limit_is_asked_for_no_more(tmp_path: Path) -> None:
    async with calling(tmp_path, account_limit=1) as at:
        at.twilio.phones[GEORGI] = FarPhone(answers_after_s=None)
        await at.carrier.dial(DIAL)
        with pytest.raises(CarrierUnavailableError, match="account_limit"):
            await at.carrier.dial(replace(DIAL, leg_id=LegId("attempt-2")))
        assert asked(at) == 1


async def test_callers_who_are_here_count_against_the_accounts_limit(tmp_path: Path) -> None:
    async with calling(tmp_path, account_limit=1) as at:
        caller = await at.called({1: (HELLO, MENU)})
        await caller.is_asked()
        with pytest.raises(CarrierUnavailableError, match="account_limit"):
            await at.carrier.dial(DIAL)
        caller.hangs_up()
        await over(at)
        await at.carrier.dial(DIAL)


async def test_one_attempt_is_dialled_once(tmp_path: Path) -> None:
    async with calling(tmp_path) as at:
        await at.carrier.dial(DIAL)
        with pytest.raises(CarrierRefusedError, match="dialled already"):
            await at.carrier.dial(DIAL)
        assert asked(at) == 1
