"""Who works with Ringside, and what is on their screens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from telephony.calls.model import AgentId
from telephony.routing.agents import Agent


class Role(StrEnum):
    """What a user may do: an agent takes calls, a supervisor also sees everybody's, an admin also adds users."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody who may log in. `agent` is set for those who take calls."""

    login: str
    name: str
    role: Role
    password_hash: str
    agent: Agent | None = None
    sip_password: str | None = None
    """The secret of the agent's browser phone; None when the agent has a desk phone."""


class Users(Protocol):
    """Who may log in."""

    async def get(self, login: str) -> User | None:
        """Give the user of this login name; None when there is none. Raises StoreUnavailableError."""
        ...

    async def agents(self) -> Sequence[Agent]:
        """Give everybody who takes calls. Raises StoreUnavailableError."""
        ...


class Sessions(Protocol):
    """Who is logged in, kept over restarts; only a hash of the token is stored."""

    async def open(self, token_hash: str, login: str, until: datetime) -> None:
        """Keep a session. Raises StoreUnavailableError."""
        ...

    async def login_of(self, token_hash: str, now: datetime) -> str | None:
        """Give the login of a session that is still valid; None otherwise. Raises StoreUnavailableError."""
        ...

    async def close(self, token_hash: str) -> None:
        """Forget a session. Raises StoreUnavailableError."""
        ...


class AgentScreens(Protocol):
    """The agents' browsers. Never blocks and never raises; an agent without a browser sees the snapshot later."""

    def show(self, agent: AgentId, event: dict[str, object]) -> None:
        """Send one JSON event with a `type` to every browser of this agent, numbered in order."""
        ...
