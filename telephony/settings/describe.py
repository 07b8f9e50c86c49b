"""Writes docs/settings.md from the settings themselves: `python -m telephony.settings.describe > docs/settings.md`."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined, to_jsonable_python

from telephony.settings.faults import limits
from telephony.settings.sections import Settings

HEAD = """# Settings

Ringside reads `config/ringside.toml`, or the file named by `--config` or `RINGSIDE_CONFIG`; without one the defaults
below hold. Relative paths start at the folder that holds `config/` (at the file's own folder when it lies elsewhere).
All faults are told at once, each as `file: section.key: what must be, and what is`; an unknown name is a fault too.
`ringside doctor` checks that what the settings name is really there.

Every setting can be given by the environment instead, e.g. `RINGSIDE__SERVER__LISTEN_PORT=8081` for
`server.listen_port`; values are read as in the file, else as text.

## Secrets

Secrets stand in the environment only, or in an env file of `NAME=VALUE` lines: `RINGSIDE_ENV_FILE`, else `secrets.env`
in the data folder (`.ringside/secrets.env`). The environment is stronger than the file. See `config/example.env`.

| Variable | What it is |
|---|---|
| `RINGSIDE_AMI_SECRET` | Secret of the manager user in Asterisk's `manager.conf`. |
| `RINGSIDE_DATABASE_URL` | Address of the database when it holds a password; stronger than `database.url`. |
| `RINGSIDE_TWILIO_AUTH_TOKEN` | Auth token of the account in `[carriers.twilio]`; it also signs webhooks. |
| `RINGSIDE_TWILIO_SIGNING_KEY` | Key that signs webhooks in the token's place (SignalWire's signing key). |
| `RINGSIDE_TWILIO_SHARED_KEYS` | Keys that sign webhooks by SHA-256, as `ID=SECRET,ID=SECRET`. |
| `RINGSIDE_<NAME>` | Secret that a header of a lookup takes as `$RINGSIDE_<NAME>`. |
| `RINGSIDE_PASSWORD_<LOGIN>` | Password of a log-in of the demo company; made when not set. |
| `RINGSIDE_SIP_PASSWORD_<EXTENSION>` | SIP password of a browser phone; made for the demo when not set. |
"""


def page() -> str:
    """Return docs/settings.md."""
    return HEAD + "".join(_section(path, model) for path, model in sections(Settings, ""))


def sections(model: type[BaseModel], path: str) -> Iterator[tuple[str, type[BaseModel]]]:
    """Give every section under its name in the file; `NAME` stands for one that the user chooses."""
    for name, field in model.model_fields.items():
        here = f"{path}.{name}" if path else name
        inner, named = _inner(field.annotation)
        if inner is not None:
            here = f"{here}.NAME" if named else here
            if any(_inner(each.annotation)[0] is None for each in inner.model_fields.values()):
                yield here, inner
            yield from sections(inner, here)


def _inner(annotation: object) -> tuple[type[BaseModel] | None, bool]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, False
    if get_origin(annotation) is dict:
        return _inner(get_args(annotation)[1])[0], True
    return None, False


def _section(path: str, model: type[BaseModel]) -> str:
    rows = "".join(
        _row(name, field) for name, field in model.model_fields.items() if _inner(field.annotation)[0] is None
    )
    about = " ".join((model.__doc__ or "").split())
    return f"\n## [{path}]\n\n{about}\n\n| Setting | Default | What it is |\n|---|---|---|\n{rows}"


def _row(name: str, field: FieldInfo) -> str:
    allowed = _allowed(field)
    text = f"{field.description} {allowed}".strip().replace("|", "\\|")
    return f"| `{name}` | {_default(field)} | {text} |\n"


def _allowed(field: FieldInfo) -> str:
    choices = next((get_args(arm) for arm in _arms(field.annotation) if get_origin(arm) is Literal), ())
    if len(choices) > 1:
        return "One of " + ", ".join(f"`{choice}`" for choice in choices) + "."
    return f"{limits(field)}." if limits(field) else ""


def _arms(annotation: object) -> tuple[object, ...]:
    return get_args(annotation) if get_origin(annotation) in {Union, UnionType} else (annotation,)


def _default(field: FieldInfo) -> str:
    if field.default is PydanticUndefined or field.default is None:
        return "not set"
    return f"`{_toml(to_jsonable_python(field.default))}`"


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(key)} = {_toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, str | Path):
        return json.dumps(str(value), ensure_ascii=False)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _key(key: str) -> str:
    return key if key.isidentifier() else json.dumps(key)


if __name__ == "__main__":
    sys.stdout.write(page())
