"""Who asks for a move or a transfer."""

from telephony.calls.model import AgentId
from telephony.journey.moves import Asker

OLGA = Asker(name="Olga", agent=None, supervises=True)


def as_agent(agent: AgentId) -> Asker:
    """Return an agent who asks for themselves and supervises nobody."""
    return Asker(name=agent.title(), agent=agent, supervises=False)
