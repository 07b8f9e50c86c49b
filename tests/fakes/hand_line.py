"""A carrier and a caller's line that the test plays by hand."""

from typing import TYPE_CHECKING

from telephony.calls.commands import Ask, Batch, Command, HandOver, HangUp, Hold, Record, Ring, Say
from telephony.calls.events import (
    CallFinished,
    HoldEnd,
    HoldEnded,
    Keys,
    LineEvent,
    LineLost,
    NoInput,
    Recorded,
    RingEnded,
    RingOutcome,
    Said,
)
from telephony.calls.model import AgentId, CallId, LegId
from telephony.errors import CarrierError, CarrierUnavailableError
from telephony.ports import CarrierHealth, Dial, DialOutcome

if TYPE_CHECKING:
    from tests.fakes.house import House


class FakeCarrier:
    """Remembers what it was asked; waking a held line answers it."""

    name = "fake"

    def __init__(self) -> None:
        self.woken: list[LegId] = []
        self.hung_up: list[LegId] = []
        self.lines: dict[LegId, HandLine] = {}
        self.down = False
        self.refuses: CarrierError | None = None
        """What it says to every hang-up."""

    @property
    def health(self) -> CarrierHealth:
        return CarrierHealth(connected=not self.down, told=not self.down)

    def has(self, leg_id: LegId) -> bool:
        return leg_id in self.lines

    async def wake(self, leg_id: LegId) -> None:
        if self.down:
            raise CarrierUnavailableError("no link")
        self.woken.append(leg_id)
        line = self.lines.get(leg_id)
        if line is not None and line.held:
            line.answers(HoldEnded(turn=line.turn, reason=HoldEnd.WOKEN))

    async def hang_up(self, leg_id: LegId) -> None:
        if self.refuses is not None:
            raise self.refuses
        self.hung_up.append(leg_id)

    async def dial(self, dial: Dial) -> DialOutcome:
        raise CarrierUnavailableError(dial.leg_id)

    async def was_placed(self, leg_id: LegId) -> bool:
        return leg_id in self.lines


class HandLine:
    """A caller's line that the test plays: looks at the last batch and answers it."""

    def __init__(self, house: "House", call_id: CallId) -> None:
        self.house = house
        self.call_id = call_id
        self.batches: list[Batch] = []
        self.answered_turn = -1

    def perform(self, batch: Batch) -> None:
        self.batches.append(batch)

    @property
    def turn(self) -> int:
        return self.batches[-1].turn

    @property
    def open(self) -> Batch | None:
        """Return the batch that still waits for its answer."""
        return self.batches[-1] if self.batches and self.turn != self.answered_turn else None

    @property
    def last(self) -> Command | None:
        return self.open.commands[-1] if self.open else None

    @property
    def held(self) -> bool:
        return isinstance(self.last, Hold)

    def texts(self) -> list[str]:
        """Return every text id said so far."""
        said: list[str] = []
        for batch in self.batches:
            for command in batch.commands:
                if isinstance(command, Say | Ask | Hold):
                    said += [prompt.text_id for prompt in command.prompts]
        return said

    def answers(self, event: LineEvent) -> None:
        if not isinstance(event, LineLost):
            self.answered_turn = event.turn
        self.house.switchboard.answer(self.call_id, event)


class Caller:
    """A person on a hand-played line."""

    def __init__(self, house: "House", call_id: CallId) -> None:
        self.house = house
        self.id = call_id
        self.line = HandLine(house, call_id)
        self.legs = 0

    async def presses(self, digits: str) -> None:
        await self.hears()
        assert isinstance(self.line.last, Ask), self.line.last
        await self._answer(Keys(turn=self.line.turn, digits=digits))

    async def says_nothing(self) -> None:
        await self.hears()
        await self._answer(NoInput(turn=self.line.turn))

    async def hears(self) -> None:
        """Listen to everything that is only said."""
        await self.house.settles()
        while isinstance(self.line.last, Say):
            await self._answer(Said(turn=self.line.turn))

    async def leaves_message(self, seconds: float = 7.0) -> None:
        await self.hears()
        assert isinstance(self.line.last, Record), self.line.last
        await self._answer(Recorded(turn=self.line.turn, name=self.line.last.name, seconds=seconds))

    async def holds_to_the_end(self) -> None:
        assert isinstance(self.line.last, Hold), self.line.last
        self.house.clock.passes(self.line.last.for_s)
        await self._answer(HoldEnded(turn=self.line.turn, reason=HoldEnd.ELAPSED))

    async def hangs_up(self) -> None:
        self.line.answers(LineLost(at=self.house.clock.now()))
        await self.house.settles()
        await self.finishes()

    async def finishes(self) -> None:
        self.house.switchboard.tell(CallFinished(call_id=self.id, at=self.house.clock.now()))
        await self.house.settles()

    @property
    def ring(self) -> Ring:
        assert isinstance(self.line.last, Ring), self.line.last
        return self.line.last

    @property
    def is_rung_through(self) -> AgentId | None:
        return self.line.last.agent if isinstance(self.line.last, Ring) else None

    async def phone_rings(self) -> LegId:
        """Let the phone that is rung report it, as a network does."""
        self.legs += 1
        leg_id = LegId(f"{self.id}-leg{self.legs}")
        await self.house.rings(self.id, leg_id, self.ring.endpoint, caller=self.house.offers[self.id].caller)
        return leg_id

    async def agent_answers(self, leg_id: LegId) -> None:
        await self.house.answered(self.id, leg_id, self.ring.endpoint)

    async def agent_hangs_up(self, leg_id: LegId) -> None:
        endpoint = self.ring.endpoint
        await self.house.ended(self.id, leg_id, endpoint)
        await self._answer(RingEnded(turn=self.line.turn, outcome=RingOutcome.ANSWERED))

    async def agent_is_lost(self, leg_id: LegId) -> None:
        """End the talk as a network does whose phone sends no sound any more."""
        await self.house.ended(self.id, leg_id, self.ring.endpoint, cause=44)
        await self._answer(RingEnded(turn=self.line.turn, outcome=RingOutcome.ANSWERED))

    async def is_not_answered(self, leg_id: LegId, outcome: RingOutcome = RingOutcome.NO_ANSWER) -> None:
        endpoint = self.ring.endpoint
        await self.house.ended(self.id, leg_id, endpoint, cause=19)
        await self._answer(RingEnded(turn=self.line.turn, outcome=outcome))

    async def talk_ends(self, outcome: RingOutcome) -> None:
        """Let the line tell how ringing ended; nothing is heard of the phone."""
        await self._answer(RingEnded(turn=self.line.turn, outcome=outcome))

    @property
    def ended_by_us(self) -> bool:
        return isinstance(self.line.last, HangUp)

    @property
    def handed_over(self) -> bool:
        return isinstance(self.line.last, HandOver)

    async def _answer(self, event: LineEvent) -> None:
        self.line.answers(event)
        await self.house.settles()
