"""Proves how long a call can take at most before it ends: in steps and in seconds."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from telephony.ivr.asking import Asking
from telephony.ivr.check.finding import Code, Finding
from telephony.ivr.check.graph import Onward, arrows, components, cycle
from telephony.ivr.check.lengths import in_words
from telephony.ivr.check.silence import when_silent
from telephony.ivr.flow import Flow, LengthOf, Node, Question, ways_on
from telephony.ivr.nodes.callback import Callback
from telephony.ivr.nodes.collect import Collect
from telephony.ivr.nodes.identify import Identify
from telephony.ivr.nodes.information import Information
from telephony.ivr.nodes.survey import Survey
from telephony.ivr.walk import MOST_STEPS

LONG_S = 300.0
"""A caller who presses nothing has hung up long before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """What no call exceeds.

    `steps` (nodes entered and questions asked again) and `seconds` (the longest waits in line included, talks not)
    hold for a call that comes to no node twice. A call that goes round ends after `walk.MOST_STEPS` in any case;
    `rounds` has a cycle of each part of the flow where that can happen. `silent_s` is how long a caller who presses
    nothing needs to reach people or an end; None when they reach neither.
    """

    steps: int
    seconds: float
    rounds: tuple[tuple[str, ...], ...]
    silent_s: float | None
    silent_way: tuple[str, ...]

    @property
    def most_steps(self) -> int:
        """Return how many steps any call takes at most."""
        return MOST_STEPS if self.rounds else min(self.steps, MOST_STEPS)


def bound_of(flow: Flow, length_of: LengthOf) -> Bound:
    """Return the proven bound of a flow."""
    nodes = flow.nodes
    groups = components([flow.start], lambda name: ways_on(nodes[name]))
    steps, _ = _longest(flow, groups, lambda name: ways_on(nodes[name]), lambda node: 1 + most_repeats(node))
    seconds, _ = _longest(flow, groups, lambda name: ways_on(nodes[name]), lambda node: node.longest_s(length_of))
    rounds = (_round(group, flow) for group in reversed(groups))
    silent_s, silent_way = _silent(flow, length_of)
    return Bound(
        steps=int(steps),
        seconds=seconds,
        rounds=tuple(found for found in rounds if found),
        silent_s=silent_s,
        silent_way=silent_way,
    )


def long_way(flow: Flow, bound: Bound) -> Iterable[Finding]:
    """Find that a caller who presses nothing waits for too long before anybody's phone rings."""
    if bound.silent_s is not None and bound.silent_s > LONG_S:
        text = (
            f"a caller who presses nothing listens for {in_words(bound.silent_s)} before reaching people: "
            f"{arrows(bound.silent_way)}; ask less often or say less"
        )
        yield Finding(code=Code.LONG_WAY, at=flow.nodes[flow.start].at, node=flow.start, text=text)


def _longest(
    flow: Flow, groups: Iterable[tuple[str, ...]], onward: Onward, weigh: Callable[[Node], float]
) -> tuple[float, tuple[str, ...]]:
    """Return the weight of the heaviest way from the start, when no node is come to twice, and the way.

    Of a group each node counts: no such way is heavier. Groups come after those they lead to.
    """
    best: dict[str, tuple[float, str]] = {}
    for group in groups:
        members = set(group)
        onto = {to for name in group for to in onward(name) if to not in members}
        rest, after = max(((best[to][0], to) for to in onto), default=(0.0, ""))
        best.update(dict.fromkeys(group, (sum(weigh(flow.nodes[name]) for name in group) + rest, after)))
    way = [flow.start]
    while best[way[-1]][1]:
        way.append(best[way[-1]][1])
    return best[flow.start][0], tuple(way)


def _round(group: tuple[str, ...], flow: Flow) -> tuple[str, ...]:
    members = set(group)
    return cycle(group[:1], lambda name: tuple(to for to in ways_on(flow.nodes[name]) if to in members))


def _silent(flow: Flow, length_of: LengthOf) -> tuple[float | None, tuple[str, ...]]:
    def onward(name: str) -> tuple[str, ...]:
        node = flow.nodes[name]
        return () if node.meets_person else when_silent(node)

    if cycle([flow.start], onward):
        return None, ()
    return _longest(flow, components([flow.start], onward), onward, lambda node: silence_s(node, length_of))


# --- one node --------------------------------------------------------------------------------------------------------


def most_repeats(node: Node) -> int:
    """Return how many steps a call takes at a node after entering it: questions asked again, attempts begun anew."""
    if not isinstance(node, Asking):
        return 0
    rounds = _rounds(node)
    anew = rounds if isinstance(node, Identify) else 0
    return rounds * sum(map(_repeats, questions_of(node))) + anew


def questions_of(node: Asking) -> tuple[Question, ...]:
    """Return every question that a node asks, in their order."""
    match node:
        case Collect():
            return (node.asked, node.confirm.question) if node.confirm else (node.asked,)
        case Callback():
            return (node.offer, node.number)
        case Identify():
            return (node.number, node.pin)
        case Survey():
            return node.questions
        case Information():
            return tuple(node.question(stage) for stage in range(len(node.paragraphs)))
        case _:
            return (node.question(0),)


def _rounds(node: Asking) -> int:
    """Return how often a node's questions can begin anew."""
    match node:
        case Collect():
            return node.confirm.tries if node.confirm else 1
        case Identify():
            return node.attempts
        case Information():
            return 2
        case _:
            return 1


def _repeats(question: Question) -> int:
    """Return how often it is answered wrongly or not at all, at most: neither limit is reached before the last."""
    return question.no_input.tries + question.no_match.tries - 1


def silence_s(node: Node, length_of: LengthOf) -> float:
    """Return how many seconds a caller who presses nothing is at a node, before people are called."""
    if node.meets_person:
        return sum(map(length_of, node.says()))
    if not isinstance(node, Asking):
        return node.longest_s(length_of)
    asked = questions_of(node) if isinstance(node, Survey | Information) else (node.question(0),)
    return sum(_unanswered_s(question, length_of) for question in asked)


def _unanswered_s(question: Question, length_of: LengthOf) -> float:
    tries = question.no_input.tries
    once = max(1, len(question.languages)) * sum(map(length_of, question.say)) + question.first_key_s
    return tries * once + (tries - 1) * sum(map(length_of, question.no_input.say))
