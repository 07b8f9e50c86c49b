"""`subflow`, `goto` and `return`: go on in another flow, or elsewhere in this one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from telephony.ivr.expressions import ValueType
from telephony.ivr.flow import By, Node, Read, Sink, Way
from telephony.ivr.nodes.setting import Assignment, assign
from telephony.ivr.position import Seen, Step
from telephony.ivr.reading import NAME, Fields, allowed, near
from telephony.ivr.surroundings import NodeReader
from telephony.ivr.walk import Walk
from telephony.ivr.yaml_tree import Mapping as Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Subflow(Node):
    """Goes through another flow and comes back by one of its results.

    The other flow's nodes are a part of this one, named `name/inner`.
    """

    kind: ClassVar[str] = "subflow"

    flow: str
    given: tuple[Assignment, ...]
    inner_scope: str
    to: str
    """Where the other flow begins."""

    def ways(self) -> tuple[Way, ...]:
        """Return the one way in."""
        return (Way(by=By.NEXT, to=self.to),)

    def reads(self) -> Iterator[Read]:
        """Give what the other flow is given."""
        for each in self.given:
            yield Read(expression=each.expression, sink=Sink.ANSWER, what=f"given as {each.name}", into=each.name)

    def visit(self, walk: Walk) -> str | Step:
        """Forget the other flow's answers of an earlier time, and give it what it needs."""
        walk.forget(self.inner_scope)
        assign(walk, self.given, self.scope)
        walk.note(self.name, Seen.ENTERED, value=self.flow)
        return self.to


@dataclass(frozen=True, slots=True, kw_only=True)
class Goto(Node):
    """Goes on at another node, or at the start of another flow, never to come back."""

    kind: ClassVar[str] = "goto"

    flow: str
    """'' within the same flow."""
    to: str

    def ways(self) -> tuple[Way, ...]:
        """Return the one way on."""
        return (Way(by=By.NEXT, to=self.to),)

    def visit(self, walk: Walk) -> str | Step:
        """Go there."""
        walk.note(self.name, Seen.CHOSE, value=self.flow or self.to)
        return self.to


@dataclass(frozen=True, slots=True, kw_only=True)
class Return(Node):
    """Leaves a flow that is a part of another, by one of its results."""

    kind: ClassVar[str] = "return"

    result: str
    outputs: tuple[Assignment, ...]
    to: str | None
    """None when the flow is looked at by itself."""

    @property
    def is_end(self) -> bool:
        """Tell whether the flow is looked at by itself."""
        return self.to is None

    def ways(self) -> tuple[Way, ...]:
        """Return the way back."""
        return () if self.to is None else (Way(by=By.NEXT, to=self.to),)

    def reads(self) -> Iterator[Read]:
        """Give what is given back."""
        for each in self.outputs:
            yield Read(expression=each.expression, sink=Sink.ANSWER, what=f"given back as {each.name}", into=each.name)

    def visit(self, walk: Walk) -> str | Step:
        """Give back the values, and go where the result leads."""
        assign(walk, self.outputs, self.scope)
        walk.note(self.name, Seen.LEFT, value=self.result)
        return walk.hang_up(self.name) if self.to is None else self.to


def read_subflow(reader: NodeReader) -> Subflow:
    """Read a `subflow` node, and the flow it names into this one."""
    fields = reader.fields
    flow = fields.text("flow")
    results = _targets(reader)
    wanted = _names(fields, "take")
    given = reader.expressions("with")
    called = reader.around.link(reader, flow, results, wanted) if flow else None
    parameters: Mapping[str, ValueType] = called.parameters if called else MappingProxyType({})
    scope = called.scope if called else ""
    if called:
        for name in parameters.keys() - {name for name, _, _ in given}:
            fields.fault("with", f"must give '{name}', which flow '{flow[:80]}' needs")
        for name, _, _ in given:
            if name not in parameters:
                fields.fault("with", f"gives '{name[:80]}'{near(name, parameters)}; it takes {allowed(parameters)}")
    assignments = tuple(
        Assignment(name=f"{scope}params.{name}", expression=expression, type=parameters.get(name, ValueType.TEXT))
        for name, expression, _ in given
    )
    return Subflow(
        **reader.common(),
        flow=flow,
        given=assignments,
        inner_scope=scope or "\0",
        to=called.start if called else "",
    )


def read_goto(reader: NodeReader) -> Goto:
    """Read a `goto` node."""
    fields = reader.fields
    if fields.tree("flow") is None:
        return Goto(**reader.common(), flow="", to=reader.to())
    flow = fields.text("flow")
    return Goto(**reader.common(), flow=flow, to=reader.around.join(reader, flow) if flow else "")


def read_return(reader: NodeReader) -> Return:
    """Read a `return` node."""
    fields, around = reader.fields, reader.around
    result = fields.text("result")
    if result and result not in around.own_results:
        known = around.own_results
        fields.fault(
            "result", f"'{result[:80]}' is unknown{near(result, known)}; the flow's results are {allowed(known)}"
        )
    outputs = [
        Assignment(name=full, expression=expression, type=ValueType.TEXT)
        for name, expression, _ in reader.expressions("gives")
        for full in around.outputs.get(name, ())
    ]
    to = None if around.results is None else around.results.get(result, "")
    return Return(**reader.common(), result=result, outputs=tuple(outputs), to=to)


def _targets(reader: NodeReader) -> Mapping[str, str]:
    inner = reader.fields.mapping("results")
    if inner is None:
        reader.fields.fault("results", "must say where each result leads, e.g. {done: main_menu}")
        return {}
    return {name: reader.inner(inner).to(name) for name in inner.names()}


def _names(fields: Fields, key: str) -> Mapping[str, str]:
    inner = fields.mapping(key)
    return {name: inner.name(name) for name in inner.names()} if inner else {}


def gives(_name: str, tree: Tree) -> Mapping[str, ValueType]:
    """Return the answers that `take` names."""
    take = tree.items.get("take")
    named = take.items if isinstance(take, Tree) else {}
    return {f"answers.{name}": ValueType.TEXT for name in named if NAME.fullmatch(name)}
