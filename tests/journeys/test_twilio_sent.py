"""Callers of a cloud number are moved and transferred as all others are, and are taken to Asterisk and back."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from telephony.calls.commands import Ask, Hold
from telephony.calls.events import CallOffered, CarrierUp, Keys, LineLost, Said
from telephony.calls.model import CallId, LegId
from telephony.carriers.twilio.crossing import CloudAndAsterisk
from telephony.journey.moves import MoveRefusedError, Refusal
from telephony.journey.sent import ToAgent, ToQueue
from telephony.routing.agents import AgentState
from tests.fakes.askers import OLGA, as_agent
from tests.fakes.cloud_line import ANN, OURS, RINGS, CloudLine, Tell
from tests.fakes.house import ANNA, IVAN, MARIA, SUPPORT, HandLine
from tests.fakes.twilio import Caller, FarPhone, Misbehaviour

LONG_TALKS = FarPhone(rings_after_s=0.5, answers_after_s=2.0, talks_s=None, presses="1")
TALKS = FarPhone(rings_after_s=0.5, answers_after_s=2.0, talks_s=8.0, presses="1")
MOBILE, CLIENT = "+359888300400", "client:ivan"
ASTERISK = "sip:+35924000000@pbx.example.com"
PART = CallId("1700000000.1")
AT_ONCE = FarPhone(rings_after_s=0.2, answers_after_s=0.5, talks_s=None)


def is_same(one: datetime, other: datetime) -> bool:
    """Tell whether it is the same moment: the call and the line read the clock one after the other."""
    return abs(one - other) < timedelta(seconds=0.1)


async def waits(at: CloudLine) -> Caller:
    """Let somebody call who hears the music of the line."""
    caller = await at.in_line()
    await caller.hears("/music/")
    return caller


async def talks_with_maria(at: CloudLine) -> Caller:
    at.house.ready(MARIA)
    caller = await at.in_line()
    await at.until(lambda: "talking" in at.phases(MARIA), "Maria talks")
    return caller


async def to_ivan(at: CloudLine, caller: Caller) -> None:
    """Have Maria transfer her caller to Ivan."""
    await at.house.moves.transfer(as_agent(MARIA), CallId(caller.sid), ToAgent(agent=IVAN))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("PJSIP/101", "PJSIP/102"),
        (f"tel:{MOBILE}", "PJSIP/102"),
        (CLIENT, "PJSIP/102"),
        ("PJSIP/101", f"tel:{MOBILE}"),
        ("PJSIP/101", CLIENT),
    ],
)
def test_a_caller_is_transferred_between_extensions_mobiles_and_browsers(tell: Tell, first: str, second: str) -> None:
    async def story(at: CloudLine) -> None:
        at.house.has_two_lines(maria=first, ivan=second)
        for agent, endpoint, phone in ((MARIA, first, LONG_TALKS), (IVAN, second, TALKS)):
            if endpoint.startswith("PJSIP/"):
                at.has_phone(agent, phone)
            else:
                at.twilio.phones[endpoint.removeprefix("tel:")] = phone
        caller = await talks_with_maria(at)
        at.house.ready(IVAN)
        await to_ivan(at, caller)
        await at.until(lambda: "talking" in at.phases(IVAN), "Ivan talks")
        card = at.house.screens.calls(IVAN)[-1]
        assert card["why"] == "transferred by Maria; Ivan was asked for"
        assert card["answers"]
        assert at.house.state(MARIA) is AgentState.WRAP_UP
        entry = await at.over(caller)
        assert entry.agents == (MARIA, IVAN)
        assert [leg.channel for leg in entry.record.legs] == ["", first, second]
        assert entry.record.talk_s == pytest.approx(sum(leg.talk_s for leg in entry.record.legs[1:]), abs=0.01)
        assert ("transfer", "to_agent", IVAN) in [(step.kind, step.event, step.value) for step in entry.path]

    tell(story)


def test_a_caller_whom_nobody_takes_comes_back_to_who_transferred_them(tell: Tell) -> None:
    async def story(at: CloudLine) -> None:
        at.house.has_two_lines()
        at.has_phone(MARIA, LONG_TALKS)
        at.has_phone(IVAN, RINGS)
        caller = await talks_with_maria(at)
        at.house.ready(IVAN)
        await to_ivan(at, caller)
        await at.until(lambda: at.phases(MARIA)[-2:] == ["ringing", "talking"] and len(at.phases(MARIA)) > 2, "back")
        assert at.gone(IVAN) == ["not_answered"]
        caller.hangs_up()
        entry = await at.over(caller)
        assert entry.agents == (MARIA,)
        assert "came back to Maria" in entry.summary

    tell(story)


def test_a_talk_that_the_cloud_does_not_end_goes_on(tell: Tell) -> None:
    async def story(at: CloudLine) -> None:
        at.house.has_two_lines()
        at.has_phone(MARIA, LONG_TALKS)
        at.has_phone(IVAN, TALKS)
        caller = await talks_with_maria(at)
        at.house.ready(IVAN)
        at.twilio.misbehaves(Misbehaviour.TOO_MANY, method="POST", times=None)
        with pytest.raises(MoveRefusedError) as refused:
            await to_ivan(at, caller)
        assert refused.value.kind is Refusal.UNAVAILABLE
        assert at.house.state(MARIA) is AgentState.ON_CALL
        assert at.house.state(IVAN) is AgentState.READY
        caller.hangs_up()
        assert (await at.over(caller)).agents == (MARIA,)

    tell(story)


def test_a_waiting_caller_is_moved_into_another_line_at_once(tell: Tell) -> None:
    async def story(at: CloudLine) -> None:
        at.house.has_two_lines()
        at.twilio.phones["sip:103@pbx.example.com"] = TALKS
        caller = await waits(at)
        waited_since = at.house.floor.line[CallId(caller.sid)].joined_at
        await at.house.moves.move(OLGA, CallId(caller.sid), ToQueue(queue=SUPPORT))
        line = at.house.floor.line
        await at.until(lambda: CallId(caller.sid) in line and line[CallId(caller.sid)].queue == SUPPORT, "is moved")
        assert is_same(line[CallId(caller.sid)].joined_at, waited_since)
        at.house.ready(ANNA)
        entry = await at.over(caller)
        assert (entry.queue, entry.agents) == ("support", (ANNA,))

    tell(story)


# --- to Asterisk and back ---


class Joining:
    """The cloud's carrier beside an Asterisk that is played by hand."""

    def __init__(self, at: CloudLine, phone: FarPhone = AT_ONCE) -> None:
        self.at = at
        at.twilio.phones[ASTERISK] = phone
        elsewhere = at.cloud.carrier.elsewhere
        elsewhere._settings = replace(elsewhere._settings, asterisk_sip="sip:{called}@pbx.example.com")
        now = at.house.clock.now()
        at.house.switchboard.tell(CarrierUp(live_calls=frozenset(), down_since=None, at=now))
        at.house.moves.crossing = CloudAndAsterisk(at.cloud.carrier, at.house.switchboard.up)

    async def takes(self, caller: Caller, into: ToQueue | None = None) -> HandLine:
        """Have Olga take the cloud's caller there, whom Asterisk offers then, as its dialplan does."""
        call_id = CallId(caller.sid)
        await self.at.house.moves.move(OLGA, call_id, into, carrier="asterisk")
        await self.at.twilio.called(ASTERISK)
        line = self.offers(OURS, part_of=call_id)
        await self.at.until(lambda: line.batches, "the caller is served there")
        return line

    def offers(self, called: str, *, part_of: CallId | None = None) -> HandLine:
        """Have somebody call at Asterisk."""
        line = HandLine(self.at.house, PART)
        offered = CallOffered(
            call_id=PART,
            leg_id=LegId(PART),
            caller=ANN,
            caller_name="",
            called=called,
            flow="",
            at=self.at.house.clock.now(),
            part_of=part_of,
        )
        self.at.house.switchboard.offer(offered, line)
        return line


