"""The agents' side of the calls: what each agent does and sees. Browsers come here through `web/`."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from telephony.calls.model import AgentId, CallId
from telephony.errors import CarrierError, RingsideError, StoreUnavailableError
from telephony.journey.floor import Floor
from telephony.journey.live_call import LiveCall
from telephony.journey.screen_pop import Phase, ScreenPops, as_json
from telephony.ports import AgentScreens, Carrier, Clock, Marks, Timeline
from telephony.routing.agents import AgentState, AgentStatus

logger = logging.getLogger(__name__)

CHOICES = (AgentState.READY, AgentState.AWAY, AgentState.OFFLINE)
NOTE_LIMIT = 10_000
BEAT_S = 1.0
GONE_HOME_AFTER = timedelta(minutes=5)
"""After so long a closed page is no reload: callers must not wait for its agent."""
SHOWN_A_SECOND = 200
"""Screens; with more than that, the line is shown less often than once a second."""
SHOWN_AT_ONCE = 20


class DeskRefusal(RingsideError):  # noqa: N818 - it is an answer to the agent, not a fault
    """The agent asked for something that cannot be done; the text says what to do instead."""


class DeskPort(Protocol):
    """What a browser may ask for. Methods raise `DeskRefusal` with a text for the agent."""

    def snapshot(self, agent: AgentId) -> dict[str, object]:
        """Return all that the agent's page shows, as in docs/agent_socket.md."""
        ...

    def opened(self, agent: AgentId) -> None:
        """Note that the agent has a page open."""
        ...

    def closed(self, agent: AgentId) -> None:
        """Note that the agent's last page is gone, and not for a reload."""
        ...

    async def set_state(self, agent: AgentId, state: AgentState) -> None:
        """Make the agent READY, AWAY or OFFLINE."""
        ...

    def acknowledge(self, agent: AgentId, pop_id: str) -> None:
        """Note that a pop is on the screen."""
        ...

    async def decline(self, agent: AgentId, call_id: CallId) -> None:
        """Let the ringing call go to the next agent."""
        ...

    async def hang_up(self, agent: AgentId, call_id: CallId) -> None:
        """End the agent's part in the call."""
        ...

    def wrap_up(self, agent: AgentId, call_id: CallId, note: str, *, done: bool) -> None:
        """Keep the agent's note; `done` ends the wrap-up."""
        ...


