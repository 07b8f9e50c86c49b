"""Shows an agent who is calling while the phone rings, and takes it away when somebody else answers."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from telephony.calls.model import AgentId, CallId, Direction
from telephony.calls.numbers import CallerNumber
from telephony.customers.match import Match
from telephony.customers.record import CustomerRecord
from telephony.journey.lookup import Identified, RecordState
from telephony.ports import AgentScreens
from telephony.timeline.entry import PathStep

logger = logging.getLogger(__name__)

KEPT_VIEWS = 20
"""Ended calls an agent's screen may still hold for their notes; older ones go."""

SAYS_MORE_WITHIN_S = 0.5
"""Asterisk may tell that a phone stopped ringing a moment before it tells who answered."""


class Phase(StrEnum):
    """Where a call stands for one agent."""

    RINGING = "ringing"
    TALKING = "talking"
    WRAP_UP = "wrap_up"


class Gone(StrEnum):
    """Why a call leaves a screen."""

    ANSWERED_ELSEWHERE = "answered_elsewhere"
    CALLER_HUNG_UP = "caller_hung_up"
    NOT_ANSWERED = "not_answered"
    DECLINED = "declined"
    ENDED = "ended"


@dataclass(slots=True, kw_only=True)
class View:
    """One call on one agent's screen. The same call rung again at the same agent is a new pop."""

    pop_id: str
    call_id: CallId
    agent: AgentId
    kind: str
    """`queue`, `direct`, `outgoing` or `internal`."""
    direction: Direction
    number: CallerNumber
    caller_name: str
    called: str
    queue: str
    why: str
    waited_s: float
    rang_at: datetime
    answers: tuple[PathStep, ...] = ()
    phase: Phase = Phase.RINGING
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    revision: int = 0
    match: Match | None = None
    record: CustomerRecord | None = None
    record_state: RecordState = RecordState.LOADING
    acknowledged_at: datetime | None = None
    note: str = ""

    def know(self, identified: Identified) -> None:
        """Take in what the look-up gave."""
        self.match, self.record, self.record_state = identified.match, identified.record, identified.state