def test_a_waiting_caller_is_taken_to_asterisk_with_step_and_place_and_back(tell: Tell) -> None:
    async def story(at: CloudLine) -> None:
        at.house.has_two_lines()
        asterisk = Joining(at)
        at.has_phone(MARIA, TALKS)
        caller = await waits(at)
        call_id = CallId(caller.sid)
        since = at.house.floor.line[call_id].joined_at
        line = await asterisk.takes(caller)
        assert isinstance(line.last, Hold)
        call = at.house.switchboard.calls[call_id]
        assert call.carrier == "asterisk"
        assert is_same(at.house.floor.line[call_id].joined_at, since)
        await at.house.moves.move(OLGA, call_id, None, carrier="asterisk")  # nothing to do

        await at.house.moves.move(OLGA, call_id, None, carrier="twilio")
        await at.until(lambda: call.carrier == "twilio", "is back")
        await at.until(lambda: call_id in at.house.floor.line, "waits")
        assert is_same(at.house.floor.line[call_id].joined_at, since)
        at.house.ready(MARIA)
        entry = await at.over(caller)
        assert entry.agents == (MARIA,)
        assert [step.value for step in entry.path if step.event == "moved"] == ["asterisk", "twilio"]
        assert set(at.house.timeline.entries) == {call_id}
        assert "hung_up" not in [step.event for step in entry.path]

    tell(story)


