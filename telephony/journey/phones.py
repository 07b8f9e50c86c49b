"""What ringing, answering and ending phones mean for agents and their screens, whoever made the call."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from telephony.calls.events import LegAnswered, LegDialed, LegEnded, LegEvent, LegRinging
from telephony.calls.model import AgentId, Direction
from telephony.calls.numbers import CallerNumber
from telephony.journey.floor import Floor
from telephony.journey.live_call import LiveCall, Phone
from telephony.journey.screen_pop import Gone, Phase, ScreenPops, View
from telephony.routing.agents import AgentStatus

ANSWERED_ELSEWHERE = 26  # Q.850 as Asterisk extends it
BUSY_OR_DECLINED = frozenset({17, 21})
NOBODY_ANSWERED = frozenset({18, 19})


@dataclass(slots=True)
class Phones:
    """Follows the phones of every call. `identify` starts the look-up of a caller nobody looked up yet."""

    floor: Floor
    pops: ScreenPops
    read_number: Callable[[str], CallerNumber]
    identify: Callable[[LiveCall, CallerNumber], None]

    def on_leg(self, call: LiveCall, event: LegEvent) -> None:
        """Take one event of one phone."""
        match event:
            case LegDialed():
                self._dialed(call, event)
            case LegRinging():
                self._ringing(call, event)
            case LegAnswered():
                self._answered(call, event)
            case LegEnded():
                self._ended(call, event)

    def _dialed(self, call: LiveCall, event: LegDialed) -> None:
        if event.part_of is None and _is_told_by_its_own(call, event.endpoint):
            return
        phone = Phone(
            leg_id=event.leg_id,
            endpoint=event.endpoint,
            from_endpoint=event.from_endpoint,
            caller=event.caller,
            caller_name=event.caller_name,
            called=event.called,
            queue=event.queue,
            dialed_at=event.at,
            from_leg=event.from_leg,
            is_part=event.part_of is not None,
        )
        if phone.is_part:
            _take_over(call, phone)
        call.phones[event.leg_id] = phone
        to, origin = self.floor.at_phone(phone.endpoint), self.floor.at_phone(phone.from_endpoint)
        call.outgoing = call.outgoing or event.outgoing
        if call.number is None:
            theirs = event.outgoing or (origin and not to)
            call.number = self.read_number(phone.called if theirs else phone.caller)
        if call.identified is None and (to or origin):
            self.identify(call, call.number)
        if origin is not None and to is None and self.pops.find(origin.agent.id, call.id) is None:
            call.outgoing = True
            self.floor.answered(origin.agent.id, call.id)
            self._pop(call, phone, origin, kind="outgoing", direction=Direction.OUTBOUND)

    def _ringing(self, call: LiveCall, event: LegRinging) -> None:
        phone, agent = call.phones.get(event.leg_id), self.floor.at_phone(event.endpoint)
        if phone is None or phone.rang_at is not None:
            return
        phone.rang_at = event.at
        if agent is not None:
            self._offer(call, phone, agent)

    def _offer(self, call: LiveCall, phone: Phone, agent: AgentStatus) -> None:
        self.floor.ringing(agent.agent.id, call.id)
        internal = self.floor.at_phone(phone.from_endpoint) is not None
        routed = call.chosen is not None and call.chosen.agent == agent.agent.id
        kind = "queue" if routed or phone.queue else "internal" if internal else "direct"
        direction = Direction.INTERNAL if internal else Direction.INBOUND
        self._pop(call, phone, agent, kind=kind, direction=direction)

    def _answered(self, call: LiveCall, event: LegAnswered) -> None:
        phone = call.phones.get(event.leg_id)
        if phone is None or phone.answered_at is not None:
            return
        phone.answered_at = event.at
        agent, origin = self.floor.at_phone(event.endpoint), self.floor.at_phone(phone.from_endpoint)
        if agent is not None:
            if phone.rang_at is None:  # an auto-answering phone never rings
                phone.rang_at = event.at
                self._offer(call, phone, agent)
            self.floor.answered(agent.agent.id, call.id)
            self.pops.answered(call.id, agent.agent.id, event.at, agent.agent.name)
        elif origin is not None:
            self.pops.answered(call.id, origin.agent.id, event.at, origin.agent.name)

    def _ended(self, call: LiveCall, event: LegEnded) -> None:
        phone = call.phones.get(event.leg_id)
        if phone is None or phone.ended_at is not None:
            return
        phone.ended_at, phone.cause = event.at, event.cause
        agent, origin = self.floor.at_phone(phone.endpoint), self.floor.at_phone(phone.from_endpoint)
        if agent is not None:
            self._left(call, phone, agent.agent.id, event)
        elif origin is not None and not call.open_phones:
            self._close(call, origin.agent.id, event, answered=phone.answered_at is not None)

    def _left(self, call: LiveCall, phone: Phone, agent: AgentId, event: LegEnded) -> None:
        routed = call.chosen is not None and call.chosen.agent == agent
        if phone.answered_at is None and routed:
            return  # the line says in a moment whether the caller gave up or the agent did not answer
        self._close(call, agent, event, answered=phone.answered_at is not None)

    def _close(self, call: LiveCall, agent: AgentId, event: LegEnded, *, answered: bool) -> None:
        if answered:
            self.pops.ended(call.id, agent, event.at)
            self.floor.talked(agent, call.id, self.queue_of(call))
            return
        self.floor.missed(agent, call.id, blame=False)
        reason = self._reason(event.cause)
        if reason is Gone.ANSWERED_ELSEWHERE and not any(phone.answered_at for phone in call.phones.values()):
            self.pops.revoke_soon(call.id, agent, reason)  # who answered is told in a moment, and the card says so
        else:
            self.pops.revoke(call.id, agent, reason)

    def queue_of(self, call: LiveCall) -> str:
        """Return the queue the call came through, ours or the carrier's own; '' for none."""
        return call.queue or next((phone.queue for phone in call.phones.values() if phone.queue), "")

    @staticmethod
    def _reason(cause: int) -> Gone:
        if cause == ANSWERED_ELSEWHERE:
            return Gone.ANSWERED_ELSEWHERE
        if cause in BUSY_OR_DECLINED:
            return Gone.DECLINED
        return Gone.NOT_ANSWERED if cause in NOBODY_ANSWERED else Gone.CALLER_HUNG_UP

    def _pop(self, call: LiveCall, phone: Phone, agent: AgentStatus, *, kind: str, direction: Direction) -> None:
        at = phone.rang_at or phone.dialed_at
        view = View(
            pop_id=uuid.uuid4().hex,
            call_id=call.id,
            agent=agent.agent.id,
            kind=kind,
            direction=direction,
            number=call.number or self.read_number(phone.caller),
            caller_name=phone.caller_name,
            called=phone.called if kind != "queue" or call.offered is None else call.offered.ours,
            queue=self.queue_of(call) if kind == "queue" else "",
            why=_why(call) if kind == "queue" else "",
            waited_s=(at - (call.joined_at or call.started_at)).total_seconds(),
            rang_at=at,
            answers=tuple(step for step in call.path if step.event == "keys"),
            phase=Phase.RINGING,
        )
        self.pops.pop(view, call.identified)


def _why(call: LiveCall) -> str:
    """Return who sent the caller, and why this agent is rung."""
    told = (call.bound_for.why if call.bound_for else "", call.chosen.reason if call.chosen else "")
    return "; ".join(each for each in told if each)


def _is_told_by_its_own(call: LiveCall, endpoint: str) -> bool:
    """Tell whether the phone's own carrier tells of it: the caller's, who has it rung there, then tells nothing new."""
    return any(phone.is_part and phone.endpoint == endpoint for phone in call.phones.values())


def _take_over(call: LiveCall, phone: Phone) -> None:
    """Let the phone's own carrier tell of it from here on; what the caller's has told before is not told again."""
    for leg_id, twin in list(call.phones.items()):
        if twin.endpoint == phone.endpoint and not twin.is_part and twin.ended_at is None:
            phone.rang_at, phone.answered_at = twin.rang_at, twin.answered_at
            del call.phones[leg_id]
