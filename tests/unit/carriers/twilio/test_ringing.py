"""A ring by a call of its own: its news may come late, twice and in any order, and nobody is left behind by that."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from telephony.calls.commands import Hold, Ring
from telephony.calls.events import LegAnswered, LegEnded, RingEnded, RingOutcome
from telephony.calls.model import AgentId, LegId
from telephony.carriers.twilio.rest import Placement
from telephony.errors import CarrierError, CarrierRefusedError, CarrierUnavailableError, OutcomeUnknownError
from telephony.ports import Dial
from tests.unit.carriers.twilio.cloud import Cloud, cloud
from tests.unit.carriers.twilio.house import CALL, LEG, PUBLIC
from tests.waiting import until

CLIENT, MOBILE = "client:maria", "tel:+359888300400"
OTHER = "CA" + "3" * 32
QUEUE = "QU" + "4" * 32
LEAVE, HANG_UP = "<Response><Leave /></Response>", "<Response><Hangup /></Response>"
RUNG = f"{PUBLIC}/twilio/voice/next?turn=1&why=rung"

Story = Callable[[Cloud], Awaitable[None]]


def ring(endpoint: str = CLIENT, limit_s: int = 20) -> Ring:
    return Ring(agent=AgentId("maria"), endpoint=endpoint, limit_s=limit_s)


async def rings(twilio: Cloud, endpoint: str = CLIENT, limit_s: int = 20) -> str:
    """Let a caller come for whom a phone is rung; returns what they hear in the queue."""
    twilio.taker.script = {1: (ring(endpoint, limit_s),), 2: (Hold(for_s=20),)}
    document = await twilio.sends("voice")
    twilio.ring_id = document.partition(f"ringside-{CALL}-")[2].partition("<")[0]
    assert f">ringside-{CALL}-{twilio.ring_id}</Enqueue>" in document
    return await waits(twilio)


async def waits(twilio: Cloud) -> str:
    return await twilio.sends("voice/wait?turn=1", QueueSid=QUEUE, QueuePosition="1")


async def news(twilio: Cloud, status: str, sid: str = LEG, endpoint: str = CLIENT, seconds: str = "") -> None:
    """Send a status callback of the call that rings the phone."""
    asked = "&asked=1" if endpoint == MOBILE else ""
    told = endpoint.replace("+", "%2B")
    path = f"leg?call={CALL}&ring={twilio.ring_id}&endpoint={told}{asked}&own=1"
    await twilio.sends(path, CallSid=sid, CallStatus=status, Direction="outbound-api", CallDuration=seconds)


async def answers(twilio: Cloud, sid: str = LEG, key: str = "") -> str:
    path = f"agent?call={CALL}&ring={twilio.ring_id}{'&pressed=1' if key else ''}"
    return await twilio.sends(path, CallSid=sid, Direction="outbound-api", Digits=key)


async def leaves(twilio: Cloud, result: str) -> str:
    return await twilio.sends("voice/next?turn=1", QueueResult=result, QueueSid=QUEUE, QueueTime="4")


def asked(twilio: Cloud, what: str) -> list[tuple[str, ...]]:
    return [each for each in twilio.calls.asked if each[0] == what]


def outcomes(twilio: Cloud) -> list[RingOutcome]:
    return [each.outcome for each in twilio.taker.answers if isinstance(each, RingEnded)]


async def test_a_phone_is_called_once_the_caller_is_in_the_queue_and_only_once(tmp_path: Path) -> None:
    async with cloud(tmp_path) as twilio:
        twilio.taker.script = {1: (ring(),)}
        document = await twilio.sends("voice")
        assert asked(twilio, "place") == []
        assert f">ringside-{CALL}-1-" in document
        for _ in range(3):
            assert "music/default.wav?from_s=0&amp;for_s=20" in await waits(twilio)
        assert asked(twilio, "place") == [("place", "client:maria")]
        assert twilio.taker.legs() == ["LegDialed"]


async def test_an_agent_who_answers_is_joined_and_the_talk_ends_with_the_queue(tmp_path: Path) -> None:
    async with cloud(tmp_path) as twilio:
        await rings(twilio)
        for status in ("initiated", "ringing", "in-progress"):
            await news(twilio, status)
        joined = await answers(twilio)
        assert f"<Queue>ringside-{CALL}-{twilio.ring_id}</Queue>" in joined
        assert joined == await answers(twilio)
        await news(twilio, "completed", seconds="9")
        await leaves(twilio, "bridged")
        await leaves(twilio, "bridged")
        assert outcomes(twilio) == [RingOutcome.ANSWERED]
        assert twilio.taker.legs() == ["LegDialed", "LegRinging", "LegAnswered", "LegEnded"]
        assert asked(twilio, "redirect") == asked(twilio, "hang_up") == []


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("busy", RingOutcome.BUSY),
        ("canceled", RingOutcome.BUSY),
        ("no-answer", RingOutcome.NO_ANSWER),
        ("failed", RingOutcome.UNAVAILABLE),
        ("completed", RingOutcome.NO_ANSWER),
    ],
)
async def test_a_caller_whose_agent_does_not_come_is_sent_on_once(
    tmp_path: Path, status: str, outcome: RingOutcome
) -> None:
    async with cloud(tmp_path) as twilio:
        await rings(twilio)
        await news(twilio, "ringing")
        await news(twilio, status)
        await news(twilio, status)
        await until(lambda: asked(twilio, "redirect"))
        assert "why=wait" in await leaves(twilio, "redirected")  # the cloud tells of the redirect first
        assert outcomes(twilio) == []
        assert "music" in await twilio.sends("voice/next?turn=1&why=rung")
        assert outcomes(twilio) == [outcome]
        assert asked(twilio, "redirect") == [("redirect", CALL, RUNG)]
        await twilio.sends("voice/next?turn=1&why=rung")
        assert len(outcomes(twilio)) == 1


@pytest.mark.parametrize("error", [CarrierUnavailableError, CarrierRefusedError])
async def test_what_is_not_called_is_rung_by_the_callers_document(tmp_path: Path, error: type[CarrierError]) -> None:
    async with cloud(tmp_path) as twilio:
        twilio.calls.fails = error("no")
        assert LEAVE in await rings(twilio)
        document = await leaves(twilio, "leave")
        assert "<Client" in document
        assert document == await leaves(twilio, "leave")
        twilio.calls.fails = None
        await twilio.sends("voice/next?turn=1", DialCallStatus="busy", DialCallSid=LEG)
        assert outcomes(twilio) == [RingOutcome.BUSY]
        assert len(asked(twilio, "place")) == 1
        assert asked(twilio, "redirect") == []


async def test_where_there_is_no_queue_the_callers_document_rings(tmp_path: Path) -> None:
    async with cloud(tmp_path) as twilio:
        twilio.taker.script = {1: (ring(),)}
        await twilio.sends("voice")
        assert "<Client" in await leaves(twilio, "system-error")
        assert asked(twilio, "place") == []


async def test_the_phones_own_news_may_come_before_the_answer_to_calling_it(tmp_path: Path) -> None:
    async with cloud(tmp_path) as twilio:

        async def lost(placement: Placement) -> str:
            await news(twilio, "initiated")
            raise OutcomeUnknownError("cut off")

        twilio.calls.place = lost  # type: ignore[method-assign]
        assert "for_s=20" in await rings(twilio)
        await news(twilio, "ringing")
        assert "<Queue>" in await answers(twilio)
        assert twilio.taker.legs() == ["LegDialed", "LegRinging", "LegAnswered"]


async def test_a_phone_that_cannot_be_found_is_given_up_and_ended_should_it_ring(tmp_path: Path) -> None:
    async with cloud(tmp_path) as twilio:

        async def lost(placement: Placement) -> str:
            raise OutcomeUnknownError("no answer")

        twilio.calls.place = lost  # type: ignore[method-assign]
        assert LEAVE in await rings(twilio)
        await leaves(twilio, "leave")
        assert outcomes(twilio) == [RingOutcome.UNAVAILABLE]
        await news(twilio, "ringing")
        await until(lambda: asked(twilio, "hang_up"))
        assert asked(twilio, "hang_up") == [("hang_up", LEG)]
        assert HANG_UP in await answers(twilio)
        assert twilio.taker.legs() == []


async def test_a_second_phone_for_one_ring_is_ended(tmp_path: Path) -> None:
    async with cloud(tmp_path) as twilio:
        await rings(twilio)
        await news(twilio, "ringing")
        assert HANG_UP in await answers(twilio, OTHER)
        await until(lambda: asked(twilio, "hang_up"))
        assert asked(twilio, "hang_up") == [("hang_up", OTHER)]
        assert "<Queue>" in await answers(twilio)


async def test_a_caller_who_leaves_takes_the_phone_along_and_who_answers_then_is_hung_up(tmp_path: Path) -> None:
    async with cloud(tmp_path) as twilio:
        await rings(twilio)
        await news(twilio, "ringing")
        await twilio.sends("status", CallStatus="completed")
        await until(lambda: asked(twilio, "hang_up"))
        assert asked(twilio, "hang_up") == [("hang_up", LEG)]
        assert HANG_UP in await answers(twilio)
        await news(twilio, "completed")
        assert twilio.taker.legs() == ["LegDialed", "LegRinging", "LegEnded", "CallFinished"]
        assert LEAVE in await waits(twilio)


async def test_a_mobile_has_answered_when_the_key_is_pressed(tmp_path: Path) -> None:
    async with cloud(tmp_path) as twilio:
        await rings(twilio, MOBILE)
        for status in ("ringing", "in-progress"):
            await news(twilio, status, endpoint=MOBILE)
        assert (await answers(twilio)).count("<Gather") == 3
        assert "<Gather" in await answers(twilio, key="5")
        assert not [each for each in twilio.taker.told if isinstance(each, LegAnswered)]
        assert "<Queue>" in await answers(twilio, key="1")
        assert [each.leg_id for each in twilio.taker.told if isinstance(each, LegAnswered)] == [LEG]


async def test_a_mobile_that_is_answered_by_a_machine_has_not_answered(tmp_path: Path) -> None:
    async with cloud(tmp_path) as twilio:
        await rings(twilio, MOBILE)
        await news(twilio, "in-progress", endpoint=MOBILE)
        await answers(twilio)
        await news(twilio, "completed", endpoint=MOBILE, seconds="25")
        await twilio.sends("voice/next?turn=1&why=rung")
        assert outcomes(twilio) == [RingOutcome.NO_ANSWER]
        assert not [each for each in twilio.taker.told if isinstance(each, LegAnswered)]
        assert [each.cause for each in twilio.taker.told if isinstance(each, LegEnded)] == [19]


async def test_nobody_is_asked_for_a_key_where_that_is_switched_off(tmp_path: Path) -> None:
    async with cloud(tmp_path, confirm_mobiles=False) as twilio:
        await rings(twilio, MOBILE)
        assert "<Queue>" in await answers(twilio)


async def test_a_phone_that_rings_since_before_a_restart_is_not_taken_for_the_present_rings(tmp_path: Path) -> None:
    async with cloud(tmp_path) as twilio:
        before = twilio.ring_id
        await rings(twilio)
        now, twilio.ring_id = twilio.ring_id, before
        await news(twilio, "ringing", OTHER)
        assert HANG_UP in await answers(twilio, OTHER)
        await until(lambda: asked(twilio, "hang_up"))
        assert asked(twilio, "hang_up") == [("hang_up", OTHER)]
        twilio.ring_id = now
        await news(twilio, "ringing")
        assert "<Queue>" in await answers(twilio)
        assert [each.leg_id for each in twilio.taker.told if isinstance(each, LegAnswered)] == [LEG]


async def test_after_a_restart_the_same_caller_and_turn_make_another_ring(tmp_path: Path) -> None:
    names: set[str] = set()
    for start in ("first", "second"):
        (tmp_path / start).mkdir()
        async with cloud(tmp_path / start) as twilio:
            await rings(twilio)
            names.add(twilio.ring_id)
    assert len(names) == 2


async def test_a_phone_that_would_ring_late_for_want_of_calls_a_second_is_rung_by_the_callers_document(
    tmp_path: Path,
) -> None:
    async with cloud(tmp_path) as twilio:
        await rings(twilio)
        assert "<Client" in await twilio.sends("voice", CallSid=OTHER)
        assert len(asked(twilio, "place")) == 1


async def test_where_the_account_starts_enough_calls_a_second_all_callers_hear_music(tmp_path: Path) -> None:
    async with cloud(tmp_path, calls_per_second=100) as twilio:
        await rings(twilio)
        assert "<Enqueue" in await twilio.sends("voice", CallSid=OTHER)


async def test_a_call_that_we_place_is_never_held_back_and_a_ring_gives_way_to_it(tmp_path: Path) -> None:
    async with cloud(tmp_path, caller_id="+35924000000") as twilio:
        twilio.taker.script = {1: (ring(),)}
        for number in (1, 2):
            leg_id = LegId(f"attempt-{number}")
            await twilio.carrier.dial(Dial(leg_id=leg_id, endpoint=MOBILE, caller_id="", flow="info", limit_s=20))
        assert len(asked(twilio, "place")) == 2
        assert "<Client" in await twilio.sends("voice")


async def test_who_is_in_a_queue_over_our_restart_leaves_it_and_a_phone_that_rings_for_them_stops(
    tmp_path: Path,
) -> None:
    async with cloud(tmp_path) as twilio:
        assert LEAVE in await waits(twilio)
        assert HANG_UP in await answers(twilio)
        await news(twilio, "ringing")
        await until(lambda: asked(twilio, "hang_up"))
        await news(twilio, "in-progress")
        await news(twilio, "completed")
        assert len(asked(twilio, "hang_up")) == 1
        assert twilio.taker.legs() == []
