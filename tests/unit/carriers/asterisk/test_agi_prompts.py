"""A prompt that is missing: nothing is said by halves, and nobody is left in silence."""

import pytest

from telephony.calls.commands import Answer, Ask, HandOver, HangUp, Say
from telephony.calls.events import CommandFailed, LineLost
from tests.unit.carriers.asterisk.agi_call import KEYS, called
from tests.unit.carriers.asterisk.house import batch, prompts
from tests.waiting import until


async def test_nothing_is_said_by_halves_when_a_prompt_is_not_rendered() -> None:
    async with called() as call:
        call.line.perform(batch(Answer(), Ask(prompts=prompts("hours", "missing-2")), turn=1))
        failed = await call.taker.answered(1)
        assert isinstance(failed, CommandFailed)
        assert failed.speechless
        assert "missing-2 (en)" in failed.reason
        assert "hours" not in failed.reason


async def test_who_is_hung_up_on_hears_what_there_is() -> None:
    async with called() as call:
        call.line.perform(batch(Say(prompts=prompts("missing-1", "hours")), HangUp(), turn=1))
        await call.client.expects('STREAM FILE "/prompts/en-hours" ""', "200 result=0 endpos=16000")
        await call.client.expects("HANGUP", "200 result=1")


async def test_who_is_hung_up_on_does_not_wait_in_silence_for_a_goodbye_that_is_missing() -> None:
    async with called() as call:
        call.line.perform(batch(Say(prompts=prompts("missing-1")), HangUp(), turn=1))
        await call.client.expects("HANGUP", "200 result=1")


async def test_who_is_hung_up_on_does_not_wait_for_a_goodbye_that_asterisk_cannot_find() -> None:
    async with called() as call:
        call.line.perform(batch(Say(prompts=prompts("x")), HangUp(), turn=1))
        await call.client.expects('STREAM FILE "/prompts/en-x" ""', "200 result=-1 endpos=0")
        await call.client.expects("CHANNEL STATUS", "200 result=6")
        await call.client.expects("HANGUP", "200 result=1")


@pytest.mark.parametrize("command", [Say(prompts=prompts("x", "y", "z")), Ask(prompts=prompts("x", "y", "z"))])
async def test_what_follows_a_prompt_that_asterisk_cannot_find_is_not_said(command: Say | Ask) -> None:
    async with called() as call:
        call.line.perform(batch(command))
        await call.client.expects(f'STREAM FILE "/prompts/en-x" {KEYS}', "200 result=0 endpos=16000")
        await call.client.expects(f'STREAM FILE "/prompts/en-y" {KEYS}', "200 result=-1 endpos=0")
        await call.client.expects("CHANNEL STATUS", "200 result=6")
        failed = await call.taker.answered()
        assert isinstance(failed, CommandFailed)
        assert failed.speechless


@pytest.mark.parametrize("command", [Say(prompts=prompts("x")), Ask(prompts=prompts("x"))])
async def test_a_prompt_that_asterisk_cannot_find_fails_instead_of_silence(command: Say | Ask) -> None:
    async with called() as call:
        call.line.perform(batch(command))
        await call.client.hears()
        call.client.say("200 result=-1 endpos=0")
        await call.client.expects("CHANNEL STATUS", "200 result=6")
        assert isinstance(await call.taker.answered(), CommandFailed)


@pytest.mark.parametrize("last", [HangUp(), HandOver()])
async def test_a_call_that_asterisk_does_not_let_go_is_left_to_its_dialplan(last: HangUp | HandOver) -> None:
    async with called() as call:
        call.line.perform(batch(last))
        await call.client.hears()
        call.client.say("510 Invalid or unknown command")
        await until(lambda: call.carrier.health.live_lines == 0)
        assert isinstance(call.taker.answers[-1][1], LineLost)
