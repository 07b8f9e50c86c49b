"""`branch`: goes where a condition leads."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from telephony.ivr.expressions import Expression
from telephony.ivr.flow import By, Node, Read, Sink, Way
from telephony.ivr.position import Seen, Step
from telephony.ivr.reading import Fields
from telephony.ivr.surroundings import NodeReader
from telephony.ivr.walk import Walk
from telephony.ivr.yaml_tree import Mapping as Tree
from telephony.ivr.yaml_tree import Sequence

MOST_CASES = 50
CASES = "must be a list of cases, each with 'if' and 'to'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One way out of a branch."""

    condition: Expression
    label: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch(Node):
    """Takes the first case whose condition holds, else `otherwise`."""

    kind: ClassVar[str] = "branch"

    cases: tuple[Case, ...]
    otherwise: str

    def ways(self) -> tuple[Way, ...]:
        """Return the way of each case."""
        cases = (Way(by=By.RULE, to=case.to, label=case.label) for case in self.cases)
        return (*cases, Way(by=By.RULE, to=self.otherwise, label="else"))

    def reads(self) -> Iterator[Read]:
        """Give the conditions."""
        for case in self.cases:
            yield Read(expression=case.condition, sink=Sink.CONDITION, what="in a condition")

    def visit(self, walk: Walk) -> str | Step:
        """Go the way of the first condition that holds."""
        known = walk.known()
        for case in self.cases:
            if case.condition.holds(known, self.scope):
                walk.note(self.name, Seen.CHOSE, value=case.to, label=case.label)
                return case.to
        walk.note(self.name, Seen.CHOSE, value=self.otherwise, label="else")
        return self.otherwise


def read(reader: NodeReader) -> Branch:
    """Read it."""
    fields = reader.fields
    when = fields.tree("when")
    if not isinstance(when, Sequence) or not when.items:
        fields.fault("when", CASES)
        items = []
    else:
        items = when.items if fields.at_most("when", when.items, MOST_CASES) else []
    cases = [case for item in items if (case := _case(item, reader)) is not None]
    return Branch(**reader.common(), cases=tuple(cases), otherwise=reader.to("else"))


def _case(item: object, reader: NodeReader) -> Case | None:
    fields = reader.fields
    if not isinstance(item, Tree):
        fields.fault("when", CASES)
        return None
    inner = reader.inner(Fields(item, fields.faults, fields.what))
    condition = inner.condition("if")
    to = inner.to()
    label = inner.fields.text("label", default=inner.fields.text("to", default=""))
    inner.fields.done()
    return Case(condition=condition, label=label, to=to) if condition else None
