"""Runs walks: scripts of calls that anyone can write, each with what must be seen."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from telephony.ivr.coverage.fitting import digits_for
from telephony.ivr.flow import Flow
from telephony.ivr.nodes.identify import Identify
from telephony.ivr.position import Seen
from telephony.ivr.texts import Texts
from telephony.ivr.walks.acts import Act, Checks, Presses, Waits
from telephony.ivr.walks.paper import PaperCall
from telephony.ivr.walks.scene import CalendarsAt
from telephony.ivr.walks.script import Ends, EntersPin, Hears, IsAt, Passes, Walk, WalkStep
from telephony.ivr.walks.told import Line, Told
from telephony.ivr.walks.words import words_of


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkResult:
    """What came of a walk; `expected` and `happened` are '' when all was as written."""

    flow: str
    walk: Walk
    lines: tuple[Line, ...]
    """The transcript, up to the step that failed."""
    at: str = ""
    """Where the step that failed is written."""
    expected: str = ""
    happened: str = ""

    @property
    def passed(self) -> bool:
        """Tell whether all was as written."""
        return not self.expected

    def __str__(self) -> str:
        if self.passed:
            return f"walk '{self.walk.name}': as written"
        where = f"{self.at}: " if self.at else ""
        return f"{where}walk '{self.walk.name}': expected '{self.expected}', but {self.happened}"


def run_walks(
    flow: Flow, texts: Texts, walks: Iterable[Walk], *, calendars_at: CalendarsAt | None = None
) -> tuple[WalkResult, ...]:
    """Return what came of each walk. `calendars_at` gives what calendars are that a walk does not name."""
    return tuple(_Runner(flow, texts, walk, calendars_at).run() for walk in walks)


class _Runner:
    def __init__(self, flow: Flow, texts: Texts, walk: Walk, calendars_at: CalendarsAt | None) -> None:
        self._flow = flow
        self._walk = walk
        scene = walk.scene
        self._call = PaperCall(flow, texts, scene.facts(flow, calendars_at), identified=scene.once_identified)
        self._since = 0
        """The first line since the last act."""
        self._heard = 0
        """The first line after what was last expected to be heard."""

    def run(self) -> WalkResult:
        for number, step in enumerate(self._walk.steps):
            happened = self._do(step)
            if happened:
                place = self._walk.places[number] if number < len(self._walk.places) else self._walk.at
                return self._result(at=place, expected=str(words_of(step)), happened=happened)
        self._call.stay()
        return self._result()

    def _result(self, *, at: str = "", expected: str = "", happened: str = "") -> WalkResult:
        lines = tuple(self._call.lines)
        return WalkResult(
            flow=self._flow.name, walk=self._walk, lines=lines, at=at, expected=expected, happened=happened
        )

    def _do(self, step: WalkStep) -> str:
        """Do a step, or look whether it is so; return what happened instead, '' when nothing did."""
        match step:
            case Hears():
                return self._hears(step)
            case IsAt():
                nodes = [line.noted.node for line in self._call.lines[self._since :] if line.noted]
                return "" if step.node in (*nodes, self._call.node) else self._where()
            case Passes():
                return "" if step.milestone in self._noted(Seen.MILESTONE) else self._passed()
            case Ends():
                return "" if step.where in self._call.ends else self._where()
            case EntersPin():
                return self._enter_pin(step)
            case _:
                return self._act(step)

    def _act(self, act: Act) -> str:
        if not self._call.fits(act):
            return f"the call waits for {self._call.waits} at {self._call.node}"
        self._since = self._heard = len(self._call.lines)
        self._call.do(act)
        return ""

    def _enter_pin(self, step: EntersPin) -> str:
        since = len(self._call.lines)
        node = self._flow.nodes.get(self._call.node)
        for _ in range(2):  # the number, then the PIN
            if self._call.waits is Waits.KEYS and isinstance(node, Identify) and self._call.question:
                self._act(Presses(digits=digits_for(self._call.question)))
        happened = self._act(Checks(outcome=step.outcome))
        self._since = self._heard = since
        return happened

    def _hears(self, step: Hears) -> str:
        found = None
        for number, line in enumerate(self._call.lines[self._heard :], self._heard):
            if line.told is Told.HEARS and _is_heard(step, line):
                found = number
                break
        if found is None:
            heard = [f"'{line.text}'" for line in self._call.lines[self._heard :] if line.told is Told.HEARS]
            return f"heard {', '.join(heard) or 'nothing more'} ({self._where()})"
        self._heard = found + 1
        return ""

    def _noted(self, event: Seen) -> Sequence[str]:
        return [line.noted.value for line in self._call.lines if line.noted and line.noted.event is event]

    def _passed(self) -> str:
        return f"passed {', '.join(self._noted(Seen.MILESTONE)) or 'no milestone'}; {self._where()}"

    def _where(self) -> str:
        call = self._call
        if call.waits is Waits.NOTHING:
            return f"the call ended {', '.join(call.ends)} (node {call.node})"
        if call.waits is Waits.PEOPLE:
            return f"the call is {', '.join(call.ends)} (node {call.node})"
        return f"the call waits for {call.waits} at {call.node}"


def _is_heard(wanted: Hears, line: Line) -> bool:
    if wanted.text_id:
        return wanted.text_id in line.text_ids
    return " ".join(wanted.words.split()).casefold() in line.text.casefold()
