"""A call on paper: does one act after another, and tells what is heard and where it leads."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from telephony.calls.commands import HangUp
from telephony.calls.events import Said
from telephony.ivr.asking import Asking
from telephony.ivr.engine import begin, step
from telephony.ivr.facts import CustomerFacts, Facts
from telephony.ivr.flow import Flow, Question
from telephony.ivr.nodes.voicemail import Voicemail
from telephony.ivr.position import Answered, CallAgent, CallNumber, Doing, EnterLine, FlowEvent, LookUp, Promise, Seen
from telephony.ivr.texts import Texts
from telephony.ivr.walks.acts import (
    FITS,
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
    event_of,
    waits_of,
    whom,
)
from telephony.ivr.walks.told import LengthOf, Line, Told, Transcript

KEY_S = 0.6
"""A person's time for each key."""

_CHECKED = {
    Answered.FOUND: "is right",
    Answered.NOT_FOUND: "is wrong",
    Answered.FAILED: "could not be checked",
}
_LOOKED_UP = {Answered.FOUND: "", Answered.NOT_FOUND: ", nothing found", Answered.FAILED: ", no answer"}


class PaperCall:
    """One call on paper."""

    def __init__(
        self,
        flow: Flow,
        texts: Texts,
        facts: Facts,
        *,
        identified: CustomerFacts | None = None,
        length_of: LengthOf | None = None,
    ) -> None:
        self.flow = flow
        self._facts = facts
        self._identified = identified
        self._transcript = Transcript(texts=texts, length_of=length_of)
        self._met: list[str] = []
        self.now = begin(flow, facts)
        self._took()

    @property
    def waits(self) -> Waits:
        """Tell what the call waits for."""
        return waits_of(self.now)

    @property
    def node(self) -> str:
        """Return the node where the call stands."""
        return self.now.position.node

    @property
    def lines(self) -> Sequence[Line]:
        """Return the transcript so far."""
        return self._transcript.lines

    @property
    def at_s(self) -> float:
        """Return how long the call has lasted."""
        return self._transcript.at_s

    @property
    def question(self) -> Question | None:
        """Return what is asked now; None when nothing is."""
        node = self.flow.nodes.get(self.node)
        if self.waits is not Waits.KEYS or not isinstance(node, Asking):
            return None
        return node.question(self.now.position.stage)

    @property
    def ends(self) -> Sequence[str]:
        """Return all that may be said of where the call is now or has ended, in the words of a walk."""
        outcomes = [f"with outcome {line.noted.value}" for line in self.lines if _is(line, Seen.OUTCOME) and line.noted]
        return [*self._met[-1:], *outcomes[-1:], *([] if self.waits is not Waits.NOTHING else [self._last_word()])]

    def do(self, act: Act) -> None:
        """Do what fits (see `acts.FITS`) what the call waits for, and go on to what it waits for next."""
        self._tell(act)
        if isinstance(act, Checks) and act.outcome is Answered.FOUND:
            known = self._identified or self._facts.customer or CustomerFacts()
            self._facts = replace(self._facts, customer=known)
        if isinstance(act, HangsUp):
            self._met.append("abandoned")
        self._hear(event_of(act, self.now, self._facts.now))

    def fits(self, act: Act) -> bool:
        """Tell whether the call waits for such an act."""
        wanted = FITS[type(act)]
        return self.waits is not Waits.NOTHING and wanted in (None, self.waits)

    def stay(self) -> None:
        """Tell that the call is left where it is."""
        if self.waits is Waits.PEOPLE:
            word = "in" if isinstance(self.now.task, EnterLine) else "with"
            self._transcript.tell(Told.ENDS, f"{word} {whom(self.now.task)}")
        elif self.waits is not Waits.NOTHING:
            self._transcript.tell(Told.ENDS, f"at {self.node}, waiting for {self.waits}")

    def _hear(self, event: FlowEvent) -> None:
        now = self._facts.now + timedelta(seconds=self.at_s)
        self.now = step(self.flow, self.now.position, event, replace(self._facts, now=now))
        self._took()

    def _took(self) -> None:
        """Tell of a step, and let everything be said that is only said."""
        self._tell_step()
        while self.waits is Waits.LINE:
            now = self._facts.now + timedelta(seconds=self.at_s)
            said = Said(turn=self.now.position.turn)
            self.now = step(self.flow, self.now.position, said, replace(self._facts, now=now))
            self._tell_step()
        if self.waits is Waits.NOTHING:
            self._transcript.tell(Told.ENDS, self._last_word())

    def _tell_step(self) -> None:
        self._transcript.take(self.now)
        self._meet()

    def _meet(self) -> None:
        node = self.flow.nodes.get(self.node)
        if self.waits is Waits.PEOPLE:
            self._met.append(f"{'in' if isinstance(self.now.task, EnterLine) else 'with'} {whom(self.now.task)}")
        elif self.now.position.doing is Doing.RECORDING and isinstance(node, Voicemail):
            self._met.append(f"in voicemail {node.mailbox}")

    def _last_word(self) -> str:
        last = self.now.batch.commands[-1] if self.now.batch else None
        if last is None:
            return "abandoned"
        return "hung up" if isinstance(last, HangUp) else "in the carrier's fallback"

    def _tell(self, act: Act) -> None:
        told, task = self._transcript, self.now.task
        match act:
            case Presses():
                told.at_s += len(act.digits) * KEY_S
                told.tell(Told.PRESSES, "***" if self.question and self.question.sensitive else act.digits)
            case Silent():
                told.at_s += self.question.first_key_s if self.question else 0.0
                told.tell(Told.PRESSES, "nothing")
            case Speaks():
                told.at_s += act.seconds
                told.tell(Told.SPEAKS, f"{act.seconds:g} s")
            case HangsUp():
                told.tell(Told.HANGS_UP)
            case Answers():
                told.tell(Told.TALKS, f"with {whom(task)}, until they hang up")
            case Misses():
                told.tell(Told.WAITS, self._in_vain())
                told.at_s += _patience_s(task)
            case LooksUp():
                told.at_s += task.limit_s if act.late and isinstance(task, LookUp) else 0.0
                told.tell(Told.LOOKS_UP, act.source + _LOOKED_UP[act.outcome])
            case Checks():
                told.tell(Told.CHECKS, f"the PIN {_CHECKED[act.outcome]}")
            case Promises():
                queue = task.queue if isinstance(task, Promise) else ""
                told.tell(Told.PROMISES, f"a callback of queue {queue}" + ("" if act.kept else ", not written down"))

    def _in_vain(self) -> str:
        task = self.now.task
        return f"in {whom(task)}, nobody there" if isinstance(task, EnterLine) else f"for {whom(task)}, no answer"


def _is(line: Line, event: Seen) -> bool:
    return line.noted is not None and line.noted.event is event


def _patience_s(task: object) -> float:
    match task:
        case EnterLine():
            return float(task.wait_s)
        case CallAgent():
            return float(task.ring_s * len(task.agents))
        case CallNumber():
            return float(task.ring_s)
        case _:
            return 0.0
