"""What may be done to a call at a node, to see where that leads."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from telephony.ivr.asking import Asking
from telephony.ivr.coverage.fitting import digits_for, right_digits, wrong_keys
from telephony.ivr.coverage.supposing import values_near
from telephony.ivr.coverage.turns import names_read
from telephony.ivr.expressions import NOTHING_YET, ValueType
from telephony.ivr.facts import FactValue
from telephony.ivr.flow import Flow, Node, Question, Read, Sink
from telephony.ivr.nodes.collect import Collect
from telephony.ivr.nodes.information import AGAIN, ON, Information
from telephony.ivr.nodes.lookup import Lookup
from telephony.ivr.nodes.people import People
from telephony.ivr.position import Answered, Step
from telephony.ivr.walks.acts import (
    Act,
    Answers,
    Checks,
    LooksUp,
    Misses,
    Presses,
    Promises,
    Silent,
    Speaks,
    Waits,
    waits_of,
)

MOST_VALUES = 8
"""Values tried for each answer that conditions depend on."""

_USUAL: Mapping[ValueType, tuple[FactValue, ...]] = {
    ValueType.TEXT: ("something",),
    ValueType.WHOLE: (1,),
    ValueType.NUMBER: (1.5,),
    ValueType.FLAG: (True, False),
}

Acts = tuple[Act, ...]


class Choices:
    """The choices at every node of a flow."""

    def __init__(self, flow: Flow, behind: Mapping[str, tuple[Read, ...]]) -> None:
        self._sources = _sources_by_answer(flow, behind)

    def of(self, node: Node, taken: Step) -> list[Acts]:  # noqa: PLR0911  # one for each thing waited for
        """Return what may be done, each as the acts that are done one after the other."""
        match waits_of(taken):
            case Waits.KEYS if isinstance(node, Asking):
                return self._at_question(node, node.question(taken.position.stage), taken.position.stage)
            case Waits.MESSAGE:
                return [(Speaks(),)]
            case Waits.PEOPLE:
                talks = isinstance(node, People) and node.then is not None
                return [*([(Answers(),)] if talks else []), (Misses(),)]
            case Waits.LOOKUP if isinstance(node, Lookup):
                return self._at_lookup(node)
            case Waits.PIN:
                return [(Checks(outcome=outcome),) for outcome in Answered]
            case Waits.PROMISE:
                return [(Promises(),), (Promises(kept=False),)]
            case _:
                return []

    def _at_question(self, node: Asking, question: Question, stage: int) -> list[Acts]:
        right = [(Presses(digits=digits),) for digits in self._right(node, question, stage)]
        silent = (Silent(),) * question.no_input.tries
        wrong = wrong_keys(question, node)
        return [*right, silent, *([(Presses(digits=wrong),) * question.no_match.tries] if wrong else [])]

    def _right(self, node: Asking, question: Question, stage: int) -> Iterable[str]:
        if question.keys is not None:
            skipped = (AGAIN, ON) if isinstance(node, Information) else ()
            return sorted(key for key in question.keys if key not in skipped)
        if isinstance(node, Collect) and stage == 0:
            likely = [str(value) for value in self._likely(node.answer_name)]
            return islice(right_digits(node, likely), MOST_VALUES)
        return [digits_for(question)]

    def _at_lookup(self, node: Lookup) -> list[Acts]:
        tried = {name: self._values(node.prefix + name, type_) for name, type_ in node.gives}
        usual = {name: values[0] for name, values in tried.items()}
        found = [usual, *({**usual, name: value} for name, values in tried.items() for value in values[1:])]
        return [
            *((LooksUp(source=node.source, outcome=Answered.FOUND, values=values),) for values in found),
            (LooksUp(source=node.source, outcome=Answered.NOT_FOUND),),
            (LooksUp(source=node.source, outcome=Answered.FAILED, late=True),),
        ]

    def _values(self, name: str, type_: ValueType) -> Sequence[FactValue]:
        """Return values for an answer; only what conditions depend on needs more than one."""
        likely = self._likely(name)
        if not likely:
            return _USUAL[type_][:1]
        fit = [value for value in likely if _is(value, type_)]
        return list(islice(dict.fromkeys([*_USUAL[type_], *fit, NOTHING_YET[type_]]), MOST_VALUES))

    def _likely(self, name: str) -> list[FactValue]:
        sources = self._sources.get(name, ())
        return values_near(sources) if sources else []


def _is(value: FactValue, type_: ValueType) -> bool:
    match type_:
        case ValueType.TEXT:
            return isinstance(value, str)
        case ValueType.WHOLE:
            return type(value) is int
        case ValueType.NUMBER:
            return type(value) in (int, float)
        case ValueType.FLAG:
            return isinstance(value, bool)


def _sources_by_answer(flow: Flow, behind: Mapping[str, tuple[Read, ...]]) -> Mapping[str, list[str]]:
    """Return, for each answer that conditions depend on, the conditions and expressions that read it."""
    found: dict[str, list[str]] = {}
    for node in flow.nodes.values():
        for read in node.reads():
            if read.sink is Sink.CONDITION:
                for name in read.expression.answers:
                    found.setdefault(node.scope + name, []).append(read.expression.source)
    waiting = list(found)
    while waiting:
        made = waiting.pop()
        for read in behind.get(made, ()):
            for name in names_read(read):
                fresh = [each for each in (*found[made], read.expression.source) if each not in found.get(name, ())]
                if fresh:
                    found.setdefault(name, []).extend(fresh)
                    waiting.append(name)
    return found
