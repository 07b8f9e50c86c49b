"""Plays calls for a search: from any state on, with every way noted that is taken."""

from dataclasses import dataclass, replace

from telephony.calls.events import Said
from telephony.ivr.coverage.ways_taken import Edge, Trail, edges_taken
from telephony.ivr.engine import begin, step
from telephony.ivr.facts import CustomerFacts, Facts
from telephony.ivr.flow import Flow
from telephony.ivr.position import Answered, Step
from telephony.ivr.walks.acts import Act, Checks, Waits, event_of, waits_of

Place = tuple[str, str, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What holds for a whole call: the facts at its start, and who it turns out to be by a PIN."""

    facts: Facts
    identified: CustomerFacts | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class State:
    """Where a call is, and how it came there."""

    world: World
    facts: Facts
    taken: Step
    edges: tuple[Edge, ...] = ()
    """The ways of the last act."""
    act: Act | None = None
    before: "State | None" = None
    identified: bool = False

    @property
    def chain(self) -> list["State"]:
        """Return every state from the start of the call to this one."""
        states = [self]
        while states[-1].before is not None:
            states.append(states[-1].before)
        return states[::-1]

    @property
    def place(self) -> Place:
        """Return where in the flow it is, whatever is known by then."""
        at = self.taken.position
        return at.node, at.doing.value, at.stage, at.attempt

    @property
    def is_over(self) -> bool:
        """Tell whether the call has ended."""
        return waits_of(self.taken) is Waits.NOTHING


class Play:
    """The engine, watched. `spent` counts its steps, `entered` has every node that any call came to."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._trail = Trail(flow.nodes)
        self._watched = replace(flow, nodes=self._trail)
        self.spent = 0
        self.entered: set[str] = set()

    def begun(self, world: World) -> State:
        """Return the beginning of a call."""
        self._trail.entered.clear()
        taken = begin(self._watched, world.facts)
        return self._said(State(world=world, facts=world.facts, taken=taken), None)

    def done(self, state: State, act: Act) -> State:
        """Return where an act leads."""
        facts, identified = state.facts, state.identified
        if isinstance(act, Checks) and act.outcome is Answered.FOUND:
            identified = True
            facts = replace(facts, customer=state.world.identified or facts.customer or CustomerFacts())
        self._trail.entered.clear()
        taken = step(self._watched, state.taken.position, event_of(act, state.taken, facts.now), facts)
        after = State(world=state.world, facts=facts, taken=taken, act=act, before=state, identified=identified)
        return self._said(after, state.taken.position.node)

    def _said(self, state: State, start: str | None) -> State:
        """Let everything be said that is only said."""
        edges: list[Edge] = []
        while True:
            self.spent += 1
            self.entered.update(self._trail.entered)
            edges += edges_taken(self._flow.nodes, start, self._trail.entered, state.taken)
            if waits_of(state.taken) is not Waits.LINE:
                state.edges = tuple(edges)
                return state
            position = state.taken.position
            start = position.node
            self._trail.entered.clear()
            state.taken = step(self._watched, position, Said(turn=position.turn), state.facts)
