"""One step through a flow in the making: goes from node to node until the caller, a line or a person is needed."""

from collections.abc import Sequence

from telephony.calls.commands import Answer, Ask, Batch, Command, HandOver, HangUp, Prompt, Say
from telephony.ivr.expressions import Expression, Known
from telephony.ivr.facts import Facts, FactValue
from telephony.ivr.flow import Flow, Node, Value, Words
from telephony.ivr.position import Doing, Given, Noted, Position, Seen, Step, Task
from telephony.ivr.spoken import SpokenError, say_value
from telephony.ivr.texts import NOT_KNOWN, SORRY

MOST_STEPS = 500
"""Nodes one call may enter and questions it may be asked again; a person who hears everything twice needs dozens."""

MOST_AT_ONCE = 50
"""Nodes a call may enter one after the other before somebody is asked or waited for: others' calls wait meanwhile."""

MOST_TYPED = 64
"""Keys kept that nobody asked for yet; more are a stuck key or a machine."""

MASK = "***"


class Walk:
    """Collects what one step says, asks, notes and remembers. Every method that returns a Step ends the walk."""

    def __init__(self, flow: Flow, position: Position, facts: Facts) -> None:
        self.flow = flow
        self.facts = facts
        self.was = position
        """Where the call stood when the walk began."""
        self.turn = position.turn
        self.language = position.language
        self.typed = position.typed
        self.stray = position.stray
        self.held = position.held
        self.attempt = position.attempt
        self.may_record = position.may_record
        self.speechless = position.speechless
        self._answers = {given.name: given for given in position.answers}
        self._values = {given.name: given.value for given in position.answers}
        self.journal: list[Noted] = []
        self._steps = position.steps
        self._answered = position.answered
        self._commands: list[Command] = []
        self._prompts: list[Prompt] = []

    def note(self, node: str, event: Seen, *, value: str = "", label: str = "") -> None:
        """Add a line to the journal."""
        found = self.flow.nodes.get(node)
        kind = found.kind if found else ""
        self.journal.append(Noted(node=node, kind=kind, event=event, value=value, label=label))

    # --- the way ------------------------------------------------------------------------------------------------

    def enter(self, name: str) -> Step:
        """Go on from this node until somebody is needed."""
        onward: str | Step = name
        while isinstance(onward, str):
            if not self.count_step():
                return self.give_up(onward)
            node = self.flow.nodes[onward]
            self.held, self.attempt = (), 0
            if node.milestone:
                self.note(onward, Seen.MILESTONE, value=node.milestone)
            if node.outcome:
                self.note(onward, Seen.OUTCOME, value=node.outcome)
            onward = node.visit(self)
        return onward

    def count_step(self) -> bool:
        """Count a step; False when the call has gone round for too long."""
        self._steps += 1
        return self._steps <= MOST_STEPS

    @property
    def is_long(self) -> bool:
        """Tell whether this walk has entered so many nodes that others' calls have waited long enough."""
        return self._steps - self.was.steps >= MOST_AT_ONCE

    # --- what is known ------------------------------------------------------------------------------------------

    def known(self) -> Known:
        """Return the call and the answers given so far."""
        return Known(facts=self.facts, answers=self._values)

    def give(self, name: str, value: FactValue, *, sensitive: bool = False) -> None:
        """Keep an answer under its full name, instead of an earlier one."""
        self._answers.pop(name, None)  # the latest is the last
        self._answers[name] = Given(name=name, value=value, sensitive=sensitive)
        self._values[name] = value

    def forget(self, beginning: str) -> None:
        """Forget the answers whose full names begin so."""
        for name in [name for name in self._answers if name.startswith(beginning)]:
            del self._answers[name], self._values[name]

    def is_sensitive(self, expression: Expression, scope: str) -> bool:
        """Tell whether an expression reads an answer that is never shown."""
        given = (self._answers.get(scope + name) for name in expression.answers)
        return any(each is not None and each.sensitive for each in given)

    # --- what the caller hears ----------------------------------------------------------------------------------

    def say(self, node: Node, said: Sequence[Words], language: str | None = None) -> None:
        """Say words before whatever comes next."""
        spoken = language or self.language
        for words in said:
            if isinstance(words, Value):
                self._prompts += [Prompt(text_id=piece, language=spoken) for piece in self._pieces(node, words, spoken)]
            else:
                self._prompts.append(Prompt(text_id=words.text_id, language=spoken))

    def _pieces(self, node: Node, words: Value, language: str) -> tuple[str, ...]:
        value = words.expression.value(self.known(), node.scope)
        today = self.facts.now.date()
        try:
            return say_value(words.kind, value, language, currency=words.currency or "EUR", today=today)
        except SpokenError:
            return (NOT_KNOWN,)

    def flush(self) -> None:
        """Let what is to be said be heard to its end."""
        if self._prompts:
            self.add(Say(prompts=self.taken_prompts()))

    def taken_prompts(self) -> tuple[Prompt, ...]:
        """Return what is to be said, for a command that says it."""
        prompts, self._prompts = tuple(self._prompts), []
        return prompts

    def add(self, command: Command) -> None:
        """Have the line do something."""
        self._commands.append(command)

    @property
    def line_is_ready(self) -> bool:
        """Tell whether the line needs nothing: the call is answered, and at most what is to be said next waits."""
        return self._answered and not self._commands

    def speak_first(self, node: Node) -> Step | None:
        """Have everything said before the journey takes the caller; None when the line needs nothing.

        The node hears of it in `Doing.SAYING`.
        """
        self.flush()
        return None if self.line_is_ready else self.wait(node, Doing.SAYING)

    # --- ends of a walk -----------------------------------------------------------------------------------------

    def ask(self, node: Node, command: Ask, *, stage: int, no_input: int = 0, no_match: int = 0) -> Step:
        """Wait for keys."""
        self.add(command)
        return self.wait(node, Doing.ASKING, stage=stage, no_input=no_input, no_match=no_match)

    def wait(self, node: Node, doing: Doing, *, stage: int = 0, no_input: int = 0, no_match: int = 0) -> Step:
        """Have the line perform what was collected, and wait for its answer."""
        if not self._answered:
            self._commands.insert(0, Answer())
            self._answered = True
        return self._perform(node.name, doing, stage=stage, no_input=no_input, no_match=no_match)

    def leave_to(self, node: Node, doing: Doing, task: Task, *, stage: int = 0) -> Step:
        """Leave the caller to the journey."""
        return Step(position=self._here(node.name, doing, stage=stage), task=task, journal=tuple(self.journal))

    def hang_up(self, name: str) -> Step:
        """End the call once everything is said."""
        self.flush()
        self.add(HangUp())
        if not self._answered:
            self._commands.insert(0, Answer())
            self._answered = True
        return self._perform(name, Doing.ENDING)

    def lead_to_person(self) -> Step:
        """Take a caller to whom the flow cannot speak to a person: the flow's, then the carrier's."""
        self.note(self.was.node, Seen.FAILED, label="prompt")
        if self.speechless or self.flow.person is None:
            return self.give_up()
        self.speechless = True
        self.typed, self.held = "", ()
        self._prompts = [Prompt(text_id=SORRY, language=self.language)]
        return self.enter(self.flow.person)

    def give_up(self, name: str | None = None) -> Step:
        """Leave the call to the carrier's own fallback, which is a person."""
        where = self.was.node if name is None else name
        self.note(where, Seen.LOST)
        self._commands = [HandOver()]
        return self._perform(where, Doing.ENDING)

    def _perform(self, name: str, doing: Doing, *, stage: int = 0, no_input: int = 0, no_match: int = 0) -> Step:
        self.turn += 1
        batch = Batch(turn=self.turn, language=self.language, commands=tuple(self._commands))
        here = self._here(name, doing, stage=stage, no_input=no_input, no_match=no_match)
        return Step(position=here, batch=batch, journal=tuple(self.journal))

    def _here(self, name: str, doing: Doing, *, stage: int = 0, no_input: int = 0, no_match: int = 0) -> Position:
        return Position(
            node=name,
            turn=self.turn,
            language=self.language,
            doing=doing,
            steps=self._steps,
            answered=self._answered,
            stage=stage,
            attempt=self.attempt,
            no_input=no_input,
            no_match=no_match,
            typed=self.typed,
            stray=self.stray,
            held=self.held,
            answers=tuple(self._answers.values()),
            may_record=self.may_record,
            speechless=self.speechless,
        )
