"""`ringside users add LOGIN`: adds somebody who may log in, or changes who is there already."""

import argparse
import asyncio
import getpass
import re
import secrets
import sys
from collections.abc import Sequence

from telephony.calls.model import AgentId, QueueName
from telephony.calls.numbers import CallerNumber, read_caller
from telephony.cli.output import MISUSE, OK, complain, say
from telephony.errors import RingsideError
from telephony.ports import Role, User
from telephony.routing.agents import Agent
from telephony.routing.reach import PhoneKind, kind_of
from telephony.settings import Configuration, load_settings
from telephony.settings.words import check_endpoint
from telephony.store.database import Database
from telephony.store.users import StoredUsers
from telephony.web.passwords import hash_password

LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
CLIENT = re.compile(r"[A-Za-z0-9_.-]{1,120}", re.ASCII)
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
        complain(
            f"the password must have {SHORTEST_PASSWORD} characters or more; "
            "it is asked for at a terminal, and is the first line of a pipe"
        )
        return MISUSE
    say(asyncio.run(_keep(asked, configured, hash_password(password))))
    return OK


def _fault(asked: argparse.Namespace, configured: Configuration) -> str | None:
    if not LOGIN.fullmatch(asked.login):
        return "a login is made of small letters, digits, dot, - and _, at most 64"
    unknown = [queue for queue in _queues(asked) if queue not in configured.settings.queues]
    if unknown:
        return f"no such queue: {', '.join(unknown)}; there are {', '.join(configured.settings.queues)}"
    phones = [name for name in _PHONES if getattr(asked, name)]
    if len(phones) > 1:
        return f"an agent has one phone: give only one of {' and '.join(map(_option, phones))}"
    if (asked.queues or asked.endpoint or asked.browser_phone) and not (asked.extension or _outside(asked)):
        return "somebody who takes calls needs --extension, or --mobile or --client"
    if asked.extension and not re.fullmatch(configured.settings.company.extensions, asked.extension):
        company = configured.settings.company
        digits = f"{company.extension_digits_min} to {company.extension_digits_max} digits"
        return (
            f"{asked.extension} is not one of our extensions: they have {digits} (company.extension_digits_min, _max)"
        )
    return _phone_fault(asked, configured)


def _phone_fault(asked: argparse.Namespace, configured: Configuration) -> str | None:
    if asked.mobile and (not asked.mobile.startswith("+") or _mobile(asked, configured).e164 is None):
        return f"--mobile must be a whole international number such as +359888123456, is {asked.mobile!r}"
    if asked.client and not CLIENT.fullmatch(asked.client):
        return f"--client must be a name of letters, digits, dot, - and _, at most 120, is {asked.client!r}"
    try:
        check_endpoint(asked.endpoint or "PJSIP/1")
    except ValueError as error:
        return f"--endpoint {error}"
    return None


_PHONES = ("endpoint", "mobile", "client", "browser_phone")


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _outside(asked: argparse.Namespace) -> bool:
    return bool(asked.mobile or asked.client)


def _mobile(asked: argparse.Namespace, configured: Configuration) -> CallerNumber:
    return read_caller(asked.mobile, region=configured.settings.company.region)


def _queues(asked: argparse.Namespace) -> list[str]:
    return [queue.strip() for queue in asked.queues.split(",") if queue.strip()]


def _agent(asked: argparse.Namespace, configured: Configuration) -> Agent | None:
    if not (asked.extension or _outside(asked)):
        return None
    number = _mobile(asked, configured).e164 if asked.mobile else None
    outside = f"tel:{number}" if number else f"client:{asked.client}" if asked.client else ""
    return Agent(
        id=AgentId(asked.login),
        name=asked.name or asked.login,
        extension=asked.extension or number or asked.client,
        endpoint=asked.endpoint or outside or f"PJSIP/{asked.extension}",
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


async def _keep(asked: argparse.Namespace, configured: Configuration, password_hash: str) -> str:
    """Write it, and return what to tell. Raises RingsideError when the phone is somebody else's."""
    async with Database(configured.database_url) as database:
        users = StoredUsers(database)
        earlier = await users.get(asked.login)
        if earlier and _names_only_the_login(asked):
            await users.set_password_hash(asked.login, password_hash)
            return f"{asked.login} has a new password and must log in again; all else stays as it was"
        user = User(
            login=asked.login,
            name=asked.name or asked.login,
            role=Role(asked.role),
            password_hash=password_hash,
            agent=_agent(asked, configured),
            sip_password=_sip_password(asked, configured, earlier),
        )
        if user.agent:
            _refuse_a_shared_phone(user.agent, await users.agents())
        await users.add_user(user)
    return f"{user.login} may log in" + (f" and takes calls at {user.agent.endpoint}" if user.agent else "")


def _names_only_the_login(asked: argparse.Namespace) -> bool:
    given = (asked.name, asked.extension, asked.queues, *(getattr(asked, name) for name in _PHONES))
    return not any(given) and Role(asked.role) is Role.AGENT


def _sip_password(asked: argparse.Namespace, configured: Configuration, earlier: User | None) -> str | None:
    """Return the secret of the browser phone: the one given, or the one this user has at this extension already.

    Raises RingsideError when none is given.
    """
    if asked.browser_phone:
        variable = f"RINGSIDE_SIP_PASSWORD_{asked.extension}"
        given = configured.secrets.get(variable)
        if not given:
            raise RingsideError(
                f"a browser phone needs the SIP password of {asked.extension} in Asterisk: "
                f"set {variable} in the environment or in {configured.env_file}"
            )
        return given
    if _outside(asked):
        return None
    return earlier.sip_password if earlier and earlier.agent and earlier.agent.extension == asked.extension else None


def _refuse_a_shared_phone(agent: Agent, agents: Sequence[Agent]) -> None:
    # Two calls would ring one phone, and a talk would be put down to the wrong person.
    for other in agents:
        if other.id != agent.id and (other.endpoint == agent.endpoint or other.extension == agent.extension):
            raise RingsideError(
                f"{agent.extension} ({agent.endpoint}) is the phone of {other.name} ({other.id}): "
                f"choose another {_asked_by(agent)}"
            )


def _asked_by(agent: Agent) -> str:
    match kind_of(agent.endpoint):
        case PhoneKind.OUTSIDE:
            return "--mobile"
        case PhoneKind.CLIENT:
            return "--client"
        case PhoneKind.EXTENSION:
            return "--extension"
