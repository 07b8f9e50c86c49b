"""`identify`: asks for customer number and PIN, and finds out who calls."""

from dataclasses import dataclass
from typing import ClassVar

from telephony.ivr.asking import Asking, Next, Taken, asked_s, said_in
from telephony.ivr.flow import By, Digits, LengthOf, Limit, Question, Way, Words
from telephony.ivr.nodes.menu import limits
from telephony.ivr.position import Answered, Doing, FlowEvent, Seen, Step, Verified, Verify
from telephony.ivr.surroundings import NodeReader
from telephony.ivr.walk import Walk

QUESTIONS = ("number", "pin")
"""What the journal calls them."""

VERIFY_LIMIT_S = 5.0
"""A slow hash is what keeps stolen PINs secret, and even a busy machine makes it within a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identify(Asking):
    """Asks for a number and a PIN; after so many wrong pairs the caller goes `otherwise`, and neither is ever shown."""

    kind: ClassVar[str] = "identify"

    number: Question
    pin: Question
    wrong_say: tuple[Words, ...]
    attempts: int
    to: str
    otherwise: str

    def question(self, stage: int) -> Question:
        """Return the question for the number (0) or for the PIN (1)."""
        return self.pin if stage else self.number

    def question_name(self, stage: int) -> str:
        """Return `number` or `pin`."""
        return QUESTIONS[stage]

    def ways(self) -> tuple[Way, ...]:
        """Return the ways of a customer, of a stranger, and of silence."""
        return (
            Way(by=By.ANSWER, to=self.to, label=Answered.FOUND.value),
            Way(by=By.ANSWER, to=self.otherwise, label=Answered.NOT_FOUND.value),
            Way(by=By.FAILED, to=self.otherwise),
            *dict.fromkeys((*limits(self.number), *limits(self.pin))),
        )

    def says(self) -> tuple[Words, ...]:
        """Return both questions and what comes before they are asked again."""
        return (*said_in(self.number), *said_in(self.pin), *self.wrong_say)

    def longest_s(self, length_of: LengthOf) -> float:
        """Return the time for every attempt."""
        once = asked_s(self.number, length_of) + asked_s(self.pin, length_of) + VERIFY_LIMIT_S
        return self.attempts * (once + sum(map(length_of, self.wrong_say)))

    def take(self, walk: Walk, stage: int, answer: str) -> Taken:
        """Ask for the PIN after the number, and check both."""
        if stage == 0:
            walk.held = (answer,)
            return Next(stage=1)
        walk.held = (*walk.held, answer)
        return walk.speak_first(self) or self._verify(walk)

    def hear(self, walk: Walk, event: FlowEvent) -> Step:
        """Go on with the caller's keys, or with what the check said."""
        if walk.was.doing is Doing.SAYING:
            return self._verify(walk)
        if not isinstance(event, Verified):
            return Asking.hear(self, walk, event)
        if event.outcome is Answered.FOUND:
            walk.note(self.name, Seen.FOUND, value=event.customer_id)
            return walk.enter(self.to)
        walk.typed = ""
        if event.outcome is Answered.FAILED:
            walk.note(self.name, Seen.FAILED)
            return walk.enter(self.otherwise)
        walk.note(self.name, Seen.REFUSED)
        walk.attempt += 1
        if walk.attempt >= self.attempts or not walk.count_step():
            walk.note(self.name, Seen.GAVE_UP, label=self.otherwise)
            return walk.enter(self.otherwise)
        return self.go_on(walk, Next(stage=0, say=self.wrong_say))

    def _verify(self, walk: Walk) -> Step:
        number, pin = walk.held if len(walk.held) == 2 else ("", "")
        walk.held = ()
        return walk.leave_to(self, Doing.LOOKING_UP, Verify(number=number, pin=pin, limit_s=VERIFY_LIMIT_S))


def read(reader: NodeReader) -> Identify:
    """Read it."""
    fields = reader.fields
    otherwise = reader.to("otherwise")
    return Identify(
        **reader.common(),
        number=_question(reader, "number", least=4, most=12, otherwise=otherwise),
        pin=_question(reader, "pin", least=4, most=8, otherwise=otherwise),
        wrong_say=reader.say("wrong_say", default=("not_right",)),
        attempts=fields.whole("attempts", lowest=1, highest=5, default=3),
        to=reader.to(),
        otherwise=otherwise,
    )


def _question(reader: NodeReader, key: str, *, least: int, most: int, otherwise: str) -> Question:
    fields = reader.fields.mapping(key)
    if fields is None:
        reader.fields.fault(key, "is missing; it holds 'say' and how many digits")
        nothing = Limit(tries=1, say=(), to=otherwise)
        return Question(say=(), no_input=nothing, no_match=nothing)
    inner = reader.inner(fields)
    least = fields.whole("min_digits", lowest=1, highest=40, default=least)
    most = fields.whole("max_digits", lowest=1, highest=40, default=max(least, most))
    if most < least:
        fields.fault("max_digits", f"must be at least min_digits ({least})")
    question = Question(
        say=inner.say(default=None),
        no_input=inner.no_input(to=otherwise),
        no_match=inner.no_match(to=otherwise),
        first_key_s=inner.first_key_s(),
        takes=Digits(least=least, most=most, terminator="#"),
        sensitive=True,
    )
    fields.done()
    return question
