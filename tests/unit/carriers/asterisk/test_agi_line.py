"""What a caller's line does on FastAGI, against a client that answers as a real Asterisk 22 did."""

import asyncio
from pathlib import Path

import pytest

from telephony.calls.commands import Answer, Ask, HandOver, HangUp, Hold, Record, Ring, Say
from telephony.calls.events import (
    CommandFailed,
    HoldEnd,
    HoldEnded,
    Keys,
    LineLost,
    NoInput,
    Recorded,
    RingEnded,
    RingOutcome,
    Said,
)
from telephony.calls.model import LegId
from tests.unit.carriers.asterisk.agi_call import KEYS, LEG, called
from tests.unit.carriers.asterisk.house import batch, prompts
from tests.waiting import until

RING = Ring(agent="anna", endpoint="PJSIP/101", limit_s=20)  # type: ignore[arg-type]
ASK = Ask(prompts=prompts("menu"), first_digit_s=5, next_digit_s=3)


async def test_a_question_with_one_prompt_is_one_command() -> None:
    async with called() as call:
        call.line.perform(batch(Answer(), ASK, turn=7))
        await call.client.expects("ANSWER")
        await call.client.expects('GET DATA "/prompts/en-menu" 5000 1', "200 result=2")
        assert await call.taker.answered() == Keys(turn=7, digits="2")


async def test_the_call_is_answered_once() -> None:
    async with called() as call:
        call.line.perform(batch(Answer(), turn=1))
        call.line.perform(batch(Answer(), ASK, turn=2))
        await call.client.expects("ANSWER")
        await call.client.expects('GET DATA "/prompts/en-menu" 5000 1', "200 result=2")
        assert await call.taker.answered(2) == Keys(turn=2, digits="2")
        assert call.taker.answers[0][1] == Said(turn=1)


@pytest.mark.parametrize(
    ("reply", "event"),
    [("200 result= (timeout)", NoInput(turn=1)), ("200 result=", Keys(turn=1, digits="#"))],
)
async def test_a_hash_is_a_key_and_a_timeout_is_none(reply: str, event: object) -> None:
    async with called() as call:
        call.line.perform(batch(ASK))
        await call.client.expects('GET DATA "/prompts/en-menu" 5000 1', reply)
        assert await call.taker.answered() == event


async def test_a_key_interrupts_the_first_of_several_prompts() -> None:
    async with called() as call:
        call.line.perform(batch(Ask(prompts=prompts("a", "b"))))
        await call.client.expects(f'STREAM FILE "/prompts/en-a" {KEYS}', "200 result=52 endpos=800")
        assert await call.taker.answered() == Keys(turn=1, digits="4")


@pytest.mark.parametrize(
    ("keys", "digits"),
    [(["53", "35"], "15"), (["53", "54"], "156"), (["0"], "1"), (["35"], "1")],
    ids=["terminator", "all digits", "stopped between digits", "terminator at once"],
)
async def test_digits_end_by_number_terminator_or_pause(keys: list[str], digits: str) -> None:
    async with called() as call:
        ask = Ask(prompts=prompts("menu"), max_digits=3, terminator="#", first_digit_s=5, next_digit_s=3)
        call.line.perform(batch(ask))
        await call.client.expects('GET DATA "/prompts/en-menu" 5000 1', "200 result=1")
        for key in keys:
            await call.client.expects("WAIT FOR DIGIT 3000", f"200 result={key}")
        assert await call.taker.answered() == Keys(turn=1, digits=digits)


async def test_keys_pressed_while_something_is_said_answer_the_next_question() -> None:
    async with called() as call:
        call.line.perform(batch(Say(prompts=prompts("hours")), Ask(prompts=prompts("menu"), max_digits=2)))
        await call.client.expects(f'STREAM FILE "/prompts/en-hours" {KEYS}', "200 result=49 endpos=3200")
        await call.client.expects(f'STREAM FILE "/prompts/en-hours" {KEYS} 3200', "200 result=50 endpos=6400")
        await call.client.expects(f'STREAM FILE "/prompts/en-hours" {KEYS} 6400', "200 result=0 endpos=16000")
        assert await call.taker.answered() == Keys(turn=1, digits="12")


