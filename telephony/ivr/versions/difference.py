"""Tells how two versions of a flow differ, in the words of the flow; comments, order and layout do not count."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from telephony.ivr.versions.bundle import Bundle, texts_in
from telephony.ivr.yaml_tree import Faults, Scalar, Sequence, Tree, read_yaml
from telephony.ivr.yaml_tree import Mapping as TreeMapping

_LINKS = frozenset(
    {"to", "otherwise", "then", "else", "open", "closed", "holiday", "emergency", "not_found", "start", "no_keys"}
)
_OF_LINKS = ("results.", "keys.")
"""Mappings whose values are nodes when they are not mappings themselves."""

SHOWN_OF_DIGEST = 12

_ORDER, _THEN = " in order", ", then "

Fields = Mapping[str, str]
"""Values by their path, e.g. `keys.1.to`."""


class Change(StrEnum):
    """What became of something."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class What(StrEnum):
    """What it became of."""

    FLOW = "flow"
    """A flow that is a part of the other, or what a flow says of itself before its nodes."""
    NODE = "node"
    LINK = "link"
    """Where a node leads."""
    TEXT = "text"
    RECORDING = "recording"
    """A sound file in the place of a text; before and after are the beginnings of its digests."""
    WALKS = "walks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One difference. `name` is the node's or text's, `field` a path within the node; '' where there is none."""

    what: What
    change: Change
    flow: str
    name: str = ""
    field: str = ""
    language: str = ""
    before: str = ""
    after: str = ""

    def __str__(self) -> str:
        name = " ".join(filter(None, (self.what.value, self.name, f"[{self.language}]" if self.language else "")))
        if self.change is not Change.CHANGED:
            return f"{name}: {self.change}" + (f": {self.before or self.after}" if self.before or self.after else "")
        field = f" {self.field}" if self.field else ""
        return f"{name}{field}: {self.before or '(nothing)'} -> {self.after or '(nothing)'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Flow:
    head: Fields
    nodes: Mapping[str, Fields]


def differences(before: Bundle, after: Bundle) -> tuple[Difference, ...]:
    """Return every difference between two versions of a flow, () when they are alike for callers and for walks."""
    return (
        *_between_flows(_flows(before), _flows(after)),
        *_between_texts(before, after),
        *between_recordings(before, after),
        *_between_walks(before, after),
    )


def unified(before: Bundle, after: Bundle, names: tuple[str, str]) -> Iterator[str]:
    """Give the lines of a unified diff of all files and texts, as `diff -u` does."""
    old, new = _as_files(before), _as_files(after)
    for path in sorted(old.keys() | new.keys()):
        yield from difflib.unified_diff(
            old.get(path, []), new.get(path, []), f"{names[0]}/{path}", f"{names[1]}/{path}", lineterm=""
        )


def _as_files(bundle: Bundle) -> dict[str, list[str]]:
    files = {path: source.splitlines() for path, source in bundle.files.items()}
    for language, texts in texts_in(bundle).by_language.items():
        files[f"prompts/{language}.yaml"] = [f"{text_id}: {text}" for text_id, text in sorted(texts.items())]
    for language, recorded in (bundle.recordings or {}).items():
        files[f"prompts/{language}/*.wav"] = [f"{text_id}.wav: {digest}" for text_id, digest in recorded.items()]
    return files | {path: source.splitlines() for path, source in bundle.walks.items()}


def _between_flows(old: Mapping[str, _Flow], new: Mapping[str, _Flow]) -> Iterator[Difference]:
    for name in _all(old, new):
        if name not in old or name not in new:
            change = Change.REMOVED if name in old else Change.ADDED
            yield Difference(what=What.FLOW, change=change, flow=name, name=name)
            continue
        yield from _between_fields(What.FLOW, name, name, old[name].head, new[name].head)
        yield from _between_nodes(name, old[name].nodes, new[name].nodes)


def _between_nodes(flow: str, old: Mapping[str, Fields], new: Mapping[str, Fields]) -> Iterator[Difference]:
    for name in _all(old, new):
        if name not in new:
            yield Difference(
                what=What.NODE, change=Change.REMOVED, flow=flow, name=name, before=old[name].get("type", "")
            )
        elif name not in old:
            yield Difference(what=What.NODE, change=Change.ADDED, flow=flow, name=name, after=new[name].get("type", ""))
        else:
            yield from _between_fields(What.NODE, flow, name, old[name], new[name])


def _between_fields(what: What, flow: str, name: str, old: Fields, new: Fields) -> Iterator[Difference]:
    for field in _all(old, new):
        before, after = old.get(field, ""), new.get(field, "")
        if before != after and not _only_grown(field, before, after):
            kind = What.LINK if _is_link(field) else what
            yield Difference(
                what=kind, change=Change.CHANGED, flow=flow, name=name, field=field, before=before, after=after
            )


def _only_grown(field: str, before: str, after: str) -> bool:
    """Tell whether an order is another only because something was put in or taken out, which is told anyway."""
    old, new = before.split(_THEN), after.split(_THEN)
    return field.endswith(_ORDER) and [each for each in old if each in new] == [each for each in new if each in old]


def _is_link(field: str) -> bool:
    # an identifier under `keys`, e.g. `keys.5`, is a node; `keys.5.label` is not
    return field.rpartition(".")[2] in _LINKS or (field.startswith(_OF_LINKS) and field.count(".") == 1)


