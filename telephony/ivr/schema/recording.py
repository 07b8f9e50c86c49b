"""Readers that note what they are asked for, so that the schema tells exactly what the loader takes."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from telephony.ivr.expressions import Expression
from telephony.ivr.flow import Text, Words
from telephony.ivr.reading import NAME, Fields
from telephony.ivr.surroundings import KEYS, NodeReader
from telephony.ivr.yaml_tree import Faults, Mapping, Place, Scalar, Sequence, Tree

Schema = dict[str, object]

NAME_PATTERN = f"^{NAME.pattern}$"
NAME_SCHEMA: Schema = {"type": "string", "pattern": NAME_PATTERN}
TEXT_SCHEMA: Schema = {"type": ["string", "number"]}
EXPRESSION_SCHEMA: Schema = {"$ref": "#/$defs/expression"}
WORDS_SCHEMA: Schema = {"$ref": "#/$defs/words"}


@dataclass(slots=True)
class Noted:
    """What was asked of one mapping."""

    keys: "dict[str, Schema | Noted | list[Noted]]" = field(default_factory=dict)
    """What stands under each key: a plain value, a mapping, or a list of mappings."""
    required: set[str] = field(default_factory=set)
    entries_named: str = ""
    """For a mapping whose keys are the author's own: what they look like."""


@dataclass(slots=True)
class Recording:
    """What was asked of every mapping of a sample, over several readings of it."""

    of: dict[int, Noted] = field(default_factory=dict)
    """By the identity of the mapping."""

    def noted(self, mapping: Mapping) -> Noted:
        """Return what was asked of this mapping."""
        return self.of.setdefault(id(mapping), Noted())


class RecordingFields(Fields):
    """Fields that note every key asked for, with its type, limits and default."""

    def __init__(self, mapping: Mapping, faults: Faults, what: str, recording: Recording) -> None:
        super().__init__(mapping, faults, what)
        self._recording = recording
        self.noted = recording.noted(mapping)

    def note(self, key: str, schema: Schema) -> None:
        """Note what a key takes; the last note counts, for readers ask for the plain text first."""
        self.noted.keys[key] = schema

    def fault(self, key: str, text: str) -> None:
        """Note that a key must be there, when it is told of because it is not."""
        if key not in self._mapping.items:
            self.noted.required.add(key)
        super().fault(key, text)

    def tree(self, key: str) -> Tree | None:
        """Return what stands there; a list of mappings is noted."""
        found = super().tree(key)
        if isinstance(found, Sequence):
            self.noted.keys[key] = [self._recording.noted(item) for item in found.items if isinstance(item, Mapping)]
        return found

    def text(self, key: str, *, default: str | None = None) -> str:
        """Return a piece of text."""
        found = super().text(key, default=default)
        self.noted.keys.setdefault(key, TEXT_SCHEMA)
        return found

    def name(self, key: str) -> str:
        """Return a name."""
        found = super().name(key)
        self.note(key, NAME_SCHEMA)
        return found

    def name_or_none(self, key: str) -> str | None:
        """Return a name or None."""
        found = super().name_or_none(key)
        self.note(key, NAME_SCHEMA)
        return found

    def number(self, key: str, *, lowest: float, highest: float, default: float | None = None) -> float:
        """Return a number."""
        found = super().number(key, lowest=lowest, highest=highest, default=default)
        self.note(key, {"type": "number", "minimum": lowest, "maximum": highest, **_default(default)})
        return found

    def whole(self, key: str, *, lowest: int, highest: int, default: int | None = None) -> int:
        """Return a whole number."""
        found = super().whole(key, lowest=lowest, highest=highest, default=default)
        self.note(key, {"type": "integer", "minimum": lowest, "maximum": highest, **_default(default)})
        return found

    def choice(self, key: str, words: Iterable[str], *, default: str | None = None) -> str:
        """Return one of some words."""
        listed = sorted(str(word) for word in words)
        found = super().choice(key, listed, default=default)
        digits = [int(word) for word in listed if word.isdecimal()]  # YAML reads 1 as a number
        self.note(key, {"enum": [*listed, *digits], **_default(default)})
        return found

    def flag(self, key: str, *, default: bool) -> bool:
        """Return true or false."""
        found = super().flag(key, default=default)
        self.note(key, {"type": "boolean", "default": default})
        return found

    def texts(self, key: str, *, default: tuple[str, ...] | None = None) -> tuple[Scalar, ...]:
        """Return pieces of text."""
        found = super().texts(key, default=default)
        self.note(key, {"anyOf": [TEXT_SCHEMA, {"type": "array", "items": TEXT_SCHEMA}]})
        return found

    def mapping(self, key: str) -> "RecordingFields | None":
        """Return the mapping under a key."""
        found, inner = super().mapping(key), self.tree(key)
        if found is None or not isinstance(inner, Mapping):
            self.noted.keys.setdefault(key, {"type": "object"})
            return None
        self.noted.keys[key] = self._recording.noted(inner)
        return self.noting(found)

    def noting(self, fields: Fields) -> "RecordingFields":
        """Return plain fields of the same sample as fields that note."""
        return RecordingFields(fields._mapping, self.faults, fields.what, self._recording)  # noqa: SLF001  # its kin

    def names(self) -> tuple[str, ...]:
        """Return every key: they are the author's own."""
        self.noted.entries_named = self.noted.entries_named or NAME_PATTERN
        return super().names()


class RecordingReader(NodeReader):
    """A reader of nodes that notes what its fields are."""

    fields: RecordingFields

    def inner(self, fields: Fields) -> "RecordingReader":
        """Return the reader of a mapping inside the node; one that stands in a list comes as plain fields."""
        noting = fields if isinstance(fields, RecordingFields) else self.fields.noting(fields)
        return RecordingReader(self.name, noting, self.around)

    def to(self, key: str = "to") -> str:
        """Note that a node stands here."""
        found = super().to(key)
        self.fields.note(key, NAME_SCHEMA)
        return found

    def to_or_none(self, key: str) -> str | None:
        """Note that a node may stand here."""
        found = super().to_or_none(key)
        self.fields.note(key, NAME_SCHEMA)
        return found

    def target(self, name: str, place: Place) -> str:
        """Take any node for known."""
        return name

    def say(self, key: str = "say", *, default: tuple[str, ...] | None = ()) -> tuple[Words, ...]:
        """Note that words stand here."""
        if self.fields.tree(key) is None and default is None:
            self.fields.fault(key, "is missing")
        if key != "\0":  # stands for no key at all, where a limit is not written
            self.fields.note(key, WORDS_SCHEMA)
        return ()

    def _text(self, text_id: str, place: Place) -> Text:
        return Text(text_id=text_id)

    def keys(self, key: str, *, required: bool = True) -> Fields | None:
        """Note that the keys of a telephone stand here."""
        found = super().keys(key, required=required)
        if isinstance(found, RecordingFields):
            found.noted.entries_named = f"^[{''.join(sorted(KEYS))}]$"
        return found

    def condition(self, key: str) -> Expression | None:
        """Note that a condition stands here."""
        return self._noted_expression(key, super().condition(key))

    def expression(self, key: str) -> Expression | None:
        """Note that an expression stands here."""
        return self._noted_expression(key, super().expression(key))

    def _noted_expression(self, key: str, found: Expression | None) -> Expression | None:
        self.fields.note(key, EXPRESSION_SCHEMA)
        return found


def _default(value: object) -> Schema:
    return {} if value is None else {"default": value}
