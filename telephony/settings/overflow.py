"""The settings of overflow: which network takes new calls, and when another does."""

from typing import Literal

from pydantic import Field

from telephony.settings.section import Section


class Overflow(Section):
    """Which carrier takes new calls when there are two, and when the other does; docs/twilio.md tells all of it."""

    prefer: Literal["asterisk", "twilio"] = Field(
        default="asterisk", description="The carrier that takes new calls while it is well."
    )
    full_at: int = Field(
        default=0,
        ge=0,
        le=100_000,
        description="Callers on its lines at which new calls go to the other; 0 for never.",
    )
    slow_ms: int = Field(
        default=2000,
        ge=50,
        le=60_000,
        description="It counts as slow when its last answer to us took longer; Asterisk is asked every 5 s.",
    )
    back_after_s: int = Field(
        default=60,
        ge=0,
        le=3600,
        description="For so long all must have been well before calls come back, so that nobody goes to and fro.",
    )
