"""Turns entries and steps into rows and back."""

import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Row

from telephony.calls.costs import Cost, CostSource
from telephony.calls.model import (
    AgentId,
    CallId,
    CallRecord,
    Channel,
    CustomerId,
    Direction,
    Disposition,
    LedgerLeg,
    LegId,
    Party,
)
from telephony.store.times import from_us, from_us_or_none, to_us, to_us_or_none
from telephony.store.writes import Kind, Write
from telephony.timeline.entry import CallEntry, PathStep

_NONE = "[]"


def step_write(step: PathStep) -> Write:
    """Return the row of one step."""
    return Write(
        Kind.STEP,
        {
            "call_id": step.call_id,
            "seq": step.seq,
            "at": to_us(step.at),
            "flow": step.flow,
            "node": step.node,
            "kind": step.kind,
            "event": step.event,
            "value": step.value,
            "label": step.label,
        },
    )


def entry_writes(entry: CallEntry) -> Iterator[Write]:
    """Give the rows of one entry: itself and its agents. Its path was written step by step, by the journal."""
    record = entry.record
    at = to_us(record.started_at)
    yield Write(
        Kind.ENTRY,
        {
            "id": record.linkedid,
            "customer_id": entry.customer_id,
            "channel": entry.channel,
            "direction": record.direction,
            "at": at,
            "answered_at": to_us_or_none(record.answered_at),
            "ended_at": to_us_or_none(record.ended_at),
            "caller": record.caller,
            "called": record.called,
            "disposition": record.disposition,
            "hung_up_by": record.hung_up_by,
            "queue": entry.queue,
            "wait_s": entry.wait_s,
            "talk_s": record.talk_s,
            "agents": json.dumps(entry.agents) if entry.agents else _NONE,
            "legs": _legs_text(record.legs),
            "recordings": json.dumps(entry.recordings) if entry.recordings else _NONE,
            "outcome": entry.outcome,
            "summary": entry.summary,
            "note": entry.note,
            "cost": str(record.cost.amount) if record.cost else None,
            "currency": record.cost.currency if record.cost else None,
            "cost_source": record.cost.source if record.cost else None,
            "cost_beside": str(record.cost_beside.amount) if record.cost_beside else None,
            "currency_beside": record.cost_beside.currency if record.cost_beside else None,
        },
    )
    for agent in entry.agents:
        yield Write(Kind.ENTRY_AGENT, {"agent": agent, "at": at, "entry_id": record.linkedid})


def to_step(row: Row[Any]) -> PathStep:
    """Return the step of a row of `steps`."""
    return PathStep(
        call_id=CallId(row.call_id),
        seq=row.seq,
        at=from_us(row.at),
        flow=row.flow,
        node=row.node,
        kind=row.kind,
        event=row.event,
        value=row.value,
        label=row.label,
    )


def to_entry(row: Row[Any], notes: Sequence[str] = (), path: Sequence[PathStep] = ()) -> CallEntry:
    """Return the entry of a row of `entries` that is a call; `notes` are the agents', oldest first."""
    record = CallRecord(
        linkedid=CallId(row.id),
        direction=Direction(row.direction),
        caller=row.caller,
        called=row.called,
        started_at=from_us(row.at),
        answered_at=from_us_or_none(row.answered_at),
        ended_at=from_us_or_none(row.ended_at),
        talk_s=row.talk_s,
        disposition=Disposition(row.disposition),
        hung_up_by=Party(row.hung_up_by) if row.hung_up_by else None,
        legs=_legs(row.legs),
        cost=_cost(row.cost, row.currency, row.cost_source),
        cost_beside=_cost(row.cost_beside, row.currency_beside, CostSource.TARIFF),
    )
    return CallEntry(
        record=record,
        customer_id=CustomerId(row.customer_id) if row.customer_id else None,
        customer_name=row.customer_name or "",
        channel=Channel(row.channel),
        path=tuple(path),
        queue=row.queue,
        wait_s=row.wait_s,
        agents=tuple(AgentId(agent) for agent in json.loads(row.agents)),
        recordings=tuple(json.loads(row.recordings)),
        outcome=row.outcome,
        summary=row.summary,
        note=all_notes(row.note, notes),
    )


def all_notes(own: str, notes: Sequence[str]) -> str:
    """Return the entry's own note and the agents' as one text.

    An entry that was read, bettered and written again holds the agents' notes as its own: they are not repeated.
    """
    told = "\n".join(note for note in notes if note)
    return told if own in told else own if told in own else f"{own}\n{told}"


def _cost(amount: str | None, currency: str, source: str) -> Cost | None:
    return None if amount is None else Cost(amount=Decimal(amount), currency=currency, source=CostSource(source))


def _legs_text(legs: Sequence[LedgerLeg]) -> str:
    return json.dumps(
        [
            {
                "leg_id": leg.leg_id,
                "channel": leg.channel,
                "number": leg.number,
                "name": leg.name,
                "started_at": to_us(leg.started_at),
                "answered_at": to_us_or_none(leg.answered_at),
                "ended_at": to_us_or_none(leg.ended_at),
                "talk_s": leg.talk_s,
                "is_part": leg.is_part,
            }
            for leg in legs
        ]
    )


def _legs(text: str) -> tuple[LedgerLeg, ...]:
    return tuple(
        LedgerLeg(
            leg_id=LegId(leg["leg_id"]),
            channel=leg["channel"],
            number=leg["number"],
            name=leg["name"],
            started_at=from_us(leg["started_at"]),
            answered_at=from_us_or_none(leg["answered_at"]),
            ended_at=from_us_or_none(leg["ended_at"]),
            talk_s=leg["talk_s"],
            is_part=leg.get("is_part", False),  # not there in calls of before
        )
        for leg in json.loads(text)
    )
