"""Agents and their states."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from telephony.calls.events import PhoneState
from telephony.calls.model import AgentId, CallId, QueueName


class AgentState(StrEnum):
    """What an agent does. Only a READY agent is offered calls."""

    OFFLINE = "offline"
    READY = "ready"
    AWAY = "away"
    RINGING = "ringing"
    ON_CALL = "on_call"
    WRAP_UP = "wrap_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """A person who takes calls at one phone."""

    id: AgentId
    name: str
    extension: str
    """What the phone is known by: `101`; the number, or the client's name, of one that has no extension."""
    endpoint: str
    """The address of the phone: `PJSIP/101` at Asterisk, `tel:+359888123456` outside, `client:maria` at Twilio."""
    queues: frozenset[QueueName]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentStatus:
    """An agent now. `idle_since` is when the last call's wrap-up ended (or log-in), and decides who is longest idle."""

    agent: Agent
    state: AgentState
    since: datetime
    idle_since: datetime
    phone: PhoneState = PhoneState.IDLE
    call_id: CallId | None = None
    wanted: AgentState = AgentState.OFFLINE
    """What the agent chose (READY, AWAY or OFFLINE), and returns to after a call."""
    wrap_up_until: datetime | None = None
    missed: int = 0
    """Offers in a row that rang in vain."""
    reason: str = ""
    """Why the state is what it is, when that was not the agent's own choice; shown to the agent."""
