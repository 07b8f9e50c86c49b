"""`play`: says something."""

from dataclasses import dataclass
from typing import ClassVar

from telephony.ivr.flow import By, Node, Way, Words
from telephony.ivr.position import Seen, Step
from telephony.ivr.surroundings import NodeReader
from telephony.ivr.walk import Walk


@dataclass(frozen=True, slots=True, kw_only=True)
class Play(Node):
    """Says texts and values. With `barge_in` a key skips them and answers the question that follows."""

    kind: ClassVar[str] = "play"

    say: tuple[Words, ...]
    barge_in: bool
    to: str

    def ways(self) -> tuple[Way, ...]:
        """Return the one way on."""
        return (Way(by=By.NEXT, to=self.to),)

    def says(self) -> tuple[Words, ...]:
        """Return what it says."""
        return self.say

    def visit(self, walk: Walk) -> str | Step:
        """Say it before whatever comes next."""
        walk.note(self.name, Seen.PLAYED)
        if not self.barge_in:
            walk.flush()
            walk.say(self, self.say)
            walk.flush()
        elif not walk.typed:  # who types ahead has heard it
            walk.say(self, self.say)
        return self.to


def read(reader: NodeReader) -> Play:
    """Read it."""
    say = reader.say(default=None)
    barge_in = reader.fields.flag("barge_in", default=True)
    return Play(**reader.common(), say=say, barge_in=barge_in, to=reader.to())
