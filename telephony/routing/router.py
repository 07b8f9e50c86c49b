"""Chooses who answers, and says why."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter

from telephony.calls.events import PhoneState
from telephony.calls.model import AgentId, CallId
from telephony.routing.agents import AgentState, AgentStatus
from telephony.routing.places import in_order
from telephony.routing.queues import Waiting

RING_AGAIN_AFTER = timedelta(seconds=10)
"""How long an agent who did not take a call is not rung for it again: a dead phone must not be rung in a loop."""

_IDLE_SINCE = attrgetter("idle_since")

MOST_EXPLAINED = 20
"""How many of the agents who were passed over are told of; nobody reads a thousand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOver:
    """An agent who was not chosen, and why, in words for a supervisor."""

    agent: AgentId
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """This call goes to this agent."""

    call_id: CallId
    agent: AgentId
    reason: str
    passed_over: tuple[PassedOver, ...] = ()


def assign(line: Sequence[Waiting], agents: Iterable[AgentStatus], now: datetime) -> tuple[Assignment, ...]:
    """Give free agents to waiting callers: who joined first is served first, by the agent who has been idle longest.

    An agent gets at most one call, a call at most one agent; callers whom nobody can take now are left out.
    """
    everybody = list(agents)
    # A thousand callers may wait for a thousand agents: only those who are free at all are looked at for each caller.
    free = {status.agent.id: status for status in everybody if _is_free(status)}
    chosen: list[Assignment] = []
    for waiting in in_order(line):
        if not free:
            break
        if not any(objection(waiting, status, now) is None for status in free.values()):
            continue
        assignment = choose(waiting, everybody, now)
        if assignment is not None:
            chosen.append(assignment)
            del free[assignment.agent]
            everybody = [status for status in everybody if status.agent.id != assignment.agent]
    return tuple(chosen)


def choose(waiting: Waiting, agents: Sequence[AgentStatus], now: datetime) -> Assignment | None:
    """Return the agent who shall take this call now with the reason, or None when nobody can.

    Agents who let this very call ring before come last, so that it reaches them again only when nobody else is free.
    """
    able: list[AgentStatus] = []
    passed_over: list[PassedOver] = []
    for status in agents:
        why_not = objection(waiting, status, now)
        if why_not is None:
            able.append(status)
        elif len(passed_over) < MOST_EXPLAINED:
            passed_over.append(PassedOver(agent=status.agent.id, why=why_not))
    if not able:
        return None
    fresh = [status for status in able if status.agent.id not in waiting.passed] if waiting.passed else able
    best = min(fresh or able, key=_IDLE_SINCE)
    idle_s = max(0, round((now - best.idle_since).total_seconds()))
    passed_over += [
        PassedOver(
            agent=other.agent.id,
            why="rang for this call already" if other.agent.id in waiting.passed else "idle for less time",
        )
        for other in able[: MOST_EXPLAINED + 1]
        if other is not best
    ]
    return Assignment(
        call_id=waiting.call_id,
        agent=best.agent.id,
        reason=_reason(waiting, best, idle_s, len(able)),
        passed_over=tuple(passed_over[:MOST_EXPLAINED]),
    )


def objection(waiting: Waiting, status: AgentStatus, now: datetime) -> str | None:
    """Return why this agent cannot take this call now, in words, or None when they can."""
    if waiting.only is not None and waiting.only != status.agent.id:
        return "the caller waits for somebody else"
    if waiting.only is None and waiting.queue not in status.agent.queues:
        return f"does not serve the queue {waiting.queue}"
    if status.state is not AgentState.READY:
        return f"is {status.state.value.replace('_', ' ')}"
    if status.phone is not PhoneState.IDLE:
        return f"phone is {status.phone.value.replace('_', ' ')}"
    if waiting.passed:  # nearly nobody has been: a thousand agents are asked this for each caller
        passed_at = waiting.passed.get(status.agent.id)
        if passed_at is not None and now - passed_at < RING_AGAIN_AFTER:
            return "let this call ring a moment ago"
    return waiting.reach.objection(status.agent.endpoint) if waiting.reach.cannot else None


def _is_free(status: AgentStatus) -> bool:
    return status.state is AgentState.READY and status.phone is PhoneState.IDLE


def _reason(waiting: Waiting, best: AgentStatus, idle_s: int, able: int) -> str:
    if waiting.only is not None:
        return f"{best.agent.name} was asked for"
    if able == 1:
        return f"the only free agent of {waiting.queue}"
    return f"longest idle ({idle_s} s) of {able} free agents of {waiting.queue}"
