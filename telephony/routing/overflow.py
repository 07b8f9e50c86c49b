"""Chooses the telephone network of the next call: the preferred one, or another while that one is in trouble."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

FAILURES = 3
"""After so many requests in a row without an answer a carrier is not asked for calls."""
_TOLD_FOR_S = 15
"""At least so long an answer tells of its carrier: Asterisk's come every few seconds, the next may take its time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OverflowRules:
    """When calls go elsewhere, and when they come back."""

    full_at: int = 0
    """Callers on the preferred carrier's lines at which it is full; 0 for never."""
    slow_ms: int = 2000
    """It is slow when its last answer took longer, or did not come for so long."""
    back_after_s: int = 60
    """For so long all must have been well before calls come back, so that nobody goes to and fro."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierState:
    """How a carrier does at this moment."""

    name: str
    connected: bool = True
    back_since: datetime | None = None
    """When its link last came back; None when it never was away."""
    live: int = 0
    limit: int = 0
    """Calls it may carry; 0 when that is not known."""
    answers_in_s: float | None = None
    """What the last request that tells it took; None when there was none."""
    failures: int = 0
    """Requests in a row without an answer."""
    asked_at: datetime | None = None
    """When it was over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Avoided:
    """A carrier that gets no calls until a time, and what was wrong there."""

    carrier: str
    trouble: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A carrier, and why, in a supervisor's words. `avoided` is what the next choice must know."""

    carrier: str
    reason: str
    avoided: tuple[Avoided, ...] = ()


def choose(states: Sequence[CarrierState], rules: OverflowRules, at: datetime, before: Chosen | None = None) -> Chosen:
    """Return the carrier of the next call, given what was chosen before; the first of `states` is preferred.

    One that is down is chosen only when all are. Who was left is not chosen again until it has been well for
    `back_after_s`, unless the one in use is down.
    """
    avoided = tuple(each for state in states if (each := _avoided(state, rules, at, before)) is not None)
    names = {each.carrier for each in avoided}
    up = [state for state in states if state.connected]
    in_use = [state for state in up if before is not None and state.name == before.carrier]
    # Who is used is not left for an old trouble: that would be to and fro
    usable = [each for each in states if each.name not in names or (each in in_use and not _trouble(each, rules, at))]
    carrier = next(iter((*usable, *in_use, *up, *states))).name
    return Chosen(carrier=carrier, reason=_reason(carrier, states[0].name, avoided), avoided=avoided)


def _avoided(state: CarrierState, rules: OverflowRules, at: datetime, before: Chosen | None) -> Avoided | None:
    back_after = timedelta(seconds=rules.back_after_s)
    trouble = _trouble(state, rules, at)
    if trouble:
        return Avoided(carrier=state.name, trouble=trouble, until=at + back_after)
    if state.back_since is not None and at < state.back_since + back_after:
        return Avoided(carrier=state.name, trouble="was down a moment ago", until=state.back_since + back_after)
    earlier = before.avoided if before is not None else ()
    return next((each for each in earlier if each.carrier == state.name and at < each.until), None)


def _trouble(state: CarrierState, rules: OverflowRules, at: datetime) -> str:
    """Return what is wrong with a carrier now; '' for nothing."""
    if not state.connected:
        return "is down"
    if state.limit and state.live >= state.limit:
        return f"is full ({state.live} of {state.limit} calls)"
    # Who gets no calls may be asked nothing: what was long ago says nothing of now
    if state.asked_at is None or at - state.asked_at > timedelta(seconds=max(rules.back_after_s, _TOLD_FOR_S)):
        return ""
    if state.failures >= FAILURES:
        return f"did not answer {state.failures} times in a row"
    if state.answers_in_s is not None and state.answers_in_s * 1000 > rules.slow_ms:
        return f"is slow ({'no answer' if state.failures else 'answered'} in {state.answers_in_s:.1f} s)"
    return ""


def _reason(carrier: str, preferred: str, avoided: Sequence[Avoided]) -> str:
    troubles = {each.carrier: f"{each.carrier} {each.trouble}" for each in avoided}
    if carrier == preferred and carrier not in troubles:
        return f"{carrier} is preferred"
    others = "; ".join(text for name, text in troubles.items() if name != carrier)
    return f"{others}; {troubles[carrier]} too" if carrier in troubles and others else others or troubles[carrier]
