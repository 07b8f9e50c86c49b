"""A telephone network on paper: scripted callers, agents' phones that ring, and no wire.

For tests and for machines without Asterisk. Time is the event loop's: on a virtual loop an hour of waiting takes none.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import count
from types import TracebackType
from typing import Self

from telephony.calls.commands import Answer, Ask, Batch, Command, HandOver, HangUp, Hold, Record, Ring, Say
from telephony.calls.events import (
    CallFinished,
    CallOffered,
    CarrierUp,
    HoldEnd,
    HoldEnded,
    Keys,
    LegAnswered,
    LegDialed,
    LegEnded,
    LegRinging,
    LineEvent,
    LineLost,
    NoInput,
    PhoneChanged,
    PhoneState,
    Recorded,
    RingEnded,
    RingOutcome,
    Said,
)
from telephony.calls.model import CallId, LegId
from telephony.errors import CarrierRefusedError
from telephony.ports import CallTaker, CarrierHealth, Clock, Dial, DialOutcome

SILENCE = "-"
"""Among a caller's keys: lets one question pass."""

CAUSE_NORMAL, CAUSE_BUSY, CAUSE_NO_ANSWER, CAUSE_UNREACHABLE = 16, 17, 19, 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """What a caller does. `keys` answer the questions in turn; after the last one the caller is silent."""

    number: str = "+359888100200"
    name: str = ""
    called: str = "1000"
    flow: str = ""
    keys: tuple[str, ...] = ()
    hangs_up_after_s: float | None = None
    message_s: float = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Telephone:
    """What an agent's phone does when it is rung: None in `answers_after_s` lets it ring."""

    endpoint: str
    answers_after_s: float | None = 2.0
    talks_s: float = 30.0
    declines: bool = False
    reachable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long things take that need no answer."""

    prompt_s: float = 1.5
    key_s: float = 0.4


class SimulatedCarrier:
    """Implements `ports.Carrier`. `telephones` may be changed at any time."""

    name = "simulated"

    def __init__(self, taker: CallTaker, clock: Clock, telephones: Iterable[Telephone] = (), pace: Pace | None = None):
        self.taker = taker
        self.clock = clock
        self.telephones = {telephone.endpoint: telephone for telephone in telephones}
        self.pace = pace or Pace()
        self.lines: dict[LegId, SimulatedLine] = {}
        self._numbers = count(1)

    async def __aenter__(self) -> Self:
        self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def health(self) -> CarrierHealth:
        """Tell that there is no wire that could break."""
        return CarrierHealth(connected=True, live_lines=len(self.lines), version="simulated")

    def open(self) -> None:
        """Tell that the network is there, and that every phone is idle."""
        self.taker.tell(CarrierUp(live_calls=frozenset(), down_since=None, at=self.clock.now(), carrier=self.name))
        for telephone in self.telephones.values():
            state = PhoneState.IDLE if telephone.reachable else PhoneState.UNREACHABLE
            self.taker.tell(PhoneChanged(endpoint=telephone.endpoint, state=state, at=self.clock.now()))

    def close(self) -> None:
        """End every call."""
        for line in list(self.lines.values()):
            line.hang_up()

    def call(self, caller: Caller) -> "SimulatedLine":
        """Let somebody call; returns their line."""
        number = next(self._numbers)
        line = SimulatedLine(carrier=self, caller=caller, call_id=CallId(f"simulated-{number}"), leg_id=self.new_leg())
        self.lines[line.leg_id] = line
        offered = CallOffered(
            call_id=line.call_id,
            leg_id=line.leg_id,
            caller=caller.number,
            caller_name=caller.name,
            called=caller.called,
            flow=caller.flow,
            at=self.clock.now(),
            carrier=self.name,
        )
        self.taker.offer(offered, line)
        if caller.hangs_up_after_s is not None:
            line.later(caller.hangs_up_after_s, line.hang_up)
        return line

    def new_leg(self) -> LegId:
        """Return an id no other leg has."""
        return LegId(f"leg-{next(self._numbers)}")

    def has(self, leg_id: LegId) -> bool:
        """Tell whether a leg is here."""
        return leg_id in self.lines or any(line.talk and line.talk.leg_id == leg_id for line in self.lines.values())

    async def wake(self, leg_id: LegId) -> None:
        """End the `Hold` of a caller at once."""
        line = self.lines.get(leg_id)
        if line is not None:
            line.wake()

    async def hang_up(self, leg_id: LegId) -> None:
        """End a leg: the caller's, or that of an agent who is rung or talks."""
        for line in list(self.lines.values()):
            if line.leg_id == leg_id:
                line.hang_up()
            elif line.talk is not None and line.talk.leg_id == leg_id:
                line.talk.put_down()

    async def dial(self, dial: Dial) -> DialOutcome:
        """Refuse: nobody can be called here. Raises CarrierRefusedError."""
        raise CarrierRefusedError(f"the simulated carrier calls nobody, not even {dial.endpoint}; put up an Asterisk")

    async def was_placed(self, leg_id: LegId) -> bool:
        """Tell whether a leg of this id lives."""
        return any(leg_id in (line.leg_id, line.talk and line.talk.leg_id) for line in self.lines.values())


