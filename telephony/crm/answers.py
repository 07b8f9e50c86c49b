"""Reads what a source answered: exactly the fields and types that were asked for. Pure."""

import json
import math
from collections.abc import Mapping, Sequence

from telephony.errors import LookupFailedError
from telephony.ivr.expressions import ValueType
from telephony.ivr.facts import FactValue

LONGEST_TEXT = 1000
MOST_WHOLE = 2**63 - 1
"""Conditions count in 64 bits."""

_WORDS = {
    ValueType.TEXT: "text",
    ValueType.WHOLE: "a whole number",
    ValueType.NUMBER: "a number",
    ValueType.FLAG: "true or false",
}


def read_json(body: bytes) -> object:
    """Return the value of a JSON text. Raises LookupFailedError."""
    try:
        value: object = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        # the parser's own words quote the answer
        raise LookupFailedError("the answer is not JSON") from None
    return value


def _no_constant(name: str) -> None:
    raise ValueError(name)


def at_path(value: object, path: Sequence[str]) -> tuple[bool, object]:
    """Return whether there is anything at this path of names and places, and what. What is null is there."""
    for part in path:
        match value:
            case Mapping() if part in value:
                value = value[part]
            case list() if part.isdecimal() and int(part) < len(value):
                value = value[int(part)]
            case list() if part.isdecimal():
                return True, None  # a list of what was found that holds nothing
            case None:
                return True, None
            case _:
                return False, None
    return True, value


def fields_of(
    found: object, gives: Sequence[tuple[str, ValueType]], names: Mapping[str, Sequence[str]]
) -> dict[str, FactValue]:
    """Return the fields wanted of an answer; `names` says where those lie that are not under their own name.

    Raises LookupFailedError, naming the field and never its value.
    """
    return {name: _field(found, name, wanted, names.get(name, (name,))) for name, wanted in gives}


def _field(found: object, name: str, wanted: ValueType, path: Sequence[str]) -> FactValue:
    there, value = at_path(found, path)
    shown = f"field '{name}'" if tuple(path) == (name,) else f"field '{name}' (there '{'.'.join(path)}')"
    if not there or value is None:
        raise LookupFailedError(f"{shown} is missing in the answer")
    return typed(value, wanted, shown)


def typed(value: object, wanted: ValueType, shown: str) -> FactValue:
    """Return the value when it is of this very type; a whole number is a number too. Raises LookupFailedError."""
    match wanted, value:
        case ValueType.TEXT, str():
            return _text(value, shown)
        case ValueType.FLAG, bool():
            return value
        case ((ValueType.WHOLE | ValueType.NUMBER), bool()):
            pass
        case ((ValueType.WHOLE | ValueType.NUMBER), int()) if abs(value) > MOST_WHOLE:
            raise LookupFailedError(f"{shown} is too large a number")
        case ValueType.WHOLE, int():
            return value
        case ValueType.NUMBER, int() | float() if math.isfinite(value):
            return float(value)
    raise LookupFailedError(f"{shown} must be {_WORDS[wanted]}, is {_kind(value)}")


def _text(value: str, shown: str) -> str:
    if len(value) > LONGEST_TEXT:
        raise LookupFailedError(f"{shown} is longer than {LONGEST_TEXT} characters")
    return value.encode(errors="replace").decode()  # JSON may hold halves of characters, which nothing can store


def _kind(value: object) -> str:
    match value:
        case bool():
            return "true or false"
        case str():
            return "text"
        case int() | float():
            return "a number"
        case list():
            return "a list"
        case Mapping():
            return "an object"
        case _:
            return "nothing"
