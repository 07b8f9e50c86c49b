"""The whole house on Twilio: a cloud that does what our documents say, phones out there, minutes that take seconds."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from telephony.calls.model import AgentId, CallId, CustomerId
from telephony.customers.record import Customer
from telephony.journey.inbound import Inbound
from telephony.routing.queues import Queue
from telephony.timeline.entry import CallEntry
from tests.fakes.flows import flows
from tests.fakes.house import EXTENSIONS, SALES, House, open_house
from tests.fakes.hurried_time import RunningClock
from tests.fakes.joined_cloud import PBX, Joined, joined, owns
from tests.fakes.twilio import Caller, FakeTwilio, FarPhone, Pace

OURS = "+35924000000"
ANN = "+359888100200"
PROMPT_S = 2.0
PATIENCE_S = 400.0
"""Of tests that wait for something, in seconds of the hurried clock."""
QUEUE = Queue(name=SALES, ring_limit_s=6, wrap_up_s=600, announce_every_s=10)
TALKS = FarPhone(rings_after_s=0.5, answers_after_s=2.0, talks_s=8.0)
TAKES = FarPhone(rings_after_s=0.5, answers_after_s=2.0, talks_s=9.0, presses="1")
"""A mobile whose owner presses the key that takes a call."""
RINGS = FarPhone(rings_after_s=0.5, answers_after_s=None)

_PIECE = re.compile(r"/music/\w+\.wav\?from_s=(\d+)&for_s=(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudLine:
    """The house, the cloud, and what is between them."""

    house: House
    twilio: FakeTwilio
    cloud: Joined
    folder: Path

    def has_phone(self, agent: AgentId, phone: FarPhone) -> None:
        self.twilio.phones[f"sip:{EXTENSIONS[agent]}@{PBX}"] = phone

    def has_ready(self, agent: AgentId, phone: FarPhone) -> None:
        """Have this agent ready for calls at their extension, where the phone does this."""
        self.has_phone(agent, phone)
        self.house.ready(agent)

    async def calls(self) -> Caller:
        return await self.twilio.incoming(to=OURS, from_=ANN)

    async def in_line(self) -> Caller:
        """Let somebody call who chooses to talk to a person."""
        caller = await self.calls()
        await caller.answers("1")
        return caller

    async def until(self, holds: Callable[[], object], what: str) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not holds():
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"waited in vain until {what}") from None

    async def pops_at(self, agent: AgentId) -> CallId:
        """Wait until a call is shown to this agent."""
        await self.until(lambda: self.house.pops.views.get(agent), f"a call pops at {agent}")
        return next(iter(self.house.pops.views[agent]))

    async def over(self, caller: Caller) -> CallEntry:
        """Wait until the call stands in the timeline; nothing that we wrote may have been wrong."""
        await caller.until_over()
        call_id = CallId(caller.sid)
        await self.until(lambda: call_id in self.house.timeline.entries, "the call is in the timeline")
        assert list(self.twilio.faults) == []
        assert not self.house.switchboard.failures
        return self.house.timeline.entries[call_id]

    def phases(self, agent: AgentId) -> list[object]:
        """Return what this agent's card of the call said, without repeats."""
        phases = [card["phase"] for card in self.house.screens.calls(agent)]
        return [phase for number, phase in enumerate(phases) if phases[number - 1 : number] != [phase]]

    def gone(self, agent: AgentId) -> list[object]:
        """Return why calls left this agent's screen."""
        return [event["reason"] for event in self.house.screens.gone(agent)]


Story = Callable[[CloudLine], Awaitable[None]]


class Tell(Protocol):
    """Plays a story in hurried time."""

    def __call__(self, story: Story, queue: Queue = QUEUE) -> None: ...


def music_of(caller: Caller) -> list[tuple[int, int]]:
    """Return the pieces of music a caller heard: from which second, and for how many."""
    pieces = [_PIECE.search(sound) for sound in caller.sounds]
    return [(int(piece[1]), int(piece[2])) for piece in pieces if piece]


def texts_of(caller: Caller) -> list[str]:
    """Return the texts a caller heard."""
    return [sound.rpartition("/en-")[2].removesuffix(".wav") for sound in caller.sounds if "/en-" in sound]


@asynccontextmanager
async def cloud_line(folder: Path, queue: Queue = QUEUE) -> AsyncIterator[CloudLine]:
    clock = RunningClock()
    twilio = FakeTwilio(pace=Pace(scale=1.0, now=clock.now, real_webhook_limit_s=PATIENCE_S))
    async with (
        open_house(flows(), queue=queue, clock=clock) as house,
        joined(twilio, house.switchboard, folder, clock, prompt_s=PROMPT_S, limit_s=60.0) as cloud,
    ):
        way = house.switchboard.way
        assert isinstance(way, Inbound)
        house.carrier = cloud.carrier  # type: ignore[assignment]
        way.waiting.carrier = house.desk.carrier = house.moves.carrier = cloud.carrier
        house.customers.knows(ANN, Customer(id=CustomerId("c-1"), name="Ann"))
        house.tasks.spawn(house.desk.beat(), name="desk")
        owns(twilio, OURS)
        yield CloudLine(house=house, twilio=twilio, cloud=cloud, folder=folder)
