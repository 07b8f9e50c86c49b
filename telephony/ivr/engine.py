"""Walks a caller through a flow: `begin`, then `step` with each event. Pure: no clock, no I/O, and it never raises."""

from dataclasses import replace

from telephony.calls.events import CommandFailed, LineLost
from telephony.ivr.facts import Facts
from telephony.ivr.flow import Flow
from telephony.ivr.position import (
    Doing,
    FlowEvent,
    LookedUp,
    Noted,
    PersonLeft,
    Position,
    Promised,
    QueueLeft,
    Seen,
    Step,
    Verified,
)
from telephony.ivr.walk import Walk


def begin(flow: Flow, facts: Facts) -> Step:
    """Return what a call does first. It speaks the customer's language where the flow has it, else the flow's first."""
    wanted = facts.customer.language if facts.customer else None
    language = wanted if wanted in flow.languages else flow.languages[0]
    here = Position(node=flow.start, turn=0, language=language or "", doing=Doing.SAYING)
    return Walk(flow, here, facts).enter(flow.start)


def step(flow: Flow, position: Position, event: object, facts: Facts) -> Step:
    """Return what follows from an event (a `FlowEvent`; any other is ignored).

    An event of another turn, or one that does not fit what the call does, changes nothing.
    """
    if position.doing is Doing.OVER:
        return Step(position=position)
    if isinstance(event, LineLost):
        return _line_lost(flow, position)
    if not isinstance(event, FlowEvent) or not _is_due(position, event):
        return Step(position=position)
    if position.doing is Doing.ENDING:
        # The carrier could not even hang up or hand over: there is nothing left to try.
        failed = isinstance(event, CommandFailed)
        return Step(position=replace(position, doing=Doing.OVER) if failed else position)
    return _heard(Walk(flow, position, facts), event)


def _heard(walk: Walk, event: FlowEvent) -> Step:
    node = walk.flow.nodes.get(walk.was.node)
    if node is None:
        return walk.give_up()
    if isinstance(event, CommandFailed) and event.speechless and not node.meets_person:
        return walk.lead_to_person()
    return node.hear(walk, event)


def _is_due(position: Position, event: FlowEvent) -> bool:
    match event:
        case LineLost():
            return True
        case QueueLeft() | PersonLeft():  # the journey has used turns of its own meanwhile
            return position.doing is Doing.WITH_PEOPLE and event.turn >= position.turn
        case LookedUp() | Verified() | Promised():
            return position.doing is Doing.LOOKING_UP and event.turn == position.turn
        case _:
            return event.turn == position.turn and position.doing not in (Doing.WITH_PEOPLE, Doing.LOOKING_UP)


def _line_lost(flow: Flow, position: Position) -> Step:
    over = replace(position, doing=Doing.OVER, typed="", held=())
    if position.doing is Doing.ENDING:
        return Step(position=over)
    node = flow.nodes.get(position.node)
    hung_up = Noted(node=position.node, kind=node.kind if node else "", event=Seen.HUNG_UP)
    return Step(position=over, journal=(hung_up,))
