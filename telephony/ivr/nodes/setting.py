"""`set`: keeps values under names."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from telephony.ivr.expressions import NOTHING_YET, Expression, ValueType
from telephony.ivr.facts import FactValue
from telephony.ivr.flow import By, Node, Read, Sink, Way
from telephony.ivr.position import Seen, Step
from telephony.ivr.reading import NAME, NAME_RULE
from telephony.ivr.surroundings import MOST_VALUES, NodeReader
from telephony.ivr.walk import Walk
from telephony.ivr.yaml_tree import Mapping as Tree
from telephony.ivr.yaml_tree import Scalar

LONGEST_TEXT = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One value and the full name it gets."""

    name: str
    expression: Expression
    type: ValueType


@dataclass(frozen=True, slots=True, kw_only=True)
class Set(Node):
    """Works values out and keeps them as answers."""

    kind: ClassVar[str] = "set"

    values: tuple[Assignment, ...]
    to: str

    def ways(self) -> tuple[Way, ...]:
        """Return the one way on."""
        return (Way(by=By.NEXT, to=self.to),)

    def reads(self) -> Iterator[Read]:
        """Give the expressions."""
        for each in self.values:
            yield Read(expression=each.expression, sink=Sink.ANSWER, what=f"kept as {each.name}", into=each.name)

    def visit(self, walk: Walk) -> str | Step:
        """Keep the values."""
        assign(walk, self.values, self.scope)
        walk.note(self.name, Seen.CHOSE, label=", ".join(each.name for each in self.values))
        return self.to


def assign(walk: Walk, values: tuple[Assignment, ...], scope: str) -> None:
    """Work values out, all before the first is kept, and keep them; what comes of a sensitive answer is sensitive."""
    known = walk.known()
    worked_out = [(each, each.expression.value(known, scope)) for each in values]
    hidden = [walk.is_sensitive(each.expression, scope) for each in values]
    for (each, value), sensitive in zip(worked_out, hidden, strict=True):
        walk.give(each.name, as_type(value, each.type), sensitive=sensitive)


def as_type(value: object, wanted: ValueType) -> FactValue:
    """Return the value as the type wanted; what cannot be so is the type's nothing."""
    try:
        match wanted:
            case ValueType.TEXT:
                if isinstance(value, bool):
                    return "true" if value else "false"
                return "" if value is None else str(value)[:LONGEST_TEXT]
            case ValueType.WHOLE:
                return _whole(int(value))  # type: ignore[call-overload]
            case ValueType.NUMBER:
                return float(value)  # type: ignore[arg-type]
            case ValueType.FLAG:
                return value is True
    except (TypeError, ValueError, OverflowError):
        return NOTHING_YET[wanted]


def _whole(value: int) -> int:
    if not -(2**63) <= value < 2**63:
        raise OverflowError("conditions know whole numbers of 64 bits")
    return value


def read(reader: NodeReader) -> Set:
    """Read it."""
    values = reader.fields.mapping("values")
    if values is None or not values.names():
        reader.fields.fault("values", "must give at least one name and value")
    read_values = []
    names = values.names() if values else ()
    for name in names if reader.fields.at_most("values", names, MOST_VALUES) else ():
        if values is None or not NAME.fullmatch(name):
            reader.fields.fault("values", f"names '{name[:80]}'; {NAME_RULE}")
            continue
        entry = values.mapping(name) if isinstance(values.tree(name), Tree) else None
        expression = reader.inner(entry).expression("value") if entry else reader.inner(values).expression(name)
        type_ = ValueType(entry.choice("as", list(ValueType), default="text")) if entry else ValueType.TEXT
        if entry:
            entry.done()
        if expression:
            full = f"{reader.around.scope}answers.{name}"
            read_values.append(Assignment(name=full, expression=expression, type=type_))
    return Set(**reader.common(), values=tuple(read_values), to=reader.to())


def gives(_name: str, tree: Tree) -> Mapping[str, ValueType]:
    """Return the answers it keeps."""
    values = tree.items.get("values")
    found = {}
    for name, entry in values.items.items() if isinstance(values, Tree) else ():
        type_ = entry.items.get("as") if isinstance(entry, Tree) else None
        found[f"answers.{name}"] = type_of(type_)
    return {name: type_ for name, type_ in found.items() if NAME.fullmatch(name.removeprefix("answers."))}


def type_of(written: object) -> ValueType:
    """Return the type an author names; text for what is none."""
    try:
        return ValueType(written.value) if isinstance(written, Scalar) else ValueType.TEXT
    except ValueError:
        return ValueType.TEXT
