"""What a flow's nodes are read against, and the readers that many types of nodes share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypedDict

from telephony.ivr import reading
from telephony.ivr.expressions import Expression, ExpressionError, ValueType, Vocabulary
from telephony.ivr.flow import Limit, Text, Value, Words
from telephony.ivr.reading import NAME, Fields, allowed, near
from telephony.ivr.spoken import CURRENCIES, Kind
from telephony.ivr.texts import NOT_UNDERSTOOD, Texts
from telephony.ivr.yaml_tree import Mapping as Tree
from telephony.ivr.yaml_tree import Place, Scalar, Sequence

KEYS = frozenset("0123456789*#")
MOST_WORDS = 50
"""Texts and values said in a row."""
MOST_VALUES = 20
"""Values worked out at one node."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedBy:
    """The values that a source is asked by: each of these names, or one of them when `one`; None is any name."""

    names: frozenset[str] | None = None
    one: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The names outside the flow that it may use. None leaves them unchecked."""

    calendars: frozenset[str] = frozenset()
    queues: frozenset[str] = frozenset()
    agents: frozenset[str] | None = None
    lookups: frozenset[str] | None = None
    asked_by: Mapping[str, AskedBy] = field(default_factory=dict)
    """By source; what a source that is not here is asked by is left unchecked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """A flow that a node leads into: where it begins, how its answers' names begin, and what it takes."""

    start: str
    scope: str
    parameters: Mapping[str, ValueType]


Link = Callable[["NodeReader", str, Mapping[str, str], Mapping[str, str]], Called | None]
"""Reads another flow into this one: for a node, the flow's name, its results with the nodes they lead to, and the
outputs wanted with the names they get. None when that cannot be; the faults are told."""

