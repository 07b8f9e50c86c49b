"""Proves that no call enters too many nodes at once: all other calls wait while it does."""

from collections.abc import Iterable

from telephony.ivr.asking import Asking
from telephony.ivr.check.finding import Code, Finding
from telephony.ivr.check.graph import arrows, components
from telephony.ivr.flow import By, Flow, Node
from telephony.ivr.nodes.people import RingAgent
from telephony.ivr.walk import MOST_AT_ONCE


def long_chain(flow: Flow) -> Iterable[Finding]:
    """Find the longest way on which nobody is asked or waited for, when it is too long."""
    onward: dict[str, str] = {}
    nodes: dict[str, int] = {}
    for name, *others in components(flow.nodes, lambda each: _at_once(flow.nodes[each])):
        after = _at_once(flow.nodes[name])
        if others or name in after:
            return  # it goes round for ever, which is told as that
        longest = max(after, key=nodes.__getitem__, default="")
        nodes[name], onward[name] = 1 + nodes.get(longest, 0), longest
    first = max(nodes, key=nodes.__getitem__)
    if nodes[first] > MOST_AT_ONCE:
        way = _way(first, onward)
        text = (
            f"a call enters {len(way)} nodes at once, without the caller being asked: {arrows(way)}; "
            f"at most {MOST_AT_ONCE} are allowed"
        )
        yield Finding(code=Code.LONG_CHAIN, at=flow.nodes[first].at, node=first, text=text)


def _at_once(node: Node) -> tuple[str, ...]:
    """Return where a call goes on from a node in the same moment."""
    if isinstance(node, Asking):
        return ()
    # who has no agent of their own is rung for nobody, and goes on
    here = {By.NEXT, By.RULE, By.MISSED} if isinstance(node, RingAgent) else {By.NEXT, By.RULE}
    return tuple(way.to for way in node.ways() if way.by in here)


def _way(first: str, onward: dict[str, str]) -> tuple[str, ...]:
    way = [first]
    while onward[way[-1]]:
        way.append(onward[way[-1]])
    return tuple(way)
