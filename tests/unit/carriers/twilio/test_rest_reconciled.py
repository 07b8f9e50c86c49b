"""A call that was sent and not answered for is looked up in the provider's list."""

from datetime import timedelta

import pytest

from telephony.carriers.twilio.placed import CannotTell, NotPlaced, Placed
from telephony.errors import OutcomeUnknownError
from tests.unit.carriers.twilio.bad_provider import CALL, call, calls, cut_off, says, sends
from tests.unit.carriers.twilio.rest_house import HTML, NOW, PLACEMENT, StandingClock, at

pytestmark = pytest.mark.usefixtures("no_proxy")


async def test_a_call_that_was_placed_though_the_answer_was_lost_is_found() -> None:
    async with at(cut_off(), says(calls()), says(calls(call(status="ringing")))) as (rest, _):
        with pytest.raises(OutcomeUnknownError):
            await rest.place(PLACEMENT)
        assert await rest.reconcile(PLACEMENT, NOW, NOW) == Placed(sid=CALL)
        # The same call is not the answer to a second attempt
        assert isinstance(await rest.reconcile(PLACEMENT, NOW, NOW), CannotTell)


async def test_a_list_that_lags_is_read_until_it_shows_the_call() -> None:
    async with at(says(calls()), says(calls()), says(calls(call()))) as (rest, provider):
        assert await rest.reconcile(PLACEMENT, NOW, NOW) == Placed(sid=CALL)
        assert len(provider.asked) > 2


async def test_a_call_was_not_placed_only_after_the_list_cannot_lag_any_more() -> None:
    async with at(says(calls())) as (rest, provider):
        rest._clock = StandingClock(a_look=timedelta(seconds=0.015))
        assert await rest.reconcile(PLACEMENT, NOW, NOW) == NotPlaced()
        assert len(provider.asked) == 6


async def test_a_provider_that_cannot_be_asked_leaves_the_call_unknown(caplog: pytest.LogCaptureFixture) -> None:
    async with at(sends(HTML, 500)) as (rest, _):
        finding = await rest.reconcile(PLACEMENT, NOW, NOW)
    assert finding == CannotTell(why="the provider answered with status 500")
    assert "sent and not answered for" in caplog.text


async def test_another_attempts_call_is_not_ours() -> None:
    async with at(says(calls(call()))) as (rest, _):
        rest._clock = StandingClock(a_look=timedelta(seconds=1))
        assert await rest.reconcile(PLACEMENT, NOW, NOW, known=lambda: {CALL}) == NotPlaced()
