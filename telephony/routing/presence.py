"""How an agent's state changes: each function takes a status and gives the next."""

from dataclasses import replace
from datetime import datetime, timedelta

from telephony.calls.model import CallId
from telephony.routing.agents import AgentState, AgentStatus

MISSED_LIMIT = 2
"""Offers in a row that may ring in vain before the agent is set away: nobody is rung at an empty desk all day."""

ON_PHONE = frozenset({AgentState.RINGING, AgentState.ON_CALL})


def wish(status: AgentStatus, wanted: AgentState, now: datetime) -> AgentStatus:
    """Follow the agent's choice of READY, AWAY or OFFLINE: at once when free or in wrap-up, else after the call."""
    status = replace(status, wanted=wanted, missed=0, reason="")
    if status.state in ON_PHONE:
        return status
    if status.state is wanted:
        return status
    return _free(status, now, was_busy=True)


def offered(status: AgentStatus, call_id: CallId, now: datetime) -> AgentStatus:
    """Take the agent out of the choice: a call is on its way to their phone."""
    return replace(status, state=AgentState.RINGING, since=now, call_id=call_id, wrap_up_until=None, reason="")


def answered(status: AgentStatus, call_id: CallId, now: datetime) -> AgentStatus:
    """The agent talks."""
    return replace(
        status, state=AgentState.ON_CALL, since=now, call_id=call_id, missed=0, wrap_up_until=None, reason=""
    )


def talked(status: AgentStatus, now: datetime, wrap_up: timedelta) -> AgentStatus:
    """The talk is over; the agent has `wrap_up` to write it down."""
    if wrap_up <= timedelta():
        return wrapped_up(status, now)
    return replace(status, state=AgentState.WRAP_UP, since=now, wrap_up_until=now + wrap_up)


def wrapped_up(status: AgentStatus, now: datetime) -> AgentStatus:
    """The wrap-up is done; the agent returns to what they chose."""
    return _free(status, now, was_busy=True)


def missed(status: AgentStatus, now: datetime, *, blame: bool) -> AgentStatus:
    """The offer is over without an answer. `blame` is set when the phone rang to the limit and nobody was there."""
    count = status.missed + 1 if blame else status.missed
    if count >= MISSED_LIMIT and status.wanted is AgentState.READY:
        away = replace(status, wanted=AgentState.AWAY, missed=0)
        return replace(_free(away, now, was_busy=True), reason=f"did not answer {count} calls in a row")
    return _free(replace(status, missed=count), now, was_busy=False)


def _free(status: AgentStatus, now: datetime, *, was_busy: bool) -> AgentStatus:
    return replace(
        status,
        state=status.wanted,
        since=now,
        idle_since=now if was_busy else status.idle_since,
        call_id=None,
        wrap_up_until=None,
    )