def test_a_mobile_shows_the_number_of_a_caller_who_was_at_asterisk_in_between(tell: Tell) -> None:
    async def story(at: CloudLine) -> None:
        at.house.has_two_lines(maria=f"tel:{MOBILE}")
        asterisk = Joining(at)
        at.twilio.phones[MOBILE] = TALKS
        caller = await waits(at)
        call_id = CallId(caller.sid)
        await asterisk.takes(caller)
        await at.house.moves.move(OLGA, call_id, None, carrier="twilio")
        call = at.house.switchboard.calls[call_id]
        await at.until(lambda: call.carrier == "twilio" and call_id in at.house.floor.line, "is back and waits")
        at.house.ready(MARIA)
        await at.over(caller)
        [mobile] = at.twilio.calls(to=MOBILE)
        assert (mobile.call.direction, mobile.call.from_) == ("outbound-api", caller.call.from_)

    tell(story)


def test_who_is_moved_into_another_line_there_waits_in_that_one(tell: Tell) -> None:
    async def story(at: CloudLine) -> None:
        at.house.has_two_lines()
        asterisk = Joining(at)
        caller = await waits(at)
        call_id = CallId(caller.sid)
        await asterisk.takes(caller, ToQueue(queue=SUPPORT))
        assert at.house.floor.line[call_id].queue == SUPPORT
        caller.hangs_up()
        await at.over(caller)

    tell(story)


def test_whom_asterisk_does_not_take_goes_on_in_the_cloud_in_their_place(tell: Tell) -> None:
    async def story(at: CloudLine) -> None:
        at.house.has_two_lines()
        Joining(at, FarPhone(rings_after_s=0.2, answers_after_s=None))
        at.has_phone(MARIA, TALKS)
        caller = await waits(at)
        call_id = CallId(caller.sid)
        since = at.house.floor.line[call_id].joined_at
        await at.house.moves.move(OLGA, call_id, None, carrier="asterisk")
        await at.twilio.called(ASTERISK)
        await at.until(lambda: call_id in at.house.floor.line, "waits again")
        assert is_same(at.house.floor.line[call_id].joined_at, since)
        at.house.ready(MARIA)
        assert (await at.over(caller)).agents == (MARIA,)

    tell(story)


def test_who_came_by_a_trunk_of_asterisks_own_stays_there(tell: Tell) -> None:
    async def story(at: CloudLine) -> None:
        at.house.has_two_lines()
        line = Joining(at).offers("1000")
        while not line.held:
            await at.until(lambda: line.open, "something is asked")
            line.answers(Keys(turn=line.turn, digits="1") if isinstance(line.last, Ask) else Said(turn=line.turn))
            await at.house.settles()
        with pytest.raises(MoveRefusedError, match="own trunk and cannot leave it"):
            await at.house.moves.move(OLGA, PART, None, carrier="twilio")
        assert PART in at.house.floor.line
        line.answers(LineLost(at=at.house.clock.now()))

    tell(story)
