"""Tells flows how each line is at this moment. Worked out only when a condition asks."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from telephony.calls.model import QueueName
from telephony.ivr.facts import QueueFacts
from telephony.journey.floor import Floor
from telephony.ports import Clock
from telephony.routing.agents import AgentState


@dataclass(frozen=True, slots=True)
class LiveQueues(Mapping[QueueName, QueueFacts]):
    """The lines of the floor; a name that is no queue of ours has no facts."""

    floor: Floor
    clock: Clock

    def __getitem__(self, name: QueueName) -> QueueFacts:
        if name not in self.floor.queues:
            raise KeyError(name)
        joined = [each.joined_at for each in self.floor.line.values() if each.queue == name]
        states = [each.state for each in self.floor.agents.values() if name in each.agent.queues]
        longest = self.clock.now() - min(joined) if joined else None
        return QueueFacts(
            waiting=len(joined),
            longest_wait_s=max(0.0, longest.total_seconds()) if longest else 0.0,
            agents_ready=states.count(AgentState.READY),
            agents_present=self.floor.present(name),
        )

    def __iter__(self) -> Iterator[QueueName]:
        return iter(self.floor.queues)

    def __len__(self) -> int:
        return len(self.floor.queues)
