"""Random flows: walks that are proposed are so, and calls replay as they were."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telephony.ivr.asking import Asking
from telephony.ivr.coverage.cover import cover
from telephony.ivr.coverage.fitting import digits_for, wrong_keys
from telephony.ivr.coverage.ways_taken import edges_of
from telephony.ivr.flow import Flow
from telephony.ivr.nodes.collect import Collect
from telephony.ivr.nodes.information import Information
from telephony.ivr.position import Answered, LookUp
from telephony.ivr.replay.calls import replay, runs_of
from telephony.ivr.walks.acts import (
    Act,
    Answers,
    Checks,
    HangsUp,
    LooksUp,
    Misses,
    Presses,
    Promises,
    Silent,
    Speaks,
    Waits,
)
from telephony.ivr.walks.paper import PaperCall
from telephony.ivr.walks.running import run_walks
from telephony.ivr.walks.scene import Scene
from tests.fakes.caller import ANY_TEXTS
from tests.fakes.journal import journal
from tests.unit.ivr.test_any_flow import flows

CHOICES = st.lists(st.integers(0, 9), min_size=1, max_size=25)
QUICK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@QUICK
@given(flow=flows())
def test_proposed_walks_are_so_and_every_way_is_taken_or_named(flow: Flow) -> None:
    found = cover(flow, most_steps=1000)
    assert found.taken + len(found.missed) == len(edges_of(flow.nodes))
    assert [str(each) for each in run_walks(flow, ANY_TEXTS, found.walks) if not each.passed] == []


def acts(flow: Flow, choices: list[int]) -> list[Act]:
    """Return what a random caller and a random world do, as far as a journal can tell it."""
    call, done = PaperCall(flow, ANY_TEXTS, Scene().facts(flow)), []
    for choice in choices:
        if call.waits is Waits.NOTHING:
            break
        act = _act(call, choice)
        call.do(act)
        done.append(act)
    return done


def _act(call: PaperCall, choice: int) -> Act:
    outcome = (Answered.FOUND, Answered.NOT_FOUND, Answered.FAILED)[choice % 3]
    if choice == 9:
        return HangsUp()
    match call.waits:
        case Waits.KEYS:
            return _keys(call, choice)
        case Waits.MESSAGE:
            return Speaks(seconds=float(choice))
        case Waits.PEOPLE:
            return Answers() if choice % 2 else Misses()
        case Waits.LOOKUP:
            assert isinstance(call.now.task, LookUp)
            values = {"a": "12", "b": choice} if outcome is Answered.FOUND else {}
            return LooksUp(source=call.now.task.source, outcome=outcome, values=values)
        case Waits.PIN:
            return Checks(outcome=outcome)
        case _:
            return Promises(kept=choice % 2 == 0)


def _keys(call: PaperCall, choice: int) -> Act:
    node, question = call.flow.nodes[call.node], call.question
    assert isinstance(node, Asking)
    assert question is not None
    if choice == 0:
        return Silent()
    if choice == 1 and (wrong := wrong_keys(question, node)):
        return Presses(digits=wrong)
    if question.keys is not None:
        keys = sorted(question.keys - ({"#", "*"} if isinstance(node, Information) else set()))
        return Presses(digits=keys[choice % len(keys)])
    return Presses(digits="12344" if isinstance(node, Collect) and node.luhn else digits_for(question))


@QUICK
@given(flow=flows(), choices=CHOICES)
def test_a_call_replayed_in_its_own_version_is_the_same(flow: Flow, choices: list[int]) -> None:
    done = acts(flow, choices)
    told = replay(flow, runs_of(journal(flow, done))[-1])
    if not told.doubts:
        assert told.differs_at is None, (done, told.run.lines, told.lines)
