"""Where a caller stands in a flow, so that another line can go on there."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from telephony.calls.commands import HandOver, HangUp
from telephony.ivr.flow import Flow
from telephony.ivr.position import Step

if TYPE_CHECKING:
    from telephony.journey.facts_noted import FactsNoted


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """The step that is done with the caller now, in the version of the flow they began with."""

    flow: Flow
    taken: Step
    noted: "FactsNoted"

    @property
    def is_last(self) -> bool:
        """Tell whether the flow lets the caller go with this step."""
        batch = self.taken.batch
        return batch is not None and bool(batch.commands) and isinstance(batch.commands[-1], HangUp | HandOver)