@dataclass(slots=True, kw_only=True, eq=False)
class SimulatedLine:
    """A caller's line. Implements `ports.Line`; `heard` are the texts said so far."""

    carrier: SimulatedCarrier
    caller: Caller
    call_id: CallId
    leg_id: LegId
    heard: list[str] = field(default_factory=list)
    performed: list[Command] = field(default_factory=list)
    lost: bool = False
    talk: "_Talk | None" = None
    _waiting: deque[Batch] = field(default_factory=deque)
    _now: Batch | None = None
    _pressed: int = 0
    _timers: set[asyncio.TimerHandle] = field(default_factory=set)

    def perform(self, batch: Batch) -> None:
        """Start the batch, after the one that is performed now."""
        if self.lost:
            return
        self._waiting.append(batch)
        if self._now is None:
            self._next()

    def hang_up(self) -> None:
        """The caller hangs up, or the line breaks."""
        if self.lost:
            return
        self.lost = True
        for timer in self._timers:
            timer.cancel()
        if self.talk is not None:
            self.talk.end(CAUSE_NORMAL)
        self.carrier.lines.pop(self.leg_id, None)
        at = self.carrier.clock.now()
        self.carrier.taker.answer(self.call_id, LineLost(at=at))
        self.carrier.taker.tell(CallFinished(call_id=self.call_id, at=at))

    def wake(self) -> None:
        """End the hold, if the caller is held."""
        if self._now is not None and isinstance(self._now.commands[-1], Hold):
            self.done(HoldEnded(turn=self._now.turn, reason=HoldEnd.WOKEN))

    def later(self, after_s: float, act: Callable[[], None]) -> None:
        """Do something after a while, unless the line is lost by then."""
        self._timers.add(asyncio.get_running_loop().call_later(after_s, act))

    def done(self, event: LineEvent) -> None:
        """Answer the batch that is performed now, and go on with the next."""
        self._now = None
        self.carrier.taker.answer(self.call_id, event)
        self._next()

    def _next(self) -> None:
        if self._now is not None or not self._waiting or self.lost:
            return
        batch = self._now = self._waiting.popleft()
        spoken_s = 0.0
        for command in batch.commands:
            self.performed.append(command)
            if isinstance(command, Say | Ask | Hold):
                self.heard += [prompt.text_id for prompt in command.prompts]
                spoken_s += self.carrier.pace.prompt_s * len(command.prompts)
        self._last(batch, spoken_s)

    def _last(self, batch: Batch, spoken_s: float) -> None:
        turn = batch.turn
        match batch.commands[-1]:
            case Ask() as ask:
                self._ask(turn, ask, spoken_s)
            case Record() as record:
                recorded = Recorded(turn=turn, name=record.name, seconds=min(self.caller.message_s, record.max_s))
                self._answer_later(spoken_s + recorded.seconds, recorded)
            case Hold() as hold:
                self._answer_later(hold.for_s, HoldEnded(turn=turn, reason=HoldEnd.ELAPSED))
            case Ring() as ring:
                self.later(spoken_s, lambda: self._ring(turn, ring))
            case HandOver() | HangUp():
                self.later(spoken_s, self.hang_up)
            case Answer() | Say():
                self._answer_later(spoken_s, Said(turn=turn))

    def _answer_later(self, after_s: float, event: LineEvent) -> None:
        batch = self._now
        self.later(after_s, lambda: self.done(event) if self._now is batch else None)

    def _ask(self, turn: int, ask: Ask, spoken_s: float) -> None:
        pressed = self.caller.keys[self._pressed] if self._pressed < len(self.caller.keys) else SILENCE
        self._pressed += 1
        if pressed == SILENCE:
            self._answer_later(spoken_s + ask.first_digit_s, NoInput(turn=turn))
        else:
            self._answer_later(self.carrier.pace.key_s, Keys(turn=turn, digits=pressed))

    def _ring(self, turn: int, ring: Ring) -> None:
        telephone = self.carrier.telephones.get(ring.endpoint) or Telephone(endpoint=ring.endpoint, reachable=False)
        self.talk = _Talk(line=self, turn=turn, telephone=telephone, leg_id=self.carrier.new_leg())
        self.talk.ring(ring.limit_s)


