"""Runs a call's journal through a version of the tree, and tells where the call would have gone otherwise."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import zip_longest
from typing import Protocol

from telephony.calls.events import Said
from telephony.calls.model import CallId
from telephony.ivr.engine import begin, step
from telephony.ivr.facts import Facts
from telephony.ivr.flow import Flow
from telephony.ivr.nodes.branching import Branch
from telephony.ivr.position import Noted, Seen, Step
from telephony.ivr.replay.events import Record, event_for, inputs_of
from telephony.ivr.replay.facts_kept import BEGUN, FACTS, FOUND, KIND, Kept, read_found, read_kept
from telephony.ivr.walks.acts import Waits, waits_of, whom

_SEEN = frozenset(Seen)
LONGEST = 5_000
"""Events of one call; a journal has fewer, so more is a call that goes round in the new tree."""


class JournalStep(Protocol):
    """A step as the journal keeps it; `timeline.PathStep` is one."""

    @property
    def call_id(self) -> CallId:
        """Return the call."""
        ...

    @property
    def at(self) -> datetime:
        """Return when it was."""
        ...

    @property
    def flow(self) -> str:
        """Return the flow's name and version, as `main@1f3a`."""
        ...

    @property
    def node(self) -> str:
        """Return the node; '' for none."""
        ...

    @property
    def kind(self) -> str:
        """Return the node's type."""
        ...

    @property
    def event(self) -> str:
        """Return what happened."""
        ...

    @property
    def value(self) -> str:
        """Return the answer."""
        ...

    @property
    def label(self) -> str:
        """Return the answer in words."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One caller's way through one flow, as the journal has it."""

    call_id: CallId
    flow: str
    """Without the version."""
    version: str
    records: tuple[Record, ...]

    @property
    def lines(self) -> tuple[Noted, ...]:
        """Return the flow's own lines."""
        return tuple(record.noted for record in self.records)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What a run would have been. `lines` end where the journal no longer tells what the caller would do."""

    run: Run
    flow: str
    version: str
    lines: tuple[Noted, ...]
    was_end: str
    now_end: str
    doubts: tuple[str, ...] = ()
    """Decisions that depend on what was not kept."""

    @property
    def differs_at(self) -> int | None:
        """Return the number of the first line that differs; None when none does."""
        pairs = zip_longest(self.run.lines, self.lines)
        return next((number for number, (was, now) in enumerate(pairs) if was != now), None)

    @property
    def ends_elsewhere(self) -> bool:
        """Tell whether the caller would have come to another end."""
        return self.was_end != self.now_end


def runs_of(path: Iterable[JournalStep]) -> tuple[Run, ...]:
    """Return the runs of one call's path: usually one, more when a call came back."""
    parts: list[list[Record]] = []
    flows: list[tuple[CallId, str]] = []
    kept: Kept | None = None
    found: dict[str, str] = {}
    for each in path:
        if each.kind == KIND and each.event == FACTS:
            kept = read_kept(each.value, each.at, each.call_id) or kept
            if each.label == BEGUN:
                parts.append([])
                flows.append((each.call_id, each.flow))
        elif each.kind == KIND and each.event == FOUND:
            found[each.node] = each.value
        elif each.event in _SEEN and each.kind not in (KIND, "fault"):
            if not parts:  # written before facts were kept
                parts.append([])
                flows.append((each.call_id, each.flow))
            noted = Noted(node=each.node, kind=each.kind, event=Seen(each.event), value=each.value, label=each.label)
            values = read_found(found.pop(each.node)) if each.node in found else None
            parts[-1].append(Record(noted=noted, at=each.at, kept=kept, values=values))
    return tuple(_run(call_id, flow, records) for (call_id, flow), records in zip(flows, parts, strict=True))


def _run(call_id: CallId, flow: str, records: Sequence[Record]) -> Run:
    name, _, version = flow.partition("@")
    return Run(call_id=call_id, flow=name, version=version, records=tuple(records))


def replay(flow: Flow, run: Run) -> Replayed:
    """Return what a run would have been in this version of its flow."""
    return _Replay(flow, run).result()


