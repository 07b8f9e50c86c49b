"""The steps of a leg in the cloud's words and in ours: one telling for phones rung and for calls placed."""

from datetime import datetime, timedelta
from enum import IntEnum

from telephony.calls.events import LegAnswered, LegEnded, LegRinging, PhoneChanged, PhoneState
from telephony.calls.model import CallId, LegId
from telephony.ports import CallTaker

CAUSE_NORMAL, CAUSE_BUSY, CAUSE_NO_ANSWER, CAUSE_UNREACHABLE = 16, 17, 19, 20
_ASTERISK = "PJSIP/"

CAUSES = {
    "completed": CAUSE_NORMAL,
    "canceled": CAUSE_NORMAL,
    "busy": CAUSE_BUSY,
    "no-answer": CAUSE_NO_ANSWER,
    "failed": CAUSE_UNREACHABLE,
}


class Step(IntEnum):
    """How far a leg has come; it never goes back, so late and repeated callbacks change nothing."""

    DIALED = 1
    RINGING = 2
    ANSWERED = 3
    ENDED = 4


STEPS = {
    "queued": Step.DIALED,
    "initiated": Step.DIALED,
    "ringing": Step.RINGING,
    "in-progress": Step.ANSWERED,
    "answered": Step.ANSWERED,
    **dict.fromkeys(CAUSES, Step.ENDED),
}


def tell_step(
    taker: CallTaker,
    step: Step,
    *,
    call_id: CallId,
    leg_id: LegId,
    endpoint: str,
    at: datetime,
    cause: int = CAUSE_NORMAL,
    answered_s_ago: float = 0.0,
) -> None:
    """Tell that a leg has come to this step, and what its phone does; nothing of one that is only dialled."""
    match step:
        case Step.DIALED:
            return
        case Step.RINGING:
            taker.tell(LegRinging(call_id=call_id, leg_id=leg_id, endpoint=endpoint, at=at))
            state = PhoneState.RINGING
        case Step.ANSWERED:
            at -= timedelta(seconds=answered_s_ago)
            taker.tell(LegAnswered(call_id=call_id, leg_id=leg_id, endpoint=endpoint, at=at))
            state = PhoneState.IN_USE
        case Step.ENDED:
            taker.tell(LegEnded(call_id=call_id, leg_id=leg_id, endpoint=endpoint, cause=cause, at=at))
            state = PhoneState.IDLE
    if not endpoint.startswith(_ASTERISK):  # Asterisk tells the states of its own phones, and knows them better
        taker.tell(PhoneChanged(endpoint=endpoint, state=state, at=at))
