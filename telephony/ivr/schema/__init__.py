"""The JSON Schema of flow files, for editors. It is made by the readers that read flows, so it cannot drift."""

import json
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from telephony.ivr.expressions import ValueType, Vocabulary
from telephony.ivr.nodes import TYPES
from telephony.ivr.schema.descriptions import DESCRIPTIONS
from telephony.ivr.schema.recording import (
    EXPRESSION_SCHEMA,
    NAME_PATTERN,
    NAME_SCHEMA,
    Noted,
    Recording,
    RecordingFields,
    RecordingReader,
    Schema,
)
from telephony.ivr.schema.samples import ONE_OF, SAMPLES
from telephony.ivr.spoken import CURRENCIES, Kind
from telephony.ivr.surroundings import Names, Surroundings
from telephony.ivr.texts import Texts
from telephony.ivr.yaml_tree import Faults, Place, Tree, read_yaml
from telephony.ivr.yaml_tree import Mapping as Keyed
from telephony.ivr.yaml_tree import Sequence as Listed

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_AROUND = Surroundings(
    names=Names(calendars=frozenset({"n"}), queues=frozenset({"n"})),
    texts=Texts(by_language={"en": {}}, articles_by_language={"en": {"n": ("n",)}}),
    languages=("en",),
    node_names=frozenset({"n"}),
    no_keys="n",
    vocabulary=Vocabulary(answers={}, calendars=()),
    own_results=("n",),
)


def flow_schema() -> Schema:
    """Return the JSON Schema (draft 2020-12) of a flow file."""
    types = {kind: _type_schema(kind) for kind in TYPES}
    return {
        "$schema": DIALECT,
        "title": "Ringside flow",
        "description": "What callers hear and where they go; see README.md beside this file.",
        **_header(),
        "$defs": {"expression": _EXPRESSION, "value": _value(), "words": _WORDS, "node": _node(types), **types},
    }


def schema_text() -> str:
    """Return the schema as it is kept in a file."""
    return json.dumps(flow_schema(), indent=2, ensure_ascii=False) + "\n"


# --- one type of node -----------------------------------------------------------------------------------------------


def _type_schema(kind: str) -> Schema:
    readings = [_Reading(kind, sample) for sample in SAMPLES.get(kind, ("",))]
    common: dict[str, Schema] = {"type": {"const": kind, "description": DESCRIPTIONS["type"]}}
    made = _object([reading.noted for reading in readings], kind, first=common, one_of=ONE_OF.get(kind, ()))
    about = dict.fromkeys(reading.about for reading in readings)
    return {"description": " ".join(about), **made}


class _Reading:
    """Reads a sample with each of its keys left out in turn, which tells the keys that must be there."""

    def __init__(self, kind: str, sample: str) -> None:
        self._kind = kind
        self._recording = Recording()
        tree = read_yaml(sample, kind, Faults()) if sample else None
        self._tree = tree or Keyed(place=Place(file=kind))
        node = self._read()
        self.about = (node.__doc__ or "").partition("\n")[0]
        for mapping in _mappings(self._tree):
            whole = mapping.items
            for key in whole:
                mapping.items = {name: tree for name, tree in whole.items() if name != key}
                self._read()
            mapping.items = whole

    @property
    def noted(self) -> Noted:
        """What was asked of the node."""
        return self._recording.noted(self._tree)

    def _read(self) -> object:
        fields = RecordingFields(self._tree, Faults(), self._kind, self._recording)
        return TYPES[self._kind].read(RecordingReader("n", fields, _AROUND))


def _mappings(tree: Tree) -> Iterator[Keyed]:
    if isinstance(tree, Keyed):
        yield tree
        for inner in tree.items.values():
            yield from _mappings(inner)
    elif isinstance(tree, Listed):
        for inner in tree.items:
            yield from _mappings(inner)


# --- from what was noted to a schema --------------------------------------------------------------------------------


def _object(
    noted: Sequence[Noted],
    kind: str,
    key: str = "",
    *,
    first: Mapping[str, Schema] = MappingProxyType({}),
    one_of: tuple[str, ...] = (),
) -> Schema:
    """Return the schema of a mapping that was read in one way or several; keys that are `first` must be there."""
    names = list(dict.fromkeys(name for each in noted for name in each.keys))
    always = [name for name in names if name not in one_of and all(name in each.required for each in noted)]
    properties = {name: _described(_of_key(noted, name, kind), name, kind, key) for name in names}
    made: Schema = {"type": "object", "properties": {**first, **properties}}
    if first or always:
        made["required"] = [*first, *always]
    if one_of:
        made["oneOf"] = [{"required": [name]} for name in one_of]
    return {**made, "additionalProperties": False}


