"""Says what is wrong with settings, and what is allowed, in words for the person who wrote them."""

import difflib
from collections.abc import Sequence
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from telephony.settings.words import PATTERN_WORDS

SECRET_NAMES = {"secret": "RINGSIDE_AMI_SECRET", "password": "RINGSIDE_AMI_SECRET", "ami_secret": "RINGSIDE_AMI_SECRET"}
TWILIO_SECRET_NAMES = {
    "secret": "RINGSIDE_TWILIO_AUTH_TOKEN",
    "password": "RINGSIDE_TWILIO_AUTH_TOKEN",
    "auth_token": "RINGSIDE_TWILIO_AUTH_TOKEN",
    "token": "RINGSIDE_TWILIO_AUTH_TOKEN",
    "signing_key": "RINGSIDE_TWILIO_SIGNING_KEY",
    "shared_keys": "RINGSIDE_TWILIO_SHARED_KEYS",
}
SECRETS_OF = {"asterisk": SECRET_NAMES, "twilio": TWILIO_SECRET_NAMES}
EMPTY_FAULTS = {"string_too_short", "too_short"}
RANGE_FAULTS = {"greater_than", "greater_than_equal", "less_than", "less_than_equal"}
LONGEST = 300
TYPE_WORDS = {
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a number",
    "bool_type": "true or false",
    "string_type": 'text in quotes ("…")',
    "path_type": 'a path in quotes ("…")',
    "tuple_type": "a list ([…])",
    "list_type": "a list ([…])",
    "dict_type": "a table",
    "model_type": "a table of settings",
    "model_attributes_type": "a table of settings",
}


def tell(error: ErrorDetails, model: type[BaseModel]) -> str:
    """Return one fault as `section.key: what, and what is allowed`."""
    where = [part for part in error["loc"] if part != "[key]"]
    return f"{'.'.join(_short_key(part) for part in where)}: {_cut(_what(error, model), LONGEST)}"


def _what(error: ErrorDetails, model: type[BaseModel]) -> str:
    kind = error["type"]
    if kind == "extra_forbidden":
        return _unknown(error["loc"], model)
    if kind == "value_error":
        return str(error["ctx"]["error"])
    if kind in EMPTY_FAULTS:
        return "must not be empty"
    return f"{_wanted(error, model)}, is {_short(error['input'])}"


def _wanted(error: ErrorDetails, model: type[BaseModel]) -> str:
    kind = error["type"]
    field = field_at(model, error["loc"]) if kind in RANGE_FAULTS else None
    if field and limits(field):
        return f"must be {limits(field)}"
    if kind == "literal_error":
        return f"must be {error['ctx']['expected']}"
    if kind == "string_pattern_mismatch":
        return f"must be {PATTERN_WORDS[error['ctx']['pattern']]}"
    return f"must be {TYPE_WORDS[kind]}" if kind in TYPE_WORDS else error["msg"].lower()


def _short(value: object) -> str:
    text = "a table" if isinstance(value, dict) else repr(value)
    return _cut(text, 60)


def _short_key(part: int | str) -> str:
    return _cut(str(part) if str(part).isprintable() else repr(part), 60)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _unknown(location: Sequence[int | str], model: type[BaseModel]) -> str:
    key = str(location[-1])
    secret = next((names.get(key) for carrier, names in SECRETS_OF.items() if carrier in location), None)
    if secret:
        return f"secrets do not belong here; put it into the environment as {secret}"
    known = sorted(_names_at(model, location[:-1]))
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    if near:
        return f"is not a setting; did you mean {near[0]}?"
    return f"is not a setting; known here: {', '.join(known)}"


def _names_at(model: type[BaseModel], location: Sequence[int | str]) -> list[str]:
    inner = _walk(model, location)
    return list(inner.model_fields) if isinstance(inner, type) and issubclass(inner, BaseModel) else []


def _walk(model: Any, location: Sequence[int | str]) -> Any:
    kind: Any = model
    for part in location:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            field = kind.model_fields.get(str(part))
            kind = field.annotation if field else None
        elif get_origin(kind) is dict:
            kind = get_args(kind)[1]
        elif get_origin(kind) in {Union, UnionType}:
            kind = next((arm for arm in get_args(kind) if arm is not type(None)), None)
    return kind


def field_at(model: type[BaseModel], location: Sequence[int | str]) -> FieldInfo | None:
    """Return the setting at this path; None where there is none."""
    section = _walk(model, location[:-1])
    if isinstance(section, type) and issubclass(section, BaseModel):
        return section.model_fields.get(str(location[-1]))
    return None


def limits(field: FieldInfo) -> str:
    """Return the allowed range in words, e.g. `1 to 60`; '' for a setting without one."""
    low = next((rule.ge for rule in field.metadata if getattr(rule, "ge", None) is not None), None)
    high = next((rule.le for rule in field.metadata if getattr(rule, "le", None) is not None), None)
    if low is None and high is None:
        return ""
    if high is None:
        return f"{low:g} or more"
    return f"{low:g} to {high:g}"
