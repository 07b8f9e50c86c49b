"""What Ringside asks of a carrier's line, as intents: no AGI command and no TwiML tag is named here.

A batch is performed in order and answered by exactly one line event (see `events`), which carries the batch's turn.
`Ask`, `Record`, `Hold`, `Ring` and `HangUp` may stand only at the end of a batch; a batch without them is answered
by `Said`.
"""

from dataclasses import dataclass

from telephony.calls.model import AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """One text in one language, rendered ahead; `text_id` is its key in `ivr_flows/prompts/<language>.yaml`."""

    text_id: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Answer the call, if it has not been answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Play prompts to their end; keys pressed meanwhile are kept for the next question (type-ahead)."""

    prompts: tuple[Prompt, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Play prompts, which a key interrupts, then wait for keys.

    Answered by `Keys` when `max_digits` were pressed, the terminator came or the caller stopped between digits, else by
    `NoInput`.
    """

    prompts: tuple[Prompt, ...]
    max_digits: int = 1
    terminator: str = ""
    first_digit_s: float = 5.0
    next_digit_s: float = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Record the caller: after a beep, until silence, `terminator`, `max_s`, or hang-up. Answered by `Recorded`."""

    name: str
    """File name without folder or extension, made by Ringside; the carrier adds both."""
    max_s: int = 120
    silence_s: int = 5
    terminator: str = "#"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Keep the caller with music until woken (`Carrier.wake`), a key is pressed or `for_s` has passed.

    Answered by `HoldEnded`.
    """

    for_s: float
    prompts: tuple[Prompt, ...] = ()
    """Said first; waking interrupts them."""
    music: str = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """Ring one agent's phone and, when answered, let both talk until one hangs up. Answered by `RingEnded`."""

    agent: AgentId
    endpoint: str
    """The carrier's address of the phone, e.g. `PJSIP/101`."""
    limit_s: int = 20
    music: str | None = "default"
    """What the caller hears while it rings; None is the ringing tone."""
    record_as: str | None = None
    """Record the conversation under this name (as in `Record.name`); None does not record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """Leave the call to the carrier's own fallback (in Asterisk's dialplan `ringside-fallback`).

    Answered by `LineLost`.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUp:
    """End the call. Answered by `LineLost`."""

    cause: str = "normal"


Command = Answer | Say | Ask | Record | Hold | Ring | HandOver | HangUp


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Commands to be performed together; `turn` grows with each batch of a call and comes back with the answer."""

    turn: int
    language: str
    commands: tuple[Command, ...]