@dataclass(slots=True)
class ScreenPops:
    """All calls on all screens. Methods never block; a record that is late follows as a patch."""

    screens: AgentScreens
    spawn: Callable[..., object]
    """Starts a named task that the switchboard owns."""
    deadline_s: float = 0.05
    """How long a pop waits for its record before it is shown without."""
    shown: Callable[[View], None] = lambda _view: None
    views: dict[AgentId, dict[CallId, View]] = field(default_factory=dict)
    _agents_of: dict[CallId, set[AgentId]] = field(default_factory=dict)
    """On whose screens a call is, so that its end does not walk a thousand of them."""

    def pop(self, view: View, identified: asyncio.Future[Identified] | None) -> None:
        """Show a call that rings. With the record when it is there, else at the deadline without."""
        mine = self.views.setdefault(view.agent, {})
        before = mine.pop(view.call_id, None)
        view.note = view.note or (before.note if before else "")  # a call that comes back
        mine[view.call_id] = view
        self._agents_of.setdefault(view.call_id, set()).add(view.agent)
        while len(mine) > KEPT_VIEWS:
            oldest = next(iter(mine))
            del mine[oldest]
            self._left(oldest, view.agent)
        if identified is None:
            view.record_state = RecordState.READY
            self._show(view)
        elif identified.done():
            view.know(identified.result())
            self._show(view)
        else:
            self.spawn(self._pop_when_known(view, identified), name=f"pop {view.call_id} {view.agent}")

    async def _pop_when_known(self, view: View, identified: asyncio.Future[Identified]) -> None:
        await asyncio.wait((identified,), timeout=self.deadline_s)
        if not identified.done():
            self._refresh(view)
            await asyncio.wait((identified,))
        view.know(identified.result())
        self._refresh(view)

    def answered(self, call_id: CallId, agent: AgentId, at: datetime, by_name: str) -> None:
        """The agent answered: their card turns to talking, everybody else's goes."""
        view = self.find(agent, call_id)
        if view is not None:
            view.phase, view.answered_at = Phase.TALKING, at
            self._show(view)
        for other in self._others(call_id, agent):
            if self.views[other][call_id].phase is Phase.RINGING:
                self.revoke(call_id, other, Gone.ANSWERED_ELSEWHERE, by=by_name)

    def ended(self, call_id: CallId, agent: AgentId, at: datetime) -> None:
        """The agent's talk is over; the card stays for the note."""
        view = self.find(agent, call_id)
        if view is not None and view.phase is Phase.TALKING:
            view.phase, view.ended_at = Phase.WRAP_UP, at
            self._show(view)

    def revoke(self, call_id: CallId, agent: AgentId, reason: Gone, by: str = "") -> None:
        """Take the call off the agent's screen and say why."""
        view = self.views.get(agent, {}).pop(call_id, None)
        if view is not None:
            self._left(call_id, agent)
            event: dict[str, object] = {"type": "call_gone", "call_id": call_id, "pop_id": view.pop_id}
            self.screens.show(agent, event | {"reason": reason.value, "by": by})

    def revoke_soon(self, call_id: CallId, agent: AgentId, reason: Gone) -> None:
        """Revoke, unless what is known in a moment says more."""
        self.spawn(self._revoke_later(call_id, agent, reason), name=f"revoke {call_id} {agent}")

    async def _revoke_later(self, call_id: CallId, agent: AgentId, reason: Gone) -> None:
        await asyncio.sleep(SAYS_MORE_WITHIN_S)
        view = self.find(agent, call_id)
        if view is not None and view.phase is Phase.RINGING:
            self.revoke(call_id, agent, reason)

    def done(self, call_id: CallId, agent: AgentId) -> None:
        """Take an ended call off the agent's screen."""
        self.revoke(call_id, agent, Gone.ENDED)

    def forget(self, call_id: CallId, at: datetime) -> None:
        """The call is over: cards that still ring go, cards that talk turn to their notes."""
        for agent in self._others(call_id, None):
            if self.views[agent][call_id].phase is Phase.RINGING:
                self.revoke(call_id, agent, Gone.CALLER_HUNG_UP)
            else:
                self.ended(call_id, agent, at)

    def acknowledge(self, agent: AgentId, pop_id: str, at: datetime) -> None:
        """Note that a browser has shown the pop."""
        for view in self.views.get(agent, {}).values():
            if view.pop_id == pop_id and view.acknowledged_at is None:
                view.acknowledged_at = at

    def find(self, agent: AgentId, call_id: CallId) -> View | None:
        """Return the call on this agent's screen, or None."""
        return self.views.get(agent, {}).get(call_id)

    def _others(self, call_id: CallId, agent: AgentId | None) -> list[AgentId]:
        return [each for each in self._agents_of.get(call_id, ()) if each != agent]

    def _left(self, call_id: CallId, agent: AgentId) -> None:
        agents = self._agents_of.get(call_id)
        if agents is not None:
            agents.discard(agent)
            if not agents:
                del self._agents_of[call_id]

    def _refresh(self, view: View) -> None:
        if self.find(view.agent, view.call_id) is view:
            self._show(view)

    def _show(self, view: View) -> None:
        view.revision += 1
        self.screens.show(view.agent, {"type": "call", "call": as_json(view)})
        if view.phase is Phase.RINGING:
            self.shown(view)


def as_json(view: View) -> dict[str, object]:
    """Return the view as the browsers' protocol has it (docs/agent_socket.md)."""
    return {
        "call_id": view.call_id,
        "pop_id": view.pop_id,
        "revision": view.revision,
        "kind": view.kind,
        "direction": view.direction.value,
        "phase": view.phase.value,
        "caller": {"number": view.number.e164, "shown": view.number.shown, "name": view.caller_name},
        "called": view.called,
        "queue": view.queue,
        "why": view.why,
        "waited_s": round(view.waited_s, 1),
        "rang_at": view.rang_at.isoformat(),
        "answered_at": view.answered_at.isoformat() if view.answered_at else None,
        "ended_at": view.ended_at.isoformat() if view.ended_at else None,
        "match": _match_json(view.match),
        "record": _record_json(view.record),
        "record_state": view.record_state.value,
        "note": view.note,
        "answers": [{"node": step.node, "label": step.label, "value": step.value} for step in view.answers],
    }


def _match_json(match: Match | None) -> dict[str, object]:
    if match is None:
        return {"outcome": "none", "candidates": []}
    candidates = [{"customer_id": c.customer_id, "name": c.name, "reason": c.reason} for c in match.candidates]
    return {"outcome": match.outcome.value, "candidates": candidates}


def _record_json(record: CustomerRecord | None) -> dict[str, object] | None:
    if record is None:
        return None
    customer = record.customer
    return {
        "customer": {
            "id": customer.id,
            "name": customer.name,
            "language": customer.language,
            "note": customer.note,
            "personal_agent": customer.personal_agent,
            "facts": dict(customer.facts),
            "identities": [{"channel": each.channel.value, "value": each.value} for each in customer.identities],
        },
        "recent": [
            {
                "entry_id": past.entry_id,
                "channel": past.channel.value,
                "direction": past.direction,
                "at": past.at.isoformat(),
                "summary": past.summary,
                "outcome": past.outcome,
            }
            for past in record.recent
        ],
        "as_of": record.as_of.isoformat(),
    }
