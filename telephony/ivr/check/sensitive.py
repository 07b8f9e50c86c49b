"""Proves that sensitive answers are never said, nor asked of a source that is not cleared for them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from telephony.ivr.check.finding import Code, Finding
from telephony.ivr.flow import Flow, Node, Read, Sink

TOLD = frozenset({Sink.PROMPT, Sink.LOOKUP})
"""Where a value leaves the call. Conditions only choose a way; answers are followed on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """How an answer became sensitive: at a node, from another answer or ('') from the caller."""

    node: str
    kind: str
    source: str = ""


def leaks(flow: Flow) -> Iterable[Finding]:
    """Find every way of a sensitive answer to somewhere it is told."""
    reads = [(node, read) for node in flow.nodes.values() for read in node.reads()]
    tainted = _tainted(flow, reads)
    for node, read in reads if tainted else ():
        if read.sink not in TOLD or read.cleared:
            continue
        for answer in sorted(_full(node, read) & tainted.keys()):
            text = (
                f"sensitive answer '{answer}' is {read.what}: {_way(answer, tainted)} -> {node.kind} '{node.name}'; "
                "mark it there with 'sensitive: true' if that is meant, or take it out"
            )
            yield Finding(code=Code.SENSITIVE_LEAK, at=node.at, node=node.name, text=text)


def _tainted(flow: Flow, reads: list[tuple[Node, Read]]) -> Mapping[str, Came]:
    """Return every answer that can hold something sensitive."""
    tainted: dict[str, Came] = {}
    for node in flow.nodes.values():
        for answer in node.sensitive_answers():
            tainted.setdefault(answer, Came(node=node.name, kind=node.kind))
    readers: dict[str, list[tuple[Node, Read]]] = {}
    for node, read in reads if tainted else ():
        if read.into:
            for answer in _full(node, read):
                readers.setdefault(answer, []).append((node, read))
    waiting = list(tainted)
    while waiting:
        source = waiting.pop()
        for node, read in readers.get(source, ()):
            if read.into not in tainted:
                tainted[read.into] = Came(node=node.name, kind=node.kind, source=source)
                waiting.append(read.into)
    return tainted


def _full(node: Node, read: Read) -> frozenset[str]:
    return frozenset(node.scope + answer for answer in read.expression.answers)


def _way(answer: str, tainted: Mapping[str, Came]) -> str:
    way = []
    while answer:
        came = tainted[answer]
        way.append(f"{came.kind} '{came.node}'")
        answer = came.source
    return " -> ".join(reversed(way))
