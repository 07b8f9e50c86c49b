"""Tells which ways a step of the engine has taken."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from telephony.ivr.flow import By, Node, Way
from telephony.ivr.position import Answered, Noted, Seen, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """One way from one node."""

    node: str
    way: Way

    def __str__(self) -> str:
        label = f" {self.way.label}" if self.way.label else ""
        return f"{self.node} --{self.way.by}{label}--> {self.way.to}"


def edges_of(nodes: Mapping[str, Node]) -> tuple[Edge, ...]:
    """Return every way of every node, each once."""
    return tuple(dict.fromkeys(Edge(node=name, way=way) for name, node in nodes.items() for way in node.ways()))


class Trail(Mapping[str, Node]):
    """A flow's nodes, that notes in `entered` which of them the engine goes to."""

    def __init__(self, nodes: Mapping[str, Node]) -> None:
        self._nodes = nodes
        self.entered: list[str] = []

    def __getitem__(self, name: str) -> Node:
        self.entered.append(name)  # the engine asks so only for nodes it enters; else it uses `get`
        return self._nodes[name]

    def get(self, name: str, default: object = None) -> Node | None:  # type: ignore[override]
        """Return a node without going to it."""
        return self._nodes.get(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._nodes)

    def __len__(self) -> int:
        return len(self._nodes)


def edges_taken(nodes: Mapping[str, Node], start: str | None, entered: Sequence[str], taken: Step) -> list[Edge]:
    """Return the ways of a step that began at a node (None: at no node yet) and entered these."""
    edges, before = [], start
    for name in entered:
        if before is not None:
            way = _way_to(nodes[before], name, [noted for noted in taken.journal if noted.node == before])
            if way is not None:
                edges.append(Edge(node=before, way=way))
        before = name
    return edges


def _way_to(node: Node, to: str, noted: Sequence[Noted]) -> Way | None:
    ways = [way for way in node.ways() if way.to == to]
    if len(ways) <= 1:
        return ways[0] if ways else None
    for by, label in _signs(noted):
        found = next((way for way in ways if way.by is by and label in (None, way.label)), None)
        if found is not None:
            return found
    return ways[0]


_PLAIN: Mapping[Seen, By] = {
    Seen.SCORED: By.KEY,
    Seen.PROMISED: By.KEY,
    Seen.NO_INPUT: By.SILENCE,
    Seen.PLAYED: By.SILENCE,
    Seen.NO_MATCH: By.WRONG_KEY,
    Seen.FAILED: By.FAILED,
    Seen.RECORDED: By.MESSAGE,
}


def _signs(noted: Sequence[Noted]) -> Iterator[tuple[By, str | None]]:
    """Give what the journal says of the way, the surest first."""
    for line in reversed(noted):
        match line.event:
            case Seen.KEYS:
                yield By.KEY, line.value
                yield By.KEY, None
            case Seen.CHOSE:
                yield By.RULE, line.label
            case Seen.FOUND:
                yield By.ANSWER, line.value
                yield (By.FAILED, None) if line.value == Answered.FAILED else (By.ANSWER, Answered.FOUND.value)
            case Seen.REFUSED:
                yield By.ANSWER, Answered.NOT_FOUND.value
                yield By.WRONG_KEY, None
            case Seen.CONSENT:
                yield (By.KEY if line.value else By.SILENCE), None
            case Seen.LEFT:
                yield (By.TALKED if line.value == "answered" else By.MISSED), None
            case _ if line.event in _PLAIN:
                yield _PLAIN[line.event], None
