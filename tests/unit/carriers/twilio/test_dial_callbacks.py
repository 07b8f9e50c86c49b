"""Callbacks of a call that we place come twice, late or never, and the story stays the same."""

from pathlib import Path

import pytest

from telephony.calls.commands import HangUp
from telephony.calls.events import LegAnswered
from tests.fakes.twilio import FarPhone
from tests.unit.carriers.twilio.dialling import DIAL, GEORGI, HELLO, TALKED, calling, ended, over


@pytest.mark.parametrize("how", ["twice", "late", "swapped"])
@pytest.mark.parametrize("event", ["initiated", "ringing", "answered"])
async def test_callbacks_in_any_order_tell_the_same_story(tmp_path: Path, how: str, event: str) -> None:
    async with calling(tmp_path) as at:
        at.taker.script = {1: (HELLO, HangUp())}
        at.twilio.callbacks.astray(how, event)
        await at.carrier.dial(DIAL)
        await over(at)
        assert [each for each in at.taker.legs() if each != "LegRinging"] == [
            each for each in TALKED if each != "LegRinging"
        ]


async def test_an_end_that_nothing_tells_of_is_looked_up(tmp_path: Path) -> None:
    async with calling(tmp_path, unheard_limit_s=0.0) as at:
        at.twilio.callbacks.lost("completed")
        at.twilio.phones[GEORGI] = FarPhone(busy=True)
        await at.carrier.dial(DIAL)
        called = await at.twilio.called(GEORGI)
        await called.until_over()
        await at.carrier.look_up_silent()
        assert at.taker.legs() == ["LegDialed", "LegEnded", "CallFinished"]
        assert ended(at).cause == 17


async def test_a_talk_of_which_only_the_end_is_told_was_answered_all_the_same(tmp_path: Path) -> None:
    async with calling(tmp_path) as at:
        for event in ("initiated", "ringing", "answered"):
            at.twilio.callbacks.lost(event)
        at.taker.script = {1: (HangUp(),)}
        await at.carrier.dial(DIAL)
        await over(at)
        assert at.taker.legs() == ["LegDialed", "LegAnswered", "LegEnded", "CallFinished"]
        assert sum(isinstance(event, LegAnswered) for event in at.taker.told) == 1