async def test_a_held_caller_hears_music_and_is_woken_at_once() -> None:
    async with called() as call:
        call.line.perform(batch(Hold(for_s=60)))
        await call.client.expects('SET MUSIC ON "default"')
        assert (await call.client.hears()).startswith("WAIT FOR DIGIT ")
        await call.carrier.wake(LEG)
        await call.client.expects("NOOP", "200 result=1\n200 result=0")
        assert await call.taker.answered() == HoldEnded(turn=1, reason=HoldEnd.WOKEN)
        call.line.perform(batch(Say(prompts=prompts("next")), turn=2))
        await call.client.expects("SET MUSIC OFF")
        await call.client.expects(f'STREAM FILE "/prompts/en-next" {KEYS}', "200 result=0 endpos=8000")
        assert await call.taker.answered(2) == Said(turn=2)


async def test_waking_interrupts_what_is_said_to_a_held_caller() -> None:
    async with called() as call:
        call.line.perform(batch(Hold(for_s=60, prompts=prompts("place"))))
        await call.client.expects(f'STREAM FILE "/prompts/en-place" {KEYS}', None)
        await call.carrier.wake(LEG)
        await call.client.expects("NOOP")  # STREAM FILE says nothing when another command ends it
        assert await call.taker.answered() == HoldEnded(turn=1, reason=HoldEnd.WOKEN)


async def test_a_wake_that_crosses_a_key_is_a_wake_and_leaves_no_reply_behind() -> None:
    async with called() as call:
        call.line.perform(batch(Hold(for_s=60, prompts=prompts("place"))))
        await call.client.expects(f'STREAM FILE "/prompts/en-place" {KEYS}', None)
        await call.carrier.wake(LEG)
        await call.client.expects("NOOP", "200 result=49 endpos=800\n200 result=0")
        assert await call.taker.answered() == HoldEnded(turn=1, reason=HoldEnd.WOKEN)
        call.line.perform(batch(ASK, turn=2))
        await call.client.expects('GET DATA "/prompts/en-menu" 5000 1', "200 result=2")
        assert await call.taker.answered(2) == Keys(turn=2, digits="2")


async def test_nothing_is_sent_between_the_two_replies_to_a_wake() -> None:
    # Asterisk would read the NOOP and the command after it at once, perform the first and sleep on the second
    async with called() as call:
        call.line.perform(batch(Hold(for_s=60)))
        call.line.perform(batch(ASK, turn=2))
        await call.client.expects('SET MUSIC ON "default"')
        await call.client.hears()
        await call.carrier.wake(LEG)
        await call.carrier.wake(LEG)
        await call.client.expects("NOOP", "200 result=1")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await call.client.hears()
        call.client.say("200 result=0")
        await call.client.expects("SET MUSIC OFF")


async def test_a_wake_before_the_hold_begins_is_not_lost() -> None:
    async with called() as call:
        call.line.perform(batch(Hold(for_s=60)))
        await call.carrier.wake(LEG)
        assert await call.taker.answered() == HoldEnded(turn=1, reason=HoldEnd.WOKEN)


async def test_waking_one_who_is_not_held_does_nothing() -> None:
    async with called() as call:
        call.line.perform(batch(ASK))
        await call.carrier.wake(LEG)
        await call.carrier.wake(LegId("nobody"))
        await call.client.expects('GET DATA "/prompts/en-menu" 5000 1', "200 result=2")
        assert await call.taker.answered() == Keys(turn=1, digits="2")
        call.line.perform(batch(Hold(for_s=0.001), turn=2))
        await call.client.expects('SET MUSIC ON "default"')


@pytest.mark.parametrize(
    ("reply", "reason", "key"), [("200 result=49", HoldEnd.KEY, "1"), ("200 result=0", HoldEnd.ELAPSED, "")]
)
async def test_a_hold_ends_by_a_key_or_by_time(reply: str, reason: HoldEnd, key: str) -> None:
    async with called() as call:
        call.line.perform(batch(Hold(for_s=60)))
        await call.client.expects('SET MUSIC ON "default"')
        await call.client.hears()
        call.client.say(reply)
        assert await call.taker.answered() == HoldEnded(turn=1, reason=reason, key=key)