Join = Callable[["NodeReader", str], str]
"""Returns the first node of another flow that is gone to for good; '' when that cannot be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What one flow's nodes are read against."""

    names: Names
    texts: Texts
    languages: tuple[str, ...]
    node_names: frozenset[str]
    no_keys: str | None
    """Where a caller goes who presses nothing, unless the node says otherwise."""
    vocabulary: Vocabulary
    prefix: str = ""
    """Begins the name of every node."""
    scope: str = ""
    """Begins the name of every answer."""
    results: Mapping[str, str] | None = None
    """Where each result leads; None in a flow that is not read as a part of another."""
    outputs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The full names that each output gets."""
    own_results: tuple[str, ...] = ()
    link: Link = field(default=lambda *_: None)
    join: Join = field(default=lambda *_: "")


class Common(TypedDict):
    """What every node is made with."""

    name: str
    at: str
    scope: str
    milestone: str
    outcome: str


class NodeReader:
    """Reads one node's fields. Faults are told and leave a stand-in."""

    def __init__(self, name: str, fields: Fields, around: Surroundings) -> None:
        self.name = name
        self.fields = fields
        self.around = around

    def common(self) -> Common:
        """Return what every node has."""
        return {
            "name": self.around.prefix + self.name,
            "at": str(self.fields.place),
            "scope": self.around.scope,
            "milestone": self.fields.name_or_none("milestone") or "",
            "outcome": self.fields.name_or_none("outcome") or "",
        }

    def inner(self, fields: Fields) -> "NodeReader":
        """Return the reader of a mapping inside the node."""
        return NodeReader(self.name, fields, self.around)

    # --- nodes to go on to --------------------------------------------------------------------------------------

    def to(self, key: str = "to") -> str:
        """Return the full name of the node under a key."""
        return self.target(self.fields.text(key), self.fields.place_of(key))

    def to_or_none(self, key: str) -> str | None:
        """Return the full name of the node under a key, None when the key is absent."""
        return None if self.fields.tree(key) is None else self.to(key)

    def target(self, name: str, place: Place) -> str:
        """Return the full name of a node of this flow."""
        known = self.around.node_names
        if name and name not in known:
            text = (
                f"{self.fields.what}: there is no node '{name[:80]}'{near(name, known)}; allowed are {allowed(known)}"
            )
            self.fields.faults.add(place, text)
        return self.around.prefix + name

    # --- words ---------------------------------------------------------------------------------------------------

    def say(self, key: str = "say", *, default: tuple[str, ...] | None = ()) -> tuple[Words, ...]:
        """Return texts and values to be said; without a default there must be some."""
        found = self.fields.tree(key)
        if found is None:
            if default is None:
                self.fields.fault(key, "is missing")
            return tuple(self._text(each, self.fields.place) for each in default or ())
        items = found.items if isinstance(found, Sequence) else [found]
        if not self.fields.at_most(key, items, MOST_WORDS):
            return ()
        said = (self._words(item, key) for item in items)
        return tuple(words for words in said if words is not None)

    def _words(self, item: object, key: str) -> Words | None:
        if isinstance(item, Scalar):
            return self._text(item.value, item.place)
        if isinstance(item, Tree):
            return self._value(Fields(item, self.fields.faults, f"{self.fields.what}: '{key}'"))
        self.fields.fault(key, "must be text ids and values such as {digits: answers.order}, one or a list of them")
        return None

    def _text(self, text_id: str, place: Place) -> Text:
        for language in self.around.texts.lacking(text_id, self.around.languages):
            hint = near(text_id, self.around.texts.by_language.get(language, {}))
            told = (
                f"text '{text_id[:80]}' is not in prompts/{language[:20]}.yaml{hint}; add it there, or name one that is"
            )
            self.fields.faults.add(place, f"{self.fields.what}: {told}")
        return Text(text_id=text_id)

    def _value(self, inner: Fields) -> Value | None:
        kinds = [kind for kind in Kind if kind.value in inner.names()]
        if len(kinds) != 1:
            text = f"{inner.what}: a value must be one of {allowed(Kind)}, e.g. {{digits: answers.order}}"
            inner.faults.add(inner.place, text)
            return None
        kind = kinds[0]
        expression = self.inner(inner).expression(kind.value)
        currency = ""
        if kind is Kind.MONEY:
            currency = inner.choice("currency", CURRENCIES, default="EUR")
        sensitive = inner.flag("sensitive", default=False)
        inner.done()
        return Value(kind=kind, expression=expression, currency=currency, sensitive=sensitive) if expression else None

    # --- questions -----------------------------------------------------------------------------------------------

    def limit(self, key: str, default_say: tuple[str, ...], *, tries: int = 3, to: str | None = None) -> Limit:
        """Return what happens without a usable answer. `to` is where it leads unless the author says otherwise."""
        usual = to or self.around.no_keys
        inner = self.fields.mapping(key)
        if inner is None:
            if usual is None:
                self.fields.fault(key, "is missing, and the flow has no 'no_keys' node to go to instead")
            said = tuple(self._text(each, self.fields.place) for each in default_say)
            return Limit(tries=tries, say=said, to=usual or "")
        reader = self.inner(inner)
        limit = Limit(
            tries=inner.whole("tries", lowest=1, highest=9, default=tries),
            say=reader.say(default=default_say),
            to=reader.to() if usual is None else reader.to_or_none("to") or usual,
        )
        inner.done()
        return limit

    def no_input(self, *, to: str | None = None) -> Limit:
        """Return what happens when nothing is pressed."""
        return self.limit("no_input", (), to=to)

    def no_match(self, *, to: str | None = None) -> Limit:
        """Return what happens when a wrong key is pressed."""
        return self.limit("no_match", (NOT_UNDERSTOOD,), to=to)

    def first_key_s(self) -> float:
        """Return how long the first key is waited for."""
        return self.fields.number("first_key_s", lowest=1, highest=60, default=5)

    def keys(self, key: str, *, required: bool = True) -> Fields | None:
        """Return the mapping of keys to what they do."""
        keys = self.fields.mapping(key)
        if keys is None or not keys.names():
            if required:
                self.fields.fault(key, "must give at least one key")
            return None
        for pressed in keys.names():
            if pressed not in KEYS and not keys.faults.is_full:
                place = keys.key_place(pressed)
                keys.faults.add(place, f"{keys.what}: '{pressed[:80]}' is no key; allowed are 0 to 9, * and #")
        return keys

    def one_key(self, key: str, default: str) -> str:
        """Return a single key."""
        return self.fields.choice(key, KEYS, default=default)

    # --- expressions ---------------------------------------------------------------------------------------------

    def condition(self, key: str) -> Expression | None:
        """Return the condition under a key; None when it cannot be used."""
        return self._expression(key, self.around.vocabulary.condition, "condition")

    def expression(self, key: str) -> Expression | None:
        """Return the expression under a key; None when it cannot be used."""
        return self._expression(key, self.around.vocabulary.value, "expression")

    def _expression(self, key: str, read: Callable[[str], Expression], what: str) -> Expression | None:
        written, source = self.fields.tree(key), self.fields.text(key)
        if not isinstance(written, Scalar):
            return None
        try:
            return read(source)
        except ExpressionError as refused:
            for fault in refused.faults:
                place = _within(written, fault.line, fault.column)
                self.fields.faults.add(place, f"{self.fields.what}: {what} {fault.text}")
        return None

    def expressions(self, key: str) -> tuple[tuple[str, Expression, bool], ...]:
        """Return name, expression and whether it may be sensitive, for each entry of the mapping under a key.

        An entry is an expression, or `{value: EXPRESSION, sensitive: true}`.
        """
        inner = self.fields.mapping(key)
        read = []
        names = inner.names() if inner else ()
        for name in names if self.fields.at_most(key, names, MOST_VALUES) else ():
            if inner is None or not NAME.fullmatch(name):
                self.fields.fault(key, f"names '{name[:80]}'; {reading.NAME_RULE}")
                continue
            entry = inner.mapping(name) if isinstance(inner.tree(name), Tree) else None
            expression = self.inner(entry).expression("value") if entry else self.inner(inner).expression(name)
            cleared = entry.flag("sensitive", default=False) if entry else False
            if entry:
                entry.done()
            if expression:
                read.append((name, expression, cleared))
        return tuple(read)


def _within(written: Scalar, line: int, column: int) -> Place:
    if line > 1:  # a block or folded text: its lines follow, and how far they are indented is not known here
        return Place(file=written.place.file, line=written.place.line + line - 1)
    quote = 0 if written.plain else 1
    return Place(file=written.place.file, line=written.place.line, column=written.place.column + quote + column - 1)
