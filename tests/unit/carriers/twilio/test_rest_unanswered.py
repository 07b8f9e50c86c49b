"""An answer that is none: what changes something is sent once, a question is asked again."""

from dataclasses import replace

import pytest

from telephony.carriers.twilio.http_client import LARGEST_ANSWER
from telephony.carriers.twilio.refusals import RefusedError
from telephony.errors import OutcomeUnknownError
from tests.unit.carriers.twilio.bad_provider import (
    CALL,
    RECORDING,
    Answer,
    call,
    cut_off,
    fault,
    hangs_up,
    late,
    says,
    sends,
    silence,
)
from tests.unit.carriers.twilio.rest_house import HASTY, HTML, PLACEMENT, QUICK, at

pytestmark = pytest.mark.usefixtures("no_proxy")

TOO_LATE = late(1.0, says(call(), 201))
GOOD_FOR_NOTHING = {
    "500": sends(HTML, 500),
    "503": sends(b"", 503),
    "HTML": sends(HTML),
    "cut off": cut_off(),
    "hangs up": hangs_up,
    "never": silence,
    "too late": TOO_LATE,
    "not JSON": sends(b"{oops", 201, "application/json"),
    "a list": says([1, 2]),
    "no SID": says({"status": "queued"}, 201),
    "too large": sends(b'{"a": "' + b"x" * LARGEST_ANSWER + b'"}'),
}


@pytest.mark.parametrize("answer", GOOD_FOR_NOTHING.values(), ids=GOOD_FOR_NOTHING.keys())
async def test_a_call_whose_placing_has_no_usable_answer_is_unknown_and_was_sent_once(answer: Answer) -> None:
    async with at(answer, pace=HASTY if answer in (silence, TOO_LATE) else QUICK) as (rest, provider):
        with pytest.raises(OutcomeUnknownError):
            await rest.place(PLACEMENT)
        assert [asked.method for asked in provider.asked] == ["POST"]


async def test_a_post_over_a_kept_connection_that_breaks_is_sent_once() -> None:
    async with at(says(call()), hangs_up) as (rest, provider):
        await rest.hang_up(CALL)
        with pytest.raises(OutcomeUnknownError):
            await rest.place(PLACEMENT)
        assert len(provider.asked) == 2


async def test_a_delete_over_a_kept_connection_that_breaks_is_sent_once() -> None:
    async with at(says(call()), hangs_up) as (rest, provider):
        await rest.hang_up(CALL)
        with pytest.raises(OutcomeUnknownError):
            await rest.delete_recording(RECORDING)
        assert len(provider.asked) == 2


@pytest.mark.parametrize("answer", [sends(HTML, 502), sends(HTML), cut_off(), hangs_up], ids=str)
async def test_a_question_is_asked_again_twice(answer: Answer) -> None:
    async with at(answer, answer, says(call())) as (rest, provider):
        assert (await rest.status_of(CALL)).sid == CALL
        assert len(provider.asked) == 3


async def test_a_question_nobody_answers_ends_within_its_limit() -> None:
    async with at(silence, pace=HASTY) as (rest, provider):
        with pytest.raises(OutcomeUnknownError, match="in time"):
            await rest.status_of(CALL)
        assert len(provider.asked) == 1


async def test_a_question_asked_too_often_waits_as_long_as_it_is_told() -> None:
    patient = replace(QUICK, retry_after_s=2.0)
    async with at(fault(429, 20429, headers={"Retry-After": "1"}), says(call()), pace=patient) as (rest, provider):
        assert (await rest.status_of(CALL)).sid == CALL
        assert len(provider.asked) == 2


async def test_nobody_waits_for_a_provider_who_wants_a_minute() -> None:
    async with at(fault(429, 20429, headers={"Retry-After": "60"})) as (rest, provider):
        with pytest.raises(RefusedError, match="less often"):
            await rest.status_of(CALL)
        assert len(provider.asked) == 1


async def test_an_answer_that_is_slow_but_in_time_is_an_answer() -> None:
    async with at(late(0.1, says(call(), 201))) as (rest, _):
        assert await rest.place(PLACEMENT) == CALL
