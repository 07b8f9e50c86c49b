"""While an agent's phone rings the cloud's caller hears music; nobody is rung twice, and no machine takes a call."""

from itertools import pairwise

import pytest

from telephony.routing.agents import AgentState
from tests.fakes.cloud_line import RINGS, TAKES, TALKS, CloudLine, Tell, music_of
from tests.fakes.house import IVAN, MARIA
from tests.fakes.twilio import Caller, FarPhone, Misbehaviour

MOBILE = "+359888300400"


def has_mobile(at: CloudLine, phone: FarPhone) -> None:
    """Let Maria have nothing but a mobile, and Ivan his extension."""
    at.house.staff({MARIA: f"tel:{MOBILE}", IVAN: "PJSIP/102"})
    at.twilio.phones[MOBILE] = phone


def placing_fails(at: CloudLine, how: Misbehaviour, times: int | None = None) -> None:
    """Let requests to place a call go wrong, so many or all."""
    at.twilio.misbehaves(how, method="POST", path="Calls.json", times=times)


def rung(at: CloudLine, agent: str = "") -> list[Caller]:
    """Return the calls that were placed to ring phones."""
    return [each for each in at.twilio.calls(direction="outbound-api") if agent in each.call.to]


def kinds(caller: Caller) -> list[str]:
    return [heard.kind for heard in caller.heard]


def test_the_music_of_the_line_goes_on_while_a_phone_rings(tell: Tell) -> None:
    async def story(at: CloudLine) -> None:
        at.has_phone(MARIA, TALKS)
        at.house.floor.wish(MARIA, AgentState.AWAY)
        caller = await at.in_line()
        await caller.hears("/music/")
        await at.twilio.pace.sleep(5.0)
        at.house.ready(MARIA)
        entry = await at.over(caller)
        assert entry.agents == (MARIA,)
        assert "ringing" not in kinds(caller)
        assert kinds(caller)[-1] == "talk"
        pieces = music_of(caller)
        assert len(pieces) == 2
        heard = [each for each in caller.heard if "/music/" in each.what]
        for (begun_s, _), (next_s, _) in pairwise(pieces):
            assert heard[0].until_s is not None
            assert next_s == pytest.approx(begun_s + heard[0].until_s - heard[0].at_s, abs=3)

    tell(story)


def test_the_phone_of_an_agent_whose_caller_hangs_up_stops_ringing_at_once(tell: Tell) -> None:
    async def story(at: CloudLine) -> None:
        at.has_ready(MARIA, RINGS)
        caller = await at.in_line()
        await at.pops_at(MARIA)
        caller.hangs_up()
        await at.over(caller)
        [leg] = rung(at)
        await leg.until_over()
        assert leg.status == "canceled"

    tell(story)


def test_an_agent_who_answers_as_the_caller_leaves_is_not_kept(tell: Tell) -> None:
    async def story(at: CloudLine) -> None:
        at.has_ready(MARIA, FarPhone(rings_after_s=0.5, answers_after_s=2.0, talks_s=None))
        caller = await at.in_line()
        await at.until(lambda: rung(at), "Maria's phone is called")
        [leg] = rung(at)
        await leg.until(lambda: leg.call.is_answered)
        caller.hangs_up()
        await leg.until_over()
        await at.over(caller)
        assert leg.call.answered_for_s < 8
        assert "talk" not in kinds(leg)

    tell(story)


@pytest.mark.parametrize("how", [Misbehaviour.REFUSED, Misbehaviour.TOO_MANY])
def test_a_phone_that_cannot_be_called_is_rung_by_the_callers_own_document(tell: Tell, how: Misbehaviour) -> None:
    async def story(at: CloudLine) -> None:
        at.has_ready(MARIA, TALKS)
        placing_fails(at, how)
        caller = await at.in_line()
        entry = await at.over(caller)
        assert entry.agents == (MARIA,)
        assert at.gone(MARIA) == []
        assert rung(at) == []
        assert len(caller.legs) == 1
        assert [each.channel for each in entry.record.legs] == ["", "PJSIP/101"]

    tell(story)


@pytest.mark.parametrize("how", [Misbehaviour.DONE_BUT_LOST, Misbehaviour.CUT_OFF, Misbehaviour.DONE_BUT_SILENT])
def test_a_phone_of_which_only_its_own_news_tell_that_it_rings_is_called_once(tell: Tell, how: Misbehaviour) -> None:
    async def story(at: CloudLine) -> None:
        at.has_ready(MARIA, TALKS)
        placing_fails(at, how, times=1)
        caller = await at.in_line()
        entry = await at.over(caller)
        assert entry.agents == (MARIA,)
        assert len(rung(at)) == 1
        assert caller.legs == []

    tell(story)


