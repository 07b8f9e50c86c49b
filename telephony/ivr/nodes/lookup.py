"""`lookup`: asks a source outside, e.g. the shop's orders."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from telephony.ivr.expressions import Expression, ValueType
from telephony.ivr.flow import By, LengthOf, Node, Read, Sink, Way, Words
from telephony.ivr.nodes.setting import as_type, type_of
from telephony.ivr.position import Answered, Doing, FlowEvent, Given, LookedUp, LookUp, Seen, Step
from telephony.ivr.reading import NAME, NAME_RULE, allowed, near
from telephony.ivr.surroundings import MOST_VALUES, NodeReader
from telephony.ivr.walk import Walk
from telephony.ivr.yaml_tree import Mapping as Tree

CODE = "[lookup_values]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One value the source is given; a `cleared` one may be sensitive."""

    name: str
    expression: Expression
    cleared: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup(Node):
    """Asks a source, and goes on by what it answers within the limit."""

    kind: ClassVar[str] = "lookup"

    source: str
    asked: tuple[Asked, ...]
    gives: tuple[tuple[str, ValueType], ...]
    say: tuple[Words, ...]
    limit_s: float
    prefix: str
    """Begins the full names of what it gives."""
    to: str
    not_found: str
    otherwise: str

    def ways(self) -> tuple[Way, ...]:
        """Return the ways of an answer, of none, and of a failure."""
        return (
            Way(by=By.ANSWER, to=self.to, label=Answered.FOUND.value),
            Way(by=By.ANSWER, to=self.not_found, label=Answered.NOT_FOUND.value),
            Way(by=By.FAILED, to=self.otherwise),
        )

    def says(self) -> tuple[Words, ...]:
        """Return what it says."""
        return self.say

    def reads(self) -> Iterator[Read]:
        """Give what the source is asked."""
        for each in self.asked:
            what = f"sent to lookup '{self.source}' as {each.name}"
            yield Read(expression=each.expression, sink=Sink.LOOKUP, what=what, cleared=each.cleared)

    def longest_s(self, length_of: LengthOf) -> float:
        """Return the time for the slowest answer."""
        return sum(map(length_of, self.say)) + self.limit_s

    def visit(self, walk: Walk) -> str | Step:
        """Say what was to be said, then ask; an answer of an earlier time is forgotten."""
        walk.forget(self.prefix)
        walk.say(self, self.say)
        return walk.speak_first(self) or self._ask(walk)

    def hear(self, walk: Walk, event: FlowEvent) -> Step:
        """Ask once everything is said, and go on with the answer."""
        if walk.was.doing is Doing.SAYING:
            return self._ask(walk)
        if not isinstance(event, LookedUp):
            return Step(position=walk.was)
        walk.note(self.name, Seen.FOUND, value=event.outcome.value, label=event.reason)
        if event.outcome is Answered.FOUND:
            wanted = dict(self.gives)
            for name, value in event.values:
                if name in wanted:
                    walk.give(self.prefix + name, as_type(value, wanted[name]))
            return walk.enter(self.to)
        return walk.enter(self.not_found if event.outcome is Answered.NOT_FOUND else self.otherwise)

    def _ask(self, walk: Walk) -> Step:
        known = walk.known()
        values = tuple(
            Given(
                name=each.name,
                value=as_type(each.expression.value(known, self.scope), ValueType.TEXT),
                sensitive=walk.is_sensitive(each.expression, self.scope),
            )
            for each in self.asked
        )
        task = LookUp(source=self.source, values=values, gives=self.gives, limit_s=self.limit_s)
        return walk.leave_to(self, Doing.LOOKING_UP, task)


def read(reader: NodeReader) -> Lookup:
    """Read it."""
    fields, known = reader.fields, reader.around.names.lookups
    source = fields.text("source")
    if source and known is not None and source not in known:
        fields.fault("source", f"'{source[:80]}' is unknown{near(source, known)}; known are {allowed(known)}")
    asked = [Asked(name=name, expression=read, cleared=cleared) for name, read, cleared in reader.expressions("with")]
    _check_asked(reader, source)
    otherwise = reader.to("otherwise")
    return Lookup(
        **reader.common(),
        source=source,
        asked=tuple(asked),
        gives=_gives(reader),
        say=reader.say(),
        limit_s=fields.number("limit_s", lowest=0.1, highest=10, default=3),
        prefix=f"{reader.around.scope}lookup.{reader.name}.",
        to=reader.to(),
        not_found=reader.to_or_none("not_found") or otherwise,
        otherwise=otherwise,
    )


def _check_asked(reader: NodeReader, source: str) -> None:
    """Tell where the values given are not those that the source is asked by: it would fail at every call."""
    by, written = reader.around.names.asked_by.get(source), reader.fields.tree("with")
    if by is None or not isinstance(written, Tree | None):
        return
    given, known = tuple(written.items) if written else (), by.names or frozenset()
    if by.one and len(given) != 1:
        one = "one value" if by.names is None else f"one of {allowed(known)}"
        reader.fields.fault("with", f"must give {one} to source '{source}', and gives {allowed(given)} {CODE}")
        return
    for name in given if by.names is not None else ():
        if name not in known:
            text = f"source '{source}' is not asked by '{name[:80]}'{near(name, known)}; it is by {allowed(known)}"
            reader.fields.fault("with", f"{text} {CODE}")
    for name in () if by.one else sorted(known - set(given)):
        reader.fields.fault("with", f"gives no '{name}', which source '{source}' is asked by; add it {CODE}")


def _gives(reader: NodeReader) -> tuple[tuple[str, ValueType], ...]:
    inner = reader.fields.mapping("gives")
    if inner is None or not inner.names():
        reader.fields.fault("gives", "must give at least one field with its type, e.g. {status: text}")
        return ()
    if not reader.fields.at_most("gives", inner.names(), MOST_VALUES):
        return ()
    for name in inner.names():
        if not NAME.fullmatch(name):
            reader.fields.fault("gives", f"names '{name[:80]}'; {NAME_RULE}")
    return tuple((name, ValueType(inner.choice(name, list(ValueType), default="text"))) for name in inner.names())


def gives(name: str, tree: Tree) -> Mapping[str, ValueType]:
    """Return the fields of the answer, as `lookup.NODE.FIELD`."""
    found = tree.items.get("gives")
    fields = found.items if isinstance(found, Tree) else {}
    return {f"lookup.{name}.{field}": type_of(type_) for field, type_ in fields.items() if NAME.fullmatch(field)}
