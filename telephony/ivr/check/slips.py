"""Finds what an author hardly meant: cases that never come, labels and names that are too alike, waiting twice."""

from collections.abc import Iterable, Mapping

from telephony.ivr.check.ends import unasked
from telephony.ivr.check.finding import Code, Finding
from telephony.ivr.check.graph import arrows, reach, way_to
from telephony.ivr.flow import Flow, Node
from telephony.ivr.nodes.branching import Branch
from telephony.ivr.nodes.menu import Menu
from telephony.ivr.nodes.people import Queue

SHORTEST_ALIKE = 5
"""Letters of a name from which one letter more or less is rather a slip than another word."""


def slips(flow: Flow) -> Iterable[Finding]:
    """Find all of them."""
    for node in flow.nodes.values():
        match node:
            case Branch():
                yield from _same_condition(node)
            case Menu():
                yield from _same_label(node)
            case Queue():
                yield from _same_line(node, flow)
    yield from _near_names(flow, "outcome", {name: node.outcome for name, node in flow.nodes.items()})
    yield from _near_names(flow, "milestone", {name: node.milestone for name, node in flow.nodes.items()})


def _same_condition(node: Branch) -> Iterable[Finding]:
    first: dict[str, int] = {}
    for number, case in enumerate(node.cases, 1):
        condition = "".join(case.condition.source.split())
        if condition in first:
            text = (
                f"node '{node.name}': case {number} ('{case.label}') never comes: "
                f"case {first[condition]} has the same condition; take one of them out"
            )
            yield Finding(code=Code.SAME_CONDITION, at=node.at, node=node.name, text=text)
        first.setdefault(condition, number)


def _same_label(node: Menu) -> Iterable[Finding]:
    first: dict[str, str] = {}
    for key, choice in node.keys.items():
        label = choice.label.casefold()
        other = first.setdefault(label, key)
        if node.keys[other].to != choice.to:
            text = (
                f"node '{node.name}': keys {other} and {key} are both labelled '{choice.label}' and lead to different "
                "nodes; reports cannot tell them apart"
            )
            yield Finding(code=Code.SAME_LABEL, at=node.at, node=node.name, text=text)


def _same_line(node: Queue, flow: Flow) -> Iterable[Finding]:
    reached = reach([node.otherwise], lambda name: _without_people(flow.nodes[name]))
    for name in reached:
        other = flow.nodes[name]
        if isinstance(other, Queue) and other.queue == node.queue and name != node.name:
            text = (
                f"who waited {node.wait_s} s in line '{node.queue}' in vain is sent into it again, at its end: "
                f"{arrows([node.name, *way_to(name, reached)])}; lead 'otherwise' elsewhere, or wait longer"
            )
            yield Finding(code=Code.SAME_LINE, at=node.at, node=node.name, text=text)


def _without_people(node: Node) -> tuple[str, ...]:
    return () if node.meets_person else unasked(node)


def _near_names(flow: Flow, what: str, by_node: Mapping[str, str]) -> Iterable[Finding]:
    uses: dict[str, list[str]] = {}
    for user, name in by_node.items():
        if name:
            uses.setdefault(name, []).append(user)
    shortened: dict[str, str] = {}
    for name in sorted(uses, key=lambda name: -len(uses[name])):
        if len(name) < SHORTEST_ALIKE:
            continue
        other = next((shortened[form] for form in _forms(name) if form in shortened), None)
        if other is not None and len(uses[name]) == 1 and not _differ_by_digit(name, other):
            node = flow.nodes[uses[name][0]]
            text = f"{what} '{name}' is named only here, and is almost '{other}' of node '{uses[other][0]}'; a slip?"
            yield Finding(code=Code.NEAR_NAME, at=node.at, node=node.name, text=text)
        for form in _forms(name):
            shortened.setdefault(form, name)


def _forms(name: str) -> Iterable[str]:
    """Give the name, and it without each of its letters: names that are one slip apart have one of them in common."""
    yield name
    for place in range(len(name)):
        yield name[:place] + name[place + 1 :]


def _differ_by_digit(one: str, other: str) -> bool:
    """Tell whether the names are numbered: `step_1` and `step_2` are both meant."""
    return "".join(c for c in one if not c.isdigit()) == "".join(c for c in other if not c.isdigit())
