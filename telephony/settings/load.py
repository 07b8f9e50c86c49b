"""Finds and reads the settings: built-in defaults, then the file, then the environment; all faults in one report."""

import json
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from telephony.errors import SettingsError
from telephony.settings.environment import Secrets, override_name, overrides_of, read_env_file, secrets_of
from telephony.settings.faults import tell
from telephony.settings.lookups import secrets_in
from telephony.settings.sections import Settings
from telephony.settings.twilio import twilio_faults
from telephony.settings.words import check_secret_database_url

USUAL_FILE = Path("config/ringside.toml")
FILE_VARIABLE = "RINGSIDE_CONFIG"
ENV_FILE_VARIABLE = "RINGSIDE_ENV_FILE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """Settings and secrets as Ringside was started with them, and where they came from."""

    settings: Settings
    secrets: Secrets = field(repr=False)
    base: Path
    """The folder relative paths start at."""
    file: Path | None
    """The settings file; None when only the built-in defaults are used."""
    env_file: Path

    @property
    def database_url(self) -> str:
        """Return the database's address, with its password if it has one: do not log it."""
        given = self.secrets.database_url or self.settings.database.url
        return given or f"sqlite:///{self.data_dir / 'ringside.db'}"

    @property
    def data_dir(self) -> Path:
        """Return the folder Ringside writes to."""
        return self.base / self.settings.server.data_dir

    @property
    def flows_dir(self) -> Path:
        """Return the folder of flows and prompt texts."""
        return self.base / self.settings.ivr.flows_dir

    @property
    def recordings_dir(self) -> Path:
        """Return the folder of recordings and rendered prompts, as seen from here."""
        return self.base / self.settings.recording.dir

    @property
    def recordings_seen_as(self) -> str:
        """Return the same folder as Asterisk sees it."""
        return self.settings.carriers.asterisk.recordings_dir or str(self.recordings_dir)

    @property
    def cel_file(self) -> Path | None:
        """Return Asterisk's CEL file as seen from here; None when none is set."""
        given = self.settings.carriers.asterisk.cel_file
        return self.base / given if given else None


def load_settings(path: Path | None = None, environment: Mapping[str, str] | None = None) -> Configuration:
    """Return the settings from `path`, else from RINGSIDE_CONFIG, else from config/ringside.toml when it is there.

    Raises SettingsError with every fault, one line each, as `file: section.key: what, and what is allowed`.
    """
    variables = dict(os.environ if environment is None else environment)
    file = _chosen_file(path, variables)
    base = _base_of(file)
    faults: list[str] = []
    data = _read_toml(file, faults) if file else {}
    _override(data, overrides_of(variables))  # it may move the data folder, where the env file is looked for
    env_file = base / variables.get(ENV_FILE_VARIABLE, str(_data_dir_of(data) / "secrets.env"))
    from_file, env_faults = read_env_file(env_file, _shown(env_file))
    faults += env_faults
    variables = from_file | variables
    overrides = overrides_of(variables)
    _override(data, overrides)
    secrets = secrets_of(variables)
    shown = _shown(file) if file else "settings"
    settings = _checked(data, shown, set(overrides), faults)
    faults += twilio_faults(data, secrets, shown)
    faults += _secret_faults(secrets) + (_missing_secrets(settings, secrets) if settings else [])
    if faults or settings is None:
        raise SettingsError(faults)
    return Configuration(settings=settings, secrets=secrets, base=base, file=file, env_file=env_file)


def _chosen_file(path: Path | None, variables: Mapping[str, str]) -> Path | None:
    named = path or (Path(variables[FILE_VARIABLE]) if variables.get(FILE_VARIABLE) else None)
    if named:
        return named.absolute()
    return USUAL_FILE.absolute() if USUAL_FILE.exists() else None


def _base_of(file: Path | None) -> Path:
    if file is None:
        return Path.cwd()
    return file.parent.parent if file.parent.name == "config" else file.parent


def _shown(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _read_toml(file: Path, faults: list[str]) -> dict[str, object]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        where, what = (f":{place[1]}:{place[2]}", str(error)[: place.start()]) if place else ("", str(error))
        faults.append(f"{_shown(file)}{where}: is not TOML: {what.strip()}")
    except UnicodeDecodeError:
        faults.append(f"{_shown(file)}: is not UTF-8 text")
    except OSError as error:
        faults.append(f"{_shown(file)}: cannot be read: {error.strerror}")
    return {}


def _data_dir_of(data: Mapping[str, object]) -> Path:
    server = data.get("server")
    given = server.get("data_dir") if isinstance(server, dict) else None
    return Path(given) if isinstance(given, str) else Path(".ringside")


def _override(data: dict[str, object], overrides: Mapping[tuple[str, ...], object]) -> None:
    for place, value in overrides.items():
        _set(data, place, value)


def _set(data: dict[str, object], place: tuple[str, ...], value: object) -> None:
    table = data
    for part in place[:-1]:
        inner = table.setdefault(part, {})
        if not isinstance(inner, dict):
            inner = table[part] = {}
        table = inner
    table[place[-1]] = value


def _checked(
    data: dict[str, object], shown: str, overridden: set[tuple[str, ...]], faults: list[str]
) -> Settings | None:
    try:
        # JSON mode is strict about types (no "1" for 1) but knows that paths and tuples are written as text and lists.
        return Settings.model_validate_json(json.dumps(data, default=str), strict=True)
    except ValidationError as error:
        found = error.errors()
        for fault in found:
            place = tuple(str(part) for part in fault["loc"])
            if fault["type"] == "too_short" and any(other["loc"][:-1] == fault["loc"] for other in found):
                continue  # the list only looks empty, because its items are faulty
            override = next((key for key in overridden if place[: len(key)] == key), None)
            where = f"environment: {override_name(override)}" if override else shown
            faults.append(f"{where}: {tell(fault, Settings)}")
    return None


def _secret_faults(secrets: Secrets) -> list[str]:
    if secrets.database_url is None:
        return []
    try:
        check_secret_database_url(secrets.database_url)
    except ValueError as error:
        return [f"environment: RINGSIDE_DATABASE_URL: {error}"]
    return []


def _missing_secrets(settings: Settings, secrets: Secrets) -> list[str]:
    return [
        f"environment: {secret}: must be set to printable text, for lookups.{name}.headers.{header}"
        for name, lookup in settings.lookups.items()
        for header, secret in secrets_in(lookup.headers)
        if not (secrets.get(secret) or "\n").isprintable()
    ]