def _of_key(noted: Sequence[Noted], name: str, kind: str) -> Schema:
    found = [each.keys[name] for each in noted if name in each.keys]
    # A reading that does not descend notes only that something is there.
    for asked in found:
        if isinstance(asked, list):
            return {"type": "array", "minItems": 1, "items": _object(asked, kind, name)}
        if isinstance(asked, Noted):
            return _entries(asked, kind, name) if asked.entries_named else _object([asked], kind, name)
    return next(asked for asked in found if isinstance(asked, dict))


def _entries(noted: Noted, kind: str, key: str) -> Schema:
    """Return the schema of a mapping whose keys are the author's own."""
    ways: list[Schema] = []
    for asked in noted.keys.values():
        made = _object([asked], kind, key) if isinstance(asked, Noted) else asked
        if not isinstance(made, list) and made not in ways:
            ways.append(made)
    entry: Schema = ways[0] if len(ways) == 1 else {"anyOf": ways}
    return {"type": "object", "propertyNames": {"pattern": noted.entries_named}, "additionalProperties": entry}


def _described(schema: Schema, name: str, kind: str, key: str) -> Schema:
    known = (DESCRIPTIONS.get(each) for each in (f"{key or kind}.{name}", f"{kind}.{name}", name))
    return {"description": next((text for text in known if text), ""), **schema}


# --- what is shared -------------------------------------------------------------------------------------------------

_EXPRESSION: Schema = {
    "description": "An expression in the Common Expression Language (cel.dev), e.g. answers.order",
    "type": ["string", "number", "boolean"],
}
_ONE: list[Schema] = [
    {"description": "A text of prompts/<language>.yaml.", **NAME_SCHEMA},
    {"$ref": "#/$defs/value"},
]
_WORDS: Schema = {"anyOf": [*_ONE, {"type": "array", "items": {"anyOf": _ONE}}]}


def _value() -> Schema:
    kinds = {kind.value: {"description": f"An expression, said as {kind.value}.", **EXPRESSION_SCHEMA} for kind in Kind}
    currency = {"description": "Usually EUR.", "enum": sorted(CURRENCIES)}
    sensitive = {"description": DESCRIPTIONS["sensitive"], "type": "boolean", "default": False}
    return {
        "description": "A value spoken from pieces.",
        "type": "object",
        "properties": {**kinds, "currency": currency, "sensitive": sensitive},
        "oneOf": [{"required": [kind.value]} for kind in Kind],
        "additionalProperties": False,
    }


def _node(types: dict[str, Schema]) -> Schema:
    return {
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"description": DESCRIPTIONS["type"], "enum": list(types)}},
        "allOf": [
            {
                "if": {"properties": {"type": {"const": kind}}, "required": ["type"]},
                "then": {"$ref": f"#/$defs/{kind}"},
            }
            for kind in types
        ],
    }


def _header() -> Schema:
    names: Schema = {"anyOf": [NAME_SCHEMA, {"type": "array", "items": NAME_SCHEMA}]}
    by_name: Schema = {"type": "object", "propertyNames": {"pattern": NAME_PATTERN}}
    properties: dict[str, Schema] = {
        "flow": NAME_SCHEMA,
        "about": {"type": "string"},
        "languages": {"anyOf": [{"type": "string"}, {"type": "array", "minItems": 1, "items": {"type": "string"}}]},
        "start": NAME_SCHEMA,
        "no_keys": NAME_SCHEMA,
        "parameters": {**by_name, "additionalProperties": {"enum": sorted(type_.value for type_ in ValueType)}},
        "results": names,
        "gives": names,
        "nodes": {**by_name, "minProperties": 1, "additionalProperties": {"$ref": "#/$defs/node"}},
    }
    return {
        "type": "object",
        "required": ["flow", "languages", "start", "nodes"],
        "properties": {name: _described(schema, name, "flow", "") for name, schema in properties.items()},
        "additionalProperties": False,
    }