@dataclass(slots=True)
class Desk:
    """Implements `DeskPort` on the floor, the screens and the live calls."""

    floor: Floor
    pops: ScreenPops
    screens: AgentScreens
    carrier: Carrier
    timeline: Timeline
    marks: Marks
    clock: Clock
    calls: Mapping[CallId, LiveCall]
    _at_desk: set[AgentId] = field(default_factory=set)
    _come_back: set[AgentId] = field(default_factory=set)
    """Agents who take calls as soon as their page is open again: it closed, or Ringside was restarted."""
    _line_is_new: bool = False
    _line_shown_at: datetime | None = None

    def snapshot(self, agent: AgentId) -> dict[str, object]:
        """Return all that the agent's page shows."""
        status = self._status(agent)
        return {
            "type": "snapshot",
            "agent": {
                "id": agent,
                "name": status.agent.name,
                "extension": status.agent.extension,
                "queues": sorted(status.agent.queues),
            },
            "state": state_json(status),
            "calls": [as_json(view) for view in self.pops.views.get(agent, {}).values()],
            "queues": self.queues(),
            "now": self.clock.now().isoformat(),
        }

    def queues(self) -> list[dict[str, object]]:
        """Return every queue's load for a screen."""
        now = self.clock.now()
        return [
            {
                "name": load.name,
                "waiting": load.waiting,
                "ready": load.ready,
                "longest_wait_s": round((now - load.longest_since).total_seconds()) if load.longest_since else 0,
            }
            for load in self.floor.loads()
        ]

    def opened(self, agent: AgentId) -> None:
        """Give an agent whose page is back the state they had chosen."""
        self._at_desk.add(agent)
        if agent in self._come_back:
            self._come_back.discard(agent)
            self.floor.wish(agent, AgentState.READY)

    def closed(self, agent: AgentId) -> None:
        """Offer no calls to an agent who cannot see them."""
        self._at_desk.discard(agent)
        status = self.floor.agents.get(agent)
        if status and status.wanted is AgentState.READY:
            self._wait_for_page(agent)

    async def recall(self) -> None:
        """Give the agents what they had chosen before a restart; who was ready takes calls when their page is back."""
        try:
            for agent in list(self.floor.agents):
                choice = await self.marks.get(_choice_of(agent))
                if choice == AgentState.READY:
                    self._wait_for_page(agent)
                elif choice == AgentState.AWAY:
                    self.floor.wish(agent, AgentState.AWAY)
        except StoreUnavailableError as error:
            logger.warning("agents' choices were not read", extra={"action": "recall_failed", "error": str(error)})

    def _wait_for_page(self, agent: AgentId) -> None:
        self._come_back.add(agent)
        self.floor.wish(agent, AgentState.AWAY, reason=PAGE_CLOSED)

    def agent_changed(self, status: AgentStatus) -> None:
        """Tell an agent's browsers what their state is now."""
        self.screens.show(status.agent.id, {"type": "state"} | state_json(status))

    def line_changed(self) -> None:
        """Note that the line is different; `beat` tells the browsers, at most once a second."""
        self._line_is_new = True

    async def beat(self) -> None:
        """Once a second, for ever: end wrap-ups whose time is over and tell everybody how long the line is."""
        while True:
            await asyncio.sleep(BEAT_S)
            self.tick()
            if self._line_is_new and self._may_show_line():
                self._line_is_new = False
                event: dict[str, object] = {"type": "queues", "queues": self.queues()}
                for number, agent in enumerate(list(self._at_desk), 1):
                    self.screens.show(agent, event)
                    if number % SHOWN_AT_ONCE == 0:  # a thousand screens take 50 ms, and a pop must not wait so long
                        await asyncio.sleep(0)

    def _may_show_line(self) -> bool:
        """Tell whether the line may be shown again: a thousand screens a second would cost more than all calls."""
        now = self.clock.now()
        if self._line_shown_at and (now - self._line_shown_at).total_seconds() < len(self._at_desk) / SHOWN_A_SECOND:
            return False
        self._line_shown_at = now
        return True

    def tick(self) -> None:
        """Do what is due: end wrap-ups, and take for gone home whose page has been closed for long."""
        self.floor.tick()
        now = self.clock.now()
        for agent in self._come_back:
            status = self.floor.agents.get(agent)
            if status and status.state is AgentState.AWAY and now - status.since >= GONE_HOME_AFTER:
                self.floor.wish(agent, AgentState.OFFLINE, reason=PAGE_CLOSED)

    async def set_state(self, agent: AgentId, state: AgentState) -> None:
        """Follow the agent's choice."""
        self._status(agent)
        if state not in CHOICES:
            raise DeskRefusal(f"{state.value} is not a choice; choose one of ready, away, offline")
        self._come_back.discard(agent)
        self.marks.put(_choice_of(agent), state.value)
        self.floor.wish(agent, state)

    def acknowledge(self, agent: AgentId, pop_id: str) -> None:
        """Note that a pop is on the screen."""
        self.pops.acknowledge(agent, pop_id, self.clock.now())

    async def decline(self, agent: AgentId, call_id: CallId) -> None:
        """End the ringing at this agent; the caller goes on to the next."""
        view = self.pops.find(agent, call_id)
        if view is None or view.phase is not Phase.RINGING:
            raise DeskRefusal("this call does not ring at you any more; there is nothing to decline")
        await self._end_leg(agent, call_id)

    async def hang_up(self, agent: AgentId, call_id: CallId) -> None:
        """End the agent's own leg."""
        await self._end_leg(agent, call_id)

    def wrap_up(self, agent: AgentId, call_id: CallId, note: str, *, done: bool) -> None:
        """Keep the note with the call; `done` takes the call off the screen and ends the wrap-up."""
        if len(note) > NOTE_LIMIT:
            raise DeskRefusal(f"a note has at most {NOTE_LIMIT} characters, this one {len(note)}; shorten it")
        view = self.pops.find(agent, call_id)
        if view is None:
            raise DeskRefusal("this call is not on your screen; write the note in the customer's timeline")
        view.note = note
        if note.strip():
            self.timeline.note(call_id, agent, note.strip())
        if done and view.phase is Phase.WRAP_UP:
            self.pops.done(call_id, agent)
            status = self._status(agent)
            if status.call_id == call_id:
                self.floor.wrapped_up(agent)

    async def _end_leg(self, agent: AgentId, call_id: CallId) -> None:
        call = self.calls.get(call_id)
        leg_id = call.leg_at(self._status(agent).agent.endpoint) if call else None
        if leg_id is None:
            raise DeskRefusal("this call is over at your phone; there is nothing to hang up")
        try:
            await self.carrier.hang_up(leg_id)
        except CarrierError as error:
            raise DeskRefusal(f"the telephone system did not take it ({error}); use the phone itself") from error

    def _status(self, agent: AgentId) -> AgentStatus:
        status = self.floor.agents.get(agent)
        if status is None:
            raise DeskRefusal("you take no calls: an admin gives you an extension with `ringside users add`")
        return status


PAGE_CLOSED = "your page was closed"


def _choice_of(agent: AgentId) -> str:
    return f"choice:{agent}"


def state_json(status: AgentStatus) -> dict[str, object]:
    """Return the agent's state as the browsers' protocol has it."""
    return {
        "value": status.state.value,
        "wanted": status.wanted.value,
        "since": status.since.isoformat(),
        "until": status.wrap_up_until.isoformat() if status.wrap_up_until else None,
        "reason": status.reason,
    }
