"""Moves a waiting caller and transfers a talking one, for supervisors and agents. Browsers come here through `web/`."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Protocol, assert_never

from telephony.calls.model import AgentId, CallId
from telephony.calls.numbers import mask
from telephony.errors import CarrierError, CarrierRefusedError, CarrierUnavailableError, RingsideError
from telephony.journey.floor import Floor, QueueLoad
from telephony.journey.live_call import LiveCall
from telephony.journey.sent import Destination, Sent, ToAgent, ToNumber, ToQueue
from telephony.ports import Carrier, Clock
from telephony.routing.agents import AgentState, AgentStatus

logger = logging.getLogger(__name__)

HANG_UP_LIMIT_S = 5.0
DUE_FOR = timedelta(seconds=10)
"""How long after a transfer is wanted the end of the talk is taken for its own."""


class Refusal(StrEnum):
    """Why a caller is not sent anywhere."""

    UNKNOWN_CALL = "unknown_call"
    NOT_YOURS = "not_yours"
    UNKNOWN_PLACE = "unknown_place"
    """There is no such queue, agent or carrier."""
    NOT_NOW = "not_now"
    UNAVAILABLE = "unavailable"
    """The telephone network did not do it; all is as it was."""
    UNKNOWN_OUTCOME = "unknown_outcome"
    """The telephone network may have done it."""


class MoveRefusedError(RingsideError):
    """The caller stays where they are; the text says why, `what_to_do` the way out."""

    def __init__(self, kind: Refusal, text: str, what_to_do: str) -> None:
        super().__init__(text)
        self.kind = kind
        self.what_to_do = what_to_do


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who wants a caller sent: an agent, a supervisor, or both."""

    name: str
    agent: AgentId | None
    supervises: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """An agent to whom a caller may be sent."""

    agent: AgentId
    name: str
    state: AgentState
    free: bool
    """Can be rung for this caller now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where a call may be sent now."""

    queues: tuple[QueueLoad, ...]
    agents: tuple[Colleague, ...]


class MovesPort(Protocol):
    """What a browser may ask for. Methods raise MoveRefusedError."""

    def places(self, asker: Asker, call_id: CallId) -> Places:
        """Return where the call may be sent now."""
        ...

    async def move(self, asker: Asker, call_id: CallId, to: ToQueue | ToAgent | None, carrier: str = "") -> None:
        """Send a waiting caller into another line, to one agent, or to a carrier, with context and place.

        The same again changes nothing.
        """
        ...

    async def transfer(self, asker: Asker, call_id: CallId, to: Destination) -> None:
        """End the talk of an agent with the caller, who goes on there. The same again changes nothing."""
        ...


class Crossing(Protocol):
    """Takes callers from one carrier to another."""

    def objection(self, call: LiveCall, to: str) -> str:
        """Return why this caller cannot be taken there, '' when they can."""
        ...

    async def cross(self, call: LiveCall, to: str) -> None:
        """Have the caller taken there. Raises CarrierError."""
        ...


class NoCrossing:
    """There is one carrier."""

    def objection(self, call: LiveCall, to: str) -> str:
        """Refuse."""
        return f"there is nothing between {call.carrier} and {to}: both must be enabled"

    async def cross(self, call: LiveCall, to: str) -> None:
        """Refuse."""
        raise CarrierRefusedError(self.objection(call, to))