@dataclass(slots=True)
class _Replay:
    flow: Flow
    run: Run
    lines: list[Noted] = field(default_factory=list)
    doubts: dict[str, None] = field(default_factory=dict)
    _kept: Kept | None = None
    _at: datetime | None = None
    _unknown: set[str] = field(default_factory=set)
    """Full names of answers that had to be invented."""

    def result(self) -> Replayed:
        end = self._play()
        return Replayed(
            run=self.run,
            flow=self.flow.name,
            version=self.flow.version,
            lines=tuple(self.lines),
            was_end=end_of(self.run.lines) or "unknown: the journal stops",
            now_end=end_of(self.lines) or end,
            doubts=tuple(self.doubts),
        )

    def _play(self) -> str:
        """Play the run; return where the call is when nothing tells how it would go on."""
        records = inputs_of(self.run.records)
        first = self.run.records[0] if self.run.records else None
        self._know(first)
        if self._kept is None:
            self.doubts["the facts of this call were not kept; it is replayed as a stranger's on a quiet day"] = None
        taken = self._took(begin(self.flow, self._facts(first)))
        place = 0
        for _ in range(LONGEST):
            waits = waits_of(taken)
            if waits is Waits.NOTHING:
                return ""
            record = records[place] if place < len(records) else None
            if waits is Waits.LINE:
                taken = self._took(step(self.flow, taken.position, Said(turn=taken.position.turn), self._facts(record)))
                continue
            answer = event_for(self.flow, taken, records[place:])
            if answer is None:
                return self._stands(taken)
            self._know(record)
            self._unknown.update(answer.invented)
            taken = self._took(step(self.flow, taken.position, answer.event, self._facts(record)))
            place += answer.used
        return "goes round for ever"

    def _know(self, record: Record | None) -> None:
        if record is not None and record.kept is not None:
            self._kept = record.kept

    def _facts(self, record: Record | None) -> Facts:
        if record is not None:
            self._at = record.at
        if self._kept is None:
            return Facts(call_id=self.run.call_id)
        return self._kept.at_moment(self._at or self._kept.at)

    def _took(self, taken: Step) -> Step:
        self.lines += taken.journal
        for noted in taken.journal:
            node = self.flow.nodes.get(noted.node)
            if noted.event is Seen.CHOSE and isinstance(node, Branch):
                self._doubt(node, taken)
        return taken

    def _doubt(self, node: Branch, taken: Step) -> None:
        hidden = {given.name for given in taken.position.answers if given.sensitive} | self._unknown
        for case in node.cases:
            for name in case.condition.answers:
                if node.scope + name in hidden:
                    self.doubts[f"node '{node.name}' decides by {name}, whose value was not kept"] = None
            for name, _ in case.condition.getters if self._kept is not None else ():
                lacking = self._kept.lacks(name, case.condition.source) if self._kept else ""
                if lacking:
                    self.doubts[f"node '{node.name}' decides by {lacking}, which was not kept of this call"] = None

    def _stands(self, taken: Step) -> str:
        if taken.task is not None and waits_of(taken) is Waits.PEOPLE:
            return whom(taken.task)
        return f"is at '{taken.position.node}', where this caller was not"


def end_of(lines: Sequence[Noted]) -> str:
    """Return where a caller ended: `queue sales`, `agent maria`, `message at X`, `ended at X` ...; '' when not yet."""
    people, message, last = "", "", ""
    for line in lines:
        match line.event:
            case Seen.ENTERED if line.kind in _PEOPLE:
                people = f"{_PEOPLE[line.kind]} {line.value}"
            case Seen.LEFT if line.kind in _PEOPLE and line.value != "answered":
                people = ""
            case Seen.RECORDED:
                message = f"message at '{line.node}'"
            case Seen.ENDED:
                last = f"hung up on at '{line.node}'"
            case Seen.HUNG_UP:
                last = f"hangs up at '{line.node}'"
            case Seen.LOST:
                last = f"the carrier's fallback at '{line.node}'"
            case _:
                pass
    return people or message or last


_PEOPLE = {"queue": "queue", "agent": "agent", "external": "number"}
