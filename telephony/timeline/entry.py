"""One entry of a customer's timeline."""

from dataclasses import dataclass
from datetime import datetime

from telephony.calls.model import AgentId, CallId, CallRecord, Channel, CustomerId


@dataclass(frozen=True, slots=True, kw_only=True)
class PathStep:
    """One step of a caller through a flow, as the journal keeps it."""

    call_id: CallId
    seq: int
    """0, 1, 2 ... within the call."""
    at: datetime
    flow: str
    node: str
    kind: str
    """The node's type, e.g. `menu`."""
    event: str
    """What happened there: `entered`, `keys`, `no_input`, `no_match`, `recorded`, `ring`, `hung_up` ..."""
    value: str = ""
    """The answer, e.g. the keys; masked when the node is sensitive."""
    label: str = ""
    """The answer in words where the flow names it, e.g. `sales`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEntry:
    """A call in the timeline: the ledger's truth and what our own journey knows beside it."""

    record: CallRecord
    customer_id: CustomerId | None
    customer_name: str = ""
    """As the store gives it; an entry is written without."""
    channel: Channel = Channel.PHONE
    path: tuple[PathStep, ...] = ()
    queue: str = ""
    """The line joined last: Ringside's own, else Asterisk's queue."""
    wait_s: float = 0.0
    """From joining the line to a person's answer, or to the end when nobody answered."""
    agents: tuple[AgentId, ...] = ()
    """Agents who talked, in order."""
    recordings: tuple[str, ...] = ()
    """Paths below the recordings folder."""
    outcome: str = ""
    """What the flow counts the call as: the last outcome that the caller came by."""
    summary: str = ""
    """The call in one line, for whoever reads the timeline."""
    note: str = ""
