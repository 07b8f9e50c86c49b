"""Calls to write into the timeline."""

from datetime import UTC, datetime, timedelta

from telephony.calls.model import (
    AgentId,
    CallId,
    CallRecord,
    CustomerId,
    Direction,
    Disposition,
    LedgerLeg,
    LegId,
    Party,
    QueueName,
)
from telephony.routing.agents import Agent
from telephony.store.timeline import StoredTimeline
from telephony.timeline.entry import CallEntry, PathStep

NOON = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)
MARIA = AgentId("maria")
IVAN = AgentId("ivan")
GEORGI = CustomerId("c-1001")


class Noon:
    """A clock that stands, until told otherwise."""

    def __init__(self) -> None:
        self.time = NOON

    def now(self) -> datetime:
        return self.time


def leg(number: str, *, talk_s: float = 61.5) -> LedgerLeg:
    return LedgerLeg(
        leg_id=LegId(f"leg-{number}"),
        channel=f"PJSIP/{number}-00000001",
        number=number,
        name="Георги",
        started_at=NOON,
        answered_at=NOON + timedelta(seconds=3),
        ended_at=NOON + timedelta(seconds=64.5),
        talk_s=talk_s,
    )


def record(
    call_id: str = "1700.1", *, at: datetime = NOON, caller: str = "+359888100001", finished: bool = True
) -> CallRecord:
    return CallRecord(
        linkedid=CallId(call_id),
        direction=Direction.INBOUND,
        caller=caller,
        called="+35921234567",
        started_at=at,
        answered_at=at + timedelta(seconds=3),
        ended_at=at + timedelta(seconds=64.5) if finished else None,
        talk_s=61.5 if finished else 0.0,
        disposition=Disposition.ANSWERED,
        hung_up_by=Party.CALLER if finished else None,
        legs=(leg("101"), leg("trunk")),
    )


def entry(call_id: str = "1700.1", *, at: datetime = NOON, note: str = "", finished: bool = True) -> CallEntry:
    return CallEntry(
        record=record(call_id, at=at, finished=finished),
        customer_id=GEORGI,
        path=(step(0, call_id), step(1, call_id)),
        queue="sales",
        wait_s=2.5,
        agents=(MARIA,),
        recordings=("calls/2026/03/02/1700.1.wav",),
        note=note,
    )


def bare_entry(call_id: str = "1700.1") -> CallEntry:
    """What the ledger alone knows of a call."""
    return CallEntry(record=record(call_id), customer_id=None)


def step(seq: int, call_id: str = "1700.1", *, value: str = "1") -> PathStep:
    return PathStep(
        call_id=CallId(call_id),
        seq=seq,
        at=NOON + timedelta(seconds=seq),
        flow="main",
        node="main_menu",
        kind="menu",
        event="keys",
        value=value,
        label="sales",
    )


def agent(name: str = "maria", extension: str = "101") -> Agent:
    return Agent(
        id=AgentId(name),
        name=name.capitalize(),
        extension=extension,
        endpoint=f"PJSIP/{extension}",
        queues=frozenset({QueueName("sales"), QueueName("operator")}),
    )


def keep(timeline: StoredTimeline, kept: CallEntry) -> None:
    """Write a call as the journeys do: its steps while it goes on, its entry at the end."""
    for each in kept.path:
        timeline.add(each)
    timeline.put(kept)
