"""Proves of a flow that its callers get somewhere: a person, a message taken, or a clear end."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from telephony.ivr.flow import (
    AnyNode,
    Branch,
    ChooseLanguage,
    Collect,
    Flow,
    Hangup,
    Menu,
    Play,
    Queue,
    RingAgent,
    SetLanguage,
    Voicemail,
    ways_on,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something wrong with a flow that can be read. `code` is stable; `at` is `file:line:column`."""

    code: str
    at: str
    text: str

    def __str__(self) -> str:
        return f"{self.at}: {self.text} [{self.code}]"


def findings(flow: Flow) -> tuple[Finding, ...]:
    """Return everything that is wrong with the flow; nothing for one that may serve callers."""
    return (*_unreachable(flow), *_trapped(flow), *_endless(flow), *_silent(flow))


def _unreachable(flow: Flow) -> Iterable[Finding]:
    reached = _reach([flow.start], lambda name: ways_on(flow.nodes[name]))
    for name, node in flow.nodes.items():
        if name not in reached:
            text = f"node '{name}' is never reached; let a node lead to it or take it out"
            yield Finding(code="unreachable", at=node.at, text=text)


def _trapped(flow: Flow) -> Iterable[Finding]:
    before: dict[str, list[str]] = {name: [] for name in flow.nodes}
    for name, node in flow.nodes.items():
        for to in ways_on(node):
            before[to].append(name)
    ends = [name for name, node in flow.nodes.items() if _is_end(node)]
    saved = _reach(ends, before.__getitem__)
    for name, node in flow.nodes.items():
        if name not in saved:
            text = f"from node '{name}' no queue, agent or hangup can be reached; lead it to one"
            yield Finding(code="no_end", at=node.at, text=text)


def _is_end(node: AnyNode) -> bool:
    return isinstance(node, Hangup) or (isinstance(node, Queue | RingAgent) and node.then is None)


def _endless(flow: Flow) -> Iterable[Finding]:
    cycle = _cycle(flow.nodes, lambda name: _unasked(flow.nodes[name]))
    if cycle:
        text = f"the call goes round without the caller being asked: {_arrows(cycle)}; let one of them lead elsewhere"
        yield Finding(code="endless", at=flow.nodes[cycle[0]].at, text=text)


def _unasked(node: AnyNode) -> tuple[str, ...]:
    if isinstance(node, Play | SetLanguage | Branch | Voicemail):
        return ways_on(node)
    return (node.otherwise,) if isinstance(node, Queue | RingAgent) else ()


def _silent(flow: Flow) -> Iterable[Finding]:
    questions = [name for name, node in flow.nodes.items() if isinstance(node, Menu | Collect | ChooseLanguage)]
    silent = _reach(questions, lambda name: _when_silent(flow.nodes[name]))
    for name in silent:
        node = flow.nodes[name]
        if isinstance(node, Hangup):
            text = (
                f"a caller whose phone sends no keys ends at '{name}'; lead 'no_input' to a queue, agent or voicemail"
            )
            yield Finding(code="silent_caller", at=node.at, text=text)
    cycle = _cycle(questions, lambda name: _when_silent(flow.nodes[name]))
    if cycle:
        text = f"a caller whose phone sends no keys goes round: {_arrows(cycle)}; lead 'no_input' to a person"
        yield Finding(code="silent_caller", at=flow.nodes[cycle[0]].at, text=text)


def _when_silent(node: AnyNode) -> tuple[str, ...]:
    match node:
        case Menu() | Collect() | ChooseLanguage():
            return (node.no_input.to,)
        case Play() | SetLanguage() | Branch():
            return ways_on(node)
        case RingAgent():
            return (node.otherwise,)
        case _:
            return ()


def _reach(starts: Iterable[str], onward: Callable[[str], Iterable[str]]) -> Mapping[str, None]:
    reached: dict[str, None] = {}
    waiting = list(starts)
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached[name] = None
            waiting.extend(onward(name))
    return reached


def _cycle(starts: Iterable[str], onward: Callable[[str], tuple[str, ...]]) -> list[str]:
    """Return the nodes of one cycle, [] when there is none; without recursion, for flows of any depth."""
    done: set[str] = set()
    for start in starts:
        path: list[str] = []
        on_path: set[str] = set()
        waiting: list[tuple[str, bool]] = [(start, False)]
        while waiting:
            name, leaving = waiting.pop()
            if leaving:
                path.pop()
                on_path.discard(name)
                done.add(name)
            elif name in on_path:
                return path[path.index(name) :]
            elif name not in done:
                path.append(name)
                on_path.add(name)
                waiting.append((name, True))
                waiting.extend((to, False) for to in onward(name))
    return []


def _arrows(cycle: list[str]) -> str:
    return " -> ".join([*cycle, cycle[0]])
