"""Proves that every node is reached, that from each an end is, and that no call goes round by itself."""

from collections.abc import Iterable

from telephony.ivr.asking import Asking
from telephony.ivr.check.finding import Code, Finding
from telephony.ivr.check.graph import Onward, before, components, cycle, reach, round_trip
from telephony.ivr.flow import By, Flow, Node, ways_on

UNASKED = frozenset({By.NEXT, By.RULE, By.ANSWER, By.FAILED, By.MISSED, By.MESSAGE})
"""Ways that a call takes without the caller having pressed or said anything that a person understood."""

WHERE_TO = "a queue, agent, external number or hangup"


def unreachable(flow: Flow) -> Iterable[Finding]:
    """Find nodes that no way leads to."""
    reached = reach([flow.start], lambda name: ways_on(flow.nodes[name]))
    for name, node in flow.nodes.items():
        if name not in reached:
            text = f"node '{name}' is never reached; let a node lead to it or take it out"
            yield Finding(code=Code.UNREACHABLE, at=node.at, node=name, text=text)


def trapped(flow: Flow) -> Iterable[Finding]:
    """Find the cycles that no call leaves."""
    for trap, caught in traps(flow.nodes, flow, lambda name: ways_on(flow.nodes[name])):
        text = f"no call gets out of {round_trip(trap)}; lead one of them to {WHERE_TO}{_also(caught)}"
        yield Finding(code=Code.NO_END, at=flow.nodes[trap[0]].at, node=trap[0], text=text)


def traps(names: Iterable[str], flow: Flow, onward: Onward) -> Iterable[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Give each cycle that is never left, with the other names from which there is no end either."""
    names = list(names)
    ends = [name for name in names if flow.nodes[name].is_end]
    saved = reach(ends, before(names, onward))
    lost = [name for name in names if name not in saved]
    at = {name: place for place, name in enumerate(lost)}
    caught = set(lost)
    for group in components(lost, onward):
        members = set(group)
        if all(to in members for name in group for to in onward(name)):
            first = min(group, key=at.__getitem__)
            trap = cycle([first], onward) or (first,)
            caught -= set(trap)
            yield trap, tuple(name for name in lost if name in caught)


def _also(caught: tuple[str, ...]) -> str:
    if not caught:
        return ""
    shown = ", ".join(caught[:5]) + (f" and {len(caught) - 5} more" if len(caught) > 5 else "")
    return f" (no end is reached from {shown} either)"


def endless(flow: Flow) -> Iterable[Finding]:
    """Find a cycle that goes on without anybody being asked."""
    found = cycle(flow.nodes, lambda name: unasked(flow.nodes[name]))
    if found:
        text = f"the call goes round without the caller being asked: {round_trip(found)}; lead one of them elsewhere"
        yield Finding(code=Code.ENDLESS, at=flow.nodes[found[0]].at, node=found[0], text=text)


def unasked(node: Node) -> tuple[str, ...]:
    """Return where a call goes on that nobody is asked for."""
    return () if isinstance(node, Asking) else tuple(way.to for way in node.ways() if way.by in UNASKED)
