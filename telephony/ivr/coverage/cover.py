"""Proposes walks that together take every way of a flow, and tells which ways none was found for, and why."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from telephony.ivr.coverage.choices import Choices
from telephony.ivr.coverage.chosen import chosen_walks
from telephony.ivr.coverage.play import Place, Play, State, World
from telephony.ivr.coverage.supposing import answers_behind
from telephony.ivr.coverage.turns import Turns, names_read
from telephony.ivr.coverage.ways_taken import Edge, edges_of
from telephony.ivr.flow import By, Flow, Sink
from telephony.ivr.nodes.branching import Branch
from telephony.ivr.nodes.hours import Hours
from telephony.ivr.walks.acts import HangsUp, Waits, waits_of
from telephony.ivr.walks.scene import Scene
from telephony.ivr.walks.script import Walk

MOST_ENGINE_STEPS = 150_000
"""Where the search ends; some ten seconds of work. Four facts that are supposed count as a step."""

FIRST_SHARE, LAST_SHARE = 1, 64
"""In how many circumstances a place is gone on from: few at first, more while ways are still missing."""

MOST_CONTEXTS = 12
"""Calls that come to a decision by which it is tried to turn it."""

LONGEST_END = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """A way that no walk takes, and why."""

    edge: Edge
    reason: str

    def __str__(self) -> str:
        return f"{self.edge}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """Walks, how many ways they take, and the ways they do not take."""

    walks: tuple[Walk, ...]
    taken: int
    missed: tuple[Missed, ...]


def cover(flow: Flow, *, scene: Scene | None = None, most_steps: int = MOST_ENGINE_STEPS) -> Covered:
    """Return walks that together take every way of the flow that a search finds.

    The search begins with `scene` and changes in it what conditions ask for. It goes the same way each time, and ends
    after `most_steps` steps of the engine.
    """
    search = _Search(flow, most_steps)
    search.run(World(facts=(scene or Scene()).facts(flow)))
    walks = chosen_walks(flow, [state.chain for state in search.first.values()], search.to_the_end)
    missed = [Missed(edge=edge, reason=search.reason(edge)) for edge in search.wanted]
    return Covered(walks=walks, taken=len(search.first), missed=tuple(missed))


class _Search:
    def __init__(self, flow: Flow, most_steps: int) -> None:
        behind = answers_behind(flow.nodes.values())
        self._flow = flow
        self._most_steps = most_steps
        self._play = Play(flow)
        self._choices = Choices(flow, behind)
        self._turns = Turns(flow, behind)
        self._decisive = _decisive_answers(flow)
        self.wanted = dict.fromkeys(edges_of(flow.nodes))
        self.first: dict[Edge, State] = {}
        """The first state that was come to by each way."""
        self._tried: dict[Edge, int] = {}
        self._seen: dict[Place, set[object]] = {}
        self._ready: deque[State] = deque()
        self._later: list[State] = []
        self._worlds: dict[str, World] = {}
        self._share = FIRST_SHARE

    @property
    def _is_over(self) -> bool:
        return not self.wanted or self._is_spent

    @property
    def _is_spent(self) -> bool:
        return self._play.spent + self._turns.supposed // 4 >= self._most_steps

    def run(self, world: World) -> None:
        """Search until every way is taken, nothing new can be tried, or the steps are used up."""
        self._come_to(self._play.begun(self._worlds.setdefault(repr(world), world)))
        while not self._is_over:
            if self._ready:
                self._go_on(self._ready.popleft())
            elif self._later and self._share < LAST_SHARE:
                self._share *= 4
                self._ready.extend(self._later)
                self._later.clear()
            else:
                return

    def _go_on(self, state: State) -> None:
        if not self._is_new(state):
            return
        for acts in self._choices.of(self._flow.nodes[state.place[0]], state.taken):
            at = state
            for act in acts:
                at = self._play.done(at, act)
                self._keep(at)
                if at.place != state.place or at.is_over:
                    break
            self._come_to(at)

    def _come_to(self, state: State) -> None:
        """Keep what is new, go on from here later, and try to turn the decisions on the way."""
        self._keep(state)
        if not state.is_over:
            self._ready.append(state)
        for name in dict.fromkeys(edge.node for edge in state.edges):
            if self._turns.decides(self._flow.nodes[name]):
                self._turn(state, name)

    def _keep(self, state: State) -> None:
        for edge in state.edges:
            if edge in self.wanted:
                del self.wanted[edge]
                self.first[edge] = state

    def _is_new(self, state: State) -> bool:
        """Tell whether to go on from here; a place is gone on from in so many circumstances only."""
        answers = [given for given in state.taken.position.answers if given.name in self._decisive]
        known = tuple(sorted((given.name, str(given.value)) for given in answers))
        circumstances = (known, id(state.world), state.identified)
        seen = self._seen.setdefault(state.place, set())
        if circumstances in seen:
            return False
        if len(seen) >= self._share:
            self._later.append(state)
            return False
        seen.add(circumstances)
        return True

    # --- decisions -----------------------------------------------------------------------------------------------

    def _turn(self, state: State, name: str) -> None:
        """Look for calls that come here in other worlds and take the ways that are still missing."""
        node = self._flow.nodes[name]
        for edge in edges_of({name: node}):
            tried = self._tried.get(edge, 0)
            if edge not in self.wanted or tried >= MOST_CONTEXTS or self._is_over:
                continue
            self._tried[edge] = tried + 1
            for world in self._turns.worlds(node, edge, state):
                self._again(state, world)
                if edge not in self.wanted or self._is_over:
                    break

    def _again(self, state: State, world: World) -> None:
        """Play a call's acts again in another world, as far as it goes the same way; equal worlds are one."""
        at = self._play.begun(self._worlds.setdefault(repr(world), world))
        self._keep(at)
        for before, after in pairwise(state.chain):
            if at.place != before.place or after.act is None:
                break
            at = self._play.done(at, after.act)
            self._keep(at)
        self._come_to(at)

    # --- the end -------------------------------------------------------------------------------------------------

    def to_the_end(self, state: State) -> Sequence[State]:
        """Return the states by which a call goes on to people, or to its end; before a question the caller hangs up."""
        states: list[State] = []
        at = state
        while waits_of(at.taken) not in (Waits.NOTHING, Waits.PEOPLE) and len(states) < LONGEST_END:
            choices = self._choices.of(self._flow.nodes[at.place[0]], at.taken)
            hangs_up = waits_of(at.taken) is Waits.KEYS or not choices
            at = self._play.done(at, HangsUp() if hangs_up else choices[0][0])
            states.append(at)
        if waits_of(at.taken) not in (Waits.NOTHING, Waits.PEOPLE):
            states.append(self._play.done(at, HangsUp()))
        return states

    def reason(self, edge: Edge) -> str:
        """Tell why no walk takes a way."""
        node = self._flow.nodes[edge.node]
        if self._is_spent:
            return f"not found within {self._most_steps} steps of search"
        if edge.node not in self._play.entered:
            return "no call was found that comes to this node"
        if isinstance(node, Branch):
            case = next((case for case in node.cases if (case.to, case.label) == (edge.way.to, edge.way.label)), None)
            condition = f"'{case.condition.source}' decides" if case else "no condition holds"
            return f"no facts or answers were found with which {condition} here"
        if isinstance(node, Hours):
            return f"no call was found that comes here while calendar '{node.calendar}' is {edge.way.label}"
        return _WHY.get(edge.way.by, "nothing was found that leads this way")


_WHY = {
    By.WRONG_KEY: "every key is an answer here, so none is wrong",
    By.KEY: "no digits were found that the question takes",
}


def _decisive_answers(flow: Flow) -> frozenset[str]:
    """Return the full names of answers that conditions depend on."""
    behind = answers_behind(flow.nodes.values())
    reads = [(node, read) for node in flow.nodes.values() for read in node.reads() if read.sink is Sink.CONDITION]
    waiting = [node.scope + name for node, read in reads for name in read.expression.answers]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [other for read in behind.get(name, ()) for other in names_read(read)]
    return frozenset(found)
