"""`ringside demo load`: loads the demo company, and prints who may log in."""

import argparse
import asyncio
import json
import secrets
from collections.abc import Callable
from pathlib import Path

from telephony.cli.clock import MachineClock
from telephony.cli.output import OK, say, say_json, say_table
from telephony.errors import RingsideError
from telephony.ports import User
from telephony.settings import Configuration, load_settings
from telephony.settings.environment import add_to_env_file
from telephony.store.database import Database
from telephony.store.demo import Credentials, DemoReport, load_demo
from telephony.web.passwords import hash_password

COMPANY = Path("config/demo/company.json")


def run(asked: argparse.Namespace) -> int:
    """Load the company; again is harmless, and passwords that are set do not change."""
    configured = load_settings(asked.config)
    file = configured.base / COMPANY
    wanted = [
        variable for login, phone in _people(file) for variable in (_password_of(login), _sip_of(phone)) if variable
    ]
    known = {name: configured.secrets.get(name) for name in wanted}
    made = {name: secrets.token_urlsafe(9) for name, value in known.items() if not value}
    passwords = {name: value or made[name] for name, value in known.items()}
    report = asyncio.run(_load(configured, file, passwords))
    try:
        add_to_env_file(configured.env_file, made)
    except OSError as error:
        raise RingsideError(f"{configured.env_file}: the passwords cannot be kept: {error.strerror}") from error
    _show(report, passwords, configured, as_json=asked.json)
    return OK


def _people(file: Path) -> list[tuple[str, str]]:
    try:
        return [(user["login"], user.get("extension", "")) for user in json.loads(file.read_text("utf-8"))["users"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RingsideError(f"{file}: not a demo company: {error}") from error


def _password_of(login: str) -> str:
    return f"RINGSIDE_PASSWORD_{login.upper()}"


def _sip_of(extension: str) -> str:
    return f"RINGSIDE_SIP_PASSWORD_{extension}" if extension else ""


async def _load(configured: Configuration, file: Path, passwords: dict[str, str]) -> DemoReport:
    phones = dict(_people(file))
    async with Database(configured.database_url) as database:
        return await load_demo(
            database, file, now=MachineClock().now(), credentials=_credentials(passwords, phones.__getitem__)
        )


def _credentials(passwords: dict[str, str], phone_of: Callable[[str], str]) -> Callable[[str], Credentials]:
    def of(login: str) -> Credentials:
        return Credentials(
            password_hash=hash_password(passwords[_password_of(login)]),
            sip_password=passwords.get(_sip_of(phone_of(login))),
        )

    return of


def _show(report: DemoReport, passwords: dict[str, str], configured: Configuration, *, as_json: bool) -> None:
    if as_json:
        say_json({"company": report.company, "users": [_user(user, passwords) for user in report.users]})
        return
    say(f"{report.company}: {report.customers} customers with {report.contacts} contacts; these may log in:")
    say_table(
        ("login", "password", "role", "phone", "name"),
        [
            (
                user.login,
                passwords[_password_of(user.login)],
                user.role.value,
                user.agent.extension if user.agent else "-",
                user.name,
            )
            for user in report.users
        ],
    )
    say(f"The passwords are kept in {configured.env_file}")


def _user(user: User, passwords: dict[str, str]) -> dict[str, object]:
    return {
        "login": user.login,
        "name": user.name,
        "role": user.role.value,
        "extension": user.agent.extension if user.agent else None,
        "password": passwords[_password_of(user.login)],
    }
