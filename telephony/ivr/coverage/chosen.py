"""Chooses, of all the calls that a search has played, few that take every way, and writes them as walks."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from telephony.ivr.coverage.play import State
from telephony.ivr.coverage.ways_taken import Edge
from telephony.ivr.facts import CalendarState, CustomerFacts, Facts
from telephony.ivr.flow import By, Flow
from telephony.ivr.position import EnterLine
from telephony.ivr.walks.acts import Act, Checks, HangsUp, Waits, waits_of, whom
from telephony.ivr.walks.scene import NOON, Scene
from telephony.ivr.walks.script import Ends, EntersPin, Walk, WalkStep

Call = Sequence[State]


def chosen_walks(flow: Flow, calls: Sequence[Call], finished: Callable[[State], Call]) -> tuple[Walk, ...]:
    """Return walks that take every way of these calls; `finished` plays a call to its end."""
    whole = [[*call, *finished(call[-1])] for call in _longest(calls)]
    return _named([_walk(flow, own, call) for own, call in _needed(whole)])


def _longest(calls: Sequence[Call]) -> list[Call]:
    """Leave out calls that are only the beginning of another."""
    inside = {id(state) for call in calls for state in call[:-1]}
    ends = {id(call[-1]): call for call in calls}
    return [call for end, call in ends.items() if end not in inside]


def _needed(calls: Sequence[Call]) -> list[tuple[Edge, Call]]:
    """Leave out calls all of whose ways other calls take too, shortest first; give each with a way that is its own."""
    ways = {
        number: list(dict.fromkeys(edge for state in call for edge in state.edges)) for number, call in enumerate(calls)
    }
    count = Counter(edge for taken in ways.values() for edge in taken)
    for number in sorted(ways, key=lambda number: (len(ways[number]), number)):
        if all(count[edge] > 1 for edge in ways[number]):
            count.subtract(ways.pop(number))
    own = {number: next(edge for edge in taken if count[edge] == 1) for number, taken in ways.items()}
    return [(own[number], call) for number, call in enumerate(calls) if number in ways]


def _walk(flow: Flow, own: Edge, call: Call) -> Walk:
    last = call[-1]
    steps: list[WalkStep] = [_step(state.act) for state in call[1:] if state.act is not None]
    scene = _scene(flow, last.world.facts, last.world.identified)
    return Walk(name=_name(own), scene=scene, steps=(*steps, Ends(where=_where(last))))


def _name(edge: Edge) -> str:
    words = {
        By.KEY: f"key {edge.way.label}" if edge.way.label else "digits",
        By.SILENCE: "no key",
        By.WRONG_KEY: "wrong keys",
        By.NEXT: f"on to {edge.way.to}",
        By.FAILED: "no answer",
        By.MISSED: "nobody answers",
        By.TALKED: "after the talk",
        By.MESSAGE: "a message",
    }
    return f"{edge.node}: {words.get(edge.way.by, edge.way.label)}"


def _step(act: Act) -> WalkStep:
    return EntersPin(outcome=act.outcome) if isinstance(act, Checks) else act


def _where(state: State) -> str:
    if waits_of(state.taken) is Waits.PEOPLE:
        return f"{'in' if isinstance(state.taken.task, EnterLine) else 'with'} {whom(state.taken.task)}"
    if isinstance(state.act, HangsUp):
        return "abandoned"
    lost = any(noted.event == "lost" for noted in state.taken.journal)
    return "in the carrier's fallback" if lost else "hung up"


def _named(walks: Sequence[Walk]) -> tuple[Walk, ...]:
    """Give walks of one name numbers."""
    count: Counter[str] = Counter()
    named = []
    for walk in walks:
        count[walk.name] += 1
        number = count[walk.name]
        named.append(replace(walk, name=f"{walk.name}, {number}") if number > 1 else walk)
    return tuple(named)


def _scene(flow: Flow, facts: Facts, identified: CustomerFacts | None) -> Scene:
    """Return what must be given for these facts; what is so by itself is left out."""
    usual = Scene().facts(flow)
    calendars: Mapping[str, CalendarState] = {
        name: state for name, state in facts.calendars.items() if state is not CalendarState.OPEN
    }
    return Scene(
        caller=facts.caller,
        called=facts.called,
        at=None if facts.now == NOON else facts.now,
        customer=facts.customer,
        identified=identified,
        calendars=calendars,
        queues={name: state for name, state in facts.queues.items() if state != usual.queues.get(name)},
    )
