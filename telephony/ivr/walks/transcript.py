"""Plays a flow on paper from start to end: a caller's keys in, what they hear and where they end out."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from telephony.ivr.facts import CustomerFacts, Facts
from telephony.ivr.flow import Flow
from telephony.ivr.position import Answered, LookUp
from telephony.ivr.texts import Texts
from telephony.ivr.walks.acts import (
    Act,
    Answers,
    Checks,
    HangsUp,
    LooksUp,
    Misses,
    Presses,
    Promises,
    Silent,
    Speaks,
    Waits,
)
from telephony.ivr.walks.paper import PaperCall

SILENCE = "-"
"""Among a caller's keys: presses nothing this time."""
HANG_UP = "hangup"
TALK = "agent"
"""Among a caller's keys: a person takes the call, and hangs up first."""
NOBODY = "nobody"
"""Among a caller's keys: nobody takes the call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerOnPaper:
    """What a played caller does.

    `keys` answer the questions in turn, `SILENCE`, `HANG_UP`, `TALK` and `NOBODY` among them; after the last comes
    silence. `nobody_answers` plays an evening on which no agent is there.
    """

    keys: tuple[str, ...] = ()
    nobody_answers: bool = False
    message_s: float = 4.0
    pin: Answered = Answered.FOUND
    """What every check of a PIN says."""
    promises_kept: bool = True
    lookups: Mapping[str, LooksUp] = field(default_factory=dict)
    """What each source answers; one that is not named does not answer in time."""
    identified: CustomerFacts | None = None
    """Who it is once the right PIN is given."""


def simulate(flow: Flow, texts: Texts, facts: Facts, caller: CallerOnPaper) -> tuple[str, ...]:
    """Return the transcript of a call, one line for each thing that happens; the last line tells where it ended."""
    return tuple(map(str, played(PaperCall(flow, texts, facts, identified=caller.identified), caller).lines))


def played(call: PaperCall, caller: CallerOnPaper) -> PaperCall:
    """Play a call to its end, or to the people where nothing says how it goes on."""
    keys = deque(caller.keys)
    while call.waits is not Waits.NOTHING:
        act = _next_act(call, keys, caller)
        if act is None:
            break
        call.do(act)
    call.stay()
    return call


def _next_act(call: PaperCall, keys: deque[str], caller: CallerOnPaper) -> Act | None:
    if keys and keys[0] == HANG_UP:
        return HangsUp()
    match call.waits:
        case Waits.KEYS:
            word = keys.popleft() if keys else SILENCE
            return Silent() if word in ("", SILENCE, TALK, NOBODY) else Presses(digits=word)
        case Waits.MESSAGE:
            return Speaks(seconds=caller.message_s)
        case Waits.PEOPLE if caller.nobody_answers:
            return Misses()
        case Waits.PEOPLE:
            acts: Mapping[str, Act] = {TALK: Answers(), NOBODY: Misses()}
            return acts.get(keys.popleft() if keys else "")
        case _:
            return standing(call, caller)


def standing(call: PaperCall, caller: CallerOnPaper) -> Act | None:
    """Return what the world does by itself: a source answers, a PIN is checked; None when it is people's turn."""
    match call.waits:
        case Waits.LOOKUP if isinstance(call.now.task, LookUp):
            source = call.now.task.source
            return caller.lookups.get(source, LooksUp(source=source, outcome=Answered.FAILED, late=True))
        case Waits.PIN:
            return Checks(outcome=caller.pin)
        case Waits.PROMISE:
            return Promises(kept=caller.promises_kept)
        case _:
            return None
