"""Proves over a whole year of opening hours that callers get somewhere at every minute of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import TypeAlias

from telephony.calls.model import CallId
from telephony.ivr.check.ends import WHERE_TO, traps
from telephony.ivr.check.finding import Code, Finding
from telephony.ivr.check.graph import reach, round_trip
from telephony.ivr.expressions import Known
from telephony.ivr.facts import CalendarState, Facts
from telephony.ivr.flow import Flow, Node, ways_on
from telephony.ivr.nodes.branching import Branch
from telephony.ivr.nodes.hours import Hours

OPEN = "open."
States: TypeAlias = Mapping[str, CalendarState]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """A stretch of time, in UTC, over which a calendar does not change; the end is left out."""

    begins: datetime
    ends: datetime
    state: CalendarState


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarYear:
    """A calendar over the coming year: spells without a gap between them, of one minute at least."""

    zone: tzinfo
    spells: tuple[Spell, ...]
    listed_until: date | None = None
    """The last day that is listed by hand, where no country's public holidays are taken beside the list."""
    swallowed: tuple[datetime, ...] = ()
    """When hours would begin that the clock leaps over, by the clock on the wall."""

    @property
    def states(self) -> frozenset[CalendarState]:
        """Every state it comes to."""
        return frozenset(spell.state for spell in self.spells)


Years: TypeAlias = Mapping[str, CalendarYear]


def hours_findings(flow: Flow, years: Years) -> Iterable[Finding]:
    """Find what is wrong with the hours that a flow asks for; a calendar whose year is not known is left out."""
    asks = {name: _calendars(node) & years.keys() for name, node in flow.nodes.items()}
    asks = {name: calendars for name, calendars in asks.items() if calendars}
    for name, calendars in asks.items():
        for calendar in sorted(calendars):
            yield from _dead_ways(flow.nodes[name], calendar, years[calendar])
    first = {calendar: name for name in reversed(asks) for calendar in asks[name]}
    for calendar, name in sorted(first.items()):
        yield from _listed(flow.nodes[name], calendar, years[calendar])
    yield from _no_end_at(flow, {calendar: years[calendar] for calendar in first})


def _calendars(node: Node) -> set[str]:
    if isinstance(node, Hours):
        return {node.calendar}
    names = (name for read in node.reads() for name, _ in read.expression.getters)
    return {name.removeprefix(OPEN) for name in names if name.startswith(OPEN)}


def _dead_ways(node: Node, calendar: str, year: CalendarYear) -> Iterable[Finding]:
    if CalendarState.OPEN not in year.states:
        text = f"calendar '{calendar}' is never open in the coming year; mend its hours in the settings"
        yield Finding(code=Code.NEVER_OPEN, at=node.at, node=node.name, text=text)
    elif year.states == {CalendarState.OPEN}:
        text = (
            f"calendar '{calendar}' is open at every minute of the coming year, so that 'closed' is for an emergency "
            "only; if that is not meant, mend its hours in the settings"
        )
        yield Finding(code=Code.ALWAYS_OPEN, at=node.at, node=node.name, text=text)


def _listed(node: Node, calendar: str, year: CalendarYear) -> Iterable[Finding]:
    if year.listed_until is not None and year.spells and year.listed_until < year.spells[-1].ends.date():
        text = (
            f"calendar '{calendar}' lists single days only until {year.listed_until}; list those of the coming year, "
            "or name a country in 'holidays'"
        )
        yield Finding(code=Code.HOLIDAYS_END, at=node.at, node=node.name, text=text)
    for when in year.swallowed:
        text = (
            f"calendar '{calendar}' has hours from {when:%H:%M on %Y-%m-%d} that the change of the clock leaps over; "
            "nobody is there that day unless they begin earlier or end later"
        )
        yield Finding(code=Code.HOURS_SWALLOWED, at=node.at, node=node.name, text=text)


# --- every minute ----------------------------------------------------------------------------------------------------


def _no_end_at(flow: Flow, years: Years) -> Iterable[Finding]:
    always = {name: ways_on(node) for name, node in flow.nodes.items()}
    asking = [node for node in flow.nodes.values() if _calendars(node) & years.keys()]
    proved: set[tuple[tuple[str, ...], ...]] = set()
    told: set[frozenset[str]] = set()
    for states, when in all_states(years):
        chosen = tuple(_ways_when(node, states) for node in asking)
        if chosen in proved:
            continue
        proved.add(chosen)
        ways = always | {node.name: onward for node, onward in zip(asking, chosen, strict=True)}
        for trap, _ in traps(reach([flow.start], ways.__getitem__), flow, ways.__getitem__):
            if frozenset(trap) not in told:
                told.add(frozenset(trap))
                yield _trap_finding(trap, flow, states, when)


def _trap_finding(trap: tuple[str, ...], flow: Flow, states: States, when: str) -> Finding:
    shown = ", ".join(f"{calendar} is {state}" for calendar, state in sorted(states.items()))
    text = f"no call gets out of {round_trip(trap)} while {shown} ({when}); lead one of them to {WHERE_TO}"
    return Finding(code=Code.NO_END_AT, at=flow.nodes[trap[0]].at, node=trap[0], text=text)


def all_states(years: Years) -> Iterable[tuple[States, str]]:
    """Give every combination of states that the calendars come to in the year, each once, with when it first does.

    Then those with one calendar closed by hand, which can be at any minute.
    """
    seen: dict[tuple[CalendarState, ...], str] = {}
    place = dict.fromkeys(years, 0)
    for moment in sorted({spell.begins for year in years.values() for spell in year.spells}):
        for name, year in years.items():
            while place[name] + 1 < len(year.spells) and year.spells[place[name] + 1].begins <= moment:
                place[name] += 1
        if all(year.spells for year in years.values()):
            now = tuple(year.spells[place[name]].state for name, year in years.items())
            zone = next(iter(years.values())).zone
            seen.setdefault(now, f"as on {moment.astimezone(zone):%Y-%m-%d at %H:%M}")
    by_hand = {
        (*now[:at], CalendarState.EMERGENCY, *now[at + 1 :]): "closed by hand" for now in seen for at in range(len(now))
    }
    for states, when in {**seen, **by_hand, **seen}.items():
        yield dict(zip(years, states, strict=True)), when


def _ways_when(node: Node, states: States) -> tuple[str, ...]:
    """Return the ways a call can take at a node while the calendars are so."""
    if isinstance(node, Hours) and node.calendar in states:
        return (node.to[states[node.calendar]],)
    if not isinstance(node, Branch):
        return ways_on(node)
    known = Known(facts=Facts(call_id=CallId(""), calendars=states), answers={})
    ways = []
    for case in node.cases:
        if not all(name.removeprefix(OPEN) in states for name, _ in case.condition.getters):
            ways.append(case.to)  # it depends on the call too, and may go either way
        elif case.condition.holds(known, node.scope):
            return (*ways, case.to)
    return (*ways, node.otherwise)
