"""Ways through a graph of names: what is reached, what goes round. Nothing recurses: a flow may be of any depth."""

from collections.abc import Callable, Iterable, Mapping, Sequence

Onward = Callable[[str], Iterable[str]]


def reach(starts: Iterable[str], onward: Onward) -> Mapping[str, str | None]:
    """Return everything that is reached, each with the name it was first reached from (None for a start)."""
    reached: dict[str, str | None] = dict.fromkeys(starts)
    waiting = list(reversed(reached))
    while waiting:
        name = waiting.pop()
        for to in onward(name):
            if to not in reached:
                reached[to] = name
                waiting.append(to)
    return reached


def before(names: Iterable[str], onward: Onward) -> Onward:
    """Return the ways the other way round."""
    comes_from: dict[str, list[str]] = {}
    for name in names:
        for to in onward(name):
            comes_from.setdefault(to, []).append(name)
    return lambda name: comes_from.get(name, ())


def way_to(name: str, reached: Mapping[str, str | None]) -> tuple[str, ...]:
    """Return the way by which `reach` came to a name, from a start on."""
    way = [name]
    while (earlier := reached[way[-1]]) is not None:
        way.append(earlier)
    return tuple(reversed(way))


def cycle(starts: Iterable[str], onward: Onward) -> tuple[str, ...]:
    """Return the names of one cycle that is reached; () when there is none."""
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
                return tuple(path[path.index(name) :])
            elif name not in done:
                path.append(name)
                on_path.add(name)
                waiting.append((name, True))
                waiting.extend((to, False) for to in onward(name))
    return ()


def components(starts: Iterable[str], onward: Onward) -> Sequence[tuple[str, ...]]:
    """Return what is reached, in groups whose members all reach each other; a group comes after those it leads to.

    Tarjan's algorithm.
    """
    found: list[tuple[str, ...]] = []
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    for start in starts:
        if start in number:
            continue
        work = [(start, iter(tuple(onward(start))))]
        number[start] = lowest[start] = len(number)
        stack.append(start)
        on_stack.add(start)
        while work:
            name, ways = work[-1]
            for to in ways:
                if to not in number:
                    number[to] = lowest[to] = len(number)
                    stack.append(to)
                    on_stack.add(to)
                    work.append((to, iter(tuple(onward(to)))))
                    break
                if to in on_stack:
                    lowest[name] = min(lowest[name], number[to])
            else:
                work.pop()
                if work:
                    lowest[work[-1][0]] = min(lowest[work[-1][0]], lowest[name])
                if lowest[name] == number[name]:
                    found.append(_group(name, stack, on_stack))
    return found


def _group(name: str, stack: list[str], on_stack: set[str]) -> tuple[str, ...]:
    group: list[str] = []
    while not group or group[-1] != name:
        group.append(stack.pop())
        on_stack.discard(group[-1])
    return tuple(reversed(group))


def arrows(way: Sequence[str]) -> str:
    """Return a way for a message, shortened in its middle when it is long."""
    shown = list(way) if len(way) <= 12 else [*way[:6], f"... {len(way) - 11} more ...", *way[-5:]]
    return " -> ".join(shown)


def round_trip(names: Sequence[str]) -> str:
    """Return a cycle for a message, from its first name back to it."""
    return arrows([*names, names[0]])
