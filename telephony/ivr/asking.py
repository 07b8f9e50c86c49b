"""Asks callers: keys typed ahead, no key, wrong keys, and how often a question is asked."""

from abc import abstractmethod
from dataclasses import dataclass

from telephony.calls.commands import Ask
from telephony.calls.events import CommandFailed, Keys, NoInput, Said
from telephony.ivr.flow import LengthOf, Limit, Node, Question, Words
from telephony.ivr.position import FlowEvent, Seen, Step
from telephony.ivr.walk import MASK, MOST_TYPED, Walk


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """Ask the node's question of this number next; `say` comes before it."""

    stage: int
    say: tuple[Words, ...] = ()


Taken = str | Step | Next | None
"""What an answer leads to: a node, a step, another question of the same node; None for an answer that is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking(Node):
    """A node that asks one question or several, one after the other."""

    @abstractmethod
    def question(self, stage: int) -> Question:
        """Return the question of this number."""

    def question_name(self, stage: int) -> str:
        """Return what the journal calls this question; '' where the journal tells without it which one was asked."""
        return ""

    @abstractmethod
    def take(self, walk: Walk, stage: int, answer: str) -> Taken:
        """Take the answer to the question of this number."""

    def when_silent(self, walk: Walk, stage: int, limit: Limit) -> str | Step | Next:
        """Go on when the question was asked often enough."""
        return limit.to

    def visit(self, walk: Walk) -> str | Step:
        """Ask the first question, or take what was typed ahead."""
        return self.begin(walk, Next(stage=0))

    def begin(self, walk: Walk, asked: Next) -> str | Step:
        """Ask a question for the first time, or take what was typed ahead."""
        while True:
            question = self.question(asked.stage)
            walk.say(self, asked.say)
            drop_stray(walk, question)
            if walk.is_long:
                walk.typed = ""  # each key would lead on through as many nodes again
            if not walk.typed or not is_whole(question, walk.typed):
                return self._ask(walk, asked.stage, 0, 0)
            answer, rest = cut(question, walk.typed)
            walk.typed = rest
            taken = self._take(walk, asked.stage, answer)
            if taken is None:
                walk.typed = ""
                return self._ask(walk, asked.stage, 0, 0)
            if not isinstance(taken, Next):
                return taken
            asked = taken

    def hear(self, walk: Walk, event: FlowEvent) -> Step:
        """Go on with what the caller pressed."""
        stage = walk.was.stage
        match event:
            case Keys(digits=digits) if digits or walk.typed:
                return self._heard(walk, stage, digits)
            case CommandFailed():
                walk.note(self.name, Seen.FAILED, label=self.question_name(stage))
                return self._ask_again(walk, stage, None)
            case Keys() | NoInput() | Said():
                return self._heard(walk, stage, "") if walk.typed else self._ask_again(walk, stage, Seen.NO_INPUT)
            case _:
                return Step(position=walk.was)

    def _heard(self, walk: Walk, stage: int, digits: str) -> Step:
        question = self.question(stage)
        type_ahead(walk, digits)
        drop_stray(walk, question)
        if not walk.typed:
            return self._ask(walk, stage, walk.was.no_input, walk.was.no_match)
        answer, walk.typed = cut(question, walk.typed)
        taken = self._take(walk, stage, answer)
        if taken is None:
            walk.typed = ""  # what follows a wrong key was meant for another question
            return self._ask_again(walk, stage, Seen.NO_MATCH, MASK if question.sensitive else answer)
        return self.go_on(walk, taken)

    def go_on(self, walk: Walk, taken: str | Step | Next) -> Step:
        """Go on to a node or to another question."""
        onward = self.begin(walk, taken) if isinstance(taken, Next) else taken
        return onward if isinstance(onward, Step) else walk.enter(onward)

    def _take(self, walk: Walk, stage: int, answer: str) -> Taken:
        question = self.question(stage)
        takes = question.takes
        if not takes.least <= len(answer) <= takes.most or (question.keys is None and not answer.isdecimal()):
            return None
        if question.keys is not None and answer not in question.keys:
            return None
        # Who was asked to end with # presses it after the last possible digit too.
        walk.stray = takes.terminator if len(answer) == takes.most else ""
        return self.take(walk, stage, answer)

    def _ask_again(self, walk: Walk, stage: int, why: Seen | None, value: str = "") -> Step:
        """Ask once more, or go on where the question's limit leads."""
        question = self.question(stage)
        if why is not None:
            walk.note(self.name, why, value=value, label=self.question_name(stage))
        no_match = walk.was.no_match + (why is Seen.NO_MATCH)
        no_input = walk.was.no_input + (why is not Seen.NO_MATCH)
        limit, tried = (question.no_match, no_match) if why is Seen.NO_MATCH else (question.no_input, no_input)
        if not walk.count_step():
            return walk.give_up()
        if tried >= limit.tries:
            walk.note(self.name, Seen.GAVE_UP, label=limit.to)
            walk.held = ()
            return self.go_on(walk, self.when_silent(walk, stage, limit))
        walk.say(self, limit.say)
        return self._ask(walk, stage, no_input, no_match)

    def _ask(self, walk: Walk, stage: int, no_input: int, no_match: int) -> Step:
        question = self.question(stage)
        for language in question.languages or (None,):
            walk.say(self, question.say, language)
        # Who has begun to type is not talked over; only the rest of the answer is waited for.
        prompts = walk.taken_prompts()
        takes = question.takes
        ask = Ask(
            prompts=() if walk.typed else prompts,
            max_digits=takes.most - len(walk.typed),
            terminator=takes.terminator,
            first_digit_s=question.first_key_s,
            next_digit_s=takes.next_key_s,
        )
        return walk.ask(self, ask, stage=stage, no_input=no_input, no_match=no_match)


def is_whole(question: Question, typed: str) -> bool:
    """Tell whether the keys answer the question without waiting for more."""
    takes = question.takes
    return len(typed) >= takes.most or bool(takes.terminator and takes.terminator in typed)


def cut(question: Question, digits: str) -> tuple[str, str]:
    """Return the keys that answer this question, and those that are left for the next."""
    takes = question.takes
    end = digits.find(takes.terminator) if takes.terminator else -1
    if 0 <= end <= takes.most:
        return digits[:end], digits[end + 1 :]
    return digits[: takes.most], digits[takes.most :]


def type_ahead(walk: Walk, digits: str) -> None:
    """Keep keys for the next question."""
    walk.typed = (walk.typed + digits)[:MOST_TYPED]


def drop_stray(walk: Walk, question: Question) -> None:
    """Drop the terminator of an answer that was complete without it, unless this question knows that key."""
    if not walk.typed:
        return
    stray, walk.stray = walk.stray, ""
    asked_for = question.keys is not None and stray in question.keys
    if stray and not asked_for:
        walk.typed = walk.typed.removeprefix(stray)


def said_in(question: Question) -> tuple[Words, ...]:
    """Return everything that is said around a question."""
    return (*question.say, *question.no_input.say, *question.no_match.say)


def asked_s(question: Question, length_of: LengthOf) -> float:
    """Return how many seconds a caller can be asked, at most: every try used up by keys, slowly."""
    tries = question.no_input.tries + question.no_match.tries - 1
    languages = max(1, len(question.languages))
    once = languages * sum(map(length_of, question.say)) + question.first_key_s
    once += (question.takes.most - 1) * question.takes.next_key_s
    again = max(sum(map(length_of, limit.say)) for limit in (question.no_input, question.no_match))
    return tries * once + (tries - 1) * again
