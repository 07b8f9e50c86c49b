"""Reads YAML into a tree that knows where everything stands, and refuses what could hurt.

Built from the parser's events, without recursion: aliases are refused (they can explode), tags too (they ask for types
that nothing here has), duplicate keys are faults, depth and size have limits. Scalars stay text, so that `no` is a
Norwegian and not a falsehood.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml
from yaml import MarkedYAMLError, YAMLError

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The parser in C, which is ten times as quick; every wheel of PyYAML has it."""

LARGEST = 1_000_000
DEEPEST = 12
MOST_ITEMS = 10_000
"""Of one list or one mapping."""
MOST_PARTS = 200_000
"""Keys, values and lists of one file; a flow of 5,000 nodes has half of that."""
MOST_TOLD = 200
"""Faults that are told at once; nobody reads more, and a file of a million would take minutes to tell."""

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
"""Controls but tab, line feed and next line; and marks that turn the direction of a line, as a terminal shows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place in a file; lines and columns count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Faults:
    """Collects what is wrong, so that all of it can be told at once."""

    def __init__(self) -> None:
        self._told: dict[str, None] = {}
        self._last: Place | str = ""
        self.found = 0
        """How many were found; one that is found twice, as in a part of two flows, counts twice."""

    def add(self, place: Place | str, text: str) -> None:
        """Keep one fault; the same fault is told once."""
        self.found += 1
        if not self.is_full:
            self._told[_on_one_line(f"{place}: {text}")] = None
            self._last = place

    @property
    def told(self) -> list[str]:
        """Every fault as `file:line:column: text`, in the order found."""
        more = f"{self._last}: the first {MOST_TOLD} faults are told; mend them before looking for more"
        return [*self._told, *([more] if self.is_full else [])]

    @property
    def is_full(self) -> bool:
        """Tell whether no more are kept, so that nobody need look for more."""
        return len(self._told) >= MOST_TOLD


def unprintable(text: str) -> str:
    """Return the first character that no text may hold, as `U+0000`; '' when there is none."""
    found = _UNPRINTABLE.search(text)
    return f"U+{ord(found[0]):04X}" if found else ""


def _on_one_line(text: str) -> str:
    """Return a message whose quotes of a file can neither break the line nor command a terminal."""
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


@dataclass(slots=True, kw_only=True)
class Scalar:
    """A piece of text; `plain` when it was written without quotes."""

    place: Place
    value: str
    plain: bool = False


@dataclass(slots=True, kw_only=True)
class Sequence:
    """A list."""

    place: Place
    items: "list[Tree]" = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Mapping:
    """Keys with their values; `keys` tells where each key stands."""

    place: Place
    items: "dict[str, Tree]" = field(default_factory=dict)
    keys: dict[str, Place] = field(default_factory=dict)


Tree = Scalar | Sequence | Mapping


def read_yaml(text: str, file: str, faults: Faults) -> Mapping | None:
    """Return the file's one mapping; None, with the reason among the faults, when there is none that can be used."""
    if len(text) > LARGEST:
        faults.add(Place(file=file), f"is {len(text)} characters long; at most {LARGEST} are allowed")
        return None
    try:
        return _Builder(file, faults).build(yaml.parse(text, Loader=LOADER))
    except MarkedYAMLError as refused:
        mark = refused.problem_mark or refused.context_mark
        place = Place(file=file, line=mark.line + 1, column=mark.column + 1) if mark else Place(file=file)
        faults.add(place, f"is not YAML: {refused.problem or refused.context}")
    except (YAMLError, ValueError, RecursionError) as refused:
        faults.add(Place(file=file), f"is not YAML: {str(refused).splitlines()[0]}")
    except _RefusedError as refused:
        faults.add(refused.place, refused.text)
    return None


class _RefusedError(Exception):
    def __init__(self, place: Place, text: str) -> None:
        super().__init__(text)
        self.place = place
        self.text = text


class _Builder:
    def __init__(self, file: str, faults: Faults) -> None:
        self._file = file
        self._faults = faults
        self._open: list[Sequence | Mapping] = []
        self._key: list[Scalar | None] = []
        self._root: Tree | None = None
        self._parts = 0

    def build(self, events: Iterator[object]) -> Mapping | None:
        documents = 0
        for event in events:
            name = type(event).__name__
            if name == "DocumentStartEvent":
                documents += 1
                if documents > 1:
                    raise _RefusedError(self._place(event), "holds a second document; one file is one document")
            elif name == "AliasEvent" or getattr(event, "anchor", None):
                raise _RefusedError(self._place(event), "uses an anchor or alias (& or *); write the value out")
            elif getattr(event, "tag", None) is not None:
                tag = event.tag  # type: ignore[attr-defined]
                raise _RefusedError(self._place(event), f"uses a tag ('{tag[:80]}'); write the value without it")
            elif name == "ScalarEvent":
                self._put_scalar(event)
            elif name in ("MappingStartEvent", "SequenceStartEvent"):
                self._enter(event, Mapping if name[0] == "M" else Sequence)
            elif name in ("MappingEndEvent", "SequenceEndEvent"):
                self._open.pop()
                self._key.pop()
        if isinstance(self._root, Mapping):
            return self._root
        self._faults.add(self._root.place if self._root else Place(file=self._file), "must hold keys and values")
        return None

    def _place(self, event: object) -> Place:
        mark = event.start_mark  # type: ignore[attr-defined]
        return Place(file=self._file, line=mark.line + 1, column=mark.column + 1)

    def _enter(self, event: object, kind: type[Mapping] | type[Sequence]) -> None:
        place = self._place(event)
        if len(self._open) >= DEEPEST:
            raise _RefusedError(place, f"is nested deeper than {DEEPEST}")
        tree = kind(place=place)
        self._put(tree)
        self._open.append(tree)
        self._key.append(None)

    def _put_scalar(self, event: object) -> None:
        if control := unprintable(event.value):  # type: ignore[attr-defined]
            self._faults.add(self._place(event), f"holds the control character {control}; take it out")
        plain = event.style in (None, "")  # type: ignore[attr-defined]
        self._put(Scalar(place=self._place(event), value=event.value, plain=plain))  # type: ignore[attr-defined]

    def _put(self, tree: Tree) -> None:
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise _RefusedError(tree.place, f"holds more than {MOST_PARTS} keys and values; write several files")
        if not self._open:
            self._root = tree
            return
        parent = self._open[-1]
        if len(parent.items) >= MOST_ITEMS:
            raise _RefusedError(tree.place, f"is in a list or mapping of more than {MOST_ITEMS}; that many are allowed")
        if isinstance(parent, Sequence):
            parent.items.append(tree)
            return
        key = self._key[-1]
        if key is None:
            if not isinstance(tree, Scalar):
                raise _RefusedError(tree.place, "a key must be a word or number")
            self._key[-1] = tree
            return
        self._key[-1] = None
        if key.value in parent.items:
            first = parent.keys[key.value]
            self._faults.add(key.place, f"'{key.value}' is written twice; it first stands on line {first.line}")
            return
        parent.items[key.value] = tree
        parent.keys[key.value] = key.place
