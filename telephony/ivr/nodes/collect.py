"""`collect`: asks for digits, checks them, and may read them back."""

import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from telephony.ivr.asking import Asking, Next, Taken, asked_s, said_in
from telephony.ivr.expressions import ValueType
from telephony.ivr.flow import By, Digits, LengthOf, Limit, Question, Way, Words
from telephony.ivr.nodes.menu import limits, saved
from telephony.ivr.position import Seen, Step
from telephony.ivr.surroundings import NodeReader
from telephony.ivr.walk import MASK, Walk
from telephony.ivr.yaml_tree import Mapping as Tree

QUESTIONS = ("digits", "confirm")
"""What the journal calls them."""

LONGEST_PATTERN = 100
_REPEATED_GROUP = re.compile(r"\)\s*[*+?{]")
"""A group that repeats can take a machine for ever over forty digits; what digits look like needs none."""
_OPEN = re.compile(r"[*+]|\{\d*,\d*\}")
_CHOICE = re.compile(r"[?|]")
WAYS_OF_OPEN = 41
MOST_WAYS = WAYS_OF_OPEN**3
"""Ways to try forty digits by a pattern, at most: all of them take a millisecond."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirm:
    """Reads the answer back and asks for a yes."""

    question: Question
    yes: str
    no: str
    tries: int
    """How often the digits may be typed anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collect(Asking):
    """Asks for `min_digits` to `max_digits` digits."""

    kind: ClassVar[str] = "collect"

    asked: Question
    save_as: str
    luhn: bool
    pattern: re.Pattern[str] | None
    confirm: Confirm | None
    to: str

    @property
    def answer_name(self) -> str:
        """Return the full name of the answer."""
        return f"{self.scope}answers.{self.save_as}"

    def question(self, stage: int) -> Question:
        """Return the question for the digits (0) or for the yes (1)."""
        return self.confirm.question if stage and self.confirm else self.asked

    def question_name(self, stage: int) -> str:
        """Return `digits` or `confirm`, where both are asked."""
        return QUESTIONS[stage] if self.confirm else ""

    def ways(self) -> tuple[Way, ...]:
        """Return the way on, and those of silence and wrong digits."""
        return (
            Way(by=By.KEY, to=self.to),
            *limits(self.asked),
            *(limits(self.confirm.question) if self.confirm else ()),
        )

    def says(self) -> tuple[Words, ...]:
        """Return the questions and what comes before they are asked again."""
        return (*said_in(self.asked), *(said_in(self.confirm.question) if self.confirm else ()))

    def sensitive_answers(self) -> tuple[str, ...]:
        """Return the answer when it is sensitive."""
        return (self.answer_name,) if self.asked.sensitive else ()

    def longest_s(self, length_of: LengthOf) -> float:
        """Return the time for every try."""
        once = asked_s(self.asked, length_of)
        if self.confirm is None:
            return once
        return (once + asked_s(self.confirm.question, length_of)) * self.confirm.tries

    def take(self, walk: Walk, stage: int, answer: str) -> Taken:
        """Take the digits, or the yes or no to them."""
        if stage:
            return self._confirmed(walk, answer)
        if not self._fits(answer):
            return None
        walk.give(self.answer_name, answer, sensitive=self.asked.sensitive)
        if self.confirm is not None:
            return Next(stage=1)
        return self._done(walk, answer)

    def when_silent(self, walk: Walk, stage: int, limit: Limit) -> str | Step:
        """Who has typed digits and says nothing to them has not confirmed them."""
        if stage:
            walk.give(self.answer_name, "")
        return limit.to

    def _confirmed(self, walk: Walk, key: str) -> Taken:
        confirm = self.confirm
        if confirm is None or key == confirm.yes:
            return self._done(walk, str(walk.known().answers.get(self.answer_name, "")))
        walk.note(self.name, Seen.REFUSED, label=self.save_as)
        walk.give(self.answer_name, "")
        walk.attempt += 1
        if walk.attempt >= confirm.tries:
            walk.note(self.name, Seen.GAVE_UP, label=self.asked.no_match.to)
            return self.asked.no_match.to
        return Next(stage=0)

    def _done(self, walk: Walk, answer: str) -> str:
        walk.note(self.name, Seen.KEYS, value=MASK if self.asked.sensitive else answer, label=self.save_as)
        return self.to

    def _fits(self, answer: str) -> bool:
        if self.luhn and not is_luhn(answer):
            return False
        return self.pattern is None or self.pattern.fullmatch(answer) is not None


