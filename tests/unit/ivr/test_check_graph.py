"""What a proof stands on: reaching, going round and groups, against the plainest way to work them out."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from telephony.ivr.check.graph import arrows, components, cycle, reach, way_to

NAMES = [f"n{number}" for number in range(7)]
GRAPHS = st.fixed_dictionaries({name: st.lists(st.sampled_from(NAMES), max_size=3) for name in NAMES})
Graph = dict[str, list[str]]


def reached_from(graph: Graph, name: str) -> set[str]:
    """Return everything that one way or several lead to; the name itself only when it is come back to."""
    found: set[str] = set()
    for _ in NAMES:
        found |= {to for each in {name, *found} for to in graph[each]}
    return found


@given(graph=GRAPHS)
def test_what_is_reached_has_a_way_there(graph: Graph) -> None:
    found = reach(["n0"], graph.__getitem__)
    assert set(found) == {"n0"} | reached_from(graph, "n0")
    for name in found:
        way = way_to(name, found)
        assert (way[0], way[-1]) == ("n0", name)
        assert all(after in graph[before] for before, after in pairwise(way))


@given(graph=GRAPHS)
def test_a_cycle_is_found_exactly_when_there_is_one(graph: Graph) -> None:
    found = cycle(["n0"], graph.__getitem__)
    reached = {"n0"} | reached_from(graph, "n0")
    assert bool(found) == any(name in reached_from(graph, name) for name in reached)
    assert all(after in graph[before] for before, after in zip(found, (*found[1:], *found[:1]), strict=True))


@given(graph=GRAPHS)
def test_a_group_reaches_itself_and_comes_after_those_it_leads_to(graph: Graph) -> None:
    groups = components(NAMES, graph.__getitem__)
    assert sorted(name for group in groups for name in group) == NAMES
    place = {name: number for number, group in enumerate(groups) for name in group}
    for name in NAMES:
        for other in NAMES:
            together = name == other or (other in reached_from(graph, name) and name in reached_from(graph, other))
            assert together == (place[name] == place[other])
        assert all(place[to] <= place[name] for to in graph[name])


def test_a_long_way_is_shortened_in_its_middle() -> None:
    assert arrows(["a", "b"]) == "a -> b"
    assert arrows([str(number) for number in range(100)]).split(" -> ")[5:8] == ["5", "... 89 more ...", "95"]
