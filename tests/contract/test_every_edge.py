"""Every flow, over every way there is, on every carrier: the same story, step by step."""

import asyncio
from collections.abc import Mapping, Sequence
from difflib import unified_diff
from pathlib import Path

import pytest

from telephony.ivr.coverage.ways_taken import edges_of
from telephony.ivr.flow import Flow
from telephony.ivr.loader import load_flows
from telephony.ivr.surroundings import Names
from tests.contract.on_asterisk import asterisk_stage
from tests.contract.on_twilio import twilio_stage
from tests.contract.run import Exchange, Stage, play
from tests.contract.script import Script
from tests.contract.scripts_of import scripts_of
from tests.contract.simulated import simulated_stage
from tests.fakes import virtual_time
from tests.fakes.caller import FLOWS, KNOWN
from tests.integration.asterisk import AsteriskInstance
from tests.integration.sipp import Sipp

AT_ONCE = 12
STORIES = Mapping[str, Sequence[str]]

_NAMES = Names(calendars=KNOWN.calendars, queues=KNOWN.queues)
ENTRIES = {name: flow for name, flow in load_flows(FLOWS, _NAMES).flows.items() if not flow.results}
"""The flows that callers can be sent to; parts of others are walked with them."""

NEVER_TAKEN = {
    (
        "account:who/by_number",
        "rule",
        "by the number",
    ): "the account asks for the PIN always",
}
"""Ways that no caller of the demo can take, with the reason."""


def called(number: int) -> str:
    """Return the number that the script at this place calls."""
    return f"+3592{number:06}"


async def stories(stage: Stage, exchange: Exchange, flow: Flow, scripts: Sequence[Script]) -> dict[str, list[str]]:
    """Return what happened in each call: side by side, but talks one after the other, for there are few phones."""
    told: dict[str, list[str]] = {}
    room, phones = asyncio.Semaphore(AT_ONCE), asyncio.Lock()

    async def one(number: int, script: Script) -> None:
        async with room if not any(script.talks) else phones:
            told[script.name] = await play(script, called(number), stage, exchange, {flow.name: flow})

    async with asyncio.TaskGroup() as calls:
        for number, script in enumerate(scripts):
            calls.create_task(one(number, script), name=script.name)
    return told


def on_paper(flow: Flow, scripts: Sequence[Script]) -> dict[str, list[str]]:
    async def tell() -> dict[str, list[str]]:
        exchange = Exchange()
        async with simulated_stage(exchange) as stage:
            return await stories(stage, exchange, flow, scripts)

    return virtual_time.play(tell())


@pytest.mark.parametrize("name", sorted(ENTRIES))
def test_the_simulated_carrier_brings_every_walk_to_its_end(name: str) -> None:
    _, scripts = scripts_of(ENTRIES[name])
    told = on_paper(ENTRIES[name], scripts)
    assert len(told) == len(scripts) > 0
    assert [name for name, lines in told.items() if "  line lost" not in lines] == []


@pytest.mark.integration
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", sorted(ENTRIES))
async def test_asterisk_tells_the_same_story_as_the_simulated_carrier(
    name: str, asterisk: AsteriskInstance, sipp: Sipp
) -> None:
    flow = ENTRIES[name]
    _, scripts = scripts_of(flow)
    expected = await asyncio.to_thread(on_paper, flow, scripts)
    exchange = Exchange()
    async with asterisk_stage(exchange, asterisk, sipp) as stage:
        told = await stories(stage, exchange, flow, scripts)
    assert "\n".join(differences(expected, told, stage)) == ""


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", sorted(ENTRIES))
async def test_twilio_tells_the_same_story_as_the_simulated_carrier(name: str, tmp_path: Path) -> None:
    flow = ENTRIES[name]
    _, scripts = scripts_of(flow)
    expected = await asyncio.to_thread(on_paper, flow, scripts)
    exchange = Exchange()
    async with twilio_stage(exchange, tmp_path) as stage:
        told = await stories(stage, exchange, flow, scripts)
        mistakes = await stage.mistakes()
        for number, script in enumerate(scripts):
            mistakes += misheard(script.name, told[script.name], stage.heard(called(number)))
    assert "\n".join(differences(expected, told, stage)) == ""
    assert mistakes == []


def differences(expected: STORIES, told: STORIES, stage: Stage) -> list[str]:
    found: list[str] = []
    for name, lines in expected.items():
        found += unified_diff(lines, told.get(name, []), f"{name} simulated", f"{name} {stage.name}", lineterm="", n=3)
    return found


def misheard(name: str, lines: Sequence[str], heard: Sequence[str]) -> list[str]:
    """Return what a caller heard amiss: what is said is heard whole, a question until a key, and nothing else."""
    left = list(heard)
    for line in lines:
        match line.split():
            case ["say", *prompts]:
                if left[: len(prompts)] != prompts[: len(left)]:
                    return [f"{name}: {line!r} is {left[: len(prompts)]}"]
                del left[: len(prompts)]
            case ["ask", *words]:
                for prompt in words[: words.index("for")]:
                    if left[:1] == [prompt]:
                        del left[0]
    return [f"{name}: {left} was never to be said"] if left else []


def test_every_way_of_every_flow_is_walked() -> None:
    """A way that a flow never takes where it is a part of another is walked where the flow stands by itself."""
    walked, missed = set(), {}
    for name, flow in ENTRIES.items():
        covered, _ = scripts_of(flow)
        not_taken = {each.edge: each.reason for each in covered.missed}
        for edge in edges_of(flow.nodes):
            own = (_own_name(edge.node, name), edge.way.by, edge.way.label)
            if edge in not_taken:
                missed[own] = not_taken[edge]
            else:
                walked.add(own)
    assert {own: reason for own, reason in missed.items() if own not in walked}.keys() == NEVER_TAKEN.keys()


def _own_name(node: str, entry: str) -> str:
    """Return a node's name with the flow it stands in: `main` goes to `orders:more`, which is `more` of `orders`."""
    return node if ":" in node else f"{entry}:{node}"


def test_the_flows_are_those_of_the_demo() -> None:
    assert "main" in ENTRIES
    assert Path(FLOWS / "demo.yaml").is_file()