@pytest.mark.parametrize(
    ("variables", "outcome"),
    [
        ("ANSWER|16", RingOutcome.ANSWERED),
        ("NOANSWER|0", RingOutcome.NO_ANSWER),
        ("BUSY|17", RingOutcome.BUSY),
        ("CHANUNAVAIL|21", RingOutcome.BUSY),
        ("CHANUNAVAIL|20", RingOutcome.UNAVAILABLE),
        ("CONGESTION|34", RingOutcome.UNAVAILABLE),
    ],
)
async def test_a_ring_tells_what_became_of_it(variables: str, outcome: RingOutcome) -> None:
    async with called() as call:
        call.line.perform(batch(RING))
        await call.client.expects('EXEC Dial "PJSIP/101,20,gm(default)"')
        await call.client.expects("GET FULL VARIABLE ${DIALSTATUS}|${HANGUPCAUSE}", f"200 result=1 ({variables})")
        assert await call.taker.answered() == RingEnded(turn=1, outcome=outcome)


async def test_a_dial_that_did_not_dial_is_a_failure() -> None:
    async with called() as call:
        call.line.perform(batch(RING))
        await call.client.expects('EXEC Dial "PJSIP/101,20,gm(default)"', "200 result=-2")
        await call.client.expects("CHANNEL STATUS", "200 result=6")
        await call.client.expects("GET FULL VARIABLE ${DIALSTATUS}|${HANGUPCAUSE}", "200 result=1 (|)")
        assert isinstance(await call.taker.answered(), CommandFailed)


@pytest.mark.parametrize("endpoint", ["PJSIP/101,60,U(evil)", "101", "", 'PJSIP/1"', "PJSIP/${X}"])
async def test_an_endpoint_that_could_mean_more_than_an_address_is_not_rung(endpoint: str) -> None:
    async with called() as call:
        call.line.perform(batch(Ring(agent="x", endpoint=endpoint)))  # type: ignore[arg-type]
        assert isinstance(await call.taker.answered(), CommandFailed)


async def test_only_a_talk_leaves_a_recording(tmp_path: Path) -> None:
    folder = tmp_path / "calls" / "2026" / "03" / "02"
    folder.mkdir(parents=True)
    async with called(recordings_seen_at=str(tmp_path)) as call:
        for turn, (status, kept) in enumerate([("NOANSWER|0", False), ("ANSWER|16", True)], start=1):
            (folder / "talk.wav").write_bytes(b"\0" * 44)  # what MixMonitor leaves
            ring = Ring(agent="x", endpoint="PJSIP/101", music=None, record_as="talk")  # type: ignore[arg-type]
            call.line.perform(batch(ring, turn=turn))
            await call.client.expects('EXEC MixMonitor "/rec/calls/2026/03/02/talk.wav,b"')
            await call.client.expects('EXEC Dial "PJSIP/101,20,gr"')
            await call.client.expects("GET FULL VARIABLE ${DIALSTATUS}|${HANGUPCAUSE}", f"200 result=1 ({status})")
            await call.client.expects('EXEC StopMixMonitor ""')
            await call.taker.answered(turn)
            assert (folder / "talk.wav").exists() == kept


async def test_a_message_ended_by_hanging_up_is_kept_and_told_before_the_line_is_lost(tmp_path: Path) -> None:
    folder = tmp_path / "calls" / "2026" / "03" / "02"
    folder.mkdir(parents=True)
    (folder / "message.wav").write_bytes(b"\0" * (44 + 32_000))
    async with called(recordings_seen_at=str(tmp_path)) as call:
        call.line.perform(batch(Record(name="message", max_s=60, silence_s=4), turn=3))
        await call.client.expects('EXEC Record "/rec/calls/2026/03/02/message.wav,4,60,k"', "200 result=-1\nHANGUP")
        await call.taker.until(lambda: len(call.taker.answers) == 2)
        assert call.taker.answers[0][1] == Recorded(turn=3, name="message", seconds=2.0)
        assert isinstance(call.taker.answers[1][1], LineLost)


async def test_a_recording_that_cannot_be_made_is_a_failure() -> None:
    async with called() as call:
        call.line.perform(batch(Record(name="message")))
        await call.client.expects('EXEC Record "/rec/calls/2026/03/02/message.wav,5,120,k"', "200 result=-1")
        await call.client.expects("CHANNEL STATUS", "200 result=6")
        assert isinstance(await call.taker.answered(), CommandFailed)


