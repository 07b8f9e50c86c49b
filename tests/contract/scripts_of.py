"""Turns the walks that cover a flow into scripts for carriers."""

from collections.abc import Sequence

from telephony.ivr.coverage.cover import Covered, cover
from telephony.ivr.flow import Flow
from telephony.ivr.walks.acts import Answers, Checks, LooksUp, Misses, Presses, Promises, Silent
from telephony.ivr.walks.script import Walk
from tests.contract.script import SILENCE, Script


def scripts_of(flow: Flow) -> tuple[Covered, Sequence[Script]]:
    """Return what covers the flow, and its walks as scripts."""
    covered = cover(flow)
    return covered, [_script(walk, flow) for walk in covered.walks]


def _script(walk: Walk, flow: Flow) -> Script:
    acts = walk.steps
    keys = [act.digits if isinstance(act, Presses) else SILENCE for act in acts if isinstance(act, Presses | Silent)]
    return Script(
        name=walk.name,
        flow=flow.name,
        facts=walk.scene.facts(flow),
        identified=walk.scene.once_identified,
        keys=tuple(keys),
        talks=tuple(isinstance(act, Answers) for act in acts if isinstance(act, Answers | Misses)),
        lookups=tuple((act.outcome, tuple(act.values.items())) for act in acts if isinstance(act, LooksUp)),
        pins=tuple(act.outcome for act in acts if isinstance(act, Checks)),
        promises=tuple(act.kept for act in acts if isinstance(act, Promises)),
    )