def test_where_it_is_not_known_whether_a_phone_rings_the_next_agent_is_asked_and_the_phone_stops(tell: Tell) -> None:
    async def story(at: CloudLine) -> None:
        at.has_ready(MARIA, FarPhone(rings_after_s=0.5, answers_after_s=30.0))
        at.has_ready(IVAN, TALKS)
        placing_fails(at, Misbehaviour.DONE_BUT_LOST, times=1)
        at.twilio.misbehaves(Misbehaviour.SERVER_ERROR, method="GET", path="Calls.json", times=None)
        at.twilio.callbacks.lost("initiated", times=1)
        at.twilio.callbacks.late("ringing", 9.0, times=1)
        caller = await at.in_line()
        entry = await at.over(caller)
        assert entry.agents == (IVAN,)
        [leg] = rung(at, "101")
        await leg.until_over()
        assert leg.call.answered_s is None

    tell(story)


def test_a_caller_who_cannot_be_sent_on_leaves_the_queue_when_its_music_ends(tell: Tell) -> None:
    async def story(at: CloudLine) -> None:
        at.has_ready(MARIA, FarPhone(rings_after_s=0.5, declines_after_s=2.0))
        at.has_ready(IVAN, TALKS)
        caller = await at.in_line()
        await at.until(lambda: rung(at), "Maria's phone is called")
        at.twilio.misbehaves(Misbehaviour.SERVER_ERROR, method="POST", path=caller.sid, times=None)
        entry = await at.over(caller)
        assert entry.agents == (IVAN,)
        assert any("<Leave" in request.text for request in caller.requests)

    tell(story)


@pytest.mark.parametrize("way", ["a call of its own", "the caller's document"])
def test_a_mobiles_voicemail_takes_no_caller(tell: Tell, way: str) -> None:
    async def story(at: CloudLine) -> None:
        has_mobile(at, FarPhone(rings_after_s=0.5, answers_after_s=2.0, talks_s=None))
        at.has_phone(IVAN, TALKS)
        at.house.ready(MARIA)
        if way == "the caller's document":
            placing_fails(at, Misbehaviour.TOO_MANY)
        caller = await at.in_line()
        await at.pops_at(MARIA)
        at.house.ready(IVAN)
        entry = await at.over(caller)
        assert at.gone(MARIA) == ["not_answered"]
        assert "talking" not in at.phases(MARIA)
        assert entry.agents == (IVAN,)
        machine = at.twilio.calls(to=MOBILE)[0]
        assert [sound.rpartition("/")[2] for sound in machine.sounds] == ["en-_take_call.wav"] * 3
        assert "talk" not in kinds(machine)
        mobile, ivan = entry.record.legs[1:]
        assert (mobile.answered_at, mobile.talk_s) == (None, 0.0)
        assert ivan.talk_s == pytest.approx(entry.record.talk_s)

    tell(story)


@pytest.mark.parametrize("way", ["a call of its own", "the caller's document"])
def test_who_presses_the_key_talks_from_then_on(tell: Tell, way: str) -> None:
    async def story(at: CloudLine) -> None:
        has_mobile(at, TAKES)
        at.house.ready(MARIA)
        if way == "the caller's document":
            placing_fails(at, Misbehaviour.TOO_MANY)
        caller = await at.in_line()
        entry = await at.over(caller)
        assert entry.agents == (MARIA,)
        assert at.phases(MARIA) == ["ringing", "talking", "wrap_up"]
        assert [leg.channel for leg in entry.record.legs] == ["", f"tel:{MOBILE}"]
        assert entry.record.talk_s == pytest.approx(8.0, abs=1.5)  # nine seconds of the mobile, less one for the key

    tell(story)


def test_a_wrong_key_is_asked_again(tell: Tell) -> None:
    async def story(at: CloudLine) -> None:
        has_mobile(at, FarPhone(rings_after_s=0.5, answers_after_s=2.0, talks_s=30.0))
        at.house.ready(MARIA)
        caller = await at.in_line()
        mobile = await at.twilio.called(MOBILE)
        await mobile.answers("5")
        await mobile.answers("1")
        entry = await at.over(caller)
        assert entry.agents == (MARIA,)

    tell(story)


def test_a_mobile_shows_the_callers_number_as_the_cloud_allows_it(tell: Tell) -> None:
    async def story(at: CloudLine) -> None:
        has_mobile(at, TAKES)
        at.house.ready(MARIA)
        caller = await at.in_line()
        await at.over(caller)
        [leg] = rung(at)
        assert leg.call.from_ == caller.call.from_

    tell(story)


def test_queues_that_are_used_no_more_are_not_left_behind(tell: Tell) -> None:
    async def story(at: CloudLine) -> None:
        at.has_ready(MARIA, RINGS)
        at.has_ready(IVAN, TALKS)
        await at.over(await at.in_line())
        await at.until(lambda: not at.twilio.network.queues, "the queues are deleted")

    tell(story)
