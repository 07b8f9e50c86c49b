"""The floor: who waits, who is free, and the one place that brings them together."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from telephony.calls.events import AgentChosen, PhoneState
from telephony.calls.model import AgentId, CallId, QueueName
from telephony.ports import Clock
from telephony.routing import presence
from telephony.routing.agents import Agent, AgentState, AgentStatus
from telephony.routing.pace import Pace, had_to_wait
from telephony.routing.places import place_of
from telephony.routing.queues import Queue, Waiting
from telephony.routing.reach import EVERYWHERE, Reach
from telephony.routing.router import Assignment, assign

logger = logging.getLogger(__name__)


class Chosen(Protocol):
    """Told to a waiting call: this agent shall take you."""

    def __call__(self, call_id: CallId, event: AgentChosen) -> None:
        """Deliver; never blocks."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLoad:
    """A queue now, for a wallboard."""

    name: QueueName
    waiting: int
    longest_since: datetime | None
    ready: int


@dataclass(slots=True)
class Floor:
    """Keeps the agents' states and the line in memory, and decides anew after each change.

    `changed` is called with each agent's new status, `line_changed` when the line is different; both must not block.
    """

    queues: Mapping[QueueName, Queue]
    clock: Clock
    chosen: Chosen
    changed: Callable[[AgentStatus], None] = lambda _status: None
    line_changed: Callable[[], None] = lambda: None
    reaches: Mapping[str, Reach] = field(default_factory=dict)
    """Which phones each carrier can ring, by its name; one that is not here rings all."""
    agents: dict[AgentId, AgentStatus] = field(default_factory=dict)
    line: dict[CallId, Waiting] = field(default_factory=dict)
    paces: dict[QueueName, Pace] = field(default_factory=dict)
    """How fast each queue was answered lately; known since the start."""
    _by_endpoint: dict[str, AgentId] = field(default_factory=dict)
    _on_call: dict[CallId, set[AgentId]] = field(default_factory=dict)
    """Who is held by a call; the inverse of `AgentStatus.call_id`."""

    def staff(self, agents: Iterable[Agent]) -> None:
        """Set who works here. States of those who stay are kept; a phone is idle until its network says otherwise."""
        now = self.clock.now()
        known = self.agents
        self.agents = {}
        for agent in agents:
            before = known.get(agent.id)
            if before is None:
                before = AgentStatus(agent=agent, state=AgentState.OFFLINE, since=now, idle_since=now)
            elif before.agent.endpoint != agent.endpoint:  # what the old phone does says nothing of the new one
                before = replace(before, phone=PhoneState.IDLE)
            self.agents[agent.id] = replace(before, agent=agent)
        for gone, status in known.items():
            if gone not in self.agents:
                self._move(gone, status.call_id, None)
        self._by_endpoint = {status.agent.endpoint: agent_id for agent_id, status in self.agents.items()}

    def at_phone(self, endpoint: str) -> AgentStatus | None:
        """Return the agent at this phone, or None when it is nobody's."""
        agent_id = self._by_endpoint.get(endpoint)
        return self.agents.get(agent_id) if agent_id else None

    def agent_at(self, endpoint: str) -> AgentId | None:
        """Return who sits at this phone, or None."""
        return self._by_endpoint.get(endpoint)

    def name_of(self, agent: AgentId) -> str:
        """Return the agent's name; the id of somebody who works here no more."""
        status = self.agents.get(agent)
        return status.agent.name if status else agent

    def endpoints(self) -> frozenset[str]:
        """Return the addresses of all agents' phones."""
        return frozenset(self._by_endpoint)

    # --- the line ----------------------------------------------------------------------------------------------------

    def join(
        self,
        call_id: CallId,
        queue: QueueName,
        *,
        only: AgentId | None = None,
        carrier: str = "",
        since: datetime | None = None,
        passed: Mapping[AgentId, datetime] | None = None,
    ) -> None:
        """Put a caller of this carrier into the line; one who waits there already, or did `since`, keeps the place.

        `passed` are agents who were rung for the call before.
        """
        if call_id not in self.line:
            now = self.clock.now()
            self.line[call_id] = Waiting(
                call_id=call_id,
                queue=queue,
                joined_at=since or now,
                came_at=now,
                passed=dict(passed or {}),
                only=only,
                reach=self._reach(carrier),
            )
            self.line_changed()
        self._decide()

    def leave(self, call_id: CallId) -> None:
        """Take a caller out of the line."""
        if self.line.pop(call_id, None):
            self.line_changed()

    def serves(self, queue: QueueName, *, carrier: str = "") -> bool:
        """Tell whether anybody who works now (or only pauses) serves the queue, and can be rung from this carrier."""
        served_by = (each.agent.id for each in self.agents.values() if queue in each.agent.queues)
        return any(self.works(agent, carrier=carrier) for agent in served_by)

    def works(self, agent: AgentId, *, carrier: str = "") -> bool:
        """Tell whether this agent works now (or only pauses), and can be rung from this carrier."""
        status = self.agents.get(agent)
        if status is None or status.state is AgentState.OFFLINE:
            return False
        return self._reach(carrier).objection(status.agent.endpoint) is None

    def reserve(self, agent: AgentId, call_id: CallId, reason: str, *, carrier: str = "") -> AgentChosen | None:
        """Take one agent for a call on this carrier now; None when they are not free or cannot be rung from there."""
        status = self.agents.get(agent)
        if status is None or self.busy_with(status, call_id):
            return None
        out_of_reach = self._reach(carrier).objection(status.agent.endpoint)
        if out_of_reach is not None:
            told = {"action": "agent_out_of_reach", "call_id": call_id, "agent": agent, "reason": out_of_reach}
            logger.warning("an agent who was asked for cannot be rung", extra=told)
            return None
        self._update(agent, lambda known: presence.offered(known, call_id, self.clock.now()))
        return AgentChosen(agent=agent, endpoint=status.agent.endpoint, reason=f"{status.agent.name} {reason}")

    def busy_with(self, status: AgentStatus, call_id: CallId) -> str:
        """Return why an agent cannot be rung for this call now, '' for one who is free.

        Who wraps up this very call, and takes calls after it, is free for it: it may come back to them.
        """
        wraps_it_up = status.state is AgentState.WRAP_UP and status.call_id == call_id
        if status.state is not AgentState.READY and not (wraps_it_up and status.wanted is AgentState.READY):
            return f"is {status.state.value.replace('_', ' ')}"
        return "" if status.phone is PhoneState.IDLE else f"phone is {status.phone.value.replace('_', ' ')}"

    def out_of_reach(self, agent: AgentId, *, carrier: str = "") -> str | None:
        """Return why this agent's phone cannot be rung from this carrier, or None when it can."""
        return self._reach(carrier).objection(self.agents[agent].agent.endpoint)

    def _reach(self, carrier: str) -> Reach:
        return self.reaches.get(carrier, EVERYWHERE)

    def place(self, call_id: CallId) -> int:
        """Return the caller's place in its queue, 1 for the next; 0 when it does not wait."""
        return place_of(call_id, self.line.values())

    def expected_wait_s(self, call_id: CallId) -> float | None:
        """Return how long the caller will wait yet, in seconds; None when too little is known."""
        mine = self.line.get(call_id)
        pace = self.paces.get(mine.queue) if mine else None
        if mine is None or pace is None or mine.only is not None:
            return None
        return pace.expected_wait_s(self.place(call_id), self.present(mine.queue), self.clock.now())

    def present(self, queue: QueueName) -> int:
        """Return how many agents work for the queue now, free or not; who is away does not."""
        states = (each.state for each in self.agents.values() if queue in each.agent.queues)
        return sum(1 for state in states if state not in {AgentState.OFFLINE, AgentState.AWAY})

    def loads(self) -> list[QueueLoad]:
        """Return every queue's load, in the order of the settings."""
        ready = Counter(
            queue for each in self.agents.values() if each.state is AgentState.READY for queue in each.agent.queues
        )
        return [self._load(name, ready[name]) for name in self.queues]

    def _load(self, name: QueueName, ready: int) -> QueueLoad:
        joined = [each.joined_at for each in self.line.values() if each.queue == name]
        return QueueLoad(name=name, waiting=len(joined), longest_since=min(joined, default=None), ready=ready)

    # --- the agents --------------------------------------------------------------------------------------------------

    def wish(self, agent: AgentId, wanted: AgentState, *, reason: str = "") -> None:
        """Make an agent READY, AWAY or OFFLINE; `reason` is set when it was not the agent's own choice."""
        now = self.clock.now()
        self._update(agent, lambda status: replace(presence.wish(status, wanted, now), reason=reason))
        self._decide()

    def phone(self, endpoint: str, state: PhoneState) -> None:
        """Note what a phone does; one that rings or talks outside of our calls takes its agent out of the choice."""
        status = self.at_phone(endpoint)
        if status is not None and status.phone is not state:
            self._update(status.agent.id, lambda known: replace(known, phone=state))
            self._decide()

    def ringing(self, agent: AgentId, call_id: CallId) -> None:
        """Note that a call rings at the agent, chosen by us or not."""
        status = self.agents.get(agent)
        if status and status.state not in presence.ON_PHONE:
            self._update(agent, lambda known: presence.offered(known, call_id, self.clock.now()))

    def answered(self, agent: AgentId, call_id: CallId) -> None:
        """Note that the agent talks; the caller they were chosen for waits no more.

        An agent who asks somebody else in between stays with the first call, which is the one to wrap up.
        """
        status = self.agents.get(agent)
        if status and status.state is AgentState.ON_CALL and status.call_id != call_id:
            return
        if status and self._is_on(agent, call_id):
            self._note_pace(call_id, chosen_at=status.since)
            self.leave(call_id)
        self._update(agent, lambda status: presence.answered(status, call_id, self.clock.now()))

    def _note_pace(self, call_id: CallId, *, chosen_at: datetime) -> None:
        waiting = self.line.get(call_id)
        if waiting is not None:
            pace = self.paces.get(waiting.queue, Pace())
            agents = self.present(waiting.queue) if had_to_wait(waiting, chosen_at) else 0
            now = self.clock.now()
            self.paces[waiting.queue] = pace.after(waiting, chosen_at=chosen_at, at=now, agents=agents)

    def talked(self, agent: AgentId, call_id: CallId, queue: str) -> None:
        """Note that the agent's talk is over; calls of a queue of ours are followed by its wrap-up time.

        The network and the caller's line both tell it; the first to do so counts.
        """
        known = self.queues.get(QueueName(queue))
        wrap_up = timedelta(seconds=known.wrap_up_s if known else 0)
        if self._holds(agent, call_id):
            self._update(agent, lambda status: presence.talked(status, self.clock.now(), wrap_up))
            self._decide()

    def missed(self, agent: AgentId, call_id: CallId, *, blame: bool) -> None:
        """Note that the agent did not take the call; it goes to the next, and the caller keeps the place."""
        waiting = self.line.get(call_id)
        if waiting is not None:
            self.line[call_id] = replace(waiting, passed={**waiting.passed, agent: self.clock.now()})
        if self._holds(agent, call_id):
            self._update(agent, lambda status: presence.missed(status, self.clock.now(), blame=blame))
        self._decide()

    def wrapped_up(self, agent: AgentId) -> None:
        """End the agent's wrap-up."""
        status = self.agents.get(agent)
        if status and status.state is AgentState.WRAP_UP:
            self._update(agent, lambda known: presence.wrapped_up(known, self.clock.now()))
            self._decide()

    def tick(self) -> None:
        """End the wrap-ups whose time is over and look at the line again; called about once a second."""
        now = self.clock.now()
        for status in list(self.agents.values()):
            if status.state is AgentState.WRAP_UP and status.wrap_up_until and status.wrap_up_until <= now:
                self.wrapped_up(status.agent.id)
        self._decide()

    def release(self, call_id: CallId) -> None:
        """Free every agent who is still held for a call that is over, without blaming them."""
        for agent in list(self._on_call.get(call_id, ())):
            if self._holds(agent, call_id):
                self._update(agent, lambda known: presence.missed(known, self.clock.now(), blame=False))
        self._decide()

    # --- bringing them together --------------------------------------------------------------------------------------

    def _decide(self) -> None:
        if not self.line:  # nearly always, and every change of every phone comes here
            return
        line = [waiting for waiting in self.line.values() if not self.is_reserved(waiting.call_id)]
        if not line:  # all who wait are being rung for: often, and a thousand agents need not be looked at
            return
        now = self.clock.now()
        for assignment in assign(line, self.agents.values(), now):
            self._reserve(assignment, now)
            agent = self.agents[assignment.agent].agent
            logger.info(
                "agent chosen",
                extra={
                    "action": "agent_chosen",
                    "call_id": assignment.call_id,
                    "agent": agent.id,
                    "reason": assignment.reason,
                    "passed_over": [f"{each.agent}: {each.why}" for each in assignment.passed_over],
                },
            )
            event = AgentChosen(agent=agent.id, endpoint=agent.endpoint, reason=assignment.reason)
            self.chosen(assignment.call_id, event)

    def is_reserved(self, call_id: CallId) -> bool:
        """Tell whether an agent is rung for this call, or is about to be."""
        return any(self.agents[agent].state is AgentState.RINGING for agent in self._on_call.get(call_id, ()))

    def _reserve(self, assignment: Assignment, now: datetime) -> None:
        self._update(assignment.agent, lambda known: presence.offered(known, assignment.call_id, now))

    def _is_on(self, agent: AgentId, call_id: CallId) -> bool:
        status = self.agents.get(agent)
        return status is not None and status.call_id == call_id

    def _holds(self, agent: AgentId, call_id: CallId) -> bool:
        """Tell whether the call rings or talks at the agent now; one that is wrapped up is theirs no more."""
        return self._is_on(agent, call_id) and self.agents[agent].state in presence.ON_PHONE

    def _move(self, agent: AgentId, before: CallId | None, after: CallId | None) -> None:
        if before is not None and before in self._on_call:
            self._on_call[before].discard(agent)
            if not self._on_call[before]:
                del self._on_call[before]
        if after is not None:
            self._on_call.setdefault(after, set()).add(agent)

    def _update(self, agent: AgentId, change: Callable[[AgentStatus], AgentStatus]) -> None:
        before = self.agents.get(agent)
        if before is None:
            return
        after = change(before)
        if after != before:
            self.agents[agent] = after
            if after.call_id != before.call_id:
                self._move(agent, before.call_id, after.call_id)
            self.changed(after)
