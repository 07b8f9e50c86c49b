"""Waiting callers are told their place and how long it will take, on every carrier."""

import asyncio
from dataclasses import replace
from pathlib import Path

from telephony.calls.commands import Hold, Prompt
from telephony.calls.model import CallId
from telephony.carriers.simulated import Caller as Stranger
from telephony.carriers.simulated import SimulatedCarrier, SimulatedLine, Telephone
from telephony.journey.flows_in_force import FlowsInForce
from telephony.journey.inbound import Inbound
from telephony.routing.agents import AgentState
from telephony.routing.queues import Queue
from tests.fakes import virtual_time
from tests.fakes.cloud_line import RINGS, CloudLine, Tell, texts_of
from tests.fakes.flow_files import NAMES, FlowFiles
from tests.fakes.flows import MAIN, flows
from tests.fakes.house import MARIA, SALES, Caller, House, open_house
from tests.fakes.hurried_time import RunningClock
from tests.fakes.published import FakePublished, in_words

FLOWS = flows(MAIN.replace("wait_s: 120", "wait_s: 1800"))
QUEUE = Queue(name=SALES, wrap_up_s=0, announce_every_s=30, announce_position=3, announce_wait=True, max_wait_s=1800)


def announced(house: House, call_id: str) -> list[str]:
    return [step.value for step in house.timeline.steps if step.call_id == call_id and step.event == "announced"]


async def in_line(house: House, call_id: str, carrier: str = "asterisk") -> Caller:
    caller = await house.in_line(call_id, carrier=carrier)
    house.clock.passes(1)
    return caller


def news(caller: Caller) -> list[str]:
    """Return what the caller heard since they joined the line."""
    texts = caller.line.texts()
    return texts[texts.index("please_hold") :]


async def test_the_place_is_told_right_after_the_greeting_and_with_every_announcement() -> None:
    async with open_house(FLOWS, queue=QUEUE) as house:
        house.floor.wish(MARIA, AgentState.AWAY)
        first, second = await in_line(house, "first"), await in_line(house, "second", carrier="twilio")
        assert news(first) == ["please_hold", "_place1"]
        assert news(second) == ["please_hold", "_place2"]
        await second.holds_to_the_end()
        assert isinstance(second.line.last, Hold)
        assert second.line.last.prompts == ()
        await first.hangs_up()
        await second.holds_to_the_end()
        assert news(second)[2:] == ["all_busy", "_place1"]
        assert announced(house, second.id) == ["place 2", "place 1"]


async def test_a_place_beyond_the_queues_limit_is_not_told() -> None:
    async with open_house(FLOWS, queue=QUEUE) as house:
        house.floor.wish(MARIA, AgentState.AWAY)
        callers = [await in_line(house, f"c{number}") for number in range(1, 5)]
        assert news(callers[2]) == ["please_hold", "_place3"]
        assert news(callers[3]) == ["please_hold"]
        assert announced(house, callers[3].id) == []


async def test_nobody_hears_that_their_place_grew_worse() -> None:
    async with open_house(FLOWS, queue=QUEUE) as house:
        house.floor.wish(MARIA, AgentState.AWAY)
        second = await in_line(house, "second")
        house.clock.passes(29)
        earlier = house.clock.now().replace(hour=11)
        house.floor.join(CallId("first"), SALES, since=earlier)
        await second.holds_to_the_end()
        assert news(second) == ["please_hold", "_place1", "all_busy"]
        house.floor.leave(CallId("first"))
        await second.holds_to_the_end()
        await second.holds_to_the_end()
        assert news(second)[-2:] == ["all_busy", "_place1"]


async def test_a_queue_that_announces_never_still_tells_the_place_at_the_beginning() -> None:
    async with open_house(FLOWS, queue=replace(QUEUE, announce_every_s=0)) as house:
        house.floor.wish(MARIA, AgentState.AWAY)
        caller = await in_line(house, "c")
        for _ in range(20):
            assert isinstance(caller.line.last, Hold)
            assert caller.line.last.for_s == 20
            await caller.holds_to_the_end()
        assert news(caller) == ["please_hold", "_place1"]


