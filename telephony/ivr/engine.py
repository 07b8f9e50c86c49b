"""Walks a caller through a flow: `begin`, then `step` with each event. Pure: no clock, no I/O, and it never raises."""

from dataclasses import replace

from telephony.calls.events import CommandFailed, Keys, LineLost, NoInput, Recorded, RingOutcome, Said
from telephony.ivr.facts import Facts
from telephony.ivr.flow import (
    ChooseLanguage,
    Collect,
    Flow,
    Menu,
    Queue,
    RingAgent,
    Voicemail,
)
from telephony.ivr.position import AgentLeft, Doing, FlowEvent, Position, QueueLeft, QueueOutcome, Seen, Step
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
        return _line_lost(flow, position, facts)
    if not isinstance(event, FlowEvent) or not _is_due(position, event):
        return Step(position=position)
    walk = Walk(flow, position, facts)
    if position.node not in flow.nodes:
        return walk.give_up()
    return _answer(walk, position, event)


def _is_due(position: Position, event: FlowEvent) -> bool:
    match event:
        case QueueLeft():
            return position.doing is Doing.IN_LINE and event.turn >= position.turn
        case AgentLeft():
            return position.doing is Doing.WITH_AGENT and event.turn >= position.turn
        case LineLost():
            return True
        case _:
            return event.turn == position.turn and position.doing not in (Doing.IN_LINE, Doing.WITH_AGENT)


def _line_lost(flow: Flow, position: Position, facts: Facts) -> Step:
    over = replace(position, doing=Doing.OVER, typed="")
    if position.doing is Doing.ENDING:
        return Step(position=over)
    walk = Walk(flow, position, facts)
    walk.note(position.node, Seen.HUNG_UP)
    return Step(position=over, journal=tuple(walk.journal))


def _answer(walk: Walk, position: Position, event: FlowEvent) -> Step:
    match position.doing:
        case Doing.SAYING:
            return _said(walk, position, event)
        case Doing.ASKING:
            return _asked(walk, position, event)
        case Doing.RECORDING:
            return _recorded(walk, position, event)
        case Doing.IN_LINE | Doing.WITH_AGENT:
            return _talked(walk, position, event)
        case _ if isinstance(event, CommandFailed):
            # The carrier could not even hang up or hand over: there is nothing left to try.
            return Step(position=replace(position, doing=Doing.OVER))
        case _:
            return Step(position=position)


def _said(walk: Walk, position: Position, event: FlowEvent) -> Step:
    if isinstance(event, CommandFailed):
        walk.note(position.node, Seen.FAILED)
    node = walk.flow.nodes[position.node]
    if isinstance(node, Queue):
        return walk.enter_line(node)
    if isinstance(node, RingAgent):
        return walk.call_agent(node)
    return walk.give_up()


def _asked(walk: Walk, position: Position, event: FlowEvent) -> Step:
    node = walk.flow.nodes[position.node]
    if not isinstance(node, Menu | Collect | ChooseLanguage):
        return walk.give_up()
    match event:
        case Keys(digits=digits) if digits or walk.typed:
            return walk.hear(node, digits)
        case CommandFailed():
            walk.note(position.node, Seen.FAILED)
            return walk.ask_again(node, None)
        case Keys() | NoInput() | Said():
            return walk.hear(node, "") if walk.typed else walk.ask_again(node, Seen.NO_INPUT)
        case _:
            return Step(position=position)


def _recorded(walk: Walk, position: Position, event: FlowEvent) -> Step:
    node = walk.flow.nodes[position.node]
    if not isinstance(node, Voicemail):
        return walk.give_up()
    if isinstance(event, Recorded):
        walk.note(position.node, Seen.RECORDED, value=event.name, label=f"{event.seconds:.1f} s")
    else:
        walk.note(position.node, Seen.FAILED)
    return walk.enter(node.to)


def _talked(walk: Walk, position: Position, event: FlowEvent) -> Step:
    node = walk.flow.nodes[position.node]
    if not isinstance(node, Queue | RingAgent) or not isinstance(event, QueueLeft | AgentLeft):
        return walk.give_up()
    walk.turn = event.turn
    walk.note(position.node, Seen.LEFT, value=event.outcome.value)
    if event.outcome in (QueueOutcome.ANSWERED, RingOutcome.ANSWERED):
        return walk.enter(node.then) if node.then is not None else walk.hang_up(position.node)
    return walk.enter(node.otherwise)