def _between_texts(before: Bundle, after: Bundle) -> Iterator[Difference]:
    old, new = texts_in(before).by_language, texts_in(after).by_language
    for language in _all(old, new):
        was, now = old.get(language, {}), new.get(language, {})
        for text_id in _all(was, now):
            if was.get(text_id) != now.get(text_id):
                yield Difference(
                    what=What.TEXT,
                    change=_change(text_id, was, now),
                    flow=after.flow,
                    name=text_id,
                    language=language,
                    before=was.get(text_id, ""),
                    after=now.get(text_id, ""),
                )


def between_recordings(before: Bundle, after: Bundle) -> Iterator[Difference]:
    """Give the recordings that were added, removed or changed."""
    old, new = before.recordings or {}, after.recordings or {}
    for language in _all(old, new):
        was, now = old.get(language, {}), new.get(language, {})
        for text_id in _all(was, now):
            if was.get(text_id) != now.get(text_id):
                yield Difference(
                    what=What.RECORDING,
                    change=_change(text_id, was, now),
                    flow=after.flow,
                    name=text_id,
                    language=language,
                    before=was.get(text_id, "")[:SHOWN_OF_DIGEST],
                    after=now.get(text_id, "")[:SHOWN_OF_DIGEST],
                )


def outdated_recordings(before: Bundle, after: Bundle) -> tuple[Difference, ...]:
    """Return the changed texts whose recordings are still the same, or may be: callers would hear the old text."""
    return tuple(
        each
        for each in _between_texts(before, after)
        if each.change is Change.CHANGED and _recorded_as_before(each, before, after)
    )


def _recorded_as_before(text: Difference, before: Bundle, after: Bundle) -> bool:
    now = (after.recordings or {}).get(text.language, {}).get(text.name)
    if now is None or before.recordings is None:
        return now is not None
    return before.recordings.get(text.language, {}).get(text.name) == now


def _change(name: str, was: Mapping[str, str], now: Mapping[str, str]) -> Change:
    return Change.ADDED if name not in was else Change.REMOVED if name not in now else Change.CHANGED


def _between_walks(before: Bundle, after: Bundle) -> Iterator[Difference]:
    for file in _all(before.walks, after.walks):
        was, now = before.walks.get(file, ""), after.walks.get(file, "")
        if was != now:
            change = Change.ADDED if not was else Change.REMOVED if not now else Change.CHANGED
            lines = (_lines(was), _lines(now)) if change is Change.CHANGED else ("", "")
            yield Difference(
                what=What.WALKS, change=change, flow=after.flow, name=file, before=lines[0], after=lines[1]
            )


def _lines(text: str) -> str:
    return f"{len(text.splitlines())} lines"


def _all(old: Iterable[str], new: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*old, *new]))


# --- a flow as fields -----------------------------------------------------------------------------------------------


def _flows(bundle: Bundle) -> Mapping[str, _Flow]:
    flows: dict[str, _Flow] = {}
    for path, source in bundle.files.items():
        tree = read_yaml(source, path, Faults())
        name = tree.items.get("flow") if tree else None
        if tree is not None and isinstance(name, Scalar):
            flows[name.value] = _flow(tree)
    return flows


def _flow(tree: TreeMapping) -> _Flow:
    head = TreeMapping(place=tree.place, items={key: each for key, each in tree.items.items() if key != "nodes"})
    nodes = tree.items.get("nodes")
    return _Flow(
        head=_fields(head),
        nodes={name: _fields(node) for name, node in nodes.items.items()} if isinstance(nodes, TreeMapping) else {},
    )


def _fields(tree: Tree) -> Fields:
    found: dict[str, str] = {}
    waiting: list[tuple[str, Tree]] = [("", tree)]
    while waiting:
        path, each = waiting.pop(0)
        match each:
            case Scalar():
                found[path] = _one_line(each.value)
            case TreeMapping():
                waiting.extend((f"{path}.{key}" if path else key, inner) for key, inner in each.items.items())
            case Sequence() if each.items and all(isinstance(item, TreeMapping) for item in each.items):
                named = _named(each)
                waiting.extend((f"{path}[{name}]", item) for name, item in named.items())
                if len(named) > 1:
                    found[path + _ORDER] = _THEN.join(named)
            case Sequence():
                found[path] = f"[{', '.join(_in_line(item) for item in each.items)}]"
    return found


def _named(listed: Sequence) -> Mapping[str, Tree]:
    """Return the items by what tells them apart, so that one put between others is not a change of all that follow."""
    named: dict[str, Tree] = {}
    for number, item in enumerate(listed.items, 1):
        mark = (
            next((item.items[key] for key in ("label", "name", "if") if key in item.items), None)
            if isinstance(item, TreeMapping)
            else None
        )
        name = _one_line(mark.value) if isinstance(mark, Scalar) else str(number)
        named[name if name not in named else f"{name} ({number})"] = item
    return named


def _in_line(tree: Tree) -> str:
    match tree:
        case Scalar():
            return _one_line(tree.value)
        case Sequence():
            return f"[{', '.join(_in_line(item) for item in tree.items)}]"
        case TreeMapping():
            return f"{{{', '.join(f'{key}: {_in_line(item)}' for key, item in tree.items.items())}}}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
