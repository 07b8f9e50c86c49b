"""Loads the folder of flows: every file becomes a checked flow, or every fault in all of them is told at once."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from telephony.errors import FlowError
from telephony.ivr.check import findings
from telephony.ivr.conditions import Vocabulary
from telephony.ivr.flow import AnyNode, Flow
from telephony.ivr.nodes import Known, Surroundings, read_node
from telephony.ivr.reading import NAME, NAME_RULE, Fields, allowed, near
from telephony.ivr.texts import COMMON_TEXTS, Texts, read_texts
from telephony.ivr.yaml_tree import LARGEST, Faults, Place, Scalar, read_yaml
from telephony.ivr.yaml_tree import Mapping as Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowSet:
    """Every flow of a folder by name, and the texts they say."""

    flows: Mapping[str, Flow]
    texts: Texts

    @property
    def languages(self) -> tuple[str, ...]:
        """Every language of any flow, sorted."""
        return tuple(sorted({language for flow in self.flows.values() for language in flow.languages}))


def load_flows(folder: Path, known: Known) -> FlowSet:
    """Return the folder's flows (`*.yaml`) with their texts (`prompts/<language>.yaml`).

    Raises FlowError with every fault of every file, as `file:line:column: what is wrong, and what is allowed`.
    """
    faults = Faults()
    texts = _load_texts(folder, faults)
    flows: dict[str, Flow] = {}
    for path in sorted(folder.glob("*.yaml")):
        source = None if path.name.endswith(".walks.yaml") else _source(path, faults)
        flow = None if source is None else read_flow(source, str(path), known, texts, faults)
        if flow and flow.name in flows:
            faults.add(Place(file=str(path)), f"flow '{flow.name}' is also in another file; each flow has one file")
        elif flow:
            flows[flow.name] = flow
    if not flows and not faults.told:
        faults.add(Place(file=str(folder)), "holds no flow; put at least one *.yaml here")
    _check_common(folder, flows, texts, faults)
    if faults.told:
        raise FlowError(faults.told)
    return FlowSet(flows=MappingProxyType(flows), texts=texts)


def check_flows(folder: Path, known: Known) -> list[str]:
    """Return every fault of the folder's flows, one line each; [] when they may serve callers."""
    try:
        load_flows(folder, known)
    except FlowError as refused:
        return refused.faults
    return []


def read_flow(source: str, file: str, known: Known, texts: Texts, faults: Faults) -> Flow | None:
    """Return the flow written in `source`, fit to serve callers; None when it has faults, which go to `faults`."""
    flow = parse_flow(source, file, known, texts, faults)
    if flow is None:
        return None
    found = findings(flow)
    for finding in found:
        faults.add(finding.at, f"{finding.text} [{finding.code}]")
    return None if found else flow


def parse_flow(source: str, file: str, known: Known, texts: Texts, faults: Faults) -> Flow | None:
    """Return the flow written in `source`, wherever it may lead its callers; None when it cannot be understood."""
    before = len(faults.told)
    tree = read_yaml(source, file, faults)
    if tree is None:
        return None
    flow = _FlowReader(Fields(tree, faults, "flow"), known, texts).read(_version(source))
    return flow if len(faults.told) == before else None


class _FlowReader:
    def __init__(self, fields: Fields, known: Known, texts: Texts) -> None:
        self._fields = fields
        self._faults = fields.faults
        self._known = known
        self._texts = texts

    def read(self, version: str) -> Flow | None:
        fields = self._fields
        name, about = fields.name("flow"), fields.text("about", default="")
        languages, written = self._languages(), fields.mapping("nodes")
        node_names = frozenset(written.names()) if written else frozenset()
        if written is not None and not node_names:
            fields.fault("nodes", "must hold at least one node")
        start = self._target("start", node_names)
        no_keys = None if fields.tree("no_keys") is None else self._target("no_keys", node_names)
        fields.done()
        if not written or not node_names:
            return None
        vocabulary = Vocabulary(answers=_answers(written), calendars=self._known.calendars)
        around = Surroundings(
            known=self._known,
            texts=self._texts,
            languages=languages,
            node_names=node_names,
            no_keys=no_keys,
            vocabulary=vocabulary,
        )
        nodes = self._nodes(written, around)
        return Flow(
            name=name,
            version=version,
            about=about,
            languages=languages,
            start=start,
            nodes=MappingProxyType(nodes),
            vocabulary=vocabulary,
        )

    def _languages(self) -> tuple[str, ...]:
        listed = self._fields.texts("languages")
        if not listed and self._fields.tree("languages") is not None:
            self._fields.fault("languages", "must name at least one")
        for language in listed:
            if language.value not in self._texts.by_language:
                have = allowed(self._texts.by_language)
                self._faults.add(
                    language.place, f"flow: no prompts/{language.value[:20]}.yaml; there are texts for {have}"
                )
        return tuple(dict.fromkeys(language.value for language in listed))

    def _target(self, key: str, node_names: frozenset[str]) -> str:
        name = self._fields.text(key)
        if name and name not in node_names:
            hint = near(name, node_names)
            self._fields.fault(key, f"names no node: '{name[:80]}'{hint}; allowed are {allowed(node_names)}")
        return name

    def _nodes(self, written: Fields, around: Surroundings) -> dict[str, AnyNode]:
        nodes: dict[str, AnyNode] = {}
        for name in written.names():
            if not NAME.fullmatch(name):
                self._faults.add(written.key_place(name), f"'{name[:80]}' cannot name a node; {NAME_RULE}")
            tree = written.tree(name)
            if not isinstance(tree, Tree):
                self._faults.add(
                    written.key_place(name), f"node '{name[:80]}' must hold keys and values, 'type' among them"
                )
                continue
            node = read_node(name, Fields(tree, self._faults, f"node '{name[:80]}'"), around)
            if node is not None:
                nodes[name] = node
        return nodes


def _answers(nodes: Fields) -> frozenset[str]:
    found: set[str] = set()
    for name in nodes.names():
        node = nodes.tree(name)
        save_as = node.items.get("save_as") if isinstance(node, Tree) else None
        if isinstance(save_as, Scalar) and NAME.fullmatch(save_as.value):
            found.add(save_as.value)
    return frozenset(found)


def _load_texts(folder: Path, faults: Faults) -> Texts:
    by_language: dict[str, Mapping[str, str]] = {}
    for path in sorted((folder / "prompts").glob("*.yaml")):
        source = _source(path, faults)
        if source is not None:
            by_language[path.stem] = read_texts(source, str(path), faults)
    return Texts(by_language=MappingProxyType(by_language))


def _check_common(folder: Path, flows: Mapping[str, Flow], texts: Texts, faults: Faults) -> None:
    languages = {language for flow in flows.values() for language in flow.languages}
    for language in sorted(languages & set(texts.by_language)):
        for text_id, when in COMMON_TEXTS.items():
            if text_id not in texts.by_language[language]:
                place = Place(file=str(folder / "prompts" / f"{language}.yaml"))
                faults.add(place, f"text '{text_id}' is missing; it is {when}")


def _source(path: Path, faults: Faults) -> str | None:
    try:
        if path.stat().st_size > 4 * LARGEST:
            faults.add(
                Place(file=str(path)), f"is {path.stat().st_size} bytes long; at most {LARGEST} characters are allowed"
            )
            return None
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as refused:
        faults.add(Place(file=str(path)), f"is not UTF-8 text (byte {refused.start})")
    except OSError as refused:
        faults.add(Place(file=str(path)), f"cannot be read: {refused.strerror}")
    return None


def _version(source: str) -> str:
    return hashlib.sha256(source.encode()).hexdigest()[:12]
