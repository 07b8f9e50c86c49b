"""Queues, and the one line of callers who wait in them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from telephony.calls.model import AgentId, CallId, QueueName
from telephony.routing.reach import EVERYWHERE, Reach


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """How one queue treats its callers and agents. Times are seconds."""

    name: QueueName
    ring_limit_s: int = 20
    wrap_up_s: int = 30
    announce_every_s: int = 30
    """How often a waiting caller is told that we are still there; 0 for never again after the beginning."""
    announce_position: int = 0
    """Up to which place callers are told it, with every announcement; 0 for never."""
    announce_wait: bool = False
    """Whether they are told how long they will probably wait."""
    max_wait_s: int = 600
    """After this the caller leaves the queue by its flow's way out."""
    music: str = "default"
    record: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A caller in the line. The place is kept by `joined_at`, whoever failed to answer meanwhile."""

    call_id: CallId
    queue: QueueName
    joined_at: datetime
    came_at: datetime | None = None
    """When they came into this line, if that was later: who was moved keeps the place of the line before."""
    passed: Mapping[AgentId, datetime] = field(default_factory=dict)
    """Agents who were rung for this call and did not take it, and when."""
    only: AgentId | None = None
    """Set when the caller waits for one named agent."""
    reach: Reach = EVERYWHERE
    """Which phones the carrier of this caller can ring."""