@dataclass(slots=True, kw_only=True)
class Moves:
    """Implements `MovesPort` on the floor and the live calls."""

    floor: Floor
    calls: Mapping[CallId, LiveCall]
    carrier: Carrier
    clock: Clock
    fetch: Callable[[LiveCall], None]
    """Has a held caller go at once where they are sent."""
    may_call: Callable[[LiveCall, str], bool] = lambda _call, _number: False
    """Tells whether this number outside may be called for this caller."""
    crossing: Crossing = field(default_factory=NoCrossing)

    def places(self, asker: Asker, call_id: CallId) -> Places:
        """Return where the call may be sent now."""
        call = self._call(call_id)
        if not asker.supervises and (asker.agent is None or not self._concerns(call, asker.agent)):
            raise _not_yours()
        talks = self._talker(call)
        agents = (
            Colleague(
                agent=each.agent.id,
                name=each.agent.name,
                state=each.state,
                free=not self._objection(call, each),
            )
            for each in self.floor.agents.values()
            if talks is None or each.agent.id != talks.agent.id
        )
        return Places(queues=tuple(self.floor.loads()), agents=tuple(agents))

    # --- waiting callers ---

    async def move(self, asker: Asker, call_id: CallId, to: ToQueue | ToAgent | None, carrier: str = "") -> None:
        """Send a waiting caller elsewhere; see the port."""
        call = self._call(call_id)
        waiting = self.floor.line.get(call_id)
        if not asker.supervises and (waiting is None or asker.agent is None or waiting.only != asker.agent):
            raise _not_yours()
        if (to is None or self._is_sent(call, to)) and carrier in ("", call.leaves_for):
            return
        if waiting is None:
            raise _not_now(
                "The caller does not wait in a line now", "One who talks with an agent is transferred; look again."
            )
        if self.floor.is_reserved(call_id):
            raise _not_now(
                "An agent is being rung for the caller at this moment",
                "Wait until the agent has answered and transfer the call, or until it has rung in vain.",
            )
        here = ToAgent(agent=waiting.only) if waiting.only is not None else ToQueue(queue=waiting.queue)
        goes = to is not None and to != here
        crosses = carrier not in ("", call.carrier, call.leaves_for)
        if goes or crosses:
            self._check_waited_for(to or here, carrier if crosses else call.carrier)
        if crosses and (why := self.crossing.objection(call, carrier)):
            raise _not_now(f"The caller cannot be taken to {carrier}: {why}", "Leave the caller where they are.")
        if to is not None and goes:
            call.sent = Sent(to=to, by_name=asker.name, back_to=waiting.queue)
            self.floor.leave(call_id)  # from here on nobody is chosen for them there
            _told("caller moved", call, asker, to)
        await self._go(call, carrier if crosses else "")

    async def _go(self, call: LiveCall, carrier: str) -> None:
        if carrier:
            await self._cross(call, carrier)
        elif call.sent is not None:
            self.fetch(call)

    async def _cross(self, call: LiveCall, carrier: str) -> None:
        call.leaves_for = carrier
        try:
            await self.crossing.cross(call, carrier)
        except CarrierError as fault:
            call.leaves_for = ""
            if call.sent is not None:
                self.fetch(call)
            raise _failed(fault, f"The caller was not taken to {carrier}") from fault
        logger.info("caller crosses", extra={"action": "caller_crosses", "call_id": call.id, "carrier": carrier})

    # --- talking callers ---

    async def transfer(self, asker: Asker, call_id: CallId, to: Destination) -> None:
        """Transfer a talking caller; see the port."""
        call = self._call(call_id)
        if asker.agent is not None and self._is_sent(call, to) and self._sent_by(call) == asker.agent:
            return
        talks = self._talker(call)
        if not asker.supervises and (talks is None or talks.agent.id != asker.agent):
            raise _not_yours()
        if self._is_sent(call, to):
            return
        leg_id = call.leg_at(talks.agent.endpoint) if talks is not None else None
        if talks is None or leg_id is None:
            raise _not_now("Nobody talks with the caller now", "One who waits is moved; look again.")
        if call.line is None or call.line_lost:
            raise _not_now("The call came past Ringside's lines", "Transfer it with the phone's own key.")
        if call.sent is not None and call.sent.is_due(self.clock.now()):
            raise _not_now("The caller is being transferred already", "Look where they are in a moment.")
        self._check(call, to, talks)
        name = self.floor.name_of(talks.agent.id) if asker.agent == talks.agent.id else asker.name
        call.sent = wanted = Sent(to=to, by_name=name, by=talks.agent.id, until=self.clock.now() + DUE_FOR)
        try:
            async with asyncio.timeout(HANG_UP_LIMIT_S):
                await self.carrier.hang_up(leg_id)
        except (CarrierUnavailableError, CarrierRefusedError) as fault:
            if call.sent is wanted:
                call.sent = None
                self._call(call_id)  # a caller who has hung up meanwhile talks with nobody
                raise _failed(fault, "The call was not transferred, and the talk goes on") from fault
            # else the talk has ended by itself meanwhile, and the caller is on the way
        except (CarrierError, TimeoutError) as fault:
            raise _failed(fault, "It is not known whether the call was transferred") from fault
        _told("caller transferred", call, asker, to)

    # --- what is so ---

    def _call(self, call_id: CallId) -> LiveCall:
        call = self.calls.get(call_id)
        if call is None or call.finished or (call.line_lost and not call.open_phones and not call.leaves_for):
            raise MoveRefusedError(
                Refusal.UNKNOWN_CALL, "There is no such live call", "The caller has hung up; the call is in the list."
            )
        return call

    def _concerns(self, call: LiveCall, agent: AgentId) -> bool:
        waiting = self.floor.line.get(call.id)
        status = self.floor.agents.get(agent)
        return (waiting is not None and waiting.only == agent) or (status is not None and status.call_id == call.id)

    def _talker(self, call: LiveCall) -> AgentStatus | None:
        """Return the agent who talks with the caller; of several the one whose phone was dialled last."""
        for phone in reversed(list(call.phones.values())):
            status = self.floor.at_phone(phone.endpoint)
            if status and phone.answered_at and phone.ended_at is None and self._talks(status, call):
                return status
        return None

    @staticmethod
    def _talks(status: AgentStatus, call: LiveCall) -> bool:
        # That a phone has ended may not have been heard, and its agent talks with another caller by now
        return status.state is AgentState.ON_CALL and status.call_id == call.id

    def _is_sent(self, call: LiveCall, to: Destination | None) -> bool:
        """Tell whether the caller is on the way there already."""
        if call.sent is not None and call.sent.is_due(self.clock.now()):
            return call.sent.to == to
        return call.bound_for is not None and call.bound_for.to == to and self._talker(call) is None

    @staticmethod
    def _sent_by(call: LiveCall) -> AgentId | None:
        sent = call.sent or call.bound_for
        return sent.by if sent else None

    def _objection(self, call: LiveCall, status: AgentStatus) -> str:
        out = self.floor.out_of_reach(status.agent.id, carrier=call.carrier)
        return self.floor.busy_with(status, call.id) or out or ""

    def _check_waited_for(self, to: ToQueue | ToAgent, carrier: str) -> None:
        """Refuse what a caller on this carrier would wait for in vain."""
        match to:
            case ToQueue():
                self._check_queue(to, carrier)
            case ToAgent(agent=agent):
                name = self._agent(to).agent.name
                if not self.floor.works(agent, carrier=carrier):
                    raise _not_now(f"{name} does not work now, or has no phone in reach", "Choose somebody else.")

    def _check(self, call: LiveCall, to: Destination, talks: AgentStatus) -> None:
        match to:
            case ToQueue():
                self._check_queue(to, call.carrier)
            case ToAgent():
                status = self._agent(to)
                if status.agent.id == talks.agent.id:
                    raise _not_now("That is who talks with the caller now", "Choose somebody else.")
                if why := self._objection(call, status):
                    raise _not_now(f"{status.agent.name} cannot be rung: {why}", "Choose somebody else, or a queue.")
            case ToNumber(number=number):
                if not self.may_call(call, number):
                    raise _not_now("This number may not be called", "Allow it in outside_allow of the carrier.")
            case _:
                assert_never(to)

    def _check_queue(self, to: ToQueue, carrier: str) -> None:
        if to.queue not in self.floor.queues:
            known = ", ".join(self.floor.queues)
            raise MoveRefusedError(Refusal.UNKNOWN_PLACE, "There is no such queue", f"Choose one of: {known}.")
        if not self.floor.serves(to.queue, carrier=carrier):
            text = f"Nobody who works now serves {to.queue} and can be rung from {carrier}"
            raise _not_now(text, "Choose another queue.")

    def _agent(self, to: ToAgent) -> AgentStatus:
        status = self.floor.agents.get(to.agent)
        if status is None:
            raise MoveRefusedError(Refusal.UNKNOWN_PLACE, "There is no such agent", "Choose one who works here.")
        return status


def _not_yours() -> MoveRefusedError:
    text = "The caller does not talk with you and does not wait for you"
    return MoveRefusedError(Refusal.NOT_YOURS, text, "Ask a supervisor.")


def _not_now(text: str, what_to_do: str) -> MoveRefusedError:
    return MoveRefusedError(Refusal.NOT_NOW, text, what_to_do)


def _failed(fault: Exception, text: str) -> MoveRefusedError:
    if isinstance(fault, CarrierUnavailableError | CarrierRefusedError):
        return MoveRefusedError(Refusal.UNAVAILABLE, f"{text}: {fault}", "Try again, or use the phone itself.")
    return MoveRefusedError(Refusal.UNKNOWN_OUTCOME, text, "Look where the caller is before you try again.")


def _told(text: str, call: LiveCall, asker: Asker, to: Destination) -> None:
    whither = mask(to.number) if isinstance(to, ToNumber) else str(to)
    logger.info(text, extra={"action": text.replace(" ", "_"), "call_id": call.id, "by": asker.name, "to": whither})