async def test_what_has_no_sound_is_left_out_and_the_caller_hears_that_we_know_of_them() -> None:
    def speaks(_flow: str, prompt: Prompt) -> bool:
        return not prompt.text_id.startswith("_")

    async with open_house(FLOWS, queue=QUEUE) as house:
        assert isinstance(house.switchboard.way, Inbound)
        house.switchboard.way.waiting.speaks = speaks
        house.floor.wish(MARIA, AgentState.AWAY)
        caller = await in_line(house, "c")
        await caller.holds_to_the_end()
        await caller.holds_to_the_end()
        assert news(caller) == ["please_hold", "all_busy"]
        assert announced(house, caller.id) == []


async def test_sentences_are_there_for_versions_that_are_older_than_they_are(tmp_path: Path) -> None:
    published = FakePublished()
    version = published.takes(FlowFiles(tmp_path / "flows").load())
    in_force = FlowsInForce(published=published, names=NAMES, voice=in_words)
    await in_force.refresh()
    flow = f"main@{version.digest}"
    assert "_place3" not in published.bundles["main", 1].texts["en"]
    assert in_force.speaks(flow, Prompt(text_id="_place3", language="en"))
    assert in_force.speaks("main@gone", Prompt(text_id="_place3", language="en"))
    assert not in_force.speaks(flow, Prompt(text_id="_place3", language="de"))
    assert not in_force.speaks(flow, Prompt(text_id="_place21", language="en"))


def test_callers_of_the_simulated_network_hear_their_place_and_soon_the_time() -> None:
    async def story() -> None:
        async with open_house(FLOWS, queue=QUEUE, clock=RunningClock()) as house:
            maria = Telephone(endpoint="PJSIP/101", answers_after_s=2.0, talks_s=60.0)
            carrier = SimulatedCarrier(house.switchboard, house.clock, [maria])
            assert isinstance(house.switchboard.way, Inbound)
            house.switchboard.way.waiting.carrier = carrier
            async with carrier:
                house.floor.wish(MARIA, AgentState.READY)
                lines = [await _calls(carrier) for _ in range(6)]
                await asyncio.sleep(600)
            assert _news(lines[0]) == []
            assert _news(lines[1])[:2] == ["please_hold", "_place1"]
            assert _news(lines[2])[:2] == ["please_hold", "_place2"]
            assert _news(lines[3])[:2] == ["please_hold", "_place3"]
            assert _news(lines[4])[:1] == ["please_hold"]
            # by the time three have waited and were answered, it is known how long one takes: 62 seconds
            assert _news(lines[5])[-3:] == ["all_busy", "_place1", "_wait_about2"]
            last = announced(house, lines[5].call_id)
            assert last[-1] == "place 1, about 2 min"
            assert "place 2, about 3 min" in last
            assert not house.switchboard.failures

    virtual_time.play(story())


async def _calls(carrier: SimulatedCarrier) -> SimulatedLine:
    line = carrier.call(Stranger(keys=("1",)))
    await asyncio.sleep(3)
    return line


def _news(line: SimulatedLine) -> list[str]:
    return line.heard[line.heard.index("please_hold") :] if "please_hold" in line.heard else []


def test_callers_of_a_cloud_number_hear_the_same(tell: Tell) -> None:
    async def story(at: CloudLine) -> None:
        at.has_phone(MARIA, RINGS)
        at.house.floor.wish(MARIA, AgentState.AWAY)
        first, second = await at.in_line(), await at.in_line()
        await second.hears("_place2")
        first.hangs_up()
        await second.hears("_place1")
        second.hangs_up()
        await at.over(second)
        heard = texts_of(second)
        assert heard[heard.index("please_hold") :][:2] == ["please_hold", "_place2"]
        assert heard[-2:] == ["all_busy", "_place1"]
        assert announced(at.house, second.sid)[:1] == ["place 2"]
        assert announced(at.house, second.sid)[-1] == "place 1"

    tell(story, replace(QUEUE, announce_every_s=15))
