"""Maria talks with a caller at her desk's extension, and sends them on."""

from telephony.calls.model import LegId
from telephony.journey.moves import Asker
from telephony.journey.sent import Destination
from telephony.routing.agents import AgentState
from tests.fakes.askers import as_agent
from tests.fakes.house import MARIA, Caller, House


async def talks_with_maria(house: House, call_id: str = "c1") -> Caller:
    """Have a caller of the line talk with Maria, for 20 s by now, after 10 s of waiting."""
    house.floor.wish(MARIA, AgentState.AWAY)
    caller = await house.in_line(call_id)
    house.clock.passes(10)
    house.ready(MARIA)
    await house.settles()
    leg = await caller.phone_rings()
    await caller.agent_answers(leg)
    house.clock.passes(20)
    return caller


def marias_leg(house: House, caller: Caller) -> LegId:
    """Return the leg to Maria of this caller's call."""
    leg = house.switchboard.calls[caller.id].leg_at("PJSIP/101")
    assert leg is not None
    return leg


async def transferred(house: House, caller: Caller, to: Destination, by: Asker | None = None) -> None:
    """Have the call transferred: the network ends the agent's leg when it is asked to."""
    await house.moves.transfer(by or as_agent(MARIA), caller.id, to)
    await caller.agent_hangs_up(house.carrier.hung_up[-1])