async def test_a_recording_name_cannot_leave_its_folder() -> None:
    async with called() as call:
        call.line.perform(batch(Record(name="../../etc/x")))
        assert isinstance(await call.taker.answered(), CommandFailed)


async def test_hanging_up_ends_the_line_and_closes_it() -> None:
    async with called() as call:
        call.line.perform(batch(Say(prompts=prompts("bye")), HangUp()))
        await call.client.expects('STREAM FILE "/prompts/en-bye" ""', "200 result=0 endpos=8000")
        await call.client.expects("HANGUP", "200 result=1")
        assert isinstance(await call.taker.answered(), LineLost)
        assert await call.client.hears() == ""


async def test_handing_over_leaves_the_caller_to_the_dialplan() -> None:
    async with called() as call:
        call.line.perform(batch(HandOver()))
        await call.client.expects("SET VARIABLE RINGSIDE_HANDOVER 1", "200 result=1")
        assert isinstance(await call.taker.answered(), LineLost)
        assert await call.client.hears() == ""


@pytest.mark.parametrize("ending", ["HANGUP", "break off", "511 Command Not Permitted on a dead channel"])
async def test_a_line_is_lost_exactly_once_however_it_ends(ending: str) -> None:
    async with called() as call:
        call.line.perform(batch(ASK))
        await call.client.expects('GET DATA "/prompts/en-menu" 5000 1', None)
        if ending == "break off":
            call.client.break_off()
        elif ending == "HANGUP":
            call.client.say("200 result=-1\nHANGUP")
        else:
            call.client.say("200 result=-1")
            await call.client.expects("CHANNEL STATUS", ending)
        assert isinstance(await call.taker.answered(), LineLost)
        call.line.perform(batch(ASK, turn=2))  # after the line is lost nothing happens
        await until(lambda: call.carrier.health.live_lines == 0)
        assert len(call.taker.answers) == 1


async def test_a_caller_who_hangs_up_between_batches_is_noticed() -> None:
    async with called() as call:
        call.client.say("HANGUP")
        assert isinstance(await call.taker.answered(), LineLost)


@pytest.mark.parametrize(
    "reply",
    [
        "510 Invalid or unknown command",
        "520-Invalid command syntax.  Proper usage follows:\nUsage\n520 End of proper usage.",
    ],
)
async def test_a_command_that_asterisk_does_not_know_fails_and_keeps_the_line(reply: str) -> None:
    async with called() as call:
        call.line.perform(batch(Answer(), turn=1))
        await call.client.expects("ANSWER", reply)
        assert isinstance(await call.taker.answered(), CommandFailed)
        call.line.perform(batch(ASK, turn=2))
        await call.client.expects('GET DATA "/prompts/en-menu" 5000 1', "200 result=2")
        assert await call.taker.answered(2) == Keys(turn=2, digits="2")


async def test_rubbish_between_replies_is_passed_over() -> None:
    async with called() as call:
        call.line.perform(batch(ASK))
        await call.client.expects('GET DATA "/prompts/en-menu" 5000 1', "what?\n\n200 result=2")
        assert await call.taker.answered() == Keys(turn=1, digits="2")


async def test_a_reply_that_never_comes_ends_the_line() -> None:
    async with called(agi_answer_limit_s=0.05) as call:
        call.line.perform(batch(Answer()))
        await call.client.expects("ANSWER", None)
        assert isinstance(await call.taker.answered(), LineLost)


async def test_the_channel_speaks_the_language_of_the_batch() -> None:
    async with called() as call:
        call.line.perform(batch(Answer(), language="bg"))
        await call.client.expects('SET VARIABLE CHANNEL(language) "bg"', "200 result=1")
        await call.client.expects("ANSWER")
        assert await call.taker.answered() == Said(turn=1)


async def test_a_value_cannot_break_out_of_its_command() -> None:
    async with called() as call:
        call.line.perform(batch(Answer(), language='x"\nHANGUP\\'))
        await call.client.expects('SET VARIABLE CHANNEL(language) "x\\" HANGUP\\\\"', "200 result=1")
        await call.client.expects("ANSWER")
        assert await call.taker.answered() == Said(turn=1)
