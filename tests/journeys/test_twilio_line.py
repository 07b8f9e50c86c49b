"""Callers of a cloud number wait in the same line, and are rung through to the same agents, as all others."""

import wave
from itertools import pairwise

import pytest

from telephony.calls.model import CallId, Disposition
from telephony.routing.agents import AgentState
from telephony.routing.queues import Queue
from tests.fakes.cloud_line import RINGS, TAKES, TALKS, CloudLine, Tell, music_of, texts_of
from tests.fakes.house import IVAN, MARIA, SALES
from tests.fakes.twilio import FarPhone, Misbehaviour


def test_who_waits_is_shown_while_the_phone_rings_and_stands_in_the_timeline_with_legs_and_seconds(tell: Tell) -> None:
    async def story(at: CloudLine) -> None:
        at.has_ready(MARIA, TALKS)
        caller = await at.in_line()
        await at.pops_at(MARIA)
        card = at.house.screens.calls(MARIA)[0]
        assert (card["phase"], card["queue"], card["kind"]) == ("ringing", "sales", "queue")
        assert card["caller"]["number"] == "+359888100200"  # type: ignore[index]
        assert card["match"]["outcome"] == "one"  # type: ignore[index]
        entry = await at.over(caller)
        assert at.phases(MARIA) == ["ringing", "talking", "wrap_up"]
        assert at.house.state(MARIA) is AgentState.WRAP_UP
        assert (entry.record.disposition, entry.agents, entry.queue) == (Disposition.ANSWERED, (MARIA,), "sales")
        assert entry.customer_id == "c-1"
        assert [leg.channel for leg in entry.record.legs] == ["", "PJSIP/101"]
        assert entry.record.talk_s == pytest.approx(8.0, abs=3.0)
        assert entry.record.legs[1].talk_s == entry.record.talk_s

    tell(story)


def test_a_caller_whose_agent_does_not_answer_goes_to_the_next(tell: Tell) -> None:
    async def story(at: CloudLine) -> None:
        at.has_ready(MARIA, RINGS)
        at.has_ready(IVAN, TALKS)
        entry = await at.over(await at.in_line())
        assert at.gone(MARIA) == ["not_answered"]
        assert at.house.floor.agents[MARIA].missed == 1
        assert at.phases(IVAN) == ["ringing", "talking", "wrap_up"]
        assert entry.agents == (IVAN,)
        assert [leg.channel for leg in entry.record.legs] == ["", "PJSIP/101", "PJSIP/102"]

    tell(story)


def test_a_caller_who_hangs_up_while_it_rings_takes_the_card_along(tell: Tell) -> None:
    async def story(at: CloudLine) -> None:
        at.has_ready(MARIA, RINGS)
        caller = await at.in_line()
        await at.pops_at(MARIA)
        caller.hangs_up()
        entry = await at.over(caller)
        assert at.gone(MARIA) == ["caller_hung_up"]
        assert at.house.state(MARIA) is AgentState.READY
        assert entry.record.disposition is Disposition.ABANDONED

    tell(story)


def test_an_agent_who_declines_at_the_phone_is_not_blamed(tell: Tell) -> None:
    async def story(at: CloudLine) -> None:
        at.has_ready(MARIA, FarPhone(rings_after_s=0.5, declines_after_s=2.0))
        at.has_ready(IVAN, TALKS)
        entry = await at.over(await at.in_line())
        assert at.gone(MARIA) == ["declined"]
        assert at.house.floor.agents[MARIA].missed == 0
        assert entry.agents == (IVAN,)

    tell(story)


def test_an_agent_who_declines_on_the_screen_is_not_blamed(tell: Tell) -> None:
    async def story(at: CloudLine) -> None:
        at.has_ready(MARIA, RINGS)
        at.has_ready(IVAN, TALKS)
        caller = await at.in_line()
        await at.house.desk.decline(MARIA, await at.pops_at(MARIA))
        entry = await at.over(caller)
        assert at.gone(MARIA) == ["declined"]
        assert at.house.floor.agents[MARIA].missed == 0
        assert entry.agents == (IVAN,)

    tell(story)


def test_an_agent_who_hangs_up_on_the_screen_ends_the_talk(tell: Tell) -> None:
    async def story(at: CloudLine) -> None:
        at.has_ready(MARIA, FarPhone(rings_after_s=0.5, answers_after_s=1.0, talks_s=None))
        caller = await at.in_line()
        await at.until(lambda: at.phases(MARIA)[-1:] == ["talking"], "Maria talks")
        await at.house.desk.hang_up(MARIA, CallId(caller.sid))
        entry = await at.over(caller)
        assert at.phases(MARIA)[-1] == "wrap_up"
        assert entry.agents == (MARIA,)

    tell(story)


def test_music_goes_on_where_an_announcement_cut_in(tell: Tell) -> None:
    async def story(at: CloudLine) -> None:
        at.house.floor.wish(MARIA, AgentState.AWAY)
        caller = await at.in_line()
        await caller.hears("all_busy", times=3)
        caller.hangs_up()
        entry = await at.over(caller)
        assert texts_of(caller)[-4:] == ["please_hold", "all_busy", "all_busy", "all_busy"]
        pieces = music_of(caller)
        assert len(pieces) >= 3
        for (begun_s, lasts_s), (next_s, _) in pairwise(pieces):
            assert next_s == pytest.approx(begun_s + lasts_s, abs=1)
        assert entry.record.disposition is Disposition.ABANDONED
        assert entry.wait_s == pytest.approx(30, abs=6)

    tell(story)


