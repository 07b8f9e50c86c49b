"""What a caller and the world do in one call, without saying on which carrier."""

from dataclasses import dataclass

from telephony.ivr.facts import CustomerFacts, Facts, FactValue
from telephony.ivr.position import Answered

SILENCE = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One call. Each list is used up in order, as the flow asks.

    The caller hangs up at the question after the last key, unless the flow ends before.
    """

    name: str
    flow: str
    facts: Facts
    identified: CustomerFacts
    """Who it is once the right PIN was given."""
    keys: tuple[str, ...] = ()
    """What is pressed at each question; SILENCE lets one pass."""
    talks: tuple[bool, ...] = ()
    """For each person or line the flow calls: whether somebody answers."""
    lookups: tuple[tuple[Answered, tuple[tuple[str, FactValue], ...]], ...] = ()
    pins: tuple[Answered, ...] = ()
    promises: tuple[bool, ...] = ()
