"""Reads a flow with every flow it leads into, as one tree of nodes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from telephony.ivr.expressions import ValueType, Vocabulary
from telephony.ivr.flow import Flow, Node
from telephony.ivr.nodes import TYPES, read_node
from telephony.ivr.reading import NAME, NAME_RULE, Fields, allowed, near
from telephony.ivr.surroundings import Called, Names, NodeReader, Surroundings
from telephony.ivr.texts import Texts
from telephony.ivr.yaml_tree import Faults, Scalar
from telephony.ivr.yaml_tree import Mapping as Tree

MOST_NODES = 5_000
DEEPEST = 8
"""Flows within flows; deeper ones are a mistake, and each level multiplies the nodes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One flow as it is written, by the name it gives itself."""

    name: str
    file: str
    source: str
    tree: Tree


@dataclass(slots=True, kw_only=True)
class Header:
    """What a flow says of itself before its nodes."""

    about: str
    languages: tuple[str, ...]
    start: str
    no_keys: str | None
    results: tuple[str, ...]
    parameters: Mapping[str, ValueType]
    outputs: tuple[str, ...]
    nodes: Fields | None
    node_names: frozenset[str]


@dataclass(slots=True)
class Linker:
    """Reads one flow and what it leads into."""

    written: Mapping[str, Written]
    names: Names
    texts: Texts
    faults: Faults
    vocabularies: dict[str, Vocabulary] = field(default_factory=dict)
    """By flow; the same for every place it is a part of."""
    _nodes: dict[str, Node] = field(default_factory=dict)
    _parts: set[str] = field(default_factory=set)
    _within: list[str] = field(default_factory=list)
    _joined: dict[str, str] = field(default_factory=dict)
    """Flows that are gone to, never to come back, with their first nodes: each is there once."""
    _languages: tuple[str, ...] = ()
    _full: bool = False

    def read(self, root: Written) -> Flow | None:
        """Return the flow; None when it has faults, which are told."""
        before = self.faults.found
        header = self._header(root)
        self._languages = header.languages
        self._joined[root.name] = header.start
        around = self._around(root, header)
        self._within.append(root.name)
        self._read_nodes(header, around)
        self._within.pop()
        if self.faults.found > before or self.faults.is_full:  # what is wrong here may not have been looked at
            return None
        return Flow(
            name=root.name,
            version="",
            about=header.about,
            languages=header.languages,
            start=header.start,
            nodes=MappingProxyType(self._nodes),
            vocabulary=around.vocabulary,
            person=header.no_keys,
            parts=tuple(sorted(self._parts - {root.name})),
            results=header.results,
        )

    def _around(
        self,
        written: Written,
        header: Header,
        *,
        prefix: str = "",
        no_keys: str | None = None,
        results: Mapping[str, str] | None = None,
        outputs: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
    ) -> Surroundings:
        return Surroundings(
            names=self.names,
            texts=self.texts,
            languages=self._languages or header.languages,
            node_names=header.node_names,
            no_keys=prefix + header.no_keys if header.no_keys else no_keys,
            vocabulary=self._vocabulary(written, header),
            prefix=prefix,
            scope=prefix,
            results=results,
            outputs=outputs,
            own_results=header.results,
            link=self._link,
            join=self._join,
        )

    def _vocabulary(self, written: Written, header: Header) -> Vocabulary:
        made = self.vocabularies.get(written.name)
        if made is None:
            answers = {f"params.{name}": type_ for name, type_ in header.parameters.items()}
            answers |= _answers(header.nodes)
            made = Vocabulary(answers=answers, calendars=self.names.calendars, queues=self.names.queues)
            self.vocabularies[written.name] = made
        return made

    # --- one flow ------------------------------------------------------------------------------------------------

    def _header(self, written: Written) -> Header:
        fields = Fields(written.tree, self.faults, "flow")
        fields.name("flow")
        nodes = fields.mapping("nodes")
        node_names = frozenset(nodes.names()) if nodes else frozenset()
        if nodes is None and fields.tree("nodes") is None:
            fields.fault("nodes", "is missing")
        if nodes is not None and not node_names:
            fields.fault("nodes", "must hold at least one node")
        header = Header(
            about=fields.text("about", default=""),
            languages=self._read_languages(fields),
            start=_start(fields, "start", node_names),
            no_keys=None if fields.tree("no_keys") is None else _start(fields, "no_keys", node_names),
            results=_names(fields, "results"),
            parameters=_parameters(fields),
            outputs=_names(fields, "gives"),
            nodes=nodes,
            node_names=node_names,
        )
        fields.done()
        return header

    def _read_languages(self, fields: Fields) -> tuple[str, ...]:
        listed = fields.texts("languages")
        if not listed and fields.tree("languages") is not None:
            fields.fault("languages", "must name at least one")
        for language in listed:
            if language.value not in self.texts.by_language:
                have = allowed(self.texts.by_language)
                text = f"flow: no prompts/{language.value[:20]}.yaml; there are texts for {have}"
                self.faults.add(language.place, text)
        return tuple(dict.fromkeys(language.value for language in listed))

    def _read_nodes(self, header: Header, around: Surroundings) -> None:
        written = header.nodes
        for name in written.names() if written else ():
            if written is None or self.faults.is_full or self._is_full(written):
                return
            if not NAME.fullmatch(name):
                self.faults.add(written.key_place(name), f"'{name[:80]}' cannot name a node; {NAME_RULE}")
            tree = written.tree(name)
            if not isinstance(tree, Tree):
                text = f"node '{name[:80]}' must hold keys and values, 'type' among them"
                self.faults.add(written.key_place(name), text)
                continue
            node = read_node(name, Fields(tree, self.faults, f"node '{name[:80]}'"), around)
            if node is not None:
                self._nodes[node.name] = node

    def _is_full(self, fields: Fields) -> bool:
        if len(self._nodes) >= MOST_NODES and not self._full:
            self._full = True
            text = f"the flow and what it leads into have more than {MOST_NODES} nodes; subflows multiply them"
            self.faults.add(fields.place, f"{text} [too_large]")
        return self._full

    # --- flows it leads into -------------------------------------------------------------------------------------

    def _link(
        self, reader: NodeReader, name: str, results: Mapping[str, str], wanted: Mapping[str, str]
    ) -> Called | None:
        """Read a flow in as a part, at the place of a node. Implements `surroundings.Link`."""
        fields, written = reader.fields, self._find(reader, name)
        if written is None:
            return None
        if name in self._within or len(self._within) >= DEEPEST:
            chain = " -> ".join([*self._within, name])
            why = "a flow cannot be a part of itself" if name in self._within else f"at most {DEEPEST} deep"
            fields.fault("flow", f"leads into a flow within a flow for ever: {chain}; {why} [subflow_cycle]")
            return None
        header = self._header(written)
        self._check_call(fields, header, name, results, wanted)
        prefix = f"{reader.around.prefix}{reader.name}/"
        outputs: dict[str, tuple[str, ...]] = {}
        for answer, output in wanted.items():
            outputs[output] = (*outputs.get(output, ()), f"{reader.around.scope}answers.{answer}")
        around = self._around(
            written, header, prefix=prefix, no_keys=reader.around.no_keys, results=results, outputs=outputs
        )
        self._enter(written, header, around)
        return Called(start=prefix + header.start, scope=prefix, parameters=header.parameters)

    def _join(self, reader: NodeReader, name: str) -> str:
        """Return the first node of a flow that is gone to for good, read in once."""
        written = self._find(reader, name)
        if written is None:
            return ""
        if name not in self._joined:
            header = self._header(written)
            if header.results or header.parameters:
                reader.fields.fault("flow", f"'{name[:80]}' is made to be a part of others; use a subflow node")
                return ""
            prefix = f"{name}:"
            self._joined[name] = prefix + header.start
            self._enter(written, header, self._around(written, header, prefix=prefix))
        return self._joined[name]

    def _enter(self, written: Written, header: Header, around: Surroundings) -> None:
        self._parts.add(written.name)
        self._within.append(written.name)
        self._read_nodes(header, around)
        self._within.pop()

    def _find(self, reader: NodeReader, name: str) -> Written | None:
        written = self.written.get(name)
        if written is None:
            have = allowed(self.written)
            reader.fields.fault("flow", f"'{name[:80]}' is unknown{near(name, self.written)}; there are {have}")
        return written

    def _check_call(
        self, fields: Fields, header: Header, name: str, results: Mapping[str, str], wanted: Mapping[str, str]
    ) -> None:
        if not header.results:
            fields.fault("flow", f"'{name[:80]}' has no 'results', so it never comes back; use goto")
        for result in header.results:
            if result not in results:
                fields.fault("results", f"must say where '{result}' leads")
        for result in results:
            if result not in header.results:
                hint = near(result, header.results)
                fields.fault("results", f"'{result[:80]}' is unknown{hint}; they are {allowed(header.results)}")
        for output in wanted.values():
            if output not in header.outputs:
                hint = near(output, header.outputs)
                fields.fault("take", f"'{output[:80]}' is unknown{hint}; the flow gives {allowed(header.outputs)}")


def _start(fields: Fields, key: str, node_names: frozenset[str]) -> str:
    name = fields.text(key)
    if name and name not in node_names:
        fields.fault(key, f"names no node: '{name[:80]}'{near(name, node_names)}; allowed are {allowed(node_names)}")
    return name


def _names(fields: Fields, key: str) -> tuple[str, ...]:
    listed = fields.texts(key, default=())
    for word in listed:
        if not NAME.fullmatch(word.value):
            fields.faults.add(word.place, f"flow: '{key}' names '{word.value[:80]}'; {NAME_RULE}")
    return tuple(dict.fromkeys(word.value for word in listed))


def _parameters(fields: Fields) -> Mapping[str, ValueType]:
    inner = fields.mapping("parameters")
    if inner is None:
        return MappingProxyType({})
    types = [type_.value for type_ in ValueType]
    found = {}
    for name in inner.names():
        type_ = ValueType(inner.choice(name, types, default="text"))
        if NAME.fullmatch(name):
            found[name] = type_
        else:
            inner.faults.add(inner.key_place(name), f"flow: '{name[:80]}' cannot name a parameter; {NAME_RULE}")
    return found


def _answers(nodes: Fields | None) -> Mapping[str, ValueType]:
    found: dict[str, ValueType] = {}
    for name in nodes.names() if nodes else ():
        tree = nodes.tree(name) if nodes else None
        kind = tree.items.get("type") if isinstance(tree, Tree) else None
        known = TYPES.get(kind.value) if isinstance(kind, Scalar) else None
        if known is not None and isinstance(tree, Tree) and NAME.fullmatch(name):
            found |= known.gives(name, tree)
    return found
