"""`ringside users add LOGIN`: adds somebody who may log in, or changes who is there already."""

import argparse
import asyncio
import getpass
import re
import secrets
import sys

from telephony.calls.model import AgentId, QueueName
from telephony.cli.output import MISUSE, OK, complain, say
from telephony.ports import Role, User
from telephony.routing.agents import Agent
from telephony.settings import Configuration, load_settings
from telephony.settings.words import check_endpoint
from telephony.store.database import Database
from telephony.store.users import StoredUsers
from telephony.web.passwords import hash_password

LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
SHORTEST_PASSWORD = 8


def run(asked: argparse.Namespace) -> int:
    """Add the user."""
    configured = load_settings(asked.config)
    fault = _fault(asked, configured)
    if fault:
        complain(fault)
        return MISUSE
    password = _password()
    if len(password) < SHORTEST_PASSWORD:
        complain(f"the password must have {SHORTEST_PASSWORD} characters or more")
        return MISUSE
    user = User(
        login=asked.login,
        name=asked.name or asked.login,
        role=Role(asked.role),
        password_hash=hash_password(password),
        agent=_agent(asked),
    )
    asyncio.run(_keep(configured, user))
    say(f"{user.login} may log in" + (f" and takes calls at {user.agent.endpoint}" if user.agent else ""))
    return OK


def _fault(asked: argparse.Namespace, configured: Configuration) -> str | None:
    if not LOGIN.fullmatch(asked.login):
        return "a login is made of small letters, digits, dot, - and _, at most 64"
    unknown = [queue for queue in _queues(asked) if queue not in configured.settings.queues]
    if unknown:
        return f"no such queue: {', '.join(unknown)}; there are {', '.join(configured.settings.queues)}"
    if (asked.queues or asked.endpoint) and not asked.extension:
        return "somebody who takes calls needs --extension"
    if asked.extension and not re.fullmatch(configured.settings.company.extensions, asked.extension):
        return f"{asked.extension} is not one of our extensions (company.extension_digits_min and _max)"
    try:
        check_endpoint(asked.endpoint or "PJSIP/1")
    except ValueError as error:
        return f"--endpoint {error}"
    return None


def _queues(asked: argparse.Namespace) -> list[str]:
    return [queue.strip() for queue in asked.queues.split(",") if queue.strip()]


def _agent(asked: argparse.Namespace) -> Agent | None:
    if not asked.extension:
        return None
    return Agent(
        id=AgentId(asked.login),
        name=asked.name or asked.login,
        extension=asked.extension,
        endpoint=asked.endpoint or f"PJSIP/{asked.extension}",
        queues=frozenset(QueueName(queue) for queue in _queues(asked)),
    )


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    typed = getpass.getpass("Password (empty for a random one): ")
    if typed:
        return typed
    made = secrets.token_urlsafe(12)
    say(f"password: {made}")
    return made


async def _keep(configured: Configuration, user: User) -> None:
    async with Database(configured.database_url) as database:
        await StoredUsers(database).add_user(user)
