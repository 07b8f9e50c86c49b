"""The way of waiting callers between the cloud and Asterisk."""

from collections.abc import Collection
from dataclasses import dataclass

from telephony.calls.model import Direction
from telephony.carriers.twilio.carrier import TwilioCarrier
from telephony.journey.live_call import LiveCall


@dataclass(frozen=True, slots=True)
class CloudAndAsterisk:
    """Implements `journey.moves.Crossing`. `up` are the names of the carriers that are heard now."""

    cloud: TwilioCarrier
    up: Collection[str]

    def objection(self, call: LiveCall, to: str) -> str:
        """Return why this caller cannot be taken there, '' when they can."""
        offered, to_cloud = call.offered, to == TwilioCarrier.name
        if offered is None or (to_cloud and offered.part_of is None):
            return f"they came by {call.carrier}'s own trunk and cannot leave it"
        if offered.direction is not Direction.INBOUND:
            return "we have called them, and they are served where they were called"
        if not to_cloud and not self.cloud.elsewhere.has_way:
            return "set carriers.twilio.asterisk_sip"
        return "" if to in self.up else f"{to} cannot be reached now"

    async def cross(self, call: LiveCall, to: str) -> None:
        """Have the caller taken there. Raises CarrierError."""
        if to == TwilioCarrier.name:
            await self.cloud.send_back(call.id)
        else:
            await self.cloud.take_to_asterisk(call.id)
