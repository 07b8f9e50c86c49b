"""One step through a flow in the making: goes from node to node until the caller, a line or an agent is needed."""

import re

from telephony.calls.commands import Answer, Ask, Batch, Command, HandOver, HangUp, Prompt, Record, Say
from telephony.calls.model import AgentId
from telephony.ivr.facts import Facts
from telephony.ivr.flow import (
    PERSONAL,
    AnyNode,
    AnyQuestion,
    Branch,
    ChooseLanguage,
    Collect,
    Flow,
    Hangup,
    Menu,
    Play,
    Queue,
    RingAgent,
    SetLanguage,
    Voicemail,
    kind_of,
)
from telephony.ivr.position import CallAgent, Doing, EnterLine, Given, Noted, Position, Seen, Step, Task
from telephony.ivr.typed import cut, is_whole

MOST_STEPS = 500
"""Nodes one call may enter and questions it may be asked again; a person who hears everything twice needs dozens."""

MOST_TYPED = 64
"""Keys kept that nobody asked for yet; more are a stuck key or a machine."""

MASK = "***"


class Walk:
    """Collects what one step says, asks, notes and remembers. Every method that returns a Step ends the walk."""

    def __init__(self, flow: Flow, position: Position, facts: Facts) -> None:
        self.flow = flow
        self.turn = position.turn
        self.typed = position.typed
        self.journal: list[Noted] = []
        self._facts = facts
        self._was = position
        self._language = position.language
        self._answers = position.answers
        self._steps = position.steps
        self._answered = position.answered
        self._stray = position.stray
        self._commands: list[Command] = []
        self._prompts: list[Prompt] = []

    def note(self, node: str, event: Seen, *, value: str = "", label: str = "") -> None:
        """Add a line to the journal."""
        found = self.flow.nodes.get(node)
        kind = kind_of(found) if found else ""
        self.journal.append(Noted(node=node, kind=kind, event=event, value=value, label=label))

    def type(self, digits: str) -> None:
        """Keep keys for the next question."""
        self.typed = (self.typed + digits)[:MOST_TYPED]

    def enter(self, name: str) -> Step:
        """Go on from this node until somebody is needed."""
        onward: str | Step = name
        while isinstance(onward, str):
            self._steps += 1
            if self._steps > MOST_STEPS:
                return self.give_up(onward)
            onward = self._visit(self.flow.nodes[onward])
        return onward

    def _visit(self, node: AnyNode) -> str | Step:  # noqa: PLR0911 - one way on for each type of node
        match node:
            case Play():
                return self._play(node)
            case Branch():
                return self._branch(node)
            case SetLanguage():
                self._language = node.language
                self.note(node.name, Seen.CHOSE, value=node.language)
                return node.to
            case Menu() | Collect() | ChooseLanguage():
                return self._typed_answer(node) or self._ask(node, 0, 0)
            case Queue() | RingAgent():
                return self._person(node)
            case Voicemail():
                return self._take_message(node)
            case Hangup():
                self.note(node.name, Seen.ENDED)
                self._say(node.say)
                return self.hang_up(node.name)

    # --- nodes that need nobody ---------------------------------------------------------------------------------

    def _play(self, node: Play) -> str:
        self.note(node.name, Seen.PLAYED)
        if node.barge_in:
            if not self.typed:  # who types ahead has heard it
                self._say(node.say)
        else:
            self._flush()
            self._say(node.say)
            self._flush()
        return node.to

    def _branch(self, node: Branch) -> str:
        values = self.flow.vocabulary.values(self._facts, {given.name: given.value for given in self._answers})
        for case in node.cases:
            if case.condition.holds(values):
                self.note(node.name, Seen.CHOSE, value=case.to, label=case.label)
                return case.to
        self.note(node.name, Seen.CHOSE, value=node.otherwise, label="else")
        return node.otherwise

    # --- questions ----------------------------------------------------------------------------------------------

    def hear(self, node: AnyQuestion, digits: str) -> Step:
        """Take the keys that answer a question, those typed ahead first."""
        self.type(digits)
        self._drop_stray(node)
        if not self.typed:
            return self._ask(node, self._was.no_input, self._was.no_match)
        answer, self.typed = cut(node, self.typed)
        to = self._take(node, answer)
        if to is not None:
            return self.enter(to)
        self.typed = ""  # what follows a wrong key was meant for another question
        sensitive = isinstance(node, Collect) and node.sensitive
        return self.ask_again(node, Seen.NO_MATCH, MASK if sensitive else answer)

    def ask_again(self, node: AnyQuestion, why: Seen | None, value: str = "") -> Step:
        """Ask once more, or go on where the question's limit leads."""
        if why is not None:
            self.note(node.name, why, value=value)
        no_match = self._was.no_match + (why is Seen.NO_MATCH)
        no_input = self._was.no_input + (why is not Seen.NO_MATCH)
        limit, tried = (node.no_match, no_match) if why is Seen.NO_MATCH else (node.no_input, no_input)
        self._steps += 1
        if self._steps > MOST_STEPS:
            return self.give_up()
        if tried >= limit.tries:
            self.note(node.name, Seen.GAVE_UP, label=limit.to)
            return self.enter(limit.to)
        self._say(limit.say)
        return self._ask(node, no_input, no_match)

    def _typed_answer(self, node: AnyQuestion) -> str | None:
        self._drop_stray(node)
        if not self.typed or not is_whole(node, self.typed):
            return None
        answer, rest = cut(node, self.typed)
        to = self._take(node, answer)
        self.typed = rest if to is not None else ""
        return to

    def _take(self, node: AnyQuestion, answer: str) -> str | None:
        match node:
            case Menu():
                return self._take_choice(node, answer)
            case ChooseLanguage():
                language = node.choose.get(answer)
                if language is None:
                    return None
                self._language = language
                self.note(node.name, Seen.KEYS, value=answer, label=language)
                return node.to
            case Collect():
                if not node.min_digits <= len(answer) <= node.max_digits or not answer.isdecimal():
                    return None
                self._give(Given(name=node.save_as, value=answer, sensitive=node.sensitive))
                # Who was asked to end with # presses it after the last possible digit too.
                self._stray = node.terminator if len(answer) == node.max_digits else ""
                self.note(node.name, Seen.KEYS, value=MASK if node.sensitive else answer, label=node.save_as)
                return node.to

    def _take_choice(self, node: Menu, answer: str) -> str | None:
        choice = node.keys.get(answer)
        if choice is None:
            return None
        if node.save_as is not None:
            self._give(Given(name=node.save_as, value=choice.label))
        self.note(node.name, Seen.KEYS, value=answer, label=choice.label)
        return choice.to

    def _drop_stray(self, node: AnyQuestion) -> None:
        if not self.typed:
            return
        stray, self._stray = self._stray, ""
        asked_for = (isinstance(node, Menu) and stray in node.keys) or (
            isinstance(node, ChooseLanguage) and stray in node.choose
        )
        if stray and not asked_for:
            self.typed = self.typed.removeprefix(stray)

    def _give(self, given: Given) -> None:
        self._answers = (*(other for other in self._answers if other.name != given.name), given)

    def _ask(self, node: AnyQuestion, no_input: int, no_match: int) -> Step:
        if isinstance(node, ChooseLanguage):
            for language in dict.fromkeys(node.choose.values()):
                self._say(node.say, language)
        else:
            self._say(node.say)
        self._commands.append(self._ask_command(node))
        return self._batch(node.name, Doing.ASKING, no_input, no_match)

    def _ask_command(self, node: AnyQuestion) -> Ask:
        # Who has begun to type is not talked over; only the rest of the answer is waited for.
        prompts = self._taken_prompts()
        prompts = () if self.typed else prompts
        if isinstance(node, Collect):
            return Ask(
                prompts=prompts,
                max_digits=node.max_digits - len(self.typed),
                terminator=node.terminator,
                first_digit_s=node.first_key_s,
                next_digit_s=node.next_key_s,
            )
        return Ask(prompts=prompts, max_digits=1, first_digit_s=node.first_key_s)

    # --- people -------------------------------------------------------------------------------------------------

    def _person(self, node: Queue | RingAgent) -> str | Step:
        if isinstance(node, RingAgent) and not self._agent(node):
            self.note(node.name, Seen.LEFT, value="nobody")
            return node.otherwise
        self.typed = ""
        self._say(node.say)
        if self._commands or not self._answered or (self._prompts and isinstance(node, RingAgent)):
            self._flush()
            return self._batch(node.name, Doing.SAYING)
        return self.enter_line(node) if isinstance(node, Queue) else self.call_agent(node)

    def enter_line(self, node: Queue) -> Step:
        """Hand the caller to the line."""
        self.note(node.name, Seen.ENTERED, value=node.queue)
        line = EnterLine(
            queue=node.queue,
            prompts=self._taken_prompts(),
            wait_s=node.wait_s,
            music=node.music,
            record=node.record,
            language=self._language,
        )
        return self._end(node.name, Doing.IN_LINE, task=line)

    def call_agent(self, node: RingAgent) -> Step:
        """Hand the caller to one agent."""
        agent = self._agent(node)
        if not agent:  # the customer's record has changed meanwhile
            return self.enter(node.otherwise)
        self.note(node.name, Seen.ENTERED, value=agent)
        call = CallAgent(
            agent=agent,
            ring_s=node.ring_s,
            record=node.record,
            language=self._language,
        )
        return self._end(node.name, Doing.WITH_AGENT, task=call)

    def _agent(self, node: RingAgent) -> AgentId:
        if node.agent != PERSONAL:
            return node.agent
        customer = self._facts.customer
        return (customer.personal_agent if customer else None) or AgentId("")

    def _take_message(self, node: Voicemail) -> Step:
        self.typed = ""
        self._say(node.say)
        self._flush()
        name = re.sub(r"[^A-Za-z0-9]", "-", self._facts.call_id)[:80]
        record = Record(name=f"{name}-message-{self.turn + 1}", max_s=node.max_s, silence_s=node.silence_s)
        self._commands.append(record)
        return self._batch(node.name, Doing.RECORDING)

    # --- ends ---------------------------------------------------------------------------------------------------

    def hang_up(self, name: str) -> Step:
        """End the call once everything is said."""
        self._flush()
        self._commands.append(HangUp())
        return self._batch(name, Doing.ENDING)

    def give_up(self, name: str | None = None) -> Step:
        """Leave the call to the carrier's own fallback, which is a person."""
        where = self._was.node if name is None else name
        self.note(where, Seen.LOST)
        self.turn += 1
        batch = Batch(turn=self.turn, language=self._language, commands=(HandOver(),))
        return self._end(where, Doing.ENDING, batch=batch)

    # --- what the caller hears, and the end of the walk ------------------------------------------------------------

    def _say(self, texts: tuple[str, ...], language: str | None = None) -> None:
        spoken = language or self._language
        self._prompts += [Prompt(text_id=text, language=spoken) for text in texts]

    def _flush(self) -> None:
        if self._prompts:
            self._commands.append(Say(prompts=self._taken_prompts()))

    def _taken_prompts(self) -> tuple[Prompt, ...]:
        prompts, self._prompts = tuple(self._prompts), []
        return prompts

    def _batch(self, name: str, doing: Doing, no_input: int = 0, no_match: int = 0) -> Step:
        if not self._answered:
            self._commands.insert(0, Answer())
            self._answered = True
        self.turn += 1
        batch = Batch(turn=self.turn, language=self._language, commands=tuple(self._commands))
        return self._end(name, doing, no_input, no_match, batch=batch)

    def _end(
        self,
        name: str,
        doing: Doing,
        no_input: int = 0,
        no_match: int = 0,
        *,
        batch: Batch | None = None,
        task: Task | None = None,
    ) -> Step:
        position = Position(
            node=name,
            turn=self.turn,
            language=self._language,
            doing=doing,
            steps=self._steps,
            answered=self._answered,
            no_input=no_input,
            no_match=no_match,
            typed=self.typed,
            stray=self._stray,
            answers=self._answers,
        )
        return Step(position=position, batch=batch, task=task, journal=tuple(self.journal))