def test_who_is_held_is_woken_by_one_request_when_an_agent_is_free(tell: Tell) -> None:
    async def story(at: CloudLine) -> None:
        at.has_phone(MARIA, TALKS)
        at.house.floor.wish(MARIA, AgentState.AWAY)
        caller = await at.in_line()
        await caller.hears("/music/")
        asked = len(caller.requests)
        at.house.ready(MARIA)
        await at.pops_at(MARIA)
        assert [request.url.rpartition("/")[2] for request in caller.requests[asked:]] == [
            "next?turn=2&why=woken",
            "wait?turn=3",
        ]
        assert "<Enqueue" in caller.requests[asked].text
        posts = [request.path.rpartition("/")[2] for request in at.twilio.api_requests if request.method == "POST"]
        assert posts == [f"{caller.sid}.json", "Calls.json"]
        await at.over(caller)

    tell(story)


def test_a_caller_who_cannot_be_woken_is_rung_through_when_the_slice_ends(tell: Tell) -> None:
    async def story(at: CloudLine) -> None:
        at.has_phone(MARIA, TALKS)
        at.house.floor.wish(MARIA, AgentState.AWAY)
        caller = await at.in_line()
        await caller.hears("/music/")
        at.twilio.misbehaves(Misbehaviour.SERVER_ERROR, method="POST", times=None)
        at.house.ready(MARIA)
        entry = await at.over(caller)
        assert entry.agents == (MARIA,)

    tell(story)


def test_a_message_comes_to_our_disk(tell: Tell) -> None:
    async def story(at: CloudLine) -> None:
        caller = await at.calls()
        await caller.answers("2")
        await caller.speaks(6.0)
        caller.hangs_up()
        entry = await at.over(caller)
        assert entry.record.disposition is Disposition.VOICEMAIL
        [name] = entry.recordings
        file = at.folder / name
        await at.until(file.exists, f"{name} is fetched")
        await at.cloud.recordings.settled()
        with wave.open(str(file)) as message:
            assert message.getnframes() / message.getframerate() == pytest.approx(6.0, abs=1.0)

    tell(story)


def test_a_phone_that_the_provider_rings_and_then_fails_is_not_its_agents_fault(tell: Tell) -> None:
    async def story(at: CloudLine) -> None:
        at.has_ready(MARIA, FarPhone(rings_after_s=0.5, answers_after_s=2.0, fails_after_ringing=True))
        at.has_ready(IVAN, TALKS)
        entry = await at.over(await at.in_line())
        assert at.gone(MARIA) == ["not_answered"]
        assert at.house.floor.agents[MARIA].missed == 0
        assert entry.agents == (IVAN,)

    tell(story)


@pytest.mark.parametrize("how", ["late", "twice", "swapped"])
def test_news_that_comes_late_or_twice_or_out_of_order_changes_nothing(tell: Tell, how: str) -> None:
    async def story(at: CloudLine) -> None:
        at.has_ready(MARIA, RINGS)
        at.has_ready(IVAN, TALKS)
        match how:
            case "late":
                at.twilio.callbacks.late("*", 1.0)
            case "twice":
                at.twilio.callbacks.twice("*")
            case _:  # it rings before it is dialled, and is over before it was answered
                at.twilio.callbacks.swapped("initiated")
                at.twilio.callbacks.swapped("answered")
        entry = await at.over(await at.in_line())
        assert at.gone(MARIA) == ["not_answered"]
        assert at.phases(IVAN)[-1] == "wrap_up"
        assert entry.agents == (IVAN,)
        assert [leg.channel for leg in entry.record.legs] == ["", "PJSIP/101", "PJSIP/102"]
        assert entry.record.talk_s == pytest.approx(8.0, abs=3.0)
        assert at.house.state(MARIA) is AgentState.READY
        assert at.house.state(IVAN) is AgentState.WRAP_UP

    tell(story)


def test_an_agent_with_only_a_mobile_phone_takes_cloud_calls_one_at_a_time(tell: Tell) -> None:
    async def story(at: CloudLine) -> None:
        mobile = "+359888300400"
        at.house.staff({MARIA: f"tel:{mobile}"})
        at.twilio.phones[mobile] = TAKES
        at.house.ready(MARIA)
        first = await at.in_line()
        await at.pops_at(MARIA)
        second = await at.in_line()
        entry = await at.over(first)
        assert entry.agents == (MARIA,)
        assert second.legs == []
        at.house.floor.wrapped_up(MARIA)
        entry = await at.over(second)
        assert entry.agents == (MARIA,)
        assert entry.wait_s > 8

    tell(story)


def test_a_talk_that_is_recorded_comes_to_our_disk(tell: Tell) -> None:
    async def story(at: CloudLine) -> None:
        at.has_ready(MARIA, TALKS)
        entry = await at.over(await at.in_line())
        [name] = entry.recordings
        await at.until((at.folder / name).exists, f"{name} is fetched")
        await at.cloud.recordings.settled()

    tell(story, Queue(name=SALES, ring_limit_s=6, record=True))
