"""The journal of a call that is played on paper, as a served call leaves it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from telephony.calls.model import CallId
from telephony.ivr.facts import Facts
from telephony.ivr.flow import Flow
from telephony.ivr.position import Answered, LookedUp
from telephony.ivr.replay.facts_kept import BEGUN, CHANGED, FACTS, FOUND, KIND, reads_of
from telephony.ivr.walks.acts import Act, Checks, LooksUp
from telephony.ivr.walks.paper import PaperCall
from telephony.ivr.walks.scene import Scene
from telephony.timeline.entry import PathStep
from tests.fakes.caller import ANY_TEXTS, NOON

CALL = CallId("1700.1")


def journal(
    flow: Flow, acts: Sequence[Act], scene: Scene | None = None, *, call_id: CallId = CALL, at: datetime = NOON
) -> list[PathStep]:
    """Return the steps of a call in which these things are done."""
    steps = _steps(flow, acts, scene or Scene())
    return [replace(step, call_id=call_id, seq=seq, at=at + (step.at - NOON)) for seq, step in enumerate(steps)]


def _steps(flow: Flow, acts: Sequence[Act], scene: Scene) -> Iterator[PathStep]:
    reads, facts, told = reads_of(flow), scene.facts(flow), 0
    call = PaperCall(flow, ANY_TEXTS, facts, identified=scene.once_identified)

    def step(kind: str, event: str, value: str, *, node: str = "", label: str = "", at_s: float = 0.0) -> PathStep:
        at, name = NOON + timedelta(seconds=at_s), f"{flow.name}@{flow.version}"
        return PathStep(
            call_id=CALL, seq=0, at=at, flow=name, node=node, kind=kind, event=event, value=value, label=label
        )

    def kept(facts: Facts, label: str) -> PathStep:
        return step(KIND, FACTS, reads.text(reads.kept(facts), facts.now), label=label)

    def new_lines() -> Iterator[PathStep]:
        nonlocal told
        for line in call.lines[told:]:
            if line.noted:
                noted = line.noted
                yield step(noted.kind, noted.event, noted.value, node=noted.node, label=noted.label, at_s=line.at_s)
        told = len(call.lines)

    yield kept(facts, BEGUN)
    yield from new_lines()
    for act in acts:
        if isinstance(act, LooksUp) and act.outcome is Answered.FOUND:
            event = LookedUp(turn=0, outcome=act.outcome, values=tuple(act.values.items()))
            yield step(KIND, FOUND, reads.found(flow, call.now, event), node=call.node)
        if isinstance(act, Checks) and act.outcome is Answered.FOUND:
            yield kept(replace(facts, customer=scene.once_identified), CHANGED)
        call.do(act)
        yield from new_lines()
