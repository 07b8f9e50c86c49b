"""A caller in a flow, played event by event, with what they hear and where they end."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent

from telephony.calls.commands import Ask, HandOver, HangUp, Prompt, Record, Say
from telephony.calls.events import CommandFailed, Keys, LineLost, NoInput, Recorded, RingOutcome, Said
from telephony.calls.model import CallId
from telephony.ivr.engine import begin, step
from telephony.ivr.facts import CalendarState, CustomerFacts, Facts, FactValue
from telephony.ivr.flow import Flow
from telephony.ivr.linking import Linker
from telephony.ivr.loader import parse_flow, read_flow, read_linked, read_written
from telephony.ivr.position import (
    Answered,
    CallAgent,
    CallNumber,
    EnterLine,
    LookedUp,
    LookUp,
    PersonLeft,
    Promise,
    Promised,
    QueueLeft,
    QueueOutcome,
    Seen,
    Step,
    Verified,
    Verify,
)
from telephony.ivr.surroundings import Names
from telephony.ivr.texts import Texts
from telephony.ivr.yaml_tree import Faults

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
KNOWN = Names(
    calendars=frozenset({"office"}),
    queues=frozenset({"sales", "service", "operator"}),
    agents=frozenset({"maria"}),
)


class AnyText(dict[str, str]):
    """Texts of a language that has every text."""

    def __contains__(self, text_id: object) -> bool:
        return text_id != "no_such_text"


ANY_TEXTS = Texts(
    by_language={"en": AnyText(), "ru": AnyText()},
    articles_by_language={"en": {"guarantee": ("One.", "Two.")}, "ru": {"guarantee": ("Раз.",)}},
)


def flow_faults(source: str) -> list[str]:
    """Return what is wrong with a flow written in the test."""
    faults = Faults()
    read_flow(dedent(source), "test.yaml", KNOWN, ANY_TEXTS, faults)
    return faults.told


def flow_of(source: str) -> Flow:
    """Return the flow written in the test, which must be without faults."""
    faults = Faults()
    flow = read_flow(dedent(source), "test.yaml", KNOWN, ANY_TEXTS, faults)
    assert flow is not None, faults.told
    return flow


def unproven_flow(source: str) -> Flow:
    """Return the flow written in the test, wherever it may lead."""
    faults = Faults()
    flow = parse_flow(source, "test.yaml", KNOWN, ANY_TEXTS, faults)
    assert flow is not None, faults.told
    return flow


def nodes(source: str, *, start: str, no_keys: str = "person") -> Flow:
    """Return a flow of these nodes, with a queue `person` and an end `bye` beside them."""
    text = dedent(source) + PERSON
    indented = "".join(f"  {line}\n" for line in text.splitlines())
    return flow_of(f"flow: test\nlanguages: [en, ru]\nstart: {start}\nno_keys: {no_keys}\nnodes:\n{indented}")


def linked(*sources: str) -> Flow:
    """Return the first of these flows with those it leads into, which must be without faults."""
    faults = Faults()
    flow = _link(sources, faults)
    assert flow is not None, faults.told
    return flow


def link_faults(*sources: str) -> list[str]:
    """Return what is wrong with the first of these flows, or with those it leads into."""
    faults = Faults()
    _link(sources, faults)
    return faults.told


def unproven_flows(*sources: str) -> Flow:
    """Return the first of these flows with those it leads into, wherever they may lead."""
    faults = Faults()
    read = [read_written(source, f"{number}.yaml", faults) for number, source in enumerate(sources, 1)]
    written = {each.name: each for each in read if each is not None}
    flow = Linker(written, KNOWN, ANY_TEXTS, faults).read(written["any"])
    assert flow is not None, faults.told
    return flow


def _link(sources: tuple[str, ...], faults: Faults) -> Flow | None:
    read = [read_written(dedent(source), f"{number}.yaml", faults) for number, source in enumerate(sources, 1)]
    written = {each.name: each for each in read if each is not None}
    assert read[0] is not None
    return read_linked(read[0], written, KNOWN, ANY_TEXTS, faults)


PERSON = "\nperson: {type: queue, queue: operator, otherwise: bye}\nbye: {type: hangup, say: goodbye}\n"


class Caller:
    """Plays one call on the engine. Every verb returns the caller, so that a story reads in one line."""

    def __init__(
        self, flow: Flow, *, is_open: bool = True, customer: CustomerFacts | None = None, caller: str = "+359888"
    ) -> None:
        self.flow = flow
        state = CalendarState.OPEN if is_open else CalendarState.CLOSED
        self.facts = Facts(
            call_id=CallId("1700000000.1"), caller=caller, called="100", calendars={"office": state}, customer=customer
        )
        self.steps: list[Step] = []
        self._take(begin(flow, self.facts))

    # --- what the caller does -----------------------------------------------------------------------------------

    def presses(self, digits: str, *, to_turn: int | None = None) -> "Caller":
        return self._event(Keys(turn=self.turn if to_turn is None else to_turn, digits=digits))

    def says_nothing(self) -> "Caller":
        return self._event(NoInput(turn=self.turn))

    def listens(self) -> "Caller":
        return self._event(Said(turn=self.turn))

    def hangs_up(self) -> "Caller":
        return self._event(LineLost(at=NOON))

    def leaves_message(self, seconds: float = 4.0) -> "Caller":
        return self._event(Recorded(turn=self.turn, name="message", seconds=seconds))

    # --- what happens to the caller -----------------------------------------------------------------------------

    def fails(self) -> "Caller":
        return self._event(CommandFailed(turn=self.turn, reason="no such file"))

    def lacks_a_prompt(self) -> "Caller":
        return self._event(CommandFailed(turn=self.turn, reason="not rendered", speechless=True))

    def leaves_line(self, outcome: QueueOutcome, *, batches: int = 2) -> "Caller":
        return self._event(QueueLeft(turn=self.turn + batches, outcome=outcome))

    def leaves_agent(self, outcome: RingOutcome) -> "Caller":
        return self._event(PersonLeft(turn=self.turn + 1, outcome=outcome))

    def finds(self, **values: FactValue) -> "Caller":
        """The source answers."""
        return self._event(LookedUp(turn=self.turn, outcome=Answered.FOUND, values=tuple(values.items())))

    def finds_nothing(self) -> "Caller":
        return self._event(LookedUp(turn=self.turn, outcome=Answered.NOT_FOUND))

    def gets_no_answer(self) -> "Caller":
        return self._event(LookedUp(turn=self.turn, outcome=Answered.FAILED, reason="late"))

    def is_verified(self, outcome: Answered = Answered.FOUND) -> "Caller":
        return self._event(Verified(turn=self.turn, outcome=outcome, customer_id="c-1"))

    def is_promised(self, *, kept: bool = True) -> "Caller":
        return self._event(Promised(turn=self.turn, kept=kept))

    def becomes(self, **changes: object) -> "Caller":
        self.facts = replace(self.facts, **changes)  # type: ignore[arg-type]
        return self

    # --- what can be seen ---------------------------------------------------------------------------------------

    @property
    def now(self) -> Step:
        """The last step that did something."""
        return self.steps[-1]

    @property
    def turn(self) -> int:
        return self.now.position.turn

    @property
    def at(self) -> str:
        return self.now.position.node

    @property
    def hears(self) -> list[str]:
        """The text ids of the last step, as `language/text_id` where the language is not the caller's."""
        found: list[Prompt] = []
        if self.now.batch is not None:
            for command in self.now.batch.commands:
                if isinstance(command, Say | Ask):
                    found += command.prompts
        elif isinstance(self.now.task, EnterLine):
            found += self.now.task.prompts
        own = self.now.position.language
        return [p.text_id if p.language == own else f"{p.language}/{p.text_id}" for p in found]

    @property
    def ask(self) -> Ask:
        assert self.now.batch is not None
        last = self.now.batch.commands[-1]
        assert isinstance(last, Ask)
        return last

    @property
    def in_line(self) -> str | None:
        return self.now.task.queue if isinstance(self.now.task, EnterLine) else None

    @property
    def with_agent(self) -> str | None:
        return self.now.task.agents[0] if isinstance(self.now.task, CallAgent) else None

    @property
    def rings(self) -> CallAgent | CallNumber:
        assert isinstance(self.now.task, CallAgent | CallNumber)
        return self.now.task

    @property
    def looks_up(self) -> LookUp:
        assert isinstance(self.now.task, LookUp)
        return self.now.task

    @property
    def verifies(self) -> Verify:
        assert isinstance(self.now.task, Verify)
        return self.now.task

    @property
    def is_offered(self) -> Promise:
        assert isinstance(self.now.task, Promise)
        return self.now.task

    @property
    def answers(self) -> dict[str, FactValue]:
        return {given.name: given.value for given in self.now.position.answers}

    @property
    def records(self) -> Record | None:
        last = self.now.batch.commands[-1] if self.now.batch else None
        return last if isinstance(last, Record) else None

    @property
    def hung_up(self) -> bool:
        return self.now.batch is not None and isinstance(self.now.batch.commands[-1], HangUp)

    @property
    def handed_over(self) -> bool:
        return self.now.batch is not None and self.now.batch.commands == (HandOver(),)

    @property
    def journal(self) -> list[tuple[str, Seen, str, str]]:
        return [(noted.node, noted.event, noted.value, noted.label) for each in self.steps for noted in each.journal]

    def _event(self, event: object) -> "Caller":
        taken = step(self.flow, self.now.position, event, self.facts)
        if taken.position is not self.now.position:
            self._take(taken)
        return self

    def _take(self, taken: Step) -> None:
        self.steps.append(taken)


FLOWS = Path(__file__).parents[2] / "ivr_flows"
