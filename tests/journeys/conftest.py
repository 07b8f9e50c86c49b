"""What journeys share: a house, stories of the cloud in hurried time, and legs of which nothing more is awaited."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from telephony.journey import switchboard
from telephony.routing.queues import Queue
from tests.fakes import hurried_time
from tests.fakes.cloud_line import PATIENCE_S, QUEUE, Story, Tell, cloud_line
from tests.fakes.flows import flows
from tests.fakes.house import House, open_house
from tests.fakes.twilio import Caller, cloud

FLOWS = flows()


@pytest.fixture
async def house() -> AsyncIterator[House]:
    """Have a house with the usual flows."""
    async with open_house(FLOWS) as opened:
        yield opened


@pytest.fixture
def tell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tell:
    """Play a story on the cloud's line; who waits in it has the patience that hurried time wants."""
    monkeypatch.setattr(Caller, "LIMIT_S", PATIENCE_S)
    monkeypatch.setattr(cloud, "WAIT_S", PATIENCE_S)

    def play(story: Story, queue: Queue = QUEUE) -> None:
        async def whole() -> None:
            async with cloud_line(tmp_path, queue) as at:
                await story(at)

        hurried_time.play(whole())

    return play


@pytest.fixture
def last_legs_end_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a call whose caller left not wait for the end of its last leg."""
    monkeypatch.setattr(switchboard, "LAST_LEG_LIMIT_S", 0.0)
