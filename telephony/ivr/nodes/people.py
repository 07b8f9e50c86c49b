"""`queue`, `agent` and `external`: take the caller to people."""

import re
from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from telephony.calls.events import RingOutcome
from telephony.calls.model import AgentId, QueueName
from telephony.ivr.flow import By, LengthOf, Node, Way, Words
from telephony.ivr.position import (
    CallAgent,
    CallNumber,
    Doing,
    EnterLine,
    FlowEvent,
    PersonLeft,
    QueueLeft,
    QueueOutcome,
    Seen,
    Step,
)
from telephony.ivr.reading import allowed, near
from telephony.ivr.surroundings import NodeReader
from telephony.ivr.walk import Walk

PERSONAL = AgentId("personal")
"""Stands in an agent node for the customer's own agent."""

MOST_DEPUTIES = 5
_E164 = re.compile(r"\+[1-9]\d{5,14}")


@dataclass(frozen=True, slots=True, kw_only=True)
class People(Node):
    """What all nodes have that take the caller to people."""

    meets_person: ClassVar[bool] = True

    say: tuple[Words, ...]
    record: bool
    otherwise: str
    then: str | None
    """After the talk; None ends the call."""

    def ways(self) -> tuple[Way, ...]:
        """Return the way when nobody takes the call, and the one after the talk."""
        missed = Way(by=By.MISSED, to=self.otherwise)
        return (missed,) if self.then is None else (missed, Way(by=By.TALKED, to=self.then))

    @property
    def is_end(self) -> bool:
        """Tell whether the call ends with the talk."""
        return self.then is None

    def says(self) -> tuple[Words, ...]:
        """Return what it says."""
        return self.say

    @abstractmethod
    def call(self, walk: Walk) -> Step:
        """Leave the caller to the journey."""

    def hear(self, walk: Walk, event: FlowEvent) -> Step:
        """Go on when the texts are said, or the people are done."""
        if walk.was.doing is Doing.SAYING:  # what was said may have failed: the people matter more
            return self.call(walk)
        if not isinstance(event, QueueLeft | PersonLeft):
            return Step(position=walk.was)
        walk.turn = event.turn
        walk.note(self.name, Seen.LEFT, value=event.outcome.value)
        if event.outcome in (QueueOutcome.ANSWERED, RingOutcome.ANSWERED):
            return walk.enter(self.then) if self.then is not None else walk.hang_up(self.name)
        return walk.enter(self.otherwise)

    def say_first(self, walk: Walk) -> Step | None:
        """Say what is to be said before the people are called; None when the line needs nothing."""
        walk.typed = ""
        walk.say(self, self.say)
        return walk.speak_first(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue(People):
    """Waits in a line for a person; `otherwise` when nobody takes it."""

    kind: ClassVar[str] = "queue"

    queue: QueueName
    wait_s: int
    music: str

    def longest_s(self, length_of: LengthOf) -> float:
        """Return the time for the longest wait; a talk takes as long as it takes."""
        return sum(map(length_of, self.say)) + self.wait_s

    def visit(self, walk: Walk) -> str | Step:
        """Join the line; what is said is said there, once the call is answered."""
        walk.typed = ""
        walk.say(self, self.say)
        if walk.line_is_ready:
            return self.call(walk)
        walk.flush()
        return walk.wait(self, Doing.SAYING)

    def call(self, walk: Walk) -> Step:
        """Leave the caller to the line."""
        walk.note(self.name, Seen.ENTERED, value=self.queue)
        line = EnterLine(
            queue=self.queue,
            prompts=walk.taken_prompts(),
            wait_s=self.wait_s,
            music=self.music,
            record=self.record and walk.may_record,
            may_record=walk.may_record,
            language=walk.language,
        )
        return walk.leave_to(self, Doing.WITH_PEOPLE, line)


@dataclass(frozen=True, slots=True, kw_only=True)
class RingAgent(People):
    """Rings one person, by name or `PERSONAL`, then their deputies; `otherwise` when none of them answers."""

    kind: ClassVar[str] = "agent"

    agent: AgentId
    deputies: tuple[AgentId, ...]
    ring_s: int

    def longest_s(self, length_of: LengthOf) -> float:
        """Return the time for everybody's phone to ring."""
        return sum(map(length_of, self.say)) + self.ring_s * (1 + len(self.deputies))

    def visit(self, walk: Walk) -> str | Step:
        """Say what is to be said, then ring."""
        if not self._agents(walk):
            walk.note(self.name, Seen.LEFT, value="nobody")
            return self.otherwise
        return self.say_first(walk) or self.call(walk)

    def call(self, walk: Walk) -> Step:
        """Leave the caller to the agents."""
        agents = self._agents(walk)
        if not agents:  # the customer's record has changed meanwhile
            return walk.enter(self.otherwise)
        walk.note(self.name, Seen.ENTERED, value=agents[0])
        record = self.record and walk.may_record
        call = CallAgent(agents=agents, ring_s=self.ring_s, record=record, language=walk.language)
        return walk.leave_to(self, Doing.WITH_PEOPLE, call)

    def _agents(self, walk: Walk) -> tuple[AgentId, ...]:
        customer = walk.facts.customer
        own = customer.personal_agent if customer else None
        first = own if self.agent == PERSONAL else self.agent
        return tuple(dict.fromkeys(agent for agent in (first, *self.deputies) if agent))


@dataclass(frozen=True, slots=True, kw_only=True)
class External(People):
    """Rings a telephone outside the company; `otherwise` when it does not answer."""

    kind: ClassVar[str] = "external"

    number: str
    ring_s: int

    def longest_s(self, length_of: LengthOf) -> float:
        """Return the time for the phone to ring."""
        return sum(map(length_of, self.say)) + self.ring_s

    def visit(self, walk: Walk) -> str | Step:
        """Say what is to be said, then ring."""
        return self.say_first(walk) or self.call(walk)

    def call(self, walk: Walk) -> Step:
        """Leave the caller to the number."""
        walk.note(self.name, Seen.ENTERED, value=self.number)
        record = self.record and walk.may_record
        call = CallNumber(number=self.number, ring_s=self.ring_s, record=record, language=walk.language)
        return walk.leave_to(self, Doing.WITH_PEOPLE, call)


def read_queue(reader: NodeReader) -> Queue:
    """Read a `queue` node."""
    fields = reader.fields
    return Queue(
        **reader.common(),
        queue=queue_name(reader, "queue"),
        say=reader.say(),
        wait_s=fields.whole("wait_s", lowest=1, highest=7200, default=600),
        music=fields.text("music", default="default"),
        record=fields.flag("record", default=False),
        otherwise=reader.to("otherwise"),
        then=reader.to_or_none("then"),
    )


def read_agent(reader: NodeReader) -> RingAgent:
    """Read an `agent` node."""
    fields = reader.fields
    name = fields.text("agent")
    if name != PERSONAL:
        _check_agent(reader, name, "agent")
    deputies = [deputy.value for deputy in fields.texts("deputies", default=())]
    if len(deputies) > MOST_DEPUTIES:
        fields.fault("deputies", f"must name at most {MOST_DEPUTIES}: the caller waits for each of them")
    for deputy in deputies:
        _check_agent(reader, deputy, "deputies")
    return RingAgent(
        **reader.common(),
        agent=AgentId(name),
        deputies=tuple(AgentId(deputy) for deputy in deputies),
        say=reader.say(),
        ring_s=fields.whole("ring_s", lowest=5, highest=120, default=20),
        record=fields.flag("record", default=False),
        otherwise=reader.to("otherwise"),
        then=reader.to_or_none("then"),
    )


def read_external(reader: NodeReader) -> External:
    """Read an `external` node."""
    fields = reader.fields
    number = fields.text("number")
    if number and not _E164.fullmatch(number):
        fields.fault("number", f"must be a full number such as +35921234567, is '{number[:80]}'")
    return External(
        **reader.common(),
        number=number,
        say=reader.say(),
        ring_s=fields.whole("ring_s", lowest=5, highest=120, default=30),
        record=fields.flag("record", default=False),
        otherwise=reader.to("otherwise"),
        then=reader.to_or_none("then"),
    )


def queue_name(reader: NodeReader, key: str) -> QueueName:
    """Return the name of a queue there is."""
    fields, known = reader.fields, reader.around.names.queues
    name = fields.text(key)
    if name and name not in known:
        fields.fault(key, f"'{name[:80]}' is unknown{near(name, known)}; known queues are {allowed(known)}")
    return QueueName(name)


def _check_agent(reader: NodeReader, name: str, key: str) -> None:
    known = reader.around.names.agents
    if name and known is not None and name not in known:
        reader.fields.fault(key, f"'{name[:80]}' is unknown{near(name, known)}; known are personal, {allowed(known)}")
