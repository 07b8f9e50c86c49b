"""Checks values against a JSON Schema, as an editor does: the keywords that the schema of flows uses."""

import io
import re
from collections.abc import Iterator
from typing import Any

from ruamel.yaml import YAML

from telephony.ivr.schema import flow_schema

KNOWN = {
    "$schema", "$defs", "$ref", "title", "description", "default", "type", "enum", "const", "pattern", "minimum",
    "maximum", "properties", "required", "additionalProperties", "propertyNames", "minProperties", "items", "minItems",
    "anyOf", "oneOf", "allOf", "if", "then",
}  # fmt: skip
TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
}


def schema_of_flows() -> Any:
    return flow_schema()


def value_of(source: str) -> Any:
    """Return YAML 1.2 as editors hand it to the schema: every key is a text."""
    return _with_text_keys(YAML(typ="safe", pure=True).load(io.StringIO(source)))


def _with_text_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _with_text_keys(inner) for key, inner in value.items()}
    return [_with_text_keys(inner) for inner in value] if isinstance(value, list) else value


def objects_of(schema: Any) -> Iterator[Any]:
    """Give every schema of a mapping with named keys in this one."""
    if isinstance(schema, dict):
        if "properties" in schema and "additionalProperties" in schema:
            yield schema
        for inner in schema.values():
            yield from objects_of(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from objects_of(inner)


def faults_of(value: Any, schema: Any | None = None) -> list[str]:
    """Return what is wrong with a value, as `path: keyword`."""
    root = schema_of_flows()
    return list(_faults(value, root if schema is None else schema, root, ""))


def _faults(value: Any, schema: Any, root: Any, at: str) -> Iterator[str]:
    assert set(schema) <= KNOWN, f"unknown keywords: {set(schema) - KNOWN}"
    if "$ref" in schema:
        yield from _faults(value, root["$defs"][schema["$ref"].removeprefix("#/$defs/")], root, at)
    for keyword in schema.keys() & SINGLE.keys():
        if not SINGLE[keyword](value, schema[keyword]):
            yield f"{at}: {keyword}"
    for inner in schema.get("allOf", []):
        yield from _faults(value, inner, root, at)
    for keyword, enough in (("anyOf", range(1, 99)), ("oneOf", range(1, 2))):
        if keyword in schema:
            fitting = sum(not list(_faults(value, inner, root, at)) for inner in schema[keyword])
            if fitting not in enough:
                yield f"{at}: {keyword}"
    if "if" in schema and not list(_faults(value, schema["if"], root, at)):
        yield from _faults(value, schema["then"], root, at)
    if isinstance(value, dict):
        yield from _faults_in_object(value, schema, root, at)
    if isinstance(value, list) and "items" in schema:
        for number, item in enumerate(value):
            yield from _faults(item, schema["items"], root, f"{at}/{number}")


def _faults_in_object(value: Any, schema: Any, root: Any, at: str) -> Iterator[str]:
    properties, others = schema.get("properties", {}), schema.get("additionalProperties", True)
    for key, inner in value.items():
        if "propertyNames" in schema:
            yield from _faults(key, schema["propertyNames"], root, f"{at}/{key}")
        if key in properties:
            yield from _faults(inner, properties[key], root, f"{at}/{key}")
        elif others is False:
            yield f"{at}/{key}: additionalProperties"
        elif others is not True:
            yield from _faults(inner, others, root, f"{at}/{key}")


def _is_one_of(value: Any, types: Any) -> bool:
    wanted = [types] if isinstance(types, str) else types
    return any(isinstance(value, TYPES[each]) and (each == "boolean" or not isinstance(value, bool)) for each in wanted)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


SINGLE: Any = {
    "type": _is_one_of,
    "enum": lambda value, words: any(value == word and type(value) is type(word) for word in words),
    "const": lambda value, word: value == word,
    "pattern": lambda value, pattern: not isinstance(value, str) or re.search(pattern, value) is not None,
    "minimum": lambda value, least: not _is_number(value) or value >= least,
    "maximum": lambda value, most: not _is_number(value) or value <= most,
    "required": lambda value, names: not isinstance(value, dict) or set(names) <= set(value),
    "minItems": lambda value, least: not isinstance(value, list) or len(value) >= least,
    "minProperties": lambda value, least: not isinstance(value, dict) or len(value) >= least,
}
