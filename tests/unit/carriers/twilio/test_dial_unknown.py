"""A call whose answer was lost is found, or known not to be there, and never placed twice."""

from dataclasses import replace
from pathlib import Path

import pytest

from telephony.calls.commands import HangUp
from telephony.calls.model import LegId
from telephony.carriers.twilio.http_session import Pace
from telephony.errors import CarrierRefusedError, OutcomeUnknownError
from tests.fakes.twilio import FarPhone, Misbehaviour
from tests.unit.carriers.twilio.dialling import DIAL, GEORGI, HASTY, LEG, PATIENT, TALKED, asked, calling, created, over
from tests.waiting import until

DONE = (Misbehaviour.DONE_BUT_LOST, Misbehaviour.DONE_BUT_SILENT, Misbehaviour.CUT_OFF)
NOT_DONE = (
    Misbehaviour.SERVER_ERROR,
    Misbehaviour.UNAVAILABLE,
    Misbehaviour.HTML,
    Misbehaviour.HTML_200,
    Misbehaviour.NEVER,
    Misbehaviour.REFUSED,
)


def pace_for(how: Misbehaviour) -> Pace:
    return HASTY if how in (Misbehaviour.NEVER, Misbehaviour.DONE_BUT_SILENT) else PATIENT


@pytest.mark.parametrize("how", DONE)
async def test_a_call_whose_answer_was_lost_tells_of_itself(tmp_path: Path, how: Misbehaviour) -> None:
    async with calling(tmp_path, pace=pace_for(how)) as at:
        at.taker.script = {1: (HangUp(),)}
        at.twilio.misbehaves(how, method="POST")
        try:
            await at.carrier.dial(DIAL)
        except OutcomeUnknownError:
            await until(lambda: "LegDialed" in at.taker.legs())
        assert await at.carrier.was_placed(LEG)
        with pytest.raises(CarrierRefusedError):
            await at.carrier.dial(DIAL)
        await over(at)
        assert at.taker.legs() == TALKED
        assert (created(at), asked(at)) == (1, 1)


@pytest.mark.parametrize("how", DONE)
async def test_a_call_that_does_not_tell_of_itself_is_found_in_the_list(tmp_path: Path, how: Misbehaviour) -> None:
    async with calling(tmp_path, pace=pace_for(how)) as at:
        at.twilio.callbacks.lost("*")
        at.twilio.phones[GEORGI] = FarPhone(answers_after_s=None)
        at.twilio.misbehaves(how, method="POST")
        with pytest.raises(OutcomeUnknownError):
            await at.carrier.dial(replace(DIAL, limit_s=600))
        assert at.taker.legs() == []
        assert await at.carrier.was_placed(LEG)
        assert at.taker.legs() == ["LegDialed"]
        await at.carrier.hang_up(LEG)
        assert (created(at), asked(at)) == (1, 1)


async def test_a_list_that_lags_is_looked_at_again(tmp_path: Path) -> None:
    async with calling(tmp_path, pace=replace(HASTY, list_lag_s=5.0)) as at:
        at.twilio.pace.listed_after_s = 0.4 / at.twilio.pace.scale
        at.twilio.callbacks.lost("*")
        at.twilio.phones[GEORGI] = FarPhone(answers_after_s=None)
        at.twilio.misbehaves(Misbehaviour.DONE_BUT_SILENT, method="POST")
        with pytest.raises(OutcomeUnknownError):
            await at.carrier.dial(replace(DIAL, limit_s=600))
        assert await at.carrier.was_placed(LEG)
        assert created(at) == 1


@pytest.mark.parametrize("how", NOT_DONE)
async def test_a_call_that_was_never_placed_is_told_so_and_may_be_dialled_anew(
    tmp_path: Path, how: Misbehaviour
) -> None:
    async with calling(tmp_path, pace=pace_for(how)) as at:
        at.twilio.misbehaves(how, method="POST")
        with pytest.raises(OutcomeUnknownError):
            await at.carrier.dial(DIAL)
        with pytest.raises(CarrierRefusedError, match="dialled already"):
            await at.carrier.dial(DIAL)
        assert not await at.carrier.was_placed(LEG)
        assert (created(at), asked(at)) == (0, 1)
        await at.carrier.dial(DIAL)
        assert created(at) == 1


async def test_as_long_as_the_list_cannot_be_had_it_is_not_guessed(tmp_path: Path) -> None:
    async with calling(tmp_path, pace=HASTY) as at:
        at.twilio.misbehaves(Misbehaviour.NEVER, method="POST")
        at.twilio.misbehaves(Misbehaviour.HTML, method="GET", times=None)
        with pytest.raises(OutcomeUnknownError):
            await at.carrier.dial(DIAL)
        for _ in range(2):
            with pytest.raises(OutcomeUnknownError):
                await at.carrier.was_placed(LEG)
        at.twilio.behaves()
        assert not await at.carrier.was_placed(LEG)
        assert (created(at), asked(at)) == (0, 1)


async def test_of_two_attempts_to_one_number_the_list_does_not_tell_which_it_shows(tmp_path: Path) -> None:
    other = replace(DIAL, leg_id=LegId("attempt-2"))
    async with calling(tmp_path) as at:
        at.twilio.callbacks.lost("*")
        at.twilio.phones[GEORGI] = FarPhone(answers_after_s=None)
        at.twilio.misbehaves(Misbehaviour.DONE_BUT_LOST, method="POST")
        at.twilio.misbehaves(Misbehaviour.REFUSED, method="POST")
        for dial in (DIAL, other):
            with pytest.raises(OutcomeUnknownError):
                await at.carrier.dial(replace(dial, limit_s=600))
        for dial in (DIAL, other):
            with pytest.raises(OutcomeUnknownError, match="same number"):
                await at.carrier.was_placed(dial.leg_id)


async def test_the_call_of_an_earlier_attempt_is_not_taken_for_this_one(tmp_path: Path) -> None:
    async with calling(tmp_path) as at:
        await at.carrier.dial(DIAL)
        at.twilio.misbehaves(Misbehaviour.REFUSED, method="POST")
        later = replace(DIAL, leg_id=LegId("attempt-2"))
        with pytest.raises(OutcomeUnknownError):
            await at.carrier.dial(later)
        assert not await at.carrier.was_placed(later.leg_id)
        assert await at.carrier.was_placed(LEG)
