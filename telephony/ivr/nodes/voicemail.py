"""`voicemail`: takes a message."""

import re
from dataclasses import dataclass
from typing import ClassVar

from telephony.calls.commands import Record
from telephony.calls.events import CommandFailed, Recorded
from telephony.calls.model import QueueName
from telephony.ivr.flow import By, LengthOf, Node, Way, Words
from telephony.ivr.nodes.people import queue_name
from telephony.ivr.position import Doing, FlowEvent, Seen, Step
from telephony.ivr.surroundings import NodeReader
from telephony.ivr.walk import Walk


@dataclass(frozen=True, slots=True, kw_only=True)
class Voicemail(Node):
    """Takes a message for a queue's people."""

    kind: ClassVar[str] = "voicemail"
    meets_person: ClassVar[bool] = True

    mailbox: QueueName
    say: tuple[Words, ...]
    max_s: int
    silence_s: int
    to: str

    def ways(self) -> tuple[Way, ...]:
        """Return the one way on."""
        return (Way(by=By.MESSAGE, to=self.to),)

    def says(self) -> tuple[Words, ...]:
        """Return what it says."""
        return self.say

    def longest_s(self, length_of: LengthOf) -> float:
        """Return the time for the longest message."""
        return sum(map(length_of, self.say)) + self.max_s

    def visit(self, walk: Walk) -> str | Step:
        """Record."""
        walk.typed = ""
        walk.say(self, self.say)
        walk.flush()
        return self._record(walk, stage=0)

    def _record(self, walk: Walk, *, stage: int) -> Step:
        name = re.sub(r"[^A-Za-z0-9]", "-", walk.facts.call_id)[:80]
        walk.add(Record(name=f"{name}-message-{walk.turn + 1}", max_s=self.max_s, silence_s=self.silence_s))
        return walk.wait(self, Doing.RECORDING, stage=stage)

    def hear(self, walk: Walk, event: FlowEvent) -> Step:
        """Go on when the message is taken, or could not be; one without its words is better than none."""
        if isinstance(event, CommandFailed) and event.speechless and walk.was.stage == 0:
            return self._record(walk, stage=1)
        if isinstance(event, Recorded):
            walk.note(self.name, Seen.RECORDED, value=event.name, label=f"{event.seconds:.1f} s")
        else:
            walk.note(self.name, Seen.FAILED)
        return walk.enter(self.to)


def read(reader: NodeReader) -> Voicemail:
    """Read it."""
    fields = reader.fields
    return Voicemail(
        **reader.common(),
        mailbox=queue_name(reader, "mailbox"),
        say=reader.say(default=("leave_message",)),
        max_s=fields.whole("max_s", lowest=5, highest=600, default=120),
        silence_s=fields.whole("silence_s", lowest=1, highest=30, default=5),
        to=reader.to(),
    )
