"""`hours`: goes where a calendar leads."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from telephony.ivr.facts import CalendarState
from telephony.ivr.flow import By, Node, Way
from telephony.ivr.position import Seen, Step
from telephony.ivr.reading import allowed, near
from telephony.ivr.surroundings import NodeReader
from telephony.ivr.walk import Walk


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours(Node):
    """Goes on by whether the calendar's people work now."""

    kind: ClassVar[str] = "hours"

    calendar: str
    to: Mapping[CalendarState, str]
    """A way for every state."""

    def ways(self) -> tuple[Way, ...]:
        """Return the way of each state; a state without a way of its own takes that of `closed`."""
        closed = self.to[CalendarState.CLOSED]
        own = ((state, to) for state, to in self.to.items() if to != closed or state is CalendarState.CLOSED)
        return tuple(Way(by=By.RULE, to=to, label=state.value) for state, to in own)

    def visit(self, walk: Walk) -> str | Step:
        """Go the way of the calendar's state now."""
        state = walk.facts.calendars.get(self.calendar, CalendarState.CLOSED)
        to = self.to[state]
        walk.note(self.name, Seen.CHOSE, value=to, label=state.value)
        return to


def read(reader: NodeReader) -> Hours:
    """Read it."""
    fields, known = reader.fields, reader.around.names.calendars
    calendar = fields.text("calendar")
    if calendar and calendar not in known:
        fields.fault("calendar", f"'{calendar[:80]}' is unknown{near(calendar, known)}; known are {allowed(known)}")
    is_open, closed = reader.to("open"), reader.to("closed")
    to = {
        CalendarState.OPEN: is_open,
        CalendarState.CLOSED: closed,
        CalendarState.HOLIDAY: reader.to_or_none("holiday") or closed,
        CalendarState.EMERGENCY: reader.to_or_none("emergency") or closed,
    }
    return Hours(**reader.common(), calendar=calendar, to=MappingProxyType(to))
