"""What the carrier asks about the cloud's calls, over its API."""

from collections.abc import Sequence
from typing import Protocol

from telephony.carriers.twilio.elsewhere import LiveLeg
from telephony.carriers.twilio.placing import Placer
from telephony.carriers.twilio.rest_answers import CallState as PastCall


class CallState(Protocol):
    """What the cloud knows of a call."""

    @property
    def status(self) -> str:
        """Return its status in the cloud's words, e.g. `in-progress` or `completed`."""
        ...


class LiveThere(LiveLeg, Protocol):
    """A call that lives at the cloud."""

    @property
    def sid(self) -> str:
        """Return its SID."""
        ...


class Calls(Placer, Protocol):
    """The cloud's calls over REST. Every method raises one of the three errors of a carrier."""

    async def redirect(self, call_sid: str, url: str) -> None:
        """Send a live call to an address at once."""
        ...

    async def hang_up(self, call_sid: str) -> None:
        """End a call."""
        ...

    async def status_of(self, call_sid: str) -> CallState:
        """Tell how a call is doing."""
        ...

    async def bill(self, call_sid: str) -> Sequence[PastCall]:
        """Give a call and the legs it dialled."""
        ...

    async def drop_queue(self, queue_sid: str) -> None:
        """Delete a queue in which nobody waits."""
        ...

    async def live_calls(self) -> Sequence[LiveThere]:
        """Give the calls that are not over, legs of others included."""
        ...
