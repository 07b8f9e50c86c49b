"""The dialplan takes callers back from a server that says nothing, and AGI ends with the caller's line."""

from telephony.calls.commands import Answer, Record
from telephony.calls.events import LineLost, Recorded, Said
from tests.unit.carriers.asterisk.agi_call import called
from tests.unit.carriers.asterisk.house import batch


async def test_the_dialplan_that_would_take_the_caller_back_is_told_first_that_we_are_here() -> None:
    async with called(patience="5") as call:
        call.line.perform(batch(Answer(), turn=1))
        await call.client.expects("SET AUTOHANGUP 0")
        await call.client.expects("ANSWER")
        assert await call.taker.answered() == Said(turn=1)


async def test_who_is_taken_back_before_we_are_heard_has_left_the_line() -> None:
    async with called(patience="5") as call:
        await call.client.expects("SET AUTOHANGUP 0", None)
        call.client.break_off()
        assert isinstance(await call.taker.answered(), LineLost)


async def test_a_message_is_kept_of_a_caller_whose_line_ends_at_once_with_it() -> None:
    async with called() as call:
        call.line.perform(batch(Record(name="message"), turn=3))
        await call.client.expects('EXEC Record "/rec/calls/2026/03/02/message.wav,5,120,k"', "200 result=-1")
        await call.client.expects("CHANNEL STATUS", None)
        call.client.break_off()
        await call.taker.answered(2)
        assert [type(event) for _, event in call.taker.answers] == [Recorded, LineLost]
