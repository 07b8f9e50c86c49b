"""How callers wait: settings of one line."""

from pydantic import Field

from telephony.ivr.spoken.waiting import MOST_PLACES
from telephony.settings.section import Section
from telephony.settings.words import CONTEXT


class Queue(Section):
    """One line of waiting callers, under the name flows and agents use; when none is set: sales, service, operator."""

    ring_limit_s: int = Field(
        default=20, ge=5, le=120, description="How long one agent's phone rings before the next is tried."
    )
    wrap_up_s: int = Field(
        default=30, ge=0, le=3600, description="Time for notes after a call before the next; 0 for none."
    )
    music: str = Field(default="default", pattern=CONTEXT, description="Music class of `musiconhold.conf`.")
    announce_every_s: int = Field(
        default=45,
        ge=0,
        le=600,
        description="How often a waiting caller hears that we know of them; 0: only at the beginning.",
    )
    announce_position: int = Field(
        default=10,
        ge=0,
        le=MOST_PLACES,
        description=(
            "Callers up to this place in line are told their place, at the beginning and with every announcement; "
            "0 for nobody."
        ),
    )
    announce_wait: bool = Field(
        default=True,
        description=(
            "Whether they are also told how long they will probably wait; nothing is said while too little is known."
        ),
    )
    max_wait_s: int = Field(
        default=600, ge=10, le=7200, description="Longest wait before the caller is offered something else."
    )
    record: bool | None = Field(
        default=None, description="Whether its conversations are recorded; `recording.record_calls` when not set."
    )
