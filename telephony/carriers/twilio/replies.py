"""What a request that continues a call says of the batch its document performed. Pure."""

from telephony.calls.commands import Answer, Ask, Batch, HandOver, HangUp, Hold, Record, Ring, Say
from telephony.calls.events import (
    CommandFailed,
    HoldEnd,
    HoldEnded,
    Keys,
    LineEvent,
    NoInput,
    Recorded,
    RingEnded,
    RingOutcome,
    Said,
)
from telephony.carriers.twilio.forms import VoiceForm
from telephony.carriers.twilio.twiml import SILENCE, WOKEN

_OUTCOMES = {
    "completed": RingOutcome.ANSWERED,
    "answered": RingOutcome.ANSWERED,
    "busy": RingOutcome.BUSY,
    "no-answer": RingOutcome.NO_ANSWER,
    "canceled": RingOutcome.BUSY,  # by us alone, when the agent declines on the screen
    "failed": RingOutcome.UNAVAILABLE,
}


def reply_of(batch: Batch, form: VoiceForm, why: str) -> LineEvent | None:
    """Return the batch's answer; None when this request cannot be one, so that the batch goes on."""
    turn = batch.turn
    match batch.commands[-1] if batch.commands else None:
        case Ask() as ask:
            return _keys(ask, form, turn)
        case Record() as record:
            silent = why == SILENCE
            return Recorded(turn=turn, name=record.name, seconds=0.0 if silent else form.recording_seconds or 0.0)
        case Hold():
            return _hold_ended(form, why, turn)
        case Ring():
            return _ring_ended(form, turn)
        case HandOver() | HangUp():
            return None
        case Answer() | Say() | None:
            return Said(turn=turn)


def _keys(ask: Ask, form: VoiceForm, turn: int) -> Keys | NoInput:
    # Pressed alone, the terminator comes as the only digit
    digits = form.digits.removesuffix(ask.terminator) if ask.terminator else form.digits
    return Keys(turn=turn, digits=digits[: ask.max_digits]) if digits else NoInput(turn=turn)


def _hold_ended(form: VoiceForm, why: str, turn: int) -> HoldEnded:
    if why == WOKEN:
        return HoldEnded(turn=turn, reason=HoldEnd.WOKEN)
    if form.digits:
        return HoldEnded(turn=turn, reason=HoldEnd.KEY, key=form.digits[0])
    return HoldEnded(turn=turn, reason=HoldEnd.ELAPSED)


def _ring_ended(form: VoiceForm, turn: int) -> RingEnded | CommandFailed:
    outcome = _OUTCOMES.get(form.dial_status)
    if outcome is None:
        return CommandFailed(turn=turn, reason=f"Dial ended with {form.dial_status or 'no status'}")
    if outcome is RingOutcome.ANSWERED and form.dial_bridged is False:  # by nobody who pressed the key
        outcome = RingOutcome.NO_ANSWER
    return RingEnded(turn=turn, outcome=outcome)