def is_luhn(digits: str) -> bool:
    """Tell whether the last digit checks the others (ISO/IEC 7812-1, annex B)."""
    doubled = [int(digit) * 2 for digit in digits[-2::-2]]
    total = sum(map(int, digits[-1::-2])) + sum(each - 9 if each > 9 else each for each in doubled)
    return bool(digits) and total % 10 == 0


def read(reader: NodeReader) -> Collect:
    """Read it."""
    fields = reader.fields
    sensitive = fields.flag("sensitive", default=False)
    asked = Question(
        say=reader.say(default=None),
        no_input=reader.no_input(),
        no_match=reader.no_match(),
        first_key_s=reader.first_key_s(),
        takes=read_digits(reader),
        sensitive=sensitive,
    )
    return Collect(
        **reader.common(),
        asked=asked,
        save_as=fields.name("save_as"),
        luhn=fields.choice("check", ["luhn", "none"], default="none") == "luhn",
        pattern=_pattern(reader),
        confirm=_confirm(reader, asked),
        to=reader.to(),
    )


def read_digits(reader: NodeReader) -> Digits:
    """Read how many digits are asked for, and what ends them."""
    fields = reader.fields
    least = fields.whole("min_digits", lowest=1, highest=40, default=1)
    most = fields.whole("max_digits", lowest=1, highest=40)
    if most < least:
        fields.fault("max_digits", f"must be at least min_digits ({least})")
    terminator = fields.text("terminator", default="#")
    if terminator not in ("#", "*", ""):
        fields.fault("terminator", "must be '#', '*' or '' for none")
    next_key_s = fields.number("next_key_s", lowest=1, highest=30, default=3)
    return Digits(least=least, most=most, terminator=terminator, next_key_s=next_key_s)


def _pattern(reader: NodeReader) -> re.Pattern[str] | None:
    fields = reader.fields
    written = fields.text("pattern", default="")
    if not written:
        return None
    if len(written) > LONGEST_PATTERN:
        fields.fault("pattern", f"has {len(written)} characters; at most {LONGEST_PATTERN} are allowed")
    elif _REPEATED_GROUP.search(written):
        fields.fault("pattern", "repeats a group, which can take for ever; write the repeats out, e.g. \\d{4}\\d{4}")
    elif _ways(written) > MOST_WAYS:
        fields.fault(
            "pattern",
            "has more than 3 parts of open length (*, +, {1,3}), or too many choices (?, |) with them; write them out",
        )
    else:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", FutureWarning)  # of what another Python would read otherwise
                return re.compile(written, re.ASCII)
        except (re.error, OverflowError, ValueError, FutureWarning) as refused:
            fields.fault("pattern", f"is not a regular expression: {refused}")
    return None


def _ways(pattern: str) -> int:
    """Return in how many ways a machine may have to try forty digits, at most: no group repeats."""
    bare = pattern.replace("(?", "(")
    return int(WAYS_OF_OPEN ** len(_OPEN.findall(bare)) * 2 ** len(_CHOICE.findall(bare)))


def _confirm(reader: NodeReader, asked: Question) -> Confirm | None:
    fields = reader.fields.mapping("confirm")
    if fields is None:
        return None
    inner = reader.inner(fields)
    yes, no = inner.one_key("yes", "1"), inner.one_key("no", "2")
    if yes == no:
        fields.fault("no", "must be another key than 'yes'")
    question = Question(
        say=inner.say(default=None),
        no_input=inner.no_input(to=asked.no_input.to or None),
        no_match=inner.no_match(to=asked.no_match.to or None),
        first_key_s=inner.first_key_s(),
        keys=frozenset({yes, no}),
    )
    confirm = Confirm(question=question, yes=yes, no=no, tries=fields.whole("tries", lowest=1, highest=9, default=3))
    fields.done()
    return confirm


def gives(_name: str, tree: Tree) -> Mapping[str, ValueType]:
    """Return the answer it is saved as."""
    return saved(tree)
