"""Ringing an agent's phone: Dial's arguments and what its outcome means. Pure."""

import re

from telephony.calls.commands import Ring
from telephony.calls.events import RingOutcome
from telephony.carriers.asterisk.outside import address_of

_ENDPOINT = re.compile(r"[A-Za-z0-9]+/[\w.+@:/*#&-]+")
_SOUND = re.compile(r"[\w./ -]*")
CONFIRM = "ringside-confirm"
"""The context of the dialplan that asks an agent for a key."""
_MUSIC = re.compile(r"[\w-]+")

_CALL_REJECTED = "21"
"""Q.850: the agent pressed decline (SIP 603). Dial calls that CHANUNAVAIL, as if there were no phone."""

_NO_CAUSE = frozenset({"", "0", "16"})
"""Congestion that no network tells of: whoever answered at a telephone outside did not press the key."""

_OUTCOMES = {
    "ANSWER": RingOutcome.ANSWERED,
    "NOANSWER": RingOutcome.NO_ANSWER,
    "CANCEL": RingOutcome.NO_ANSWER,
    "BUSY": RingOutcome.BUSY,
    "CHANUNAVAIL": RingOutcome.UNAVAILABLE,
    "CONGESTION": RingOutcome.UNAVAILABLE,
}


def asks(ring: Ring) -> bool:
    """Tell whether this is an agent's telephone outside, at which a machine may answer."""
    return bool(ring.agent) and ring.endpoint.startswith("tel:")


def ring_arguments(
    ring: Ring, *, outside_dial: str = "", outside_caller_id: str = "", ask: str | None = None
) -> str | None:
    """Return Dial's arguments; None when the endpoint could mean something else to Dial than one address.

    `g` lets us go on with the caller after the agent hung up; `m` plays music, `r` the ringing tone. A telephone
    outside, an agent's mobile too, is reached by `outside_dial`, and is shown `outside_caller_id`, when there is one,
    instead of the caller's own number. `ask` is the sound by which whoever answers is asked for a key; '' for a beep,
    None asks nobody.
    """
    endpoint = address_of(ring.endpoint, dial=outside_dial)
    if not _ENDPOINT.fullmatch(endpoint):
        return None
    heard = f"m({ring.music})" if ring.music and _MUSIC.fullmatch(ring.music) else "r"
    is_outside = not ring.agent or endpoint != ring.endpoint
    shown = f"f({outside_caller_id})" if outside_caller_id and is_outside else ""
    asked = f"U({CONFIRM}^{ask if _SOUND.fullmatch(ask) else ''})" if ask is not None else ""
    return f"{endpoint},{ring.limit_s},g{heard}{shown}{asked}"


def ring_outcome(status: str, cause: str) -> RingOutcome | None:
    """Return what DIALSTATUS and HANGUPCAUSE mean; None when Dial did not dial at all."""
    if status == "CHANUNAVAIL" and cause == _CALL_REJECTED:
        return RingOutcome.BUSY
    if status == "CONGESTION" and cause in _NO_CAUSE:
        return RingOutcome.NO_ANSWER
    return _OUTCOMES.get(status)
