"""Twilio's OpenAPI document, as the tests hold requests and answers against it.

The whole one where there is one beside the project, else the cut of it that is kept in `tests/captured/twilio`.
"""

import json
import re
from collections.abc import Iterable
from copy import deepcopy
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
WHOLE = PROJECT.parent / "shared/twilio/twilio_api_v2010.json"
CUT = PROJECT / "tests/captured/twilio/twilio_api_v2010_cut.json"
ACCOUNT_PATH = "/2010-04-01/Accounts/{AccountSid}"
USED = (
    "/2010-04-01/Accounts/{Sid}.json",
    *(
        f"{ACCOUNT_PATH}/{path}"
        for path in (
            "Calls.json",
            "Calls/{Sid}.json",
            "Calls/{CallSid}/Recordings.json",
            "IncomingPhoneNumbers.json",
            "Queues/{Sid}.json",
            "Recordings/{Sid}.json",
        )
    ),
)
"""The paths we ask."""

_FORM = "application/x-www-form-urlencoded"
_PROSE = frozenset({"examples", "x-twilio", "summary", "tags"})
_METHODS = ("get", "post", "delete")
_FAULT = {
    "description": "Twilio says no.",
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["code", "message", "status"],
                "properties": {
                    "code": {"type": "integer", "nullable": True},
                    "message": {"type": "string"},
                    "more_info": {"type": "string", "nullable": True},
                    "status": {"type": "integer"},
                },
            }
        }
    },
}

Document = dict[str, Any]


def document() -> Document:
    """Return the document there is."""
    found: Document = json.loads((WHOLE if WHOLE.is_file() else CUT).read_text("utf-8"))
    return found


def cut_of(whole: Document) -> Document:
    """Return the part with the paths we use and whatever they refer to, without prose and examples.

    A cut of a cut is the same cut.
    """
    paths = {path: _without_prose(whole["paths"][path]) for path in USED}
    schemas = whole["components"]["schemas"]
    kept: dict[str, Any] = {}
    wanted = _referred(paths)
    while wanted:
        name = wanted.pop()
        kept[name] = _without_prose(schemas[name])
        wanted |= _referred(kept[name]) - kept.keys()
    return {
        **{key: whole[key] for key in ("openapi", "info", "servers", "security")},
        "paths": paths,
        "components": {
            "securitySchemes": whole["components"]["securitySchemes"],
            "schemas": dict(sorted(kept.items())),
        },
    }


def mended(written: Document) -> Document:
    """Return the document with what Prism needs to be as strict as Twilio is.

    - arrays in forms are repeated fields, which the document does not say (Twilio's page on the Call resource does);
    - events that there are not are faults;
    - addresses of further pages have no host, though they are called `uri`;
    - a refusal looks like Twilio's errors, which the document leaves out.
    """
    strict = deepcopy(written)
    for item in strict["paths"].values():
        for operation in (item[method] for method in _METHODS if method in item):
            operation["responses"].setdefault("4XX", _FAULT)
            form = operation.get("requestBody", {}).get("content", {}).get(_FORM)
            if form:
                _be_strict(form)
            for response in operation["responses"].values():
                _let_pages_be_relative(response)
    return strict


def unknown_fields(known: Document, method: str, path: str, names: Iterable[str]) -> set[str]:
    """Return the form fields, or for a GET the parameters, that the document does not have; Prism lets them pass."""
    (operation,) = (
        item[method.lower()]
        for template, item in known["paths"].items()
        if re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template)), path)
    )
    form = operation.get("requestBody", {}).get("content", {}).get(_FORM, {}).get("schema", {})
    queried = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"}
    return set(names) - form.get("properties", {}).keys() - queried


def _be_strict(form: Document) -> None:
    fields = form["schema"].get("properties", {})
    arrays = [name for name, field in fields.items() if field.get("type") == "array"]
    if arrays:
        form["encoding"] = {name: {"style": "form", "explode": True} for name in arrays}
    if "StatusCallbackEvent" in fields:
        fields["StatusCallbackEvent"]["items"]["enum"] = ["initiated", "ringing", "answered", "completed"]


def _let_pages_be_relative(response: Document) -> None:
    schema = response.get("content", {}).get("application/json", {}).get("schema", {})
    for field in schema.get("properties", {}).values():
        if field.get("format") == "uri":
            field["format"] = "uri-reference"


def _referred(part: object) -> set[str]:
    if isinstance(part, dict):
        here = {part["$ref"].rpartition("/")[2]} if isinstance(part.get("$ref"), str) else set()
        return here.union(*map(_referred, part.values()))
    if isinstance(part, list):
        return set().union(*map(_referred, part))
    return set()


def _without_prose(part: Any) -> Any:
    """Leave out what no validation needs; a property that is called `description` stays."""
    if isinstance(part, list):
        return [_without_prose(one) for one in part]
    if not isinstance(part, dict):
        return part
    if set(part) == {"description"}:
        return part  # an answer without a body has nothing else
    return {
        key: _without_prose(value)
        for key, value in part.items()
        if key not in _PROSE and not (key == "description" and isinstance(value, str))
    }
