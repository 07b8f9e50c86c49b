"""`hangup`: ends the call."""

from dataclasses import dataclass
from typing import ClassVar

from telephony.ivr.flow import Node, Words
from telephony.ivr.position import Seen, Step
from telephony.ivr.surroundings import NodeReader
from telephony.ivr.walk import Walk


@dataclass(frozen=True, slots=True, kw_only=True)
class Hangup(Node):
    """Says texts and ends the call."""

    kind: ClassVar[str] = "hangup"

    say: tuple[Words, ...]

    @property
    def is_end(self) -> bool:
        """Tell that the call ends here."""
        return True

    def says(self) -> tuple[Words, ...]:
        """Return what it says."""
        return self.say

    def visit(self, walk: Walk) -> str | Step:
        """End the call."""
        walk.note(self.name, Seen.ENDED)
        walk.say(self, self.say)
        return walk.hang_up(self.name)


def read(reader: NodeReader) -> Hangup:
    """Read it."""
    return Hangup(**reader.common(), say=reader.say())
