"""Whole calls, from the far phone to our commands and back, on a cloud that does what our documents say."""

from pathlib import Path

import pytest

from telephony.calls.commands import Answer, Ask, HandOver, HangUp, Hold, Record, Ring, Say
from telephony.calls.events import HoldEnd, HoldEnded, Keys, NoInput, Recorded, RingEnded, RingOutcome
from telephony.calls.model import AgentId, LegId
from telephony.errors import CarrierRefusedError, OutcomeUnknownError
from tests.fakes.twilio import FarPhone, Misbehaviour, SharedKey
from tests.unit.carriers.twilio.house import prompts
from tests.unit.carriers.twilio.whole import house
from tests.waiting import until

MARIA = "tel:+359888300400"
RING = Ring(agent=AgentId("maria"), endpoint=MARIA)
TAKES = FarPhone(rings_after_s=1, answers_after_s=2, talks_s=5, presses="1")
HELLO, BYE = Say(prompts=prompts("hello")), Say(prompts=prompts("bye"))
MENU = Ask(prompts=prompts("menu"), first_digit_s=3)
TALK = ["LegDialed", "LegRinging", "LegAnswered", "LegEnded", "CallFinished"]


async def test_a_caller_hears_presses_and_is_hung_up(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        caller = await at.called({1: (Answer(), HELLO, MENU), 2: (MENU,), 3: (BYE, HangUp())})
        await caller.answers("2")
        await at.over(caller)
        assert [each.rpartition("/")[2] for each in caller.sounds] == ["hello.wav", "menu.wav", "menu.wav", "bye.wav"]
        assert at.taker.answers[:2] == [Keys(turn=1, digits="2"), NoInput(turn=2)]
        assert at.taker.offers[0][0].flow == "main"


async def test_who_presses_during_what_must_be_heard_hears_it_whole_and_presses_again(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        caller = await at.called({1: (HELLO, MENU), 2: (HangUp(),)})
        await caller.hears("hello")
        await caller.presses("1")
        await caller.answers("2")
        await at.over(caller)
        assert caller.lost_keys == "1"
        assert [(each.what.rpartition("/")[2], each.interrupted) for each in caller.heard][:2] == [
            ("hello.wav", False),
            ("menu.wav", True),
        ]
        assert at.taker.answers[0] == Keys(turn=1, digits="2")


async def test_a_caller_who_hangs_up_is_lost(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        caller = await at.called({1: (HELLO, MENU)})
        await caller.is_asked()
        caller.hangs_up()
        await at.over(caller)
        assert at.taker.names() == ["LineLost"]


async def test_a_caller_leaves_a_message_by_hanging_up(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        caller = await at.called({1: (HELLO, Record(name="CA1-7"))})
        await caller.speaks(4)
        caller.hangs_up()
        await at.over(caller)
        assert isinstance(at.taker.answers[0], Recorded)
        assert at.taker.answers[0].seconds >= 3
        recording = await at.twilio.recorded()
        await until(lambda: at.recordings.owed)
        assert at.recordings.owed == [("calls/2026/03/02/CA1-7", recording.sid)]


async def test_a_caller_who_says_nothing_leaves_an_empty_message(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        caller = await at.called({1: (Record(name="CA1-7", silence_s=2),), 2: (HangUp(),)})
        await at.over(caller)
        assert at.taker.answers[0] == Recorded(turn=1, name="CA1-7", seconds=0.0)


async def test_a_held_caller_is_woken_and_talks_with_an_agent(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        at.twilio.phones["+359888300400"] = TAKES
        caller = await at.called({1: (Hold(for_s=60, prompts=prompts("hello")),), 2: (RING,), 3: (HangUp(),)})
        await caller.hears("music/default")
        await at.carrier.wake(LegId(caller.sid))
        await at.over(caller)
        assert at.taker.answers[:2] == [
            HoldEnded(turn=1, reason=HoldEnd.WOKEN),
            RingEnded(turn=2, outcome=RingOutcome.ANSWERED),
        ]
        assert at.taker.legs()[:4] == ["LegDialed", "LegRinging", "LegAnswered", "LegEnded"]


async def test_a_hold_lasts_as_long_as_it_was_meant_to(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        caller = await at.called({1: (Hold(for_s=10, prompts=prompts("hello")),), 2: (Hold(for_s=5),), 3: (HangUp(),)})
        await at.over(caller)
        assert at.taker.answers[:2] == [
            HoldEnded(turn=1, reason=HoldEnd.ELAPSED),
            HoldEnded(turn=2, reason=HoldEnd.ELAPSED),
        ]


async def test_any_key_ends_a_hold(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        caller = await at.called({1: (Hold(for_s=60),), 2: (HangUp(),)})
        await caller.answers("#")
        await at.over(caller)
        assert at.taker.answers[0] == HoldEnded(turn=1, reason=HoldEnd.KEY, key="#")


async def test_an_agent_who_does_not_answer_is_given_up(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        at.twilio.phones["+359888300400"] = FarPhone(rings_after_s=1, answers_after_s=None)
        ring = Ring(agent=AgentId("maria"), endpoint=MARIA, limit_s=5)
        caller = await at.called({1: (Answer(), HELLO, ring), 2: (HangUp(),)})
        await at.over(caller)
        assert at.taker.answers[0] == RingEnded(turn=1, outcome=RingOutcome.NO_ANSWER)
        assert at.taker.legs()[:3] == ["LegDialed", "LegRinging", "LegEnded"]


async def test_a_caller_who_hangs_up_while_it_rings_takes_the_phone_along(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        at.twilio.phones["+359888300400"] = FarPhone(rings_after_s=1, answers_after_s=None)
        caller = await at.called({1: (HELLO, RING)})
        await until(lambda: "LegRinging" in at.taker.legs())
        caller.hangs_up()
        await at.over(caller)
        assert at.taker.legs().count("LegEnded") == 1


async def test_an_extension_is_reached_by_sip_and_a_client_by_its_name(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        at.twilio.phones["client:maria"] = FarPhone(busy=True)
        caller = await at.called(
            {
                1: (Ring(agent=AgentId("m"), endpoint="client:maria"),),
                2: (Ring(agent=AgentId("m"), endpoint="PJSIP/101", record_as="CA1-3"),),
                3: (HangUp(),),
            }
        )
        await at.over(caller)
        assert at.taker.names()[:2] == ["RingEnded", "RingEnded"]
        assert at.taker.answers[0] == RingEnded(turn=1, outcome=RingOutcome.BUSY)
        rung = at.twilio.calls(direction="outbound-api")
        assert [each.call.to for each in rung] == ["client:maria", "sip:101@pbx.example.com;transport=tls"]
        assert rung[1].call.sip_headers == {"X-Ringside-Call": caller.sid}
        assert caller.legs == []


async def test_who_is_handed_over_reaches_the_fallback_number(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        at.twilio.phones["+35924000009"] = FarPhone(answers_after_s=1, talks_s=3)
        caller = await at.called({1: (HELLO, HandOver())})
        await at.over(caller)
        assert caller.legs[0].to == "+35924000009"


async def test_a_caller_whom_we_hang_up_is_gone(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        caller = await at.called({1: (Hold(for_s=60),)})
        await caller.hears("music")
        await at.carrier.hang_up(LegId(caller.sid))
        await at.over(caller)


async def test_a_caller_without_a_number_is_served(tmp_path: Path) -> None:
    for number, from_ in enumerate([None, "anonymous", "+266696687", "sip:alice@example.com"]):
        folder = tmp_path / str(number)
        folder.mkdir()
        async with house(folder) as at:
            caller = await at.called({1: (HELLO, HangUp())}, from_)
            await at.over(caller)
            assert at.taker.offers[0][0].caller in {"", "sip:alice@example.com"}


# --- bad days ---


@pytest.mark.parametrize(
    ("how", "event"),
    [
        (how, event)
        for how in ("twice", "late", "swapped")
        for event in ("initiated", "ringing", "answered", "completed")
        # nothing comes after the end of a call that could be swapped with it
        if (how, event) != ("swapped", "completed")
    ],
)
async def test_callbacks_in_any_order_tell_the_same_story(tmp_path: Path, how: str, event: str) -> None:
    async with house(tmp_path) as at:
        at.twilio.phones["+359888300400"] = TAKES
        at.twilio.callbacks.astray(how, event)
        caller = await at.called({1: (Answer(), HELLO, RING), 2: (HangUp(),)})
        await at.over(caller)
        assert [each for each in at.taker.legs() if each != "LegRinging"] == [TALK[0], *TALK[2:]]
        assert at.taker.answers[0] == RingEnded(turn=1, outcome=RingOutcome.ANSWERED)


async def test_without_any_callback_of_a_phone_its_talk_is_told_all_the_same(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        at.twilio.phones["+359888300400"] = TAKES
        for event in ("initiated", "ringing", "answered"):
            at.twilio.callbacks.lost(event)
        at.twilio.callbacks.lost("completed", times=1)
        caller = await at.called({1: (Answer(), HELLO, RING), 2: (HangUp(),)})
        await at.over(caller)
        assert at.taker.legs() == ["LegDialed", "LegAnswered", "LegEnded", "CallFinished"]


async def test_an_end_that_nothing_tells_of_is_looked_up(tmp_path: Path) -> None:
    async with house(tmp_path, unheard_limit_s=0.0) as at:
        at.twilio.callbacks.lost("completed")
        caller = await at.called({1: (HELLO, MENU)})
        await caller.is_asked()
        await at.carrier.look_up_silent()
        assert at.taker.names() == []
        caller.hangs_up()
        await caller.until_over()
        await at.carrier.look_up_silent()
        await at.over(caller)


async def test_all_that_was_sent_may_be_sent_again(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        at.twilio.phones["+359888300400"] = TAKES
        caller = await at.called({1: (HELLO, MENU), 2: (RING,), 3: (HangUp(),)})
        await caller.answers("1")
        await at.over(caller)
        told = (list(at.taker.offers), list(at.taker.answers), list(at.taker.told))
        sent = [each for each in at.twilio.exchanges if each.kind in {"document", "callback"}]
        for each in sent:
            assert (await at.twilio.repeats(each)).status == 200
        assert len(sent) > 6
        assert (at.taker.offers, at.taker.answers, at.taker.told) == told


async def test_a_wake_up_whose_answer_is_lost_wakes_all_the_same(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        caller = await at.called({1: (Hold(for_s=60),), 2: (BYE, HangUp())})
        await caller.hears("music")
        at.twilio.misbehaves(Misbehaviour.DONE_BUT_LOST, method="POST")
        with pytest.raises(OutcomeUnknownError):
            await at.carrier.wake(LegId(caller.sid))
        await at.over(caller)
        assert at.taker.answers[0] == HoldEnded(turn=1, reason=HoldEnd.WOKEN)
        assert "bye.wav" in caller.sounds[-1]


async def test_a_wake_up_that_was_not_done_may_be_done_again(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        caller = await at.called({1: (Hold(for_s=60),), 2: (BYE, HangUp())})
        await caller.hears("music")
        at.twilio.misbehaves(Misbehaviour.TOO_MANY, method="POST")
        with pytest.raises(CarrierRefusedError):
            await at.carrier.wake(LegId(caller.sid))
        await at.carrier.wake(LegId(caller.sid))
        await at.over(caller)
        assert at.taker.answers[0] == HoldEnded(turn=1, reason=HoldEnd.WOKEN)


async def test_who_is_woken_as_the_hold_ends_hears_what_is_next_to_its_end(tmp_path: Path) -> None:
    for number, for_s in enumerate((2.0, 2.2, 2.4)):
        folder = tmp_path / str(number)
        folder.mkdir()
        async with house(folder) as at:
            caller = await at.called({1: (Hold(for_s=for_s),), 2: (BYE, HangUp())})
            await caller.hears("music")
            await at.twilio.pace.sleep(1.9)
            await at.carrier.wake(LegId(caller.sid))
            await at.over(caller)
            assert at.taker.names() == ["HoldEnded", "LineLost"]
            assert [(each.what.rpartition("/")[2], each.interrupted) for each in caller.call.heard][-1] == (
                "bye.wav",
                False,
            )


async def test_a_shared_key_may_sign_a_whole_call(tmp_path: Path) -> None:
    async with house(tmp_path, shared_keys=(("key-1", "shared-secret"),)) as at:
        at.twilio.signs_with(SharedKey(id="key-1", secret="shared-secret"))
        caller = await at.called({1: (HELLO, HangUp())})
        await at.over(caller)
