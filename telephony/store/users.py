"""Who may log in, and who of them takes calls."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, text

from telephony.calls.model import AgentId, QueueName
from telephony.ports import Role, User
from telephony.routing.agents import Agent
from telephony.store.database import Database

_GET = text("SELECT * FROM users WHERE login = :login")
_AGENTS = text("SELECT * FROM users WHERE agent_id IS NOT NULL ORDER BY extension, agent_id")
_PUT = text(
    "INSERT INTO users (login, name, role, password_hash, agent_id, extension, endpoint, queues, sip_password)"
    " VALUES (:login, :name, :role, :password_hash, :agent_id, :extension, :endpoint, :queues, :sip_password)"
    " ON CONFLICT (login) DO UPDATE SET name = excluded.name, role = excluded.role,"
    " password_hash = excluded.password_hash, agent_id = excluded.agent_id, extension = excluded.extension,"
    " endpoint = excluded.endpoint, queues = excluded.queues, sip_password = excluded.sip_password"
)
_PASSWORD = text("UPDATE users SET password_hash = :password_hash WHERE login = :login")
_LOG_OUT = text("DELETE FROM sessions WHERE login = :login")


class StoredUsers:
    """The port Users over the database. Every method raises StoreUnavailableError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, login: str) -> User | None:
        """Give the user of this login name; None when there is none."""
        row = await self._database.read(lambda connection: connection.execute(_GET, {"login": login}).first())
        return None if row is None else _user(row)

    async def agents(self) -> Sequence[Agent]:
        """Give everybody who takes calls, by extension."""
        rows = await self._database.read(lambda connection: connection.execute(_AGENTS).all())
        return [agent for row in rows if (agent := _agent(row))]

    async def add_user(self, user: User) -> None:
        """Keep a user, instead of an earlier one of the same login. An agent bears the user's name.

        Raises StoreRefusedError when another user is this agent already.
        """
        await self._database.write(lambda connection: put_user(connection, user))

    async def set_password_hash(self, login: str, password_hash: str) -> bool:
        """Change a password and log its user out everywhere; False when there is no such user."""

        def change(connection: Connection) -> bool:
            changed = connection.execute(_PASSWORD, {"login": login, "password_hash": password_hash}).rowcount
            connection.execute(_LOG_OUT, {"login": login})
            return changed > 0

        return await self._database.write(change)


def put_user(connection: Connection, user: User) -> None:
    """Write a user within a transaction."""
    agent = user.agent
    connection.execute(
        _PUT,
        {
            "login": user.login,
            "name": user.name,
            "role": user.role,
            "password_hash": user.password_hash,
            "agent_id": agent.id if agent else None,
            "extension": agent.extension if agent else None,
            "endpoint": agent.endpoint if agent else None,
            "queues": json.dumps(sorted(agent.queues)) if agent else "[]",
            "sip_password": user.sip_password,
        },
    )


def _user(row: Row[Any]) -> User:
    return User(
        login=row.login,
        name=row.name,
        role=Role(row.role),
        password_hash=row.password_hash,
        agent=_agent(row),
        sip_password=row.sip_password,
    )


def _agent(row: Row[Any]) -> Agent | None:
    if row.agent_id is None:
        return None
    return Agent(
        id=AgentId(row.agent_id),
        name=row.name,
        extension=row.extension,
        endpoint=row.endpoint,
        queues=frozenset(QueueName(queue) for queue in json.loads(row.queues)),
    )
