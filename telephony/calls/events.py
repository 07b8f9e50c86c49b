"""What happens to a call, in our own words: carriers translate into these, journeys read nothing else."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from telephony.calls.model import AgentId, CallId, Direction, LegId

# --- answers of a caller's line to a batch of commands ---------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The batch was performed to its end and asked nothing."""

    turn: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The caller pressed keys: `0-9*#`, at least one, without the terminator that ended them."""

    turn: int
    digits: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoInput:
    """The caller pressed nothing in time."""

    turn: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A recording ended; `seconds` is 0.0 and `name` still set when the caller said nothing."""

    turn: int
    name: str
    seconds: float


class HoldEnd(StrEnum):
    """Why a caller is no longer held."""

    WOKEN = "woken"
    KEY = "key"
    ELAPSED = "elapsed"


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldEnded:
    """The caller is no longer held and still there; `key` is set for `HoldEnd.KEY`."""

    turn: int
    reason: HoldEnd
    key: str = ""


class RingOutcome(StrEnum):
    """What became of ringing one agent."""

    ANSWERED = "answered"
    """They talked and the agent hung up or was moved; the caller is still there."""
    LOST = "lost"
    """They talked until the agent's phone was gone; the caller is still there. The phone's own leg tells it."""
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    """The phone said busy or the agent declined."""
    UNAVAILABLE = "unavailable"
    """The phone is not registered or cannot be reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RingEnded:
    """Ringing, and the talk if there was one, is over and the caller is still there."""

    turn: int
    outcome: RingOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandFailed:
    """The carrier could not perform the batch; the caller is still there. `reason` is for the log."""

    turn: int
    reason: str
    speechless: bool = False
    """A prompt that was to be said is missing or cannot be played."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineLost:
    """The caller's line is gone: hung up, handed over or broken. Comes once, last, also when no batch was running."""

    at: datetime


LineEvent = Said | Keys | NoInput | Recorded | HoldEnded | RingEnded | CommandFailed | LineLost

# --- what the network tells of any call ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class LegDialed:
    """A phone is being called (nothing rings yet). `endpoint` is the carrier's address of it, e.g. `PJSIP/101`."""

    call_id: CallId
    leg_id: LegId
    endpoint: str
    caller: str
    """The other party's number as the carrier gave it; may be anything a stranger can send."""
    caller_name: str
    called: str
    from_endpoint: str
    """The endpoint that dials, e.g. `PJSIP/trunk`; empty when not known."""
    at: datetime
    from_leg: LegId | None = None
    queue: str = ""
    """The carrier's own queue that dials, when it is one (overlay)."""
    carrier: str = "asterisk"
    """The name of the carrier that dials."""
    part_of: CallId | None = None
    """The call of another carrier that this one is a part of, as the dialplan says who can be trusted with it."""
    outgoing: bool = False
    """Ringside itself calls somebody: `called` is the other party, and nobody else is in the call yet."""
    again: bool = False
    """The phone was dialled before we listened, and its call may have been served before this server was started."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegRinging:
    """A phone rings."""

    call_id: CallId
    leg_id: LegId
    endpoint: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LegAnswered:
    """A called phone was answered."""

    call_id: CallId
    leg_id: LegId
    endpoint: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LegEnded:
    """A leg is gone. `cause` is the Q.850 number, 0 when not known."""

    call_id: CallId
    leg_id: LegId
    endpoint: str
    cause: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFinished:
    """The last leg of a call is gone (CEL LINKEDID_END, or found missing after a reconnect)."""

    call_id: CallId
    at: datetime


class PhoneState(StrEnum):
    """What a phone does, whoever makes it do so."""

    IDLE = "idle"
    RINGING = "ringing"
    IN_USE = "in_use"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneChanged:
    """A phone's state as the carrier sees it."""

    endpoint: str
    state: PhoneState
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierUp:
    """The carrier can be reached (again); `live_calls` are the only calls it carries now, all others are over."""

    live_calls: frozenset[CallId]
    down_since: datetime | None
    at: datetime
    carrier: str = "asterisk"
    """Its name; other carriers' calls are not meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierDown:
    """The carrier cannot be reached; calls go on there, and we do not hear of them."""

    at: datetime
    carrier: str = "asterisk"


@dataclass(frozen=True, slots=True, kw_only=True)
class CelRow:
    """One row of Asterisk's Channel Event Logging, from the AMI stream or the file, with the same meaning.

    Fields are named as in Asterisk's documentation of CEL; `extra` is the JSON text or ''.
    """

    eventtype: str
    eventtime: datetime
    uniqueid: str
    linkedid: str
    channame: str
    cid_name: str = ""
    cid_num: str = ""
    cid_ani: str = ""
    cid_dnid: str = ""
    exten: str = ""
    context: str = ""
    appname: str = ""
    appdata: str = ""
    peer: str = ""
    userfield: str = ""
    extra: str = ""


LegEvent = LegDialed | LegRinging | LegAnswered | LegEnded
CarrierEvent = LegEvent | CallFinished | PhoneChanged | CarrierUp | CarrierDown | CelRow

# --- what the routing tells a waiting call ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentChosen:
    """This agent shall take the call now; `reason` says why in words for a supervisor."""

    agent: AgentId
    endpoint: str
    reason: str


class AnsweredBy(StrEnum):
    """Who answered a call that we placed, as far as the carrier's machine detection knows."""

    HUMAN = "human"
    MACHINE = "machine"
    """An answering machine, or a fax."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOffered:
    """A caller is on the line and waits for Ringside. `caller` may be anything a stranger can send."""

    call_id: CallId
    leg_id: LegId
    caller: str
    caller_name: str
    called: str
    flow: str
    """The flow the dialplan or number plan names; '' means the one configured for `called`."""
    at: datetime
    carrier: str = "asterisk"
    """The name of the carrier the caller is on."""
    direction: Direction = Direction.INBOUND
    """OUTBOUND for a call that we placed: then `caller` is the number we show, and `called` is who answered it."""
    answered_by: AnsweredBy | None = None
    """Who answered a call that we placed; None when nobody listened for it."""
    again: bool = False
    """The call went on before this server was started, and may have been served by it."""
    part_of: CallId | None = None
    """The call on another carrier whose caller this is; None when the caller came here by themselves."""

    @property
    def theirs(self) -> str:
        """The number of the person on the line."""
        return self.called if self.direction is Direction.OUTBOUND else self.caller

    @property
    def ours(self) -> str:
        """The company's number in this call."""
        return self.caller if self.direction is Direction.OUTBOUND else self.called
