"""Proves that a caller who presses nothing is not hung up on, but reaches a person or leaves a message."""

from collections.abc import Iterable

from telephony.ivr.asking import Asking
from telephony.ivr.check.finding import Code, Finding
from telephony.ivr.check.graph import arrows, cycle, reach, round_trip, way_to
from telephony.ivr.flow import By, Flow, Node
from telephony.ivr.nodes.callback import Callback
from telephony.ivr.nodes.hangup import Hangup
from telephony.ivr.nodes.information import Information
from telephony.ivr.nodes.survey import Survey

SERVED = frozenset({By.TALKED, By.MESSAGE})
"""Ways behind which the caller has had a person, or left them a message."""

PERSONS = frozenset({"queue", "voicemail"})
"""Where silence may lead: a line of people, or a message to them."""


def silent(flow: Flow) -> Iterable[Finding]:
    """Find where silence at a question ends in a hang-up, or goes round.

    Only callers count who have got nothing yet: after a talk, a message, a promised callback or an `outcome` that the
    author gave a name, the call may simply end.
    """
    never_pressed = reach([flow.start], lambda name: when_silent(flow.nodes[name]))
    unserved = reach([flow.start], lambda name: _unserved(flow.nodes[name]))
    questions = [name for name in {**never_pressed, **unserved} if _needs_answer(flow.nodes[name])]
    reached = reach(questions, lambda name: when_silent(flow.nodes[name]))
    for name in reached:
        node = flow.nodes[name]
        if isinstance(node, Hangup):
            text = (
                f"a caller whose phone sends no keys is hung up on: {arrows(way_to(name, reached))}; "
                "lead 'no_input' to a queue, agent or voicemail"
            )
            yield Finding(code=Code.SILENT_CALLER, at=node.at, node=name, text=text)
    found = cycle(questions, lambda name: when_silent(flow.nodes[name]))
    if found:
        text = f"a caller whose phone sends no keys goes round: {round_trip(found)}; lead 'no_input' to a person"
        yield Finding(code=Code.SILENT_CALLER, at=flow.nodes[found[0]].at, node=found[0], text=text)


def unmet(flow: Flow) -> Iterable[Finding]:
    """Find lines behind which a caller whom nobody takes is hung up on, without a message or a promise."""
    for name in reach([flow.start], lambda each: _unserved(flow.nodes[each])):
        node = flow.nodes[name]
        if node.kind != "queue" or node.outcome:
            continue
        missed = [way.to for way in node.ways() if way.by is By.MISSED]
        reached = reach(missed, lambda each: () if flow.nodes[each].outcome else when_silent(flow.nodes[each]))
        for end in reached:
            if isinstance(flow.nodes[end], Hangup) and not flow.nodes[end].outcome:
                text = (
                    f"a caller whom nobody takes is hung up on: {arrows((name, *way_to(end, reached)))}; lead "
                    "'otherwise' to a voicemail or a callback, or give the end an 'outcome'"
                )
                yield Finding(code=Code.NOBODY_THERE, at=node.at, node=name, text=text)


def _needs_answer(node: Node) -> bool:
    """Tell whether the caller gets nothing without an answer; an article is heard, and a survey is for us."""
    return isinstance(node, Asking) and not isinstance(node, Information | Survey)


def _unserved(node: Node) -> tuple[str, ...]:
    if node.outcome:
        return ()
    promised = By.KEY if isinstance(node, Callback) else None
    return tuple(way.to for way in node.ways() if way.by not in SERVED and way.by is not promised)


def when_silent(node: Node) -> tuple[str, ...]:
    """Return where a caller goes on who presses nothing and has not reached people."""
    if isinstance(node, Asking):
        return tuple(dict.fromkeys(way.to for way in node.ways() if way.by is By.SILENCE))
    if node.kind in PERSONS:
        return ()
    return tuple(way.to for way in node.ways() if way.by not in SERVED)
