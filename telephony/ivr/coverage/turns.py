"""Finds facts that turn a decision another way."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from telephony.calls.model import AgentId
from telephony.ivr.coverage.play import State, World
from telephony.ivr.coverage.supposing import supposed
from telephony.ivr.coverage.ways_taken import Edge
from telephony.ivr.expressions import Expression, Known
from telephony.ivr.facts import CalendarState, CustomerFacts, Facts, FactValue
from telephony.ivr.flow import Flow, Node, Read, Way
from telephony.ivr.nodes.branching import Branch
from telephony.ivr.nodes.hours import Hours
from telephony.ivr.nodes.people import PERSONAL, RingAgent

MOST_RUNS = 6
"""Facts that are tried from the start of the call, for one decision of one call."""
MOST_BLIND_RUNS = 20
"""The same where what was worked out before decides, so that only a call tells."""


class Turns:
    """Knows the decisions of a flow."""

    def __init__(self, flow: Flow, behind: Mapping[str, tuple[Read, ...]]) -> None:
        self.supposed = 0
        """Facts that were worked out and tried on a decision, so far."""
        self._nodes = flow.nodes
        self._behind = behind
        self._behind_branch: dict[str, Sequence[Expression]] = {}
        named = (node.agent for node in flow.nodes.values() if isinstance(node, RingAgent) and node.agent != PERSONAL)
        self._somebody = next(named, AgentId("maria"))

    @staticmethod
    def decides(node: Node) -> bool:
        """Tell whether facts decide at a node where a call goes on."""
        return isinstance(node, Branch | Hours) or (isinstance(node, RingAgent) and node.agent == PERSONAL)

    def worlds(self, node: Node, edge: Edge, state: State) -> Iterator[World]:
        """Give worlds in which the call of this state may take that way of a node it has passed."""
        earlier = list(
            {(each.node.name, each.way, id(each.state)): each for each in self._decisions_before(node, state)}.values()
        )
        blind = isinstance(node, Branch) and bool(self._behind_case(node))
        left = MOST_BLIND_RUNS if blind else MOST_RUNS
        aside: World | None = None
        for facts in self._facts(node, edge, state):
            if state.identified:
                at_start = replace(facts, customer=state.world.facts.customer)
                world = World(facts=at_start, identified=facts.customer)
            else:
                world = World(facts=facts, identified=state.world.identified)
            if self._are_kept(earlier, world):
                yield world
                left -= 1
            elif aside is None:
                aside = world
            if not left:
                return
        if aside is not None:  # it leaves the call's way before, perhaps to come here by another
            yield aside

    def _are_kept(self, decisions: Sequence["_Decision"], world: World) -> bool:
        for decision in decisions:
            self.supposed += 1
            if not decision.is_kept(world):
                return False
        return True

    def _decisions_before(self, node: Node, state: State) -> Iterator["_Decision"]:
        """Give the decisions by which the call came to this one, of those that can be foretold."""
        for each in state.chain:
            answers = {given.name: given.value for given in each.taken.position.answers}
            for edge in each.edges:
                if each is state and edge.node == node.name:
                    return
                decided = self._nodes[edge.node]
                foretold = isinstance(decided, Hours) or (
                    isinstance(decided, Branch) and not self._behind_case(decided)
                )
                if foretold and isinstance(decided, Branch | Hours):
                    yield _Decision(node=decided, way=edge.way, answers=answers, state=each)

    def _facts(self, node: Node, edge: Edge, state: State) -> Iterator[Facts]:
        match node:
            case Hours():
                for calendar_state in CalendarState:
                    if calendar_state.value == edge.way.label:
                        calendars = {**state.facts.calendars, node.calendar: calendar_state}
                        yield replace(state.facts, calendars=calendars)
            case RingAgent():
                customer = state.facts.customer or CustomerFacts()
                if customer.personal_agent is None:
                    yield replace(state.facts, customer=replace(customer, personal_agent=self._somebody))
            case Branch():
                yield from self._facts_for_case(node, edge, state)

    def _facts_for_case(self, node: Branch, edge: Edge, state: State) -> Iterator[Facts]:
        conditions = [case.condition for case in node.cases]
        behind = self._behind_case(node)
        answers = {given.name: given.value for given in state.taken.position.answers}
        for facts in supposed(state.facts, [*conditions, *behind], pooled=bool(behind)):
            self.supposed += 1
            if behind or _chosen(node, Known(facts=facts, answers=answers)) == edge.way:
                yield facts

    def _behind_case(self, node: Branch) -> Sequence[Expression]:
        """Return what the answers that a branch reads are worked out from, in the flow itself."""
        found = self._behind_branch.get(node.name)
        if found is None:
            each = [self._expressions_behind(case.condition, node.scope) for case in node.cases]
            found = self._behind_branch[node.name] = [expression for some in each for expression in some]
        return found

    def _expressions_behind(self, expression: Expression, scope: str) -> Iterable[Expression]:
        found: dict[int, Expression] = {}
        waiting = [scope + name for name in expression.answers]
        while waiting:
            for read in self._behind.get(waiting.pop(), ()):
                if id(read.expression) not in found:
                    found[id(read.expression)] = read.expression
                    waiting += names_read(read)
        return found.values()


def names_read(read: Read) -> list[str]:
    """Return every full name that what an answer is worked out from can have: in its own flow, or in the one around."""
    scope = read.into.rpartition("answers.")[0] or read.into.rpartition("params.")[0]
    scopes = [scope]
    while scope:
        scope = scope.rstrip("/").rpartition("/")[0]
        scope = f"{scope}/" if scope else ""
        scopes.append(scope)
    return [each + name for each in scopes for name in read.expression.answers]


def _chosen(node: Branch, known: Known) -> Way:
    ways = node.ways()
    for way, case in zip(ways, node.cases, strict=False):
        if case.condition.holds(known, node.scope):
            return way
    return ways[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Decision:
    """A decision that a call has passed."""

    node: Branch | Hours
    way: Way
    answers: Mapping[str, FactValue]
    state: State

    def is_kept(self, world: World) -> bool:
        """Tell whether it goes the same way in another world."""
        facts = world.facts
        if isinstance(self.node, Hours):
            return self.node.to[facts.calendars.get(self.node.calendar, CalendarState.CLOSED)] == self.way.to
        if self.state.identified:
            facts = replace(facts, customer=world.identified or facts.customer or CustomerFacts())
        return _chosen(self.node, Known(facts=facts, answers=self.answers)) == self.way
