"""Reads what comes from the environment: secrets, which never stand in the settings file, and overrides.

`RINGSIDE_AMI_SECRET=…` is a secret; `RINGSIDE__SERVER__LISTEN_PORT=8081` stands for `server.listen_port`.
Both may stand in an env file; the real environment is stronger.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

PREFIX = "RINGSIDE_"
OVERRIDE = "RINGSIDE__"


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """What only the environment may tell. Nothing of it is shown by `repr`."""

    ami_secret: str | None = field(default=None, repr=False)
    database_url: str | None = field(default=None, repr=False)
    twilio_auth_token: str | None = field(default=None, repr=False)
    twilio_signing_key: str | None = field(default=None, repr=False)
    """Signs webhooks in the token's place (SignalWire)."""
    twilio_shared_keys: str | None = field(default=None, repr=False)
    """Keys that sign by SHA-256, as `id=secret,id=secret`."""
    others: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Every other variable that begins with RINGSIDE_, e.g. the demo company's passwords."""

    def get(self, name: str) -> str | None:
        """Return another secret by its whole name; None when it is not set or empty."""
        return self.others.get(name) or None


def read_env_file(path: Path, shown: str) -> tuple[dict[str, str], list[str]]:
    """Return the variables of an env file and its faults; a file that is not there has neither."""
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return {}, []
    except OSError as error:
        return {}, [f"{shown}: cannot be read: {error.strerror}"]
    except ValueError as error:  # not UTF-8, or a path that cannot be
        return {}, [f"{shown!r}: cannot be read: {error}"]
    values: dict[str, str] = {}
    faults: list[str] = []
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip().removeprefix("export ")
        if not line or line.startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals or not name.strip().isidentifier():
            faults.append(f"{shown}:{number}: must be NAME=VALUE")  # the line is not shown: it may be a secret
            continue
        values[name.strip()] = _unquoted(value.strip())
    return values, faults


def add_to_env_file(path: Path, values: Mapping[str, str]) -> None:
    """Add variables to an env file that only its owner reads; it is made when it is not there. Raises OSError."""
    if not values:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    if before and not before.endswith("\n"):
        before += "\n"
    # Written beside and renamed: whoever reads meanwhile finds the old file or the new one, both whole.
    beside = path.with_name(f"{path.name}.{os.getpid()}.new")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(before + "".join(f"{name}={value}\n" for name, value in values.items()))
    beside.replace(path)


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "'\"":
        return value[1:-1]
    return value


def secrets_of(variables: Mapping[str, str]) -> Secrets:
    """Return the secrets among these variables."""
    ours = {name: value for name, value in variables.items() if name.startswith(PREFIX)}
    return Secrets(
        ami_secret=ours.pop("RINGSIDE_AMI_SECRET", None) or None,
        database_url=ours.pop("RINGSIDE_DATABASE_URL", None) or None,
        twilio_auth_token=ours.pop("RINGSIDE_TWILIO_AUTH_TOKEN", None) or None,
        twilio_signing_key=ours.pop("RINGSIDE_TWILIO_SIGNING_KEY", None) or None,
        twilio_shared_keys=ours.pop("RINGSIDE_TWILIO_SHARED_KEYS", None) or None,
        others={name: value for name, value in ours.items() if not name.startswith(OVERRIDE)},
    )


def overrides_of(variables: Mapping[str, str]) -> dict[tuple[str, ...], object]:
    """Return the settings that the environment overrides, by their path. Values are read as TOML, else as text."""
    return {
        tuple(part.lower() for part in name.removeprefix(OVERRIDE).split("__")): _toml_value(value)
        for name, value in variables.items()
        if name.startswith(OVERRIDE)
    }


def _toml_value(text: str) -> object:
    if text.startswith("+"):  # a telephone number, which TOML would read as a number without its plus
        return text
    try:
        value: object = tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, KeyError):
        return text
    return value


def override_name(path: tuple[str, ...]) -> str:
    """Return the variable that overrides a setting."""
    return OVERRIDE + "__".join(path).upper()