@dataclass(slots=True, kw_only=True, eq=False)
class _Talk:
    """An agent's phone within a call, from ringing to the end."""

    line: SimulatedLine
    turn: int
    telephone: Telephone
    leg_id: LegId
    answered: bool = False

    def ring(self, limit_s: float) -> None:
        carrier, endpoint = self.line.carrier, self.telephone.endpoint
        at, caller = carrier.clock.now(), self.line.caller
        carrier.taker.tell(
            LegDialed(
                call_id=self.line.call_id,
                leg_id=self.leg_id,
                endpoint=endpoint,
                caller=caller.number,
                caller_name=caller.name,
                called=caller.called,
                from_endpoint="simulated/trunk",
                from_leg=self.line.leg_id,
                at=at,
                carrier=carrier.name,
            )
        )
        if not self.telephone.reachable:
            self._over(RingOutcome.UNAVAILABLE, CAUSE_UNREACHABLE)
            return
        carrier.taker.tell(LegRinging(call_id=self.line.call_id, leg_id=self.leg_id, endpoint=endpoint, at=at))
        self._phone(PhoneState.RINGING)
        answers_after_s = self.telephone.answers_after_s
        if answers_after_s is None or answers_after_s >= limit_s:
            self._later(limit_s, lambda: self._over(RingOutcome.NO_ANSWER, CAUSE_NO_ANSWER))
        elif self.telephone.declines:
            self._later(answers_after_s, lambda: self._over(RingOutcome.BUSY, CAUSE_BUSY))
        else:
            self._later(answers_after_s, self._answer)

    def put_down(self) -> None:
        """The agent hangs up: declines while it rings, ends the talk after."""
        if self.answered:
            self._over(RingOutcome.ANSWERED, CAUSE_NORMAL)
        else:
            self._over(RingOutcome.BUSY, CAUSE_BUSY)

    def end(self, cause: int) -> None:
        """Tell that the phone is out of the call."""
        self.line.talk = None
        carrier, endpoint = self.line.carrier, self.telephone.endpoint
        at = carrier.clock.now()
        ended = LegEnded(call_id=self.line.call_id, leg_id=self.leg_id, endpoint=endpoint, cause=cause, at=at)
        carrier.taker.tell(ended)
        self._phone(PhoneState.IDLE if self.telephone.reachable else PhoneState.UNREACHABLE)

    def _answer(self) -> None:
        self.answered = True
        carrier, endpoint = self.line.carrier, self.telephone.endpoint
        at = carrier.clock.now()
        carrier.taker.tell(LegAnswered(call_id=self.line.call_id, leg_id=self.leg_id, endpoint=endpoint, at=at))
        self._phone(PhoneState.IN_USE)
        self._later(self.telephone.talks_s, self.put_down)

    def _over(self, outcome: RingOutcome, cause: int) -> None:
        self.end(cause)
        self.line.done(RingEnded(turn=self.turn, outcome=outcome))

    def _later(self, after_s: float, act: Callable[[], None]) -> None:
        self.line.later(after_s, lambda: act() if self.line.talk is self else None)

    def _phone(self, state: PhoneState) -> None:
        carrier = self.line.carrier
        carrier.taker.tell(PhoneChanged(endpoint=self.telephone.endpoint, state=state, at=carrier.clock.now()))
